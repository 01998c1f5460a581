//! The task of a cell: what wakes it, and what it does then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::{self, Handle};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, mpsc};

use super::{Body, Cell, CellEvent, CellPort, CellState, Core, Doors, SideDoor, SuspendRequest};
use crate::node::Handover;

/// Messages that may wait in a cell's inbox; who sends more waits.
const INBOX_LIMIT: usize = 1024;
/// A busy cell lets others have the thread so often. Not at every look at the clock: the runtime wakes another thread for a
/// task that gives way, which costs as much as a hundred hops.
const SLICE: Duration = Duration::from_micros(500);
/// While the run queue holds this many messages, the inbox waits.
const QUEUE_TARGET: usize = 256;

/// Where a cell is, locked while somebody works in it; empty before it runs and when it was taken apart.
type Place = Mutex<Option<Cell>>;

/// The way to a cell that rests.
pub(crate) struct Resting {
    place: Weak<Place>,
    /// Where it runs.
    runtime: runtime::Id,
}

impl Resting {
    /// The cell, if it rests and this is a thread of its runtime; its task waits until it is given back.
    pub(crate) fn take(&self) -> Option<OwnedMappedMutexGuard<Option<Cell>, Cell>> {
        let is_here = Handle::try_current().is_ok_and(|here| here.id() == self.runtime);
        let place = if is_here { self.place.upgrade()? } else { return None };
        OwnedMutexGuard::try_map(place.try_lock_owned().ok()?, Option::as_mut).ok()
    }

    /// The way to none.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self { place: Weak::new(), runtime: Handle::current().id() }
    }
}

/// The task of a cell, about to run.
pub(crate) struct CellTask {
    pub cell: Cell,
    place: Arc<Place>,
    ways: Ways,
}

/// The ways into a cell.
struct Ways {
    inbox: mpsc::Receiver<CellEvent>,
    side: mpsc::UnboundedReceiver<CellEvent>,
    /// As of [`SideDoor`].
    is_side_used: Arc<AtomicBool>,
}

impl CellTask {
    /// The task of a cell of these nodes, to be run on `runtime`, and how to reach the cell.
    pub(crate) fn new(core: Core, bodies: Vec<Body>, runtime: &Handle) -> (Self, CellPort) {
        let (inbox_sender, inbox) = mpsc::channel(INBOX_LIMIT);
        let (side_sender, side) = mpsc::unbounded_channel();
        let (place, is_counting) = (Arc::<Place>::default(), Arc::default());
        let is_side_used = Arc::default();
        let port = CellPort::new(Doors {
            inbox: inbox_sender,
            side: SideDoor { events: side_sender, is_used: Arc::clone(&is_side_used) },
            resting: Resting { place: Arc::downgrade(&place), runtime: runtime.id() },
            is_counting: Arc::clone(&is_counting),
            gate: core.gate.clone(),
        });
        let cell = Cell { core, bodies, is_counting, is_ending: false };
        (Self { cell, place, ways: Ways { inbox, side, is_side_used } }, port)
    }

    /// Starts the nodes of `fresh`, hands `parked` to them, then runs until suspended.
    pub(crate) async fn run(self, fresh: Vec<u32>, parked: Vec<(u32, Handover)>) {
        let Self { mut cell, place, mut ways } = self;
        for slot in fresh {
            cell.start(slot);
        }
        for (slot, state) in parked {
            cell.call(slot, move |node, out| {
                node.resume(state, out);
                Ok(())
            });
        }
        *place.lock().await = Some(cell);
        let mut event = None;
        loop {
            let mut at_work = place.lock().await;
            let Some(cell) = at_work.as_mut() else { return };
            let mut suspend = event.take().and_then(|event| cell.take(event));
            if suspend.is_none() {
                suspend = ways.work(cell).await;
            }
            if let Some((leave, reply)) = suspend {
                let parked = cell.leave(&leave);
                let waiting = ways.close().await;
                if let Some(Cell { core, bodies, .. }) = at_work.take() {
                    // Nobody waits for the state only when the whole engine is gone.
                    let _ = reply.send((CellState { core, bodies, waiting }, parked));
                }
                return;
            }
            let next = cell.core.timers.next();
            drop(at_work);
            event = ways.wait(next).await;
        }
    }
}

impl Ways {
    /// Works until there is nothing more to do, or a request to suspend comes.
    async fn work(&mut self, cell: &mut Cell) -> Option<SuspendRequest> {
        let (mut is_woken, mut busy_since) = (true, None);
        loop {
            self.is_side_used.store(false, Ordering::Release);
            while let Ok(event) = self.side.try_recv() {
                if let Some(request) = cell.take(event) {
                    return Some(request);
                }
            }
            while cell.core.queue.len() < QUEUE_TARGET
                && let Ok(event) = self.inbox.try_recv()
            {
                cell.take(event);
            }
            cell.ring();
            if !cell.work(is_woken) {
                return None;
            }
            is_woken = false;
            let begin = *busy_since.get_or_insert_with(Instant::now);
            if cell.core.gives_way || begin.elapsed() >= SLICE {
                busy_since = None;
                tokio::task::yield_now().await;
            }
        }
    }

    /// What comes next; nothing when a timer is due.
    async fn wait(&mut self, timer: Option<tokio::time::Instant>) -> Option<CellEvent> {
        let due = async {
            match timer {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.side.recv() => event,
            event = self.inbox.recv() => event,
            () = due => None,
        }
    }

    /// Lets nothing more in; what is on its way in.
    async fn close(mut self) -> Vec<CellEvent> {
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
        waiting
    }
}
