//! Cells: connected nodes that share nothing with others but context stores.
//!
//! A cell is one tokio task with one bounded inbox and one plain run queue. A hop is a queue push and a
//! call: no lock, no channel, no wake-up. Nothing inside a cell ever waits for room, so loops cannot
//! deadlock; what enters is bounded by the credits of its [`Gate`]. While a cell rests, who waits for what comes
//! of a message may work it off in its stead ([`Cell::work_off`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::node::{Handover, TaskInput};

mod call;
mod count;
mod errors;
mod event;
mod hold;
mod link;
mod slot;
mod state;
mod task;
mod timers;

pub(crate) use call::panic_text;
pub(crate) use event::{CellEvent, CellPort, Doors, SideDoor, Suspended};
pub use hold::{HELD_MESSAGES, Hold, Holding};
pub(crate) use link::{Directory, Entry, LinkCall};
pub(crate) use slot::{Body, Catch, Listeners, Port, Rebuild, Slot, StatusWatch, Stream};
pub(crate) use state::Core;
pub(crate) use task::{CellTask, Resting};
pub(crate) use timers::{SetTimer, Timers};

/// Hops that a cell makes before it looks at its inbox, its timers and the clock again.
const STEP_BUDGET: usize = 128;
/// So many of the hops after a pause are timed: waking up costs more than they all.
const TIMED_AFTER_PAUSE: usize = 8;

/// A suspended cell, ready to be taken apart and wired anew.
pub(crate) struct CellState {
    pub core: Core,
    pub bodies: Vec<Body>,
    /// What was in the inbox and the side channel.
    pub waiting: Vec<CellEvent>,
}

/// A cell: its nodes, and what is under way between them.
pub(crate) struct Cell {
    pub core: Core,
    bodies: Vec<Body>,
    is_counting: Arc<AtomicBool>,
    /// It is about to be taken apart, and holds no messages any more for those who look at them.
    is_ending: bool,
}

impl Cell {
    /// Whether answers to a link call come back in this slot.
    pub(crate) fn is_answer(&self, slot: u32) -> bool {
        matches!(self.bodies.get(slot as usize), Some(Body::LinkAnswer(_)))
    }

    /// Acts on an event instead of the cell's task, which rests, and makes the hops that follow from it. Whether the task
    /// has to be woken for what is left.
    pub(crate) fn work_off(&mut self, event: CellEvent) -> bool {
        let before = self.core.timers.next();
        self.take(event);
        let is_unfinished = self.work(true);
        let is_sooner = |at| before.is_none_or(|before| at < before);
        is_unfinished || self.core.timers.next().is_some_and(is_sooner)
    }

    /// Makes up to [`STEP_BUDGET`] hops; whether there is more to do. After a pause the first ones are all timed.
    fn work(&mut self, is_woken: bool) -> bool {
        self.core.gives_way = false;
        for step in 0..STEP_BUDGET {
            if self.core.gives_way && self.core.has_work() {
                return true;
            }
            if let Some((slot, message)) = self.core.queue.pop_front() {
                self.deliver(slot, message, is_woken && step < TIMED_AFTER_PAUSE);
            } else if !self.pull() {
                return false;
            }
        }
        true
    }

    /// Takes the next message of the next stream; `false` when no stream is open, or they have to wait.
    fn pull(&mut self) -> bool {
        let Some(mut stream) = self.core.take_stream() else { return false };
        let (slot, port) = (stream.slot, stream.port);
        match catch_unwind(AssertUnwindSafe(|| stream.messages.next())) {
            Ok(Some(Ok(message))) => {
                self.core.emit(slot, port, message);
                self.core.streams.push_back(stream);
            }
            Ok(Some(Err(error))) => self.core.fail(slot, error, *stream.of),
            Ok(None) => {}
            Err(panic) => self.recover(slot, &panic, *stream.of),
        }
        true
    }

    /// Calls the nodes whose timers are due.
    fn ring(&mut self) {
        if self.core.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some((slot, token)) = self.core.timers.due(now) {
            if let Body::LinkCall(call) = self.bodies[slot as usize].node() {
                call.time_out(token, &mut self.core, slot);
            } else {
                self.call(slot, |node, out| node.on_timer(token, out));
            }
        }
    }

    /// Acts on an event; a request to suspend is handed back.
    pub(crate) fn take(&mut self, event: CellEvent) -> Option<SuspendRequest> {
        match event {
            CellEvent::Emit { slot, port, message } => self.core.emit(slot, port, message),
            CellEvent::Arrive { slot, message } => self.core.queue.push_back((slot, message)),
            CellEvent::Done { slot, message } => self.core.complete(slot, message),
            CellEvent::Fail { slot, error, message } => self.core.fail(slot, error, message),
            CellEvent::Status { slot, status } => self.core.set_status(slot, status),
            CellEvent::Command { slot, command } => match self.bodies[slot as usize].node() {
                Body::Task(inbox, _) => drop(inbox.send(TaskInput::Command(command))),
                _ => self.call(slot, |node, out| node.on_command(command, out)),
            },
            CellEvent::Count(told) => {
                self.is_counting.store(false, Ordering::Release);
                self.count_waiting();
                drop(told);
            }
            CellEvent::Hold { slot, hold } => self.hold(slot, hold),
            CellEvent::LetGo { slot, hold, count } if self.is_held_by(slot, &hold) => match count {
                Some(count) => self.let_go(slot, count),
                None => self.end_hold(slot),
            },
            CellEvent::LetGo { .. } => {}
            CellEvent::Roomy => self.core.look_for_room(),
            // The task looks for it.
            CellEvent::Unfinished => {}
            CellEvent::EndHolds => self.end_holds(),
            CellEvent::Suspend { leave, reply } => return Some((leave, reply)),
        }
        None
    }

    /// Stops the leaving nodes; what they park for their successors, by slot.
    fn leave(&mut self, leave: &[u32]) -> Vec<(u32, Handover)> {
        self.end_holds();
        let mut parked = Vec::new();
        for slot in leave {
            self.call(*slot, |node, out| {
                node.stop(out);
                parked.extend(node.park().map(|state| (*slot, state.into())));
                Ok(())
            });
            self.core.timers.cancel_all(*slot);
        }
        self.core.queue.extend(std::mem::take(&mut self.core.held));
        parked
    }
}

/// Slots to leave, and where to send the state.
type SuspendRequest = (Vec<u32>, oneshot::Sender<Suspended>);
