//! What the host keeps for one instance: the messages that it holds, the call that it is in, its limits.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use engine::context::Contexts;
use engine::node::{NodeHandle, NodeInfo};
use engine::observe::{Level, Status};
use engine::registry::Registry;
use engine::{Message, NodeError};
use model::text::Text;
use wasmtime::component::Resource;

use crate::access::Access;
use crate::apart::Distrust;
use crate::bindings::Held;
use crate::budget::Budget;
use crate::fault::Fault;
use crate::host::Limits;
use crate::imports::mqtt::Subscriptions;
use crate::paths::Paths;
use crate::services::Services;

mod arrival;
mod meter;
mod table;

pub(crate) use arrival::{Arrival, End, Verdict};
use meter::Meter;
use table::Table;

/// What all instances of a node have in common.
pub(crate) struct Shared {
    /// The plugin's name: its node type.
    pub(crate) plugin: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) access: Arc<Access>,
    pub(crate) services: Services,
    /// Absent while a plugin is only asked what it is.
    pub(crate) node: Option<NodeSide>,
    /// Bytes that the node keeps in contexts, by scope and key.
    pub(crate) written: Mutex<HashMap<String, usize>>,
    /// Whether its calls run apart.
    pub(crate) distrust: Distrust,
}

/// The node as the engine knows it.
pub(crate) struct NodeSide {
    pub(crate) info: Arc<NodeInfo>,
    pub(crate) contexts: Arc<Contexts>,
    pub(crate) registry: Arc<Registry>,
}

/// How far an instance's life is, which decides what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Says what it is.
    Describe,
    /// Takes its settings, perhaps only to have them checked.
    Configure,
    /// Runs.
    Run,
}

/// What a call asks of the engine; done when it ends well.
pub(crate) enum Effect {
    /// Send a message through a port.
    Emit(u32, Message, Origin),
    /// A kept message is done.
    Done(Message),
    /// Something failed.
    Fail(NodeError, Message),
    /// Set a timer: milliseconds and token.
    Timer(u32, u32),
    /// Cancel a timer.
    Cancel(u32),
    /// Show a status.
    Status(Status),
}

/// Where a message that is sent comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is the one that arrived with this call.
    Arrived,
    /// It belongs to work that is open.
    Work,
    /// It comes of nothing that is under way: it needs a credit of its own.
    Fresh,
}

/// The store's data.
pub(crate) struct State {
    pub(crate) shared: Arc<Shared>,
    pub(crate) phase: Phase,
    /// Set once the node runs.
    pub(crate) handle: Option<Arc<NodeHandle>>,
    pub(crate) table: Table,
    pub(crate) paths: Paths,
    pub(crate) meter: Meter,
    pub(crate) budget: Budget,
    pub(crate) call: Call,
    /// Messages that the plugin keeps from earlier calls, by arrival.
    pub(crate) kept: HashMap<u64, Arrival>,
    pub(crate) subscriptions: Subscriptions,
    /// The tokens of the timers that are set.
    pub(crate) timers: HashSet<u32>,
    last_arrival: u64,
}

/// What the call under way has done so far.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) arrival: Option<Arrival>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) logs: Vec<(Level, String)>,
    hidden_logs: u32,
    host_calls: u32,
    output_bytes: usize,
    messages: usize,
    waits: u32,
}

/// Calls of http and mqtt that one call of the plugin may make.
const WAITS: u32 = 100;

impl State {
    pub(crate) fn new(shared: Arc<Shared>, phase: Phase, budget: Budget) -> Self {
        let meter = Meter::new(&shared.limits);
        Self {
            shared,
            phase,
            handle: None,
            table: Table::default(),
            paths: Paths::default(),
            meter,
            budget,
            call: Call::default(),
            kept: HashMap::new(),
            subscriptions: Subscriptions::default(),
            timers: HashSet::new(),
            last_arrival: 0,
        }
    }

    /// Counts a call of the host.
    #[inline]
    pub(crate) fn enter(&mut self) -> Result<(), Fault> {
        self.call.host_calls += 1;
        if self.call.host_calls > self.shared.limits.host_calls {
            return Err(Fault::HostCalls(self.shared.limits.host_calls));
        }
        Ok(())
    }

    /// Counts a call of the host that is allowed only where the node runs.
    pub(crate) fn enter_running(&mut self, what: &'static str) -> Result<(), Fault> {
        self.enter()?;
        if self.phase == Phase::Run { Ok(()) } else { Err(Fault::TooEarly(what)) }
    }

    /// Counts a call that may wait.
    pub(crate) fn enter_waiting(&mut self, what: &'static str) -> Result<(), Fault> {
        self.enter_running(what)?;
        self.call.waits += 1;
        if self.call.waits > WAITS { Err(Fault::HostCalls(WAITS)) } else { Ok(()) }
    }

    /// Counts bytes that the plugin hands to the host.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        self.call.output_bytes = self.call.output_bytes.saturating_add(bytes);
        let limit = self.shared.limits.output_bytes;
        if self.call.output_bytes > limit { Err(Fault::Output(limit)) } else { Ok(()) }
    }

    /// Begins a call.
    pub(crate) fn begin(&mut self) {
        self.call.host_calls = 0;
        self.call.output_bytes = 0;
        self.call.messages = 0;
        self.call.waits = 0;
    }

    /// A message arrives: what the plugin gets for it.
    pub(crate) fn arrive(&mut self, mut message: Message) -> Resource<Held> {
        self.last_arrival += 1;
        let id = self.last_arrival;
        let delivery = message.delivery().cloned();
        message.set_delivery(None);
        let rep = self.table.put(Held { message, arrival: Some(id), is_primary: true, added: 0 });
        self.call.arrival = Some(Arrival { id, rep, delivery, end: None });
        Resource::new_own(rep)
    }

    /// Puts a message that the plugin made into its hands; it belongs to the work that is under way.
    pub(crate) fn make(&mut self, message: Message, added: usize) -> Result<Resource<Held>, Fault> {
        let arrival = self.call.arrival.as_ref().map(|arrival| arrival.id);
        self.hold(Held { message, arrival, is_primary: false, added })
    }

    /// Puts a message into the plugin's hands.
    pub(crate) fn hold(&mut self, held: Held) -> Result<Resource<Held>, Fault> {
        if self.table.len() >= HANDLES {
            return Err(Fault::Handles(HANDLES));
        }
        self.check_held(held.added)?;
        Ok(Resource::new_own(self.table.put(held)))
    }

    /// Whether the plugin may hold this many more bytes of its own making.
    pub(crate) fn check_held(&self, more: usize) -> Result<(), Fault> {
        let limit = self.shared.limits.memory_bytes;
        if self.table.added().saturating_add(more) > limit { Err(Fault::Held(limit)) } else { Ok(()) }
    }

    /// Takes a message out of the plugin's hands for good.
    pub(crate) fn take(&mut self, message: &Resource<Held>) -> Result<Held, Fault> {
        self.table.take(message.rep()).ok_or(Fault::NoMessage)
    }

    /// The plugin sends a message.
    pub(crate) fn emit(&mut self, port: u32, held: Held) -> Result<(), Fault> {
        self.call.messages += 1;
        let limit = self.shared.limits.output_messages;
        if self.call.messages > limit {
            return Err(Fault::Messages(limit));
        }
        let work = self.work_of(&held);
        let mut origin = if work.is_some() { Origin::Work } else { Origin::Fresh };
        let delivery = work.and_then(|arrival| arrival.delivery.clone());
        let Held { mut message, arrival, is_primary, .. } = held;
        message.set_delivery(delivery);
        if is_primary && let Some(id) = arrival {
            if let Some(now) = self.call.arrival.as_mut().filter(|now| now.id == id) {
                now.end = Some(End::Sent);
                origin = Origin::Arrived;
            } else if self.kept.remove(&id).is_some() {
                self.call.effects.push(Effect::Emit(port, message.clone(), origin));
                self.call.effects.push(Effect::Done(message));
                return Ok(());
            }
        }
        self.call.effects.push(Effect::Emit(port, message, origin));
        Ok(())
    }

    /// The plugin ends its hold on a message: it is done, or failed, or let go of.
    pub(crate) fn end(&mut self, held: Held, how: Letting) {
        let delivery = self.work_of(&held).and_then(|arrival| arrival.delivery.clone());
        let Held { mut message, arrival, is_primary, .. } = held;
        message.set_delivery(delivery);
        if !is_primary {
            if let Letting::Failed(error) = how {
                self.call.effects.push(Effect::Fail(error, message));
            }
            return;
        }
        let Some(id) = arrival else { return };
        if let Some(now) = self.call.arrival.as_mut().filter(|now| now.id == id) {
            now.end = Some(match how {
                Letting::Done => End::Done(message),
                Letting::Dropped => End::Dropped(message),
                Letting::Failed(error) => End::Failed(error, message),
            });
        } else if self.kept.remove(&id).is_some() {
            self.call.effects.push(match how {
                Letting::Done => Effect::Done(message),
                Letting::Dropped => Effect::Fail(Fault::Dropped.error(&self.shared.plugin), message),
                Letting::Failed(error) => Effect::Fail(error, message),
            });
        }
    }

    /// The work that a message belongs to, while that is open.
    fn work_of(&self, held: &Held) -> Option<&Arrival> {
        let id = held.arrival?;
        let now = self.call.arrival.as_ref().filter(|now| now.id == id);
        now.or_else(|| self.kept.get(&id))
    }

    /// Notes a log line, up to the limit.
    pub(crate) fn log(&mut self, level: Level, text: String) {
        if self.call.logs.len() < self.shared.limits.log_lines as usize {
            self.call.logs.push((level, text));
        } else {
            self.call.hidden_logs += 1;
        }
    }

    /// Says what was logged; keeps it for later while there is nobody to tell.
    pub(crate) fn flush_logs(&mut self) {
        if self.call.logs.is_empty() {
            return;
        }
        let Some(handle) = &self.handle else { return };
        for (level, text) in self.call.logs.drain(..) {
            handle.log(level, Text::literal(text));
        }
        let hidden = std::mem::take(&mut self.call.hidden_logs);
        if hidden > 0 {
            let text = Text::key("plugin.hidden-logs").with("plugin", &self.shared.plugin);
            handle.log(Level::Warn, text.with("count", hidden));
        }
    }

    /// An error's words in English, for the plugin.
    pub(crate) fn render(&self, text: &Text) -> String {
        match &self.shared.node {
            Some(node) => node.registry.render(text).into(),
            None => text.to_string(),
        }
    }
}

/// Messages that a plugin may have handles of at a time, dead ones included: a language with a garbage collector lets go of
/// them late.
const HANDLES: usize = 100_000;

/// How a plugin lets go of a message.
pub(crate) enum Letting {
    /// It is done with it.
    Done,
    /// It could not do what was asked.
    Failed(NodeError),
    /// It says nothing.
    Dropped,
}

/// What an instance held when it goes was not done.
impl Drop for State {
    fn drop(&mut self) {
        let open = self.call.arrival.take().into_iter().chain(self.kept.drain().map(|(_, kept)| kept));
        open.filter_map(|arrival| arrival.delivery).for_each(|delivery| delivery.abort());
    }
}
