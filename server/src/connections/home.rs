//! On which runtime a connection is to be served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::runtime::Handle;

use super::Peer;

/// Where a connection belongs, as its requests say.
#[derive(Debug, Default)]
pub(crate) struct Home {
    is_flows: AtomicBool,
    /// Whether a flow answered since it was last looked at.
    is_busy: AtomicBool,
}

impl Home {
    /// A flow answered.
    pub(crate) fn to_flows(&self) {
        self.is_busy.store(true, Ordering::Relaxed);
        self.is_flows.store(true, Ordering::Relaxed);
    }

    /// The request was none for a flow.
    pub(crate) fn to_api(&self) {
        self.is_flows.store(false, Ordering::Relaxed);
    }

    /// Whether it belongs to the runtime of the flows.
    pub(super) fn is_flows(&self) -> bool {
        self.is_flows.load(Ordering::Relaxed)
    }

    /// Sends it back if no flow answered since this was last called.
    pub(super) fn look_for_rest(&self) {
        if !self.is_busy.swap(false, Ordering::Relaxed) {
            self.to_api();
        }
    }
}

/// Before the routes of the API: they run on its runtime, wherever the connection is.
pub(crate) async fn on_api(State(api): State<Handle>, request: Request, next: Next) -> Response {
    if let Some(peer) = request.extensions().get::<Arc<Peer>>() {
        peer.home.to_api();
    }
    if Handle::current().id() == api.id() {
        return next.run(request).await;
    }
    match api.spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and the process with it.
            Err(_) => std::future::pending().await,
        },
    }
}
