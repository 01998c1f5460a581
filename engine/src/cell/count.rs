//! What of a cell is counted or timed.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Body, Cell, Core};

impl Core {
    /// A call that is timed has ended.
    #[cold]
    pub(crate) fn stop(&mut self, slot: u32, start: Instant) {
        let place = &mut self.slots[slot as usize];
        place.stopwatch.stop(start, &place.handle.counters);
    }
}

impl Cell {
    /// Counts for each node what waits in the run queue and what it keeps. What waits for a task node is counted as
    /// it comes and goes.
    pub(super) fn count_waiting(&self) {
        let mut waiting = vec![0_u64; self.core.slots.len()];
        for (slot, _) in &self.core.queue {
            waiting[*slot as usize] += 1;
        }
        for (slot, body) in self.bodies.iter().enumerate() {
            match body {
                Body::Function(node) => waiting[slot] += node.kept() as u64,
                Body::LinkCall(call) => waiting[slot] += call.under_way() as u64,
                // They share the caller's counters.
                Body::LinkAnswer(caller) => waiting[*caller as usize] += waiting[slot],
                _ => {}
            }
        }
        for ((place, body), count) in self.core.slots.iter().zip(&self.bodies).zip(waiting) {
            if !matches!(body, Body::LinkAnswer(_)) {
                place.handle.counters.waiting.store(count, Ordering::Relaxed);
            }
        }
    }
}
