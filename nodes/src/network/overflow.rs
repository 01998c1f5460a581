//! Counting what a node could not wait with, where it was not the node that found out.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// How many messages for a node were dropped.
#[derive(Default)]
pub(crate) struct Overflow {
    dropped: AtomicU64,
    noted: Notify,
}

impl Overflow {
    /// One was dropped.
    pub(crate) fn note(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        self.noted.notify_one();
    }

    /// Waits until messages were dropped, and gives how many since this was asked last. Safe to cancel.
    pub(crate) async fn next(&self) -> u64 {
        loop {
            let count = self.dropped.swap(0, Ordering::Relaxed);
            if count > 0 {
                return count;
            }
            self.noted.notified().await;
        }
    }
}
