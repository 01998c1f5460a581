//! The clock that interrupts plugins: a thread that ticks while calls are under way, and sleeps else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::EngineWeak;

/// How fine calls are timed.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// Ticks without a call after which the thread goes to sleep.
const IDLE_TICKS: u32 = 40;

/// Counts the calls under way.
#[derive(Clone)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    calls: AtomicUsize,
    sleeps: AtomicBool,
    ticks: AtomicU64,
}

/// A call under way.
pub(crate) struct Running<'a>(&'a Shared);

impl Ticker {
    /// Starts the thread, which ends with the engine.
    pub(crate) fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let ticks = shared.clone();
        let thread = std::thread::Builder::new()
            .name("wireloom-plugins".into())
            .spawn(move || tick(&engine, &ticks))?
            .thread()
            .clone();
        Ok(Self { shared, thread })
    }

    /// The ticks so far.
    #[inline]
    pub(crate) fn ticks(&self) -> u64 {
        self.shared.ticks.load(Ordering::Relaxed)
    }

    /// Ticks while what this gives lives.
    #[inline]
    pub(crate) fn run(&self) -> Running<'_> {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if self.shared.sleeps.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(engine: &EngineWeak, shared: &Shared) {
    let mut idle = 0;
    loop {
        std::thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => {
                shared.ticks.fetch_add(1, Ordering::Relaxed);
                engine.increment_epoch();
            }
            None => return,
        }
        idle = if shared.calls.load(Ordering::SeqCst) == 0 { idle + 1 } else { 0 };
        if idle >= IDLE_TICKS {
            // Whoever begins a call after this sees that the thread sleeps, or is seen by the look before it sleeps.
            shared.sleeps.store(true, Ordering::SeqCst);
            if shared.calls.load(Ordering::SeqCst) == 0 {
                std::thread::park_timeout(LONGEST_SLEEP);
            }
            shared.sleeps.store(false, Ordering::SeqCst);
            idle = 0;
        }
    }
}

/// So that the thread of an engine that is gone ends.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
