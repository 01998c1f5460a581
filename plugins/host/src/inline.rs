//! A plugin that never waits: called in its cell's task.

use std::any::Any;
use std::collections::HashMap;
use std::time::Duration;

use engine::node::{FunctionNode, Handover, Out, Progress, TimerId};
use engine::observe::Status;
use engine::{Message, NodeError};

use crate::fault::Fault;
use crate::life::Life;
use crate::state::{Effect, Origin, Verdict};

/// The node.
pub(crate) struct InlineNode {
    life: Life,
    timers: HashMap<u32, TimerId>,
    /// What the plugin still kept when it was stopped.
    parked: Vec<Message>,
}

/// Messages for the successor of a node.
pub(crate) struct Parked(pub(crate) Vec<Message>);

impl InlineNode {
    pub(crate) fn new(life: Life) -> Self {
        Self { life, timers: HashMap::new(), parked: Vec::new() }
    }

    /// Does what the last call asks for.
    fn apply(&mut self, out: &mut Out<'_>) {
        let Ok(instance) = self.life.instance() else { return };
        for effect in instance.effects() {
            apply(effect, &mut self.timers, out);
        }
    }

    /// Hands a message to the plugin, and does what it asks for.
    fn hand(&mut self, message: Message, out: &mut Out<'_>) -> Verdict {
        if self.life.wants_instance() {
            self.run(out);
        }
        let instance = match self.life.instance() {
            Ok(instance) => instance,
            Err(error) => return Verdict::Failed(error, message),
        };
        match instance.on_message(message) {
            Ok(verdict) => {
                self.apply(out);
                verdict
            }
            Err(fault) => self.fail(&fault, out).unwrap_or(Verdict::Done(Message::default())),
        }
    }

    /// Makes the instance run.
    fn run(&mut self, out: &mut Out<'_>) {
        let handle = out.node().clone();
        let started = match self.life.make(&handle, None) {
            Ok(instance) => instance.start(),
            Err(error) => return broken(&error, out),
        };
        match started {
            Ok(answer) => {
                // With what `configure` asked for. One that says that it cannot start may go on all the same.
                self.apply(out);
                if let Err(error) = answer {
                    broken(&error, out);
                }
            }
            Err(fault) => self.fail_for_good(&fault, out),
        }
    }

    /// A call failed: reports what is lost with the instance, and makes another one. Gives what became of the message that
    /// arrived with the call, if one did.
    fn fail(&mut self, fault: &Fault, out: &mut Out<'_>) -> Option<Verdict> {
        let verdict = self.clear(fault, out);
        let text = fault.error(&self.life.recipe.shared.plugin).into_fault().text;
        out.status(Status::new("red", "ring", text));
        let handle = out.node().clone();
        self.life.discard(fault, &handle);
        self.run(out);
        verdict
    }

    /// A fresh instance failed: there will be no other for a while.
    fn fail_for_good(&mut self, fault: &Fault, out: &mut Out<'_>) {
        self.clear(fault, out);
        let error = fault.error(&self.life.recipe.shared.plugin);
        self.life.give_up(error.clone());
        broken(&error, out);
    }

    fn clear(&mut self, fault: &Fault, out: &mut Out<'_>) -> Option<Verdict> {
        self.timers.drain().for_each(|(_, timer)| out.cancel(timer));
        let (verdict, lost) = self.life.instance().ok()?.state().give_up(fault);
        for effect in lost {
            if let Effect::Fail(error, message) = effect {
                out.error(error, Some(message));
            }
        }
        verdict
    }
}

impl FunctionNode for InlineNode {
    fn start(&mut self, out: &mut Out<'_>) {
        self.run(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        match self.hand(message.take(), out) {
            Verdict::Done(left) => {
                *message = left;
                Ok(Progress::Done)
            }
            Verdict::Kept => Ok(Progress::Pending),
            Verdict::Failed(error, left) => {
                *message = left;
                Err(error)
            }
        }
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        let token = token as u32;
        self.timers.remove(&token);
        let Ok(instance) = self.life.instance() else { return Ok(()) };
        match instance.on_timer(token) {
            Ok(answer) => {
                self.apply(out);
                answer
            }
            Err(fault) => {
                self.fail(&fault, out);
                Err(fault.error(&self.life.recipe.shared.plugin))
            }
        }
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        let Ok(instance) = self.life.instance() else { return };
        let stopped = instance.stop();
        // What it kept is not lost, even where it fails to stop.
        self.parked = instance.state().take_kept();
        match stopped {
            Ok(()) => self.apply(out),
            Err(fault) => out.error(fault.error(&self.life.recipe.shared.plugin), None),
        }
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        let parked = std::mem::take(&mut self.parked);
        (!parked.is_empty()).then(|| Box::new(Parked(parked)) as Box<dyn Any + Send>)
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(parked) = parked.take::<Parked>() else { return };
        for message in parked.0 {
            match self.hand(message, out) {
                Verdict::Done(left) => out.done(left),
                Verdict::Kept => {}
                Verdict::Failed(error, left) => out.error(error, Some(left)),
            }
        }
    }
}

/// Does one thing that a call asks for.
fn apply(effect: Effect, timers: &mut HashMap<u32, TimerId>, out: &mut Out<'_>) {
    match effect {
        Effect::Emit(port, message, Origin::Fresh) => match out.try_admit() {
            Some(delivery) => out.send(port as usize, message.under(delivery)),
            None => out.count_dropped(),
        },
        Effect::Emit(port, message, Origin::Arrived | Origin::Work) => out.send(port as usize, message),
        Effect::Done(message) => out.done(message),
        Effect::Fail(error, message) => out.error(error, Some(message)),
        Effect::Timer(milliseconds, token) => {
            if let Some(former) = timers.remove(&token) {
                out.cancel(former);
            }
            // Not at once: a plugin that sets one timer after another leaves others their turn.
            let delay = Duration::from_millis(milliseconds.max(1).into());
            timers.insert(token, out.after(delay, token.into()));
        }
        Effect::Cancel(token) => {
            if let Some(timer) = timers.remove(&token) {
                out.cancel(timer);
            }
        }
        Effect::Status(status) => out.status(status),
    }
}

/// Shows and reports that the node does not work.
fn broken(error: &NodeError, out: &mut Out<'_>) {
    out.status(Status::new("red", "ring", error.text.clone()));
    out.error(error.clone(), None);
}
