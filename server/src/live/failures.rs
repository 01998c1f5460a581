//! The last messages that nodes failed with and that no catch node heard of.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use engine::node::{NodeInfo, at_rest};
use engine::{Message, NodeError, Value, inspect};
use model::api::{FAILED_TOPIC, Failed, FailedCount, FailedMessage};
use model::text::Text;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::app::App;
use crate::comms::now;

/// So many are kept; the oldest go first.
const KEPT: usize = 200;
/// The pause between two frames.
const PAUSE: Duration = Duration::from_millis(200);

/// What is kept of them.
#[derive(Default)]
pub(crate) struct Failures {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The number of the next one.
    next: u64,
    lost: u64,
    kept: VecDeque<Failure>,
}

/// A message that a node failed with.
#[derive(Clone)]
pub(crate) struct Failure {
    number: u64,
    pub(crate) node: Arc<NodeInfo>,
    error: Text,
    time: u64,
    pub(crate) message: Value,
}

impl Failures {
    /// A node failed with a message. Called on the flows' threads.
    pub(crate) fn add(&self, node: &Arc<NodeInfo>, error: &NodeError, message: &Message) {
        let (message, error) = (at_rest(message), error.text.clone());
        let mut state = self.state();
        if state.kept.len() == KEPT {
            state.kept.pop_front();
            state.lost += 1;
        }
        let number = state.next;
        state.next += 1;
        state.kept.push_back(Failure { number, node: node.clone(), error, time: now(), message });
        drop(state);
        self.changed.notify_one();
    }

    /// All that are kept, oldest first; `render` puts errors into words.
    pub(crate) fn all(&self, render: impl Fn(&Text) -> EcoString) -> Failed {
        // Written down without the lock, for which the flows' threads may wait.
        let (kept, lost) = {
            let state = self.state();
            (state.kept.clone(), state.lost)
        };
        let shown = |failure: &Failure| {
            let encoded = inspect::encode(&failure.message, inspect::DEFAULT_LIMIT);
            FailedMessage {
                number: failure.number,
                node: failure.node.id.clone(),
                name: failure.node.name.clone(),
                type_name: failure.node.type_name.clone(),
                timestamp: failure.time,
                error: render(&failure.error),
                msg: encoded.msg.into(),
                format: encoded.format,
            }
        };
        Failed { failed: kept.iter().map(shown).collect(), lost }
    }

    /// Takes one out, so that nobody else sends it.
    pub(crate) fn take(&self, number: u64) -> Option<Failure> {
        let mut state = self.state();
        let at = state.kept.iter().position(|failure| failure.number == number)?;
        let taken = state.kept.remove(at);
        drop(state);
        self.changed.notify_one();
        taken
    }

    /// Puts one back that could not be sent.
    pub(crate) fn put_back(&self, failure: Failure) {
        let mut state = self.state();
        if state.kept.len() == KEPT {
            state.lost += 1;
        } else {
            let at = state.kept.partition_point(|other| other.number < failure.number);
            state.kept.insert(at, failure);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Lets go of one, or of all; whether there was any.
    pub(crate) fn remove(&self, number: Option<u64>) -> bool {
        let mut state = self.state();
        let before = state.kept.len();
        state.kept.retain(|failure| number.is_some_and(|number| failure.number != number));
        let is_removed = state.kept.len() < before;
        drop(state);
        self.changed.notify_one();
        is_removed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who subscribed how many there are, for ever. From the start on: an editor that was connected before may
/// still show those of then.
pub(crate) async fn run(app: App) {
    loop {
        let count = FailedCount { count: app.hub.failures().state().kept.len() };
        app.hub.publish(FAILED_TOPIC, serde_json::to_value(count).unwrap_or_default(), true);
        sleep(PAUSE).await;
        app.hub.failures().changed.notified().await;
    }
}
