//! Fresh ids for nodes.

use ecow::EcoString;
use model::edit::new_id;

/// An id that no node has: 64 random bits.
pub fn fresh() -> EcoString {
    new_id(random())
}

#[cfg(target_arch = "wasm32")]
fn random() -> u64 {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
    half() << 32 | half()
}

/// Without a browser, ids are counted: tests are the same each time.
#[cfg(not(target_arch = "wasm32"))]
fn random() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 0xf1e5_0000_0000_0000
}
