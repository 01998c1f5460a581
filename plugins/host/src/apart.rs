//! Calls apart from the threads of the flows. Those are few, and a call cannot be taken off its thread: some plugins that are
//! stopped by force at every message would leave none for anybody else.

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// How long a node's calls run apart after one of them took long and was stopped by force.
const STAYS: Duration = Duration::from_secs(60);

/// The turns of calls that run apart. Half of the processors, so that flows keep the other half; and so many of them hold
/// what a call may take in memory, however many nodes have to be stopped.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Semaphore::new((processors / 2).max(1))
});

/// Whether a call of a node took long and was stopped by force lately.
#[derive(Debug, Default)]
pub(crate) struct Distrust {
    /// In milliseconds of [`now`]; 0 for never.
    until: AtomicU64,
}

impl Distrust {
    /// A call took long and was stopped by force.
    pub(crate) fn note(&self) {
        self.until.store(now() + STAYS.as_millis() as u64, Ordering::Relaxed);
    }

    /// Runs a call: apart while the node is distrusted.
    #[inline]
    pub(crate) fn call<T>(&self, call: impl FnOnce() -> T) -> T {
        let until = self.until.load(Ordering::Relaxed);
        if until == 0 || now() >= until { call() } else { apart(call) }
    }
}

/// Runs a call when it has a turn, while another thread takes over what this one has to do for the flows.
fn apart<T>(call: impl FnOnce() -> T) -> T {
    let has_others = |handle: &Handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread;
    let Some(handle) = Handle::try_current().ok().filter(has_others) else { return call() };
    tokio::task::block_in_place(|| {
        // Never closed.
        let _turn = handle.block_on(TURNS.acquire());
        call()
    })
}

/// Milliseconds since the first call of this, and one.
fn now() -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(FIRST.elapsed().as_millis()).unwrap_or(u64::MAX / 2) + 1
}
