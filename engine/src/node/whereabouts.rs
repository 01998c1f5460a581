//! Where a node is, for those who send to it and those who wait for it.

use std::pin::pin;
use std::sync::{OnceLock, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::cell::CellPort;

/// Whether and where a node can be reached.
#[derive(Clone)]
pub(crate) enum Place {
    /// Not wired yet, or its cell is being rebuilt by a deploy.
    Between,
    /// Here.
    At(Address),
    /// Stopped for good.
    Gone,
}

/// Where a node is: its cell, and its place there.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) cell: CellPort,
    pub(crate) slot: u32,
}

/// A node's place, which deploys change.
pub(crate) struct Whereabouts {
    now: RwLock<Place>,
    /// Tells of moves. Made for the first who waits: of most nodes nobody does.
    moves: OnceLock<Box<Notify>>,
}

impl Default for Whereabouts {
    fn default() -> Self {
        Self { now: RwLock::new(Place::Between), moves: OnceLock::new() }
    }
}

impl Whereabouts {
    /// The node moves.
    pub(crate) fn set(&self, place: Place) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = place;
        // Who is not seen here made this after the lock was given back, and sees the new place.
        if let Some(moves) = self.moves.get() {
            moves.notify_waiters();
        }
    }

    /// Where it is right now.
    pub(crate) fn address(&self) -> Option<Address> {
        match &*self.now.read().unwrap_or_else(PoisonError::into_inner) {
            Place::At(address) => Some(address.clone()),
            Place::Between | Place::Gone => None,
        }
    }

    /// Its address once it has one in another cell than `closed`; `None` when it is gone.
    pub(crate) async fn next(&self, closed: Option<&CellPort>) -> Option<Address> {
        if let Some(found) = self.look(closed) {
            return found;
        }
        let moves = self.moves.get_or_init(Box::default);
        loop {
            let mut moved = pin!(moves.notified());
            moved.as_mut().enable();
            if let Some(found) = self.look(closed) {
                return found;
            }
            moved.await;
        }
    }

    /// As [`Whereabouts::next`], without waiting; `None` where that would wait.
    fn look(&self, closed: Option<&CellPort>) -> Option<Option<Address>> {
        match &*self.now.read().unwrap_or_else(PoisonError::into_inner) {
            Place::At(address) if closed.is_none_or(|closed| !closed.is_same(&address.cell)) => {
                Some(Some(address.clone()))
            }
            Place::Gone => Some(None),
            Place::At(_) | Place::Between => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;
    use crate::cell::{Doors, Resting, SideDoor};
    use crate::delivery::Gate;

    fn address(slot: u32) -> Address {
        let cell = CellPort::new(Doors {
            inbox: mpsc::channel(1).0,
            side: SideDoor { events: mpsc::unbounded_channel().0, is_used: Arc::default() },
            resting: Resting::nowhere(),
            is_counting: Arc::default(),
            gate: Gate::new(1),
        });
        Address { cell, slot }
    }

    #[tokio::test]
    async fn who_waits_hears_of_the_next_cell_and_of_the_end() {
        let place = Arc::<Whereabouts>::default();
        let first = address(1);
        place.set(Place::At(first.clone()));
        assert_eq!(place.next(None).await.map(|found| found.slot), Some(1));
        let waits = |place: Arc<Whereabouts>, closed: CellPort| async move {
            place.next(Some(&closed)).await.map(|found| found.slot)
        };
        let waiting = tokio::spawn(waits(place.clone(), first.cell.clone()));
        tokio::task::yield_now().await;
        place.set(Place::Between);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && place.address().is_none());
        let second = address(2);
        place.set(Place::At(second.clone()));
        assert_eq!(waiting.await.unwrap(), Some(2));
        let waiting = tokio::spawn(waits(place.clone(), second.cell.clone()));
        tokio::task::yield_now().await;
        place.set(Place::Gone);
        assert_eq!(waiting.await.unwrap(), None);
    }
}
