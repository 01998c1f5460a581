//! Calls of nodes, and what comes of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc;

use super::{Body, Cell, link};
use crate::delivery::cut_off;
use crate::error::NodeError;
use crate::message::Message;
use crate::node::{Built, Counters, FunctionNode, Out, Progress, TaskInput, Timed};
use crate::observe::{Level, Status};

impl Cell {
    /// Hands a message to a node.
    pub(super) fn deliver(&mut self, slot: u32, message: Message, is_timed: bool) {
        let Self { core, bodies, .. } = self;
        let place = &mut core.slots[slot as usize];
        Counters::add(&place.handle.counters.received, 1);
        match &mut bodies[slot as usize] {
            Body::Function(node) => {
                // Hardly any node has somebody who listens for its completion, and keeping what that needs costs.
                let original = (!place.completes().is_empty()).then(|| message.clone());
                core.keeps_sent = original.is_some();
                let mut message = message;
                let timed = if is_timed { Some(Timed::single()) } else { place.stopwatch.start() };
                let called = {
                    let mut out = Out { core, slot };
                    catch_unwind(AssertUnwindSafe(|| node.on_message(&mut message, &mut out)))
                };
                if let Some(timed) = timed {
                    core.stop(timed, slot);
                }
                let sent = original.map(|original| core.take_sent().unwrap_or(original));
                match called {
                    Ok(Ok(Progress::Done)) => {
                        if let Some(sent) = sent {
                            core.complete(slot, if message.is_empty() { sent } else { message });
                        }
                    }
                    Ok(Ok(Progress::Pending)) => {}
                    Ok(Err(error)) => core.fail(slot, error, message),
                    Err(panic) => self.recover(slot, &panic, message),
                }
            }
            Body::Task(inbox, stop) => {
                core.queue_at(slot);
                if let Err(mpsc::error::SendError(TaskInput::Message(message))) =
                    inbox.send(TaskInput::Message(message))
                {
                    core.unqueue_at(slot);
                    if stop.is_cancelled() {
                        core.held.push((slot, message));
                    } else {
                        core.fail(slot, NodeError::key("engine.stopped"), message);
                    }
                }
            }
            Body::Pass => core.emit(slot, 0, message),
            Body::LinkCall(call) => call.call(message, core, slot),
            Body::LinkAnswer(caller) => {
                let caller = *caller;
                self.answer(caller, message);
            }
            Body::LinkReturn => link::give_back(message, core, slot),
            Body::SubflowStatus(instance) => core.set_status_of(instance, &message),
            Body::Broken => core.fail(slot, NodeError::key("engine.broken"), message),
            Body::Held(_) => self.keep(slot, message),
        }
    }

    /// Hands the answer to a link call to its caller.
    fn answer(&mut self, caller: u32, mut message: Message) {
        match self.bodies[caller as usize].node() {
            Body::LinkCall(call) => call.answer(message, &mut self.core, caller),
            Body::Function(_) => {
                if let Some(id) = link::answered(&mut message) {
                    self.call(caller, |node, out| node.on_answer(id, message, out));
                }
            }
            // Nobody waits for it any more.
            _ => cut_off(message),
        }
    }

    /// Calls a function node outside of message delivery.
    pub(super) fn call(
        &mut self,
        slot: u32,
        what: impl FnOnce(&mut dyn FunctionNode, &mut Out<'_>) -> Result<(), NodeError>,
    ) {
        let timed = Timed::single();
        if self.call_untimed(slot, what) {
            self.core.stop(timed, slot);
        }
    }

    /// Starts a node. Not timed: nothing went through it yet, and the place for times is as large as many a node.
    pub(super) fn start(&mut self, slot: u32) {
        self.call_untimed(slot, |node, out| {
            node.start(out);
            Ok(())
        });
    }

    /// Whether a function node is there, which was called.
    fn call_untimed(
        &mut self,
        slot: u32,
        what: impl FnOnce(&mut dyn FunctionNode, &mut Out<'_>) -> Result<(), NodeError>,
    ) -> bool {
        let Self { core, bodies, .. } = self;
        let Body::Function(node) = bodies[slot as usize].node() else { return false };
        let mut out = Out { core, slot };
        match catch_unwind(AssertUnwindSafe(|| what(node.as_mut(), &mut out))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => core.fail(slot, error, Message::default()),
            Err(panic) => self.recover(slot, &panic, Message::default()),
        }
        true
    }

    /// A node panicked: reports it and builds the node anew.
    pub(super) fn recover(&mut self, slot: u32, panic: &Box<dyn Any + Send>, message: Message) {
        let reason = panic_text(panic.as_ref());
        self.core.timers.cancel_all(slot);
        // What it had parked was not done.
        let failed = std::mem::replace(self.bodies[slot as usize].node(), Body::Broken);
        let _ = catch_unwind(AssertUnwindSafe(|| cut_off(failed)));
        // Nothing waits in it any more.
        self.core.forget_queue_at(slot);
        let rebuilt = self.core.slots[slot as usize].rebuild.as_ref().and_then(|node| node.rebuild());
        match rebuilt {
            Some(Built::Function(node)) => {
                *self.bodies[slot as usize].node() = Body::Function(node);
                // A panic in `start` itself must not go round in circles.
                let started = catch_unwind(AssertUnwindSafe(|| {
                    if let Body::Function(node) = self.bodies[slot as usize].node() {
                        node.start(&mut Out { core: &mut self.core, slot });
                    }
                }));
                if started.is_err() {
                    *self.bodies[slot as usize].node() = Body::Broken;
                }
            }
            _ => *self.bodies[slot as usize].node() = Body::Broken,
        }
        let place = &self.core.slots[slot as usize];
        place.handle.log(Level::Error, model::text::Text::key("engine.panic").with("reason", &reason));
        let error = NodeError::key("engine.panic").with("reason", &reason);
        self.core.set_status(slot, Status::new("red", "ring", error.text.clone()));
        self.core.fail(slot, error, message);
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}
