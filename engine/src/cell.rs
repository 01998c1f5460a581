//! Cells: connected nodes that share nothing with others but context stores.
//!
//! A cell is one tokio task with one bounded inbox and one plain run queue. A hop is a queue push and a
//! call: no lock, no channel, no wake-up. Nothing inside a cell ever waits for room, so loops cannot
//! deadlock; what enters is bounded by the credits of its [`Gate`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
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
mod timers;

pub(crate) use call::panic_text;
pub(crate) use event::{CellEvent, CellPort, Doors, Suspended};
pub use hold::{HELD_MESSAGES, Hold, Holding};
pub(crate) use link::{Directory, Entry, LinkCall};
pub(crate) use slot::{Body, Catch, Listeners, Port, Rebuild, Slot, StatusWatch, Stream};
pub(crate) use state::Core;
pub(crate) use timers::{SetTimer, Timers};

/// Messages that may wait in a cell's inbox; who sends more waits.
pub(crate) const INBOX_LIMIT: usize = 1024;
/// Hops that a cell makes before it looks at its inbox, its timers and the clock again.
const STEP_BUDGET: usize = 128;
/// A busy cell lets others have the thread so often. Not at every look at the clock: the runtime wakes another thread for a
/// task that gives way, which costs as much as a hundred hops.
const SLICE: Duration = Duration::from_micros(500);
/// So many of the hops after a pause are timed: waking up costs more than they all.
const TIMED_AFTER_PAUSE: usize = 8;
/// While the run queue holds this many messages, the inbox waits.
const QUEUE_TARGET: usize = 256;

/// A suspended cell, ready to be taken apart and wired anew.
pub(crate) struct CellState {
    pub core: Core,
    pub bodies: Vec<Body>,
    /// What was in the inbox and the side channel.
    pub waiting: Vec<CellEvent>,
}

/// A cell, running or about to.
pub(crate) struct Cell {
    pub core: Core,
    bodies: Vec<Body>,
    inbox: mpsc::Receiver<CellEvent>,
    side: mpsc::UnboundedReceiver<CellEvent>,
    is_counting: Arc<AtomicBool>,
    /// It is about to be taken apart, and holds no messages any more for those who look at them.
    is_ending: bool,
}

impl Cell {
    /// A cell of these nodes, and how to reach it.
    pub(crate) fn new(core: Core, bodies: Vec<Body>) -> (Self, CellPort) {
        let (inbox_sender, inbox) = mpsc::channel(INBOX_LIMIT);
        let (side_sender, side) = mpsc::unbounded_channel();
        let is_counting = Arc::<AtomicBool>::default();
        let port = CellPort::new(Doors {
            inbox: inbox_sender,
            side: side_sender,
            is_counting: is_counting.clone(),
            gate: core.gate.clone(),
        });
        (Self { core, bodies, inbox, side, is_counting, is_ending: false }, port)
    }

    /// Whether answers to a link call come back in this slot.
    pub(crate) fn is_answer(&self, slot: u32) -> bool {
        matches!(self.bodies.get(slot as usize), Some(Body::LinkAnswer(_)))
    }

    /// Starts the nodes of `fresh`, hands `parked` to them, then runs until suspended.
    pub(crate) async fn run(mut self, fresh: Vec<u32>, parked: Vec<(u32, Handover)>) {
        for slot in fresh {
            self.start(slot);
        }
        for (slot, state) in parked {
            self.call(slot, move |node, out| {
                node.resume(state, out);
                Ok(())
            });
        }
        let mut is_woken = true;
        let mut busy_since = None;
        loop {
            while let Ok(event) = self.side.try_recv() {
                if let Some((leave, reply)) = self.take(event) {
                    return self.suspend(&leave, reply).await;
                }
            }
            while self.core.queue.len() < QUEUE_TARGET
                && let Ok(event) = self.inbox.try_recv()
            {
                self.take(event);
            }
            self.ring();
            if self.work(is_woken) {
                is_woken = false;
                let begin = *busy_since.get_or_insert_with(std::time::Instant::now);
                if self.core.gives_way || begin.elapsed() >= SLICE {
                    busy_since = None;
                    tokio::task::yield_now().await;
                }
                continue;
            }
            (is_woken, busy_since) = (true, None);
            if let Some((leave, reply)) = self.wait().await {
                return self.suspend(&leave, reply).await;
            }
        }
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

    async fn wait(&mut self) -> Option<SuspendRequest> {
        let next = self.core.timers.next();
        let event = tokio::select! {
            biased;
            event = self.side.recv() => event,
            event = self.inbox.recv() => event,
            () = sleep_until(next) => None,
        };
        event.and_then(|event| self.take(event))
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
            CellEvent::EndHolds => self.end_holds(),
            CellEvent::Suspend { leave, reply } => return Some((leave, reply)),
        }
        None
    }

    /// Stops the leaving nodes, closes the doors and hands over everything.
    async fn suspend(mut self, leave: &[u32], reply: oneshot::Sender<Suspended>) {
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
        self.inbox.close();
        self.side.close();
        let mut waiting = Vec::new();
        // Until it is closed and empty: a sender may be just about to put something in.
        while let Some(event) = self.side.recv().await {
            waiting.push(event);
        }
        while let Some(event) = self.inbox.recv().await {
            waiting.push(event);
        }
        self.core.queue.extend(std::mem::take(&mut self.core.held));
        // Nobody waits for the state only when the whole engine is gone.
        let _ = reply.send((CellState { core: self.core, bodies: self.bodies, waiting }, parked));
    }
}

/// Slots to leave, and where to send the state.
type SuspendRequest = (Vec<u32>, oneshot::Sender<Suspended>);

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
