//! Capability: the time, no finer than granted. Ask for it with [`About::clock`](crate::About::clock).

use crate::host;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now() -> f64 {
    host::now()
}

/// Milliseconds since some moment before the node was built; never runs backwards.
pub fn monotonic() -> f64 {
    host::monotonic()
}
