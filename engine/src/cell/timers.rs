//! A cell's timers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use crate::node::TimerId;

/// Timers in order of their time; cancelled ones are skipped when they come up.
#[derive(Default)]
pub(crate) struct Timers {
    order: BinaryHeap<Reverse<(Instant, u64)>>,
    live: HashMap<u64, (u32, u64)>,
}

/// A timer on its way from one cell to another.
pub(crate) struct SetTimer {
    at: Instant,
    id: u64,
    token: u64,
}

/// Ids are unique in the process, so that timers keep theirs when a deploy moves them between cells.
static LAST_ID: AtomicU64 = AtomicU64::new(0);

impl Timers {
    /// Sets a timer for a slot.
    pub(crate) fn set(&mut self, at: Instant, slot: u32, token: u64) -> TimerId {
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed);
        self.order.push(Reverse((at, id)));
        self.live.insert(id, (slot, token));
        TimerId(id)
    }

    pub(crate) fn cancel(&mut self, timer: TimerId) {
        self.live.remove(&timer.0);
        self.compact();
    }

    pub(crate) fn cancel_all(&mut self, slot: u32) {
        self.live.retain(|_, (owner, _)| *owner != slot);
        self.compact();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// When the next one is due.
    pub(crate) fn next(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, id))) = self.order.peek() {
            if self.live.contains_key(id) {
                return Some(*at);
            }
            self.order.pop();
        }
        None
    }

    /// Takes the next timer that is due: its slot and token.
    pub(crate) fn due(&mut self, now: Instant) -> Option<(u32, u64)> {
        if self.next()? > now {
            return None;
        }
        let Reverse((_, id)) = self.order.pop()?;
        self.live.remove(&id)
    }

    /// All that are set, by slot.
    pub(crate) fn into_set(mut self) -> impl Iterator<Item = (u32, SetTimer)> {
        self.order.into_iter().filter_map(move |Reverse((at, id))| {
            let (slot, token) = self.live.remove(&id)?;
            Some((slot, SetTimer { at, id, token }))
        })
    }

    /// Sets a timer of another cell for a slot of this one; it keeps its id.
    pub(crate) fn set_again(&mut self, slot: u32, SetTimer { at, id, token }: SetTimer) {
        self.order.push(Reverse((at, id)));
        self.live.insert(id, (slot, token));
    }

    fn compact(&mut self) {
        if self.order.len() > 2 * self.live.len() + 64 {
            let live = &self.live;
            self.order.retain(|Reverse((_, id))| live.contains_key(id));
        }
    }
}
