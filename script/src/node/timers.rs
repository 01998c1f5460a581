//! A function node's timers.

use std::time::Duration;

use engine::node::{Out, TimerId};
use engine::{Delivery, NodeError};

use super::ScriptNode;
use super::sending::Origin;
use crate::errors::ScriptError;

/// So many timers may be set at once; setting more is a catchable error.
const TIMER_LIMIT: usize = 10_000;
/// While so many are set, messages that wait for another one keep their credits: sources wait before the limit is reached.
const PARKED_LIMIT: usize = 8000;

/// A timer that is set.
pub(super) struct Timer {
    pub timer: TimerId,
    /// The pause between two rings of an interval.
    pub repeats: Option<Duration>,
    pub origin: Origin,
}

impl ScriptNode {
    /// Sets a timer; `id` is the number by which JavaScript knows it.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn arm(
        &mut self,
        id: u32,
        delay: Duration,
        repeats: bool,
        origin: Origin,
        out: &mut Out<'_>,
    ) -> Result<(), NodeError> {
        if self.timers.len() >= TIMER_LIMIT {
            return Err(ScriptError::plain("RangeError: too many timers are set").into());
        }
        // A message that waits for a timer is parked: its source goes on, as long as there are not too many. One for an
        // interval would be parked for good, so an interval holds none.
        if repeats || self.timers.len() < PARKED_LIMIT {
            origin.delivery.iter().for_each(Delivery::release_credit);
        }
        let origin = if repeats { Origin { delivery: None, ..origin } } else { origin };
        let timer = out.after(delay, u64::from(id));
        self.timers.insert(id, Timer { timer, repeats: repeats.then_some(delay), origin });
        Ok(())
    }
}
