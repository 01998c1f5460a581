//! Link calls: messages that go to a link in, and come back.
//!
//! The way back is kept in the message, as in Node-RED: `_linkSource` is a stack of `{id, node}`, the id of
//! the call and the link call node. Static calls stay inside the cell; a dynamic call may reach another.

use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use hashbrown::HashMap;
use model::text::Text;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{CellEvent, CellPort, Core};
use crate::delivery::cut_off;
use crate::error::NodeError;
use crate::message::{Message, new_id};
use crate::node::{Address, NodeHandle, TimerId};
use crate::registry::Registry;
use crate::value::{Object, Value};

/// The message property that holds the stack of calls.
const STACK: &str = "_linkSource";

/// Who can be called, and called back, from anywhere in the engine.
#[derive(Default)]
pub(crate) struct Directory {
    entries: watch::Sender<Entries>,
}

type Entries = HashMap<EcoString, Entry>;

/// A link in (that can be called) or a link call (that can be answered).
#[derive(Clone)]
pub(crate) struct Entry {
    pub handle: Arc<NodeHandle>,
    /// The slot after the handle's own where answers go; 0 for a link in.
    pub slot_offset: u32,
    pub is_link_in: bool,
}

impl Entry {
    /// Sends a message to the node at `address`; gives it back where a deploy is taking that cell apart. The side
    /// channel never waits, and is bounded by the caller's own credits.
    fn send(&self, address: &Address, message: Message) -> Result<(), Message> {
        let event = CellEvent::Arrive { slot: address.slot + self.slot_offset, message };
        address.cell.side.send(event).map_err(|mpsc::error::SendError(event)| event.into_message())
    }
}

impl Directory {
    /// Replaces all entries.
    pub(crate) fn set(&self, entries: HashMap<EcoString, Entry>) {
        self.entries.send_replace(entries);
    }

    fn by_id(&self, id: &str) -> Option<Entry> {
        self.entries.borrow().get(id).cloned()
    }

    /// A link in by id; else by name on the caller's flow; else by name on any.
    fn link_in(&self, target: &str, flow: &str) -> Result<Entry, NodeError> {
        let entries = self.entries.borrow();
        if let Some(entry) = entries.get(target).filter(|entry| entry.is_link_in) {
            return Ok(entry.clone());
        }
        let named = |here: bool| {
            let mut found = entries.values().filter(move |entry| {
                entry.is_link_in
                    && entry.handle.info.name == target
                    && (!here || entry.handle.info.flow == flow)
            });
            (found.next().cloned(), found.next().is_some())
        };
        match named(true) {
            (Some(entry), false) => return Ok(entry),
            (Some(_), true) => {
                return Err(NodeError::key("engine.link-call.ambiguous").with("target", target));
            }
            (None, _) => {}
        }
        match named(false) {
            (Some(entry), false) => Ok(entry),
            (Some(_), true) => Err(NodeError::key("engine.link-call.ambiguous").with("target", target)),
            (None, _) => Err(NodeError::key("engine.link-call.no-target").with("target", target)),
        }
    }
}

impl Core {
    /// Whether the node at `address` is in this cell.
    fn holds(&self, address: &Address, node: &Entry) -> bool {
        self.slots.get(address.slot as usize).is_some_and(|here| Arc::ptr_eq(&here.handle, &node.handle))
    }

    /// Sends a message to a link in, in the name of the node in `slot`; gives the id of the call.
    pub(crate) fn call_link(
        &mut self,
        slot: u32,
        target: &str,
        mut message: Message,
    ) -> Result<EcoString, NodeError> {
        let info = self.slots[slot as usize].handle.info.clone();
        let target = self.directory.link_in(target, &info.flow)?;
        let id = new_id();
        let entry = Object::from_iter([("id", id.clone()), ("node", info.id.clone())]);
        let mut stack = message.remove(STACK).unwrap_or_else(|| Value::from(Vec::new()));
        match stack.as_array_mut() {
            Some(calls) => calls.push(entry.into()),
            None => stack = vec![entry.into()].into(),
        }
        message.set(STACK, stack);
        post(self, &target, message);
        Ok(id)
    }
}

/// The id of the call that a message answers; taken off the message.
pub(crate) fn answered(message: &mut Message) -> Option<EcoString> {
    pop(message).and_then(|call| call.get("id").and_then(Value::as_str).map(EcoString::from))
}

/// A link call node.
pub(crate) struct LinkCall {
    /// The id of the link in, or `None` for the one that `msg.target` names.
    target: Option<EcoString>,
    /// How long an answer may take; none for ever.
    timeout: Option<Duration>,
    pending: HashMap<EcoString, Pending>,
    /// Calls by the token of their timer.
    tokens: HashMap<u64, EcoString>,
    next_token: u64,
}

/// A call under way.
struct Pending {
    message: Message,
    token: u64,
    timer: Option<TimerId>,
}

impl LinkCall {
    pub(crate) fn new(target: Option<EcoString>, timeout: Option<Duration>) -> Self {
        Self { target, timeout, pending: HashMap::new(), tokens: HashMap::new(), next_token: 0 }
    }

    /// How many calls wait for their answer.
    pub(crate) fn under_way(&self) -> usize {
        self.pending.len()
    }

    /// Sends a message to the link in.
    pub(crate) fn call(&mut self, message: Message, core: &mut Core, slot: u32) {
        let target = match &self.target {
            Some(id) => id.clone(),
            None => message.get("target").and_then(Value::as_str).unwrap_or_default().into(),
        };
        let id = match core.call_link(slot, &target, message.clone()) {
            Ok(id) => id,
            Err(error) => return core.fail(slot, error, message),
        };
        let token = self.next_token;
        self.next_token += 1;
        let timer = self.timeout.map(|timeout| core.timers.set(Instant::now() + timeout, slot, token));
        self.tokens.insert(token, id.clone());
        self.pending.insert(id, Pending { message, token, timer });
    }

    /// An answer came back.
    pub(crate) fn answer(&mut self, mut message: Message, core: &mut Core, slot: u32) {
        let Some(id) = answered(&mut message) else { return };
        // One that came too late, or a second one, is dropped: the caller has gone on.
        let Some(pending) = self.pending.remove(&id) else { return };
        self.tokens.remove(&pending.token);
        if let Some(timer) = pending.timer {
            core.timers.cancel(timer);
        }
        core.complete(slot, pending.message);
        core.emit(slot, 0, message);
    }

    /// No answer came in time.
    pub(crate) fn time_out(&mut self, token: u64, core: &mut Core, slot: u32) {
        let Some(pending) = self.tokens.remove(&token).and_then(|id| self.pending.remove(&id)) else {
            return;
        };
        let seconds = self.timeout.unwrap_or_default().as_secs_f64();
        let registry = core.slots[slot as usize].handle.registry.clone();
        core.fail(slot, timed_out(seconds, &registry), pending.message);
    }
}

/// The error of a call without an answer. Its text is the one word that flows look for; the cause says more.
fn timed_out(seconds: f64, registry: &Registry) -> NodeError {
    let cause = Text::key("engine.link-call.no-answer").with("seconds", seconds);
    NodeError::key("engine.link-call.timeout").caused_by(registry.render(&cause))
}

/// A link out in return mode: sends a message back to the link call that sent it.
pub(crate) fn give_back(message: Message, core: &mut Core, slot: u32) {
    let caller = message
        .get(STACK)
        .and_then(|stack| stack.as_array()?.last()?.get("node")?.as_str().map(EcoString::from))
        .and_then(|node| core.directory.by_id(&node));
    match caller {
        Some(caller) => post(core, &caller, message),
        None => core.fail(slot, NodeError::key("engine.link-out.no-caller"), message),
    }
}

/// Hands a message to a node that may be in another cell.
fn post(core: &mut Core, to: &Entry, message: Message) {
    let (message, closed) = match to.handle.current_address() {
        Some(address) if core.holds(&address, to) => {
            return core.queue.push_back((address.slot + to.slot_offset, message));
        }
        Some(address) => match to.send(&address, message) {
            Ok(()) => return,
            Err(message) => (message, Some(address.cell)),
        },
        None => (message, None),
    };
    tokio::spawn(post_later(core.directory.entries.subscribe(), to.handle.info.id.clone(), message, closed));
}

/// Hands a message to a node whose cell a deploy is rebuilding, or to the one that a deploy puts in its place.
async fn post_later(
    mut entries: watch::Receiver<Entries>,
    id: EcoString,
    mut message: Message,
    mut closed: Option<CellPort>,
) {
    loop {
        let Some(entry) = entries.borrow_and_update().get(&id).cloned() else { return cut_off(message) };
        if let Some(address) = entry.handle.place.next(closed.as_ref()).await {
            match entry.send(&address, message) {
                Ok(()) => return,
                Err(back) => (message, closed) = (back, Some(address.cell)),
            }
        } else if entries.changed().await.is_err() {
            return cut_off(message);
        }
    }
}

fn pop(message: &mut Message) -> Option<Value> {
    let mut stack = message.remove(STACK)?;
    let call = stack.as_array_mut()?.pop();
    if !stack.as_array()?.is_empty() {
        message.set(STACK, stack);
    }
    call
}
