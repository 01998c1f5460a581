//! Places at which a test kills the process.

/// In development builds only: `WIRELOOM_HOLD_AT_WRITE=n` makes the process say `held at <step>` and stand
/// still at the n-th step of all its writes, for a test to kill it there.
#[cfg(debug_assertions)]
pub(crate) fn step(name: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static HOLD_AT: LazyLock<Option<usize>> =
        LazyLock::new(|| std::env::var("WIRELOOM_HOLD_AT_WRITE").ok()?.parse().ok());
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    if HOLD_AT.is_some_and(|at| at == TAKEN.fetch_add(1, Ordering::SeqCst) + 1) {
        println!("held at {name}");
        loop {
            std::thread::park();
        }
    }
}

/// Nothing to hold at in a release.
#[cfg(not(debug_assertions))]
pub(crate) fn step(_name: &str) {}
