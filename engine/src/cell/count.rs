//! What of a cell is counted or timed.

use std::sync::atomic::Ordering;

use super::{Body, Cell, Core};
use crate::node::Timed;

impl Core {
    /// A call of a node that is timed has ended.
    #[cold]
    pub(super) fn stop(&self, timed: Timed, slot: u32) {
        timed.stop(&self.slots[slot as usize].handle.counters);
    }
}

impl Cell {
    /// Counts for each node what waits in the run queue and what it keeps. What waits for a task node is counted as
    /// it comes and goes.
    pub(super) fn count_waiting(&mut self) {
        let mut waiting = vec![0_u64; self.core.slots.len()];
        for (slot, _) in &self.core.queue {
            waiting[*slot as usize] += 1;
        }
        for (slot, body) in self.bodies.iter_mut().enumerate() {
            if let Body::Held(held) = body {
                waiting[slot] += held.len() as u64;
            }
            match body.node() {
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
