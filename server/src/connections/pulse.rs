//! Whether anything goes on in a connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

/// What shows that a connection is in use: requests begin, are being answered, answers are written. Bytes that come in show
/// nothing: a head that never ends is made of them.
#[derive(Default)]
pub(super) struct Pulse {
    beats: AtomicBool,
    under_way: AtomicUsize,
}

impl Pulse {
    /// Bytes of an answer were written.
    pub(super) fn beat(&self) {
        self.beats.store(true, Ordering::Relaxed);
    }

    /// Answers a request.
    pub(super) fn answering<F>(self: &Arc<Self>, answer: F) -> Answer<F> {
        self.beat();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        Answer { answer, _open: Open(self.clone()) }
    }

    /// Whether there was nothing since this was last asked.
    pub(super) fn is_quiet(&self) -> bool {
        !self.beats.swap(false, Ordering::Relaxed) && self.under_way.load(Ordering::Relaxed) == 0
    }
}

/// A request that is being answered.
pub(super) struct Answer<F> {
    answer: F,
    _open: Open,
}

impl<F: Future + Unpin> Future for Answer<F> {
    type Output = Result<F::Output, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(context).map(Ok)
    }
}

struct Open(Arc<Pulse>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
