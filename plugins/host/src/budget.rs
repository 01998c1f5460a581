//! How long a call may take.
//!
//! Epochs count real time. On a busy machine a call can stand still for longer than its budget without being at fault, so what
//! ends a call is the processor's time: at half of the budget the thread's own clock is read, and from then on it decides.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wasmtime::{StoreContextMut, UpdateDeadline};

use crate::fault::Fault;
use crate::state::State;
use crate::ticker::TICK;

/// A call that stands still is ended all the same after this many times its budget.
const PATIENCE: u32 = 20;

/// The time of one call.
pub(crate) struct Budget {
    limit: Duration,
    /// The thread's processor time when half of the budget had passed.
    half_at: Option<Duration>,
    /// How often the budget was looked at in this call.
    looks: u32,
}

impl Budget {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, half_at: None, looks: 0 }
    }

    /// Starts anew with this limit; gives the ticks until it is to be looked at.
    pub(crate) fn start(&mut self, limit: Duration) -> u64 {
        *self = Self::new(limit);
        ticks(limit / 2)
    }

    /// The call waited for something, and may go on in another thread: what is left is measured from here.
    pub(crate) fn resume(&mut self) {
        self.half_at = None;
    }

    /// The ticks until the next look; none when the time is over.
    fn look(&mut self) -> Option<u64> {
        self.looks += 1;
        let half = self.limit / 2;
        let now = thread_time();
        let half_at = *self.half_at.get_or_insert(now);
        let left = half.checked_sub(now.saturating_sub(half_at)).filter(|left| !left.is_zero())?;
        (self.looks <= PATIENCE).then(|| ticks(left))
    }
}

/// What wasmtime calls when the ticks are over.
pub(crate) fn on_deadline(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    let budget = &mut store.data_mut().budget;
    match budget.look() {
        Some(ticks) => Ok(UpdateDeadline::Continue(ticks)),
        None => Err(Fault::Time(budget.limit).into()),
    }
}

/// Whole ticks, and one for that which has begun already.
fn ticks(time: Duration) -> u64 {
    time.as_nanos().div_ceil(TICK.as_nanos()).max(1) as u64 + 1
}

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
