//! What running flows show of themselves: figures of their nodes and the messages on watched wires, over `/comms`.
//!
//! Nothing of it runs while nobody asks: the work is done by one task, five times a second, for what is subscribed to.

mod failures;
mod holds;
mod metrics;
mod peeks;
mod sources;

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::app::App;
pub(crate) use failures::{Failures, run as tell_failures};
pub(crate) use holds::{BREAKPOINTS_LIMIT, Holds, NotHeld};
use metrics::Metrics;
pub(crate) use metrics::{by_id, sent_by};
pub(crate) use peeks::Peeks;

/// The pause between two frames of a topic.
const PAUSE: Duration = Duration::from_millis(200);
/// So long is waited for cells that count what waits in them.
const PATIENCE: Duration = Duration::from_millis(50);

/// Tells those who subscribed, for ever.
pub(crate) async fn run(app: App) {
    loop {
        app.hub.live_news().await;
        let mut metrics = Metrics::default();
        let mut next = Instant::now();
        while app.peeks.watch(&app) | app.holds.watch(&app) | app.hub.metrics_are_heard() {
            tokio::select! {
                () = sleep_until(next) => {
                    next = Instant::now() + PAUSE;
                    if app.hub.metrics_are_heard() {
                        app.flows.engine().count_waiting(PATIENCE).await;
                        metrics.tell(&app);
                    }
                    app.peeks.tell(&app.hub);
                    app.holds.tell(&app);
                }
                // Somebody new: is told all at the next turn; what is peeked at is kept from now on.
                () = app.hub.live_news() => {
                    metrics.tell_all_next();
                    app.holds.tell_all_next();
                }
            }
        }
    }
}
