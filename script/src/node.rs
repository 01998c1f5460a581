//! The function node's life: when its code runs, and what becomes of what it asked for.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use ecow::EcoString;
use engine::node::{FunctionNode, Out, Progress, TimerId};
use engine::observe::{Level, Status};
use engine::{Message, NodeError};
use indexmap::IndexMap;
use model::text::Text;

use crate::errors::ScriptError;
use crate::host::Action;
use crate::sandbox::{Called, Code, Limits, Outputs, Sandbox, mentions};

mod links;
mod pending;
mod sending;
mod timers;
mod world;

use links::Link;
use pending::Pending;
use sending::{Origin, emit, restore};
use timers::Timer;
use world::At;

/// Tokens from here on are those of link calls; the ones below are JavaScript's timers.
const FIRST_LINK_TOKEN: u64 = 1 << 32;

/// What a function node is made of.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its code.
    pub code: Code,
    /// How far it may go.
    pub limits: Limits,
}

/// A function node. Its JavaScript world is made when it is first needed.
pub struct ScriptNode {
    script: Script,
    sandbox: Option<Sandbox>,
    stage: Stage,
    /// Messages that came before the setup code was done; bounded by the cell's credits.
    waiting: VecDeque<Message>,
    /// Messages whose promise is not settled, by their call: the first came first.
    pending: BTreeMap<u32, Pending>,
    /// Messages whose code came to its end without `node.done()`.
    undone: BTreeMap<u32, Message>,
    /// What was said once of too many of them.
    told: Vec<&'static str>,
    timers: HashMap<u32, Timer>,
    /// Link calls under way, by the engine's id.
    links: IndexMap<EcoString, Link>,
    last_call: u32,
    /// Whether the code says itself when it is done.
    calls_done: bool,
    /// Whether the code can go on after it has returned.
    is_async: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The setup code's promise is not settled.
    Starting,
    Ready,
    /// The setup code failed.
    Failed,
}

/// What a batch of actions said about the call that it came of.
#[derive(Default)]
struct Told {
    is_done: bool,
    settled: Option<Result<Outputs, ScriptError>>,
    /// Why a timer was not set, for which the call may wait.
    refused: Option<NodeError>,
}

impl ScriptNode {
    /// A node that runs this script.
    pub fn new(script: Script) -> Self {
        let calls_done = calls_done(&script.code.main);
        let is_async = ["await", "Promise", "linkcall"].iter().any(|word| mentions(&script.code.main, word));
        Self {
            script,
            sandbox: None,
            stage: Stage::Ready,
            waiting: VecDeque::new(),
            pending: BTreeMap::new(),
            undone: BTreeMap::new(),
            told: Vec::new(),
            timers: HashMap::new(),
            links: IndexMap::new(),
            last_call: 0,
            calls_done,
            is_async,
        }
    }

    fn sandbox(&mut self, out: &Out<'_>) -> Result<&Sandbox, NodeError> {
        if self.sandbox.is_none() {
            let surroundings = Arc::new(At(out.node().clone()));
            let made = Sandbox::new(surroundings, &self.script.code, self.script.limits);
            self.sandbox = Some(made.map_err(|error| {
                NodeError::key("function.error.no-sandbox").with("reason", error.message)
            })?);
        }
        self.sandbox.as_ref().ok_or_else(|| NodeError::key("function.error.no-sandbox"))
    }

    /// Runs the code for a message.
    fn handle(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        self.last_call = self.last_call.checked_add(1).unwrap_or(1);
        let call = self.last_call;
        // A second holder would make the first change copy the message: only where it may be needed later.
        let original = (self.is_async || self.calls_done).then(|| message.clone());
        let sandbox = self.sandbox(out)?;
        let (properties, delivery) = message.take().into_parts();
        let origin = Origin { call, id: properties.get("_msgid").cloned(), delivery };
        let called = sandbox.call(call, Arc::new(properties));
        let told = self.act(&origin, out);
        self.renew_if_spent(out);
        let outputs = match (called, told.settled) {
            (Called::Returned(outputs), _) | (Called::Pending, Some(Ok(outputs))) => outputs,
            (Called::Failed(error, left), _) => {
                *message = match original {
                    Some(original) if left.is_empty() => original,
                    _ => restore(left, &origin),
                };
                return Err(error.into());
            }
            (Called::Pending, Some(Err(error))) => {
                *message = original.unwrap_or_else(|| restore(Arc::default(), &origin));
                return Err(error.into());
            }
            (Called::Pending, None) => {
                let original = original.unwrap_or_else(|| restore(Arc::default(), &origin));
                if let Some(error) = told.refused {
                    *message = original;
                    return Err(error);
                }
                self.wait(call, original, told.is_done, out);
                return Ok(Progress::Pending);
            }
        };
        if let Some(error) = told.refused {
            out.error(error, None);
        }
        emit(outputs, &origin, out);
        if self.calls_done && !told.is_done {
            self.leave_undone(call, original.unwrap_or_default(), out);
            return Ok(Progress::Pending);
        }
        Ok(Progress::Done)
    }

    /// Does what JavaScript asked for; what it said about the call of `origin` itself is handed back.
    fn act(&mut self, origin: &Origin, out: &mut Out<'_>) -> Told {
        let mut told = Told::default();
        let Some(sandbox) = &self.sandbox else { return told };
        for action in sandbox.take_actions() {
            match action {
                Action::Send { call, outputs } => emit(outputs, &self.origin_of(call, origin), out),
                Action::Error { call, error, message: Some(message) } => {
                    let message = restore(message, &self.origin_of(call, origin));
                    out.error(error.into(), Some(message));
                }
                Action::Error { error, message: None, .. } => {
                    out.log(Level::Error, Text::literal(error.message));
                }
                Action::Log(level, text) => out.log(level, Text::literal(text)),
                Action::Status(fill, shape, text) => {
                    out.status(Status { fill, shape, text: Text::literal(text) });
                }
                Action::Arm { timer, delay, repeats, call } => {
                    let of = self.origin_of(call, origin);
                    if let Err(error) = self.arm(timer, delay, repeats, of, out) {
                        match self.take_pending(call, out) {
                            // It would wait for ever.
                            Some(pending) => out.error(error, Some(pending.message)),
                            None => told.refused = Some(error),
                        }
                    }
                }
                Action::Disarm(timer) => {
                    if let Some(timer) = self.timers.remove(&timer) {
                        out.cancel(timer.timer);
                    }
                }
                Action::Done(call) if call == origin.call && !self.is_open(call) => told.is_done = true,
                Action::Done(call) => self.end(call, out),
                Action::LinkCall { call, link, target, message, timeout } => {
                    let origin = self.origin_of(call, origin);
                    self.call_link(link, &target, message, timeout, origin, out);
                }
                Action::Settled { call: 0, result } => self.set_up(result.map(drop), out),
                Action::Settled { call, result }
                    if call == origin.call && !self.pending.contains_key(&call) =>
                {
                    told.settled = Some(result);
                }
                Action::Settled { call, result } => self.settle(call, result, out),
            }
        }
        told
    }

    /// Does what code asked for that ran for no message of its own: a timer's, or what waited for an answer.
    fn go_on(
        &mut self,
        ended: Result<(), ScriptError>,
        origin: &Origin,
        out: &mut Out<'_>,
    ) -> Result<(), NodeError> {
        // A promise that it settled may belong to any call.
        if let Some(error) = self.act(origin, out).refused {
            out.error(error, None);
        }
        self.renew_if_spent(out);
        let Err(error) = ended else { return Ok(()) };
        if error.time_limit.is_some() {
            // The call that was cut off will never settle; which one it was, nobody knows.
            self.give_up_waiting(&error.clone().into(), out);
        }
        Err(error.into())
    }

    /// Takes out the timers that are set and the link calls under way: each one's timer, and what it came of.
    fn take_timed(&mut self) -> Vec<(TimerId, Origin)> {
        let timers = std::mem::take(&mut self.timers).into_values().map(|timer| (timer.timer, timer.origin));
        let links = std::mem::take(&mut self.links).into_values().map(|link| (link.timer, link.origin));
        timers.chain(links).collect()
    }

    /// Starts anew with an empty world where JavaScript would never come to an end.
    fn renew_if_spent(&mut self, out: &mut Out<'_>) {
        if !self.sandbox.as_ref().is_some_and(Sandbox::is_spent) {
            return;
        }
        self.sandbox = None;
        let error = NodeError::key("function.error.time-limit")
            .with("milliseconds", self.script.limits.time.as_millis());
        for (timer, origin) in self.take_timed() {
            out.cancel(timer);
            // One that waits for its promise as well fails with that.
            if origin.delivery.is_some() && !self.pending.contains_key(&origin.call) {
                out.error(error.clone(), Some(restore(Arc::default(), &origin)));
            }
        }
        self.give_up(&error, out);
        if self.stage == Stage::Ready {
            self.start(out);
        }
    }

    /// The setup code has ended.
    fn set_up(&mut self, result: Result<(), ScriptError>, out: &mut Out<'_>) {
        if self.stage != Stage::Starting {
            return;
        }
        self.stage = Stage::Ready;
        if let Err(error) = result {
            self.stage = Stage::Failed;
            out.error(error.into(), None);
        }
        for mut message in std::mem::take(&mut self.waiting) {
            let before = message.clone();
            match self.on_message(&mut message, out) {
                Ok(Progress::Done) => out.done(before),
                Ok(Progress::Pending) => {}
                Err(error) => out.error(error, Some(message)),
            }
        }
    }
}

impl FunctionNode for ScriptNode {
    fn start(&mut self, out: &mut Out<'_>) {
        let code = self.script.code.initialize.clone();
        if code.trim().is_empty() {
            return;
        }
        self.stage = Stage::Starting;
        let result = match self.sandbox(out) {
            Ok(sandbox) => sandbox.run_once(&code),
            Err(error) => {
                self.stage = Stage::Failed;
                return out.error(error, None);
            }
        };
        if let Some(result) = result {
            self.set_up(result, out);
        }
        self.act(&Origin::default(), out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        match self.stage {
            Stage::Ready => self.handle(message, out),
            Stage::Starting => {
                self.waiting.push_back(message.take());
                Ok(Progress::Pending)
            }
            Stage::Failed => Err(NodeError::key("function.error.setup-failed")),
        }
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if let Some(id) = token.checked_sub(FIRST_LINK_TOKEN) {
            let at = self.links.values().position(|link| u64::from(link.id) == id);
            return match at.and_then(|at| self.links.swap_remove_index(at)) {
                Some((_, link)) => self.end_link(link, None, out),
                None => Ok(()),
            };
        }
        let Some(id) = u32::try_from(token).ok() else { return Ok(()) };
        let origin = match self.timers.get_mut(&id) {
            Some(Timer { repeats: Some(delay), timer, origin }) => {
                *timer = out.after(*delay, token);
                origin.clone()
            }
            Some(_) => self.timers.remove(&id).map(|timer| timer.origin).unwrap_or_default(),
            None => return Ok(()),
        };
        let Some(sandbox) = &self.sandbox else { return Ok(()) };
        let fired = sandbox.fire(id, origin.call);
        self.go_on(fired, &origin, out)
    }

    fn kept(&self) -> usize {
        self.waiting.len() + self.pending.len() + self.undone.len()
    }

    fn calls_links(&self) -> bool {
        [&self.script.code.main, &self.script.code.initialize].iter().any(|code| mentions(code, "linkcall"))
    }

    fn on_answer(&mut self, call: EcoString, answer: Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        // One that came too late is dropped: the caller has gone on.
        let Some(link) = self.links.swap_remove(&call) else { return Ok(()) };
        out.cancel(link.timer);
        self.end_link(link, Some(answer), out)
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        let code = self.script.code.finalize.clone();
        if self.sandbox.is_none() && code.trim().is_empty() {
            return;
        }
        let ended = match self.sandbox(out) {
            Ok(sandbox) => {
                let closed = sandbox.close();
                let finalized = if code.trim().is_empty() { None } else { sandbox.run_once(&code) };
                closed.and(finalized.unwrap_or(Ok(()))).map_err(NodeError::from)
            }
            Err(error) => Err(error),
        };
        self.act(&Origin::default(), out);
        if let Err(error) = ended {
            out.error(error, None);
        }
        // What would have gone on with them was not done.
        let timed = self.take_timed().into_iter();
        timed.filter_map(|(_, origin)| origin.delivery).for_each(|delivery| delivery.abort());
        self.sandbox = None;
    }
}

/// Whether code calls `node.done()`; Node-RED looks for the same words.
fn calls_done(code: &str) -> bool {
    code.match_indices("node.done").any(|(at, found)| {
        let rest = code[at + found.len()..].trim_start();
        rest.strip_prefix('(').is_some_and(|rest| rest.trim_start().starts_with(')'))
    })
}
