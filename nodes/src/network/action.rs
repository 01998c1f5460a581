//! Actions: parts of flows that a program calls by name, with JSON in and JSON out.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use engine::delivery::{Outcome, Report};
use engine::node::{NodeInfo, TaskOut};
use engine::value::Handle;
use engine::{Message, NodeError, Object, Value};
use model::text::Text;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

/// How long a call waits for its flow to take it.
const CREDIT_WAIT: Duration = Duration::from_secs(5);

/// The actions that action in nodes offer. The server lends it to nodes as a service and hands it the calls.
#[derive(Default)]
pub struct Actions {
    /// By name, in order of registration: the first of a name is called.
    offered: RwLock<BTreeMap<String, Vec<Arc<Offer>>>>,
}

/// An action as an action in node offers it.
pub(crate) struct Offer {
    /// What it is called.
    pub name: String,
    /// How long its flow may take to answer.
    pub answer_wait: Duration,
    /// Calls that may be under way at once.
    pub room: Arc<Semaphore>,
    /// The way into the flow.
    pub out: TaskOut,
}

/// An action, for those who look for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// The node that offers it.
    pub node: Arc<NodeInfo>,
}

/// What an action answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status, 200 as a rule.
    pub status: u16,
    /// The answer.
    pub payload: Value,
}

/// Why a call came to nothing.
#[derive(Clone, Debug)]
pub enum CallError {
    /// No node offers an action of this name.
    Unknown,
    /// As many calls as there may be are under way, or the flow takes nothing in.
    Busy,
    /// The flow is stopped or deployed.
    Stopping,
    /// No answer came within so many seconds.
    Late(u64),
    /// The flow ended without an answer.
    NoAnswer,
    /// A node failed and nothing caught it.
    Failed {
        /// The node.
        node: NodeInfo,
        /// Why.
        text: Text,
    },
}

/// Keeps an action offered; dropping it takes it away. Calls under way are still answered.
pub(crate) struct Registration {
    actions: Weak<Actions>,
    offer: Arc<Offer>,
    /// Another node offers an action of this name, so that this one is never called.
    pub is_shadowed: bool,
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(actions) = self.actions.upgrade() {
            let mut offered = actions.offered.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(offers) = offered.get_mut(&self.offer.name) {
                offers.retain(|offer| !Arc::ptr_eq(offer, &self.offer));
                if offers.is_empty() {
                    offered.remove(&self.offer.name);
                }
            }
        }
    }
}

impl Actions {
    pub(crate) fn offer(self: &Arc<Self>, offer: Offer) -> Registration {
        let offer = Arc::new(offer);
        let mut offered = self.offered.write().unwrap_or_else(PoisonError::into_inner);
        let offers = offered.entry(offer.name.clone()).or_default();
        let is_shadowed = !offers.is_empty();
        offers.push(offer.clone());
        Registration { actions: Arc::downgrade(self), offer, is_shadowed }
    }

    /// The actions that can be called, by name.
    pub fn list(&self) -> Vec<Listed> {
        let offered = self.offered.read().unwrap_or_else(PoisonError::into_inner);
        let first = offered.iter().filter_map(|(name, offers)| Some((name, offers.first()?)));
        first
            .map(|(name, offer)| Listed { name: name.clone(), node: offer.out.node().info.clone() })
            .collect()
    }

    /// Whether an action of this name can be called.
    pub fn has(&self, name: &str) -> bool {
        self.offered.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Calls an action with `payload` and waits for its answer. `caller` is who asks, if that is known.
    ///
    /// # Errors
    /// When there is no answer, and why.
    pub async fn call(&self, name: &str, payload: Value, caller: Option<&str>) -> Result<Answer, CallError> {
        let offer = {
            let offered = self.offered.read().unwrap_or_else(PoisonError::into_inner);
            offered.get(name).and_then(|offers| offers.first()).cloned().ok_or(CallError::Unknown)?
        };
        let room = offer.room.clone().try_acquire_owned().map_err(|_| CallError::Busy)?;
        let delivery = timeout(CREDIT_WAIT, offer.out.admit())
            .await
            .map_err(|_| CallError::Busy)?
            .ok_or(CallError::Stopping)?;
        let (reply, answer) = Reply::open();
        let (watch, end) = Watch::new(room);
        delivery.report_to(watch);
        let mut message = Message::with_payload(payload);
        let mut action = Object::from_iter([("name", Value::from(name))]);
        if let Some(caller) = caller {
            action.insert("caller", caller);
        }
        action.insert(REPLY, Value::Handle(reply));
        message.set(ACTION, action);
        if offer.out.send(0, message.under(delivery)).await.is_err() {
            return Err(CallError::Stopping);
        }
        match timeout(offer.answer_wait, settle(answer, end)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::Late(offer.answer_wait.as_secs())),
        }
    }
}

/// The answer, or why there is none once the flow is done with the call.
async fn settle(
    mut answer: oneshot::Receiver<Answer>,
    end: oneshot::Receiver<End>,
) -> Result<Answer, CallError> {
    let mut is_open = true;
    tokio::pin!(end);
    let end = loop {
        tokio::select! {
            biased;
            given = &mut answer, if is_open => match given {
                Ok(given) => return Ok(given),
                // Nobody holds the reply any more; what the flow ends with says why.
                Err(_) => is_open = false,
            },
            end = &mut end => break end,
        }
    };
    // Given and done in one go: both are there.
    if let Ok(given) = answer.try_recv() {
        return Ok(given);
    }
    Err(end.map_or(CallError::Stopping, |end| end.error().unwrap_or(CallError::NoAnswer)))
}

/// The property of a message that says what called it, and the one inside that takes the answer.
pub(crate) const ACTION: &str = "action";
pub(crate) const REPLY: &str = "reply";

/// A call that waits for its answer, as `msg.action.reply`.
pub(crate) struct Reply(Mutex<Option<oneshot::Sender<Answer>>>);

impl Reply {
    fn open() -> (Arc<Self>, oneshot::Receiver<Answer>) {
        let (answer, receiver) = oneshot::channel();
        (Arc::new(Self(Mutex::new(Some(answer)))), receiver)
    }

    /// Answers; false where that was done already. A caller that went away is no error.
    pub(crate) fn answer(&self, answer: Answer) -> bool {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.is_some_and(|waiting| {
            // Nobody to tell where the caller went away.
            let _ = waiting.send(answer);
            true
        })
    }
}

impl Handle for Reply {
    fn kind(&self) -> &'static str {
        "action-reply"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// How the flow ended with a call.
pub struct End {
    outcome: Outcome,
    /// The first node that failed without being heard.
    failure: Option<(NodeInfo, Text)>,
}

impl End {
    /// What went wrong, if something did.
    pub fn error(self) -> Option<CallError> {
        match (self.failure, self.outcome) {
            (Some((node, text)), _) => Some(CallError::Failed { node, text }),
            (None, Outcome::Aborted) => Some(CallError::Stopping),
            (None, Outcome::Failed | Outcome::Delivered) => None,
        }
    }
}

/// Hears what becomes of a call. Its place among the calls at once is free when the flow is done with it, not when
/// the caller goes away: or those who give up and try again would pile up work.
pub struct Watch {
    failure: Option<(NodeInfo, Text)>,
    end: oneshot::Sender<End>,
    _room: OwnedSemaphorePermit,
}

impl Watch {
    /// Hears of a call that has a place among those at once, and what tells of its end.
    pub fn new(room: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<End>) {
        let (end, receiver) = oneshot::channel();
        (Self { failure: None, end, _room: room }, receiver)
    }
}

impl Report for Watch {
    fn failed_at(&mut self, node: &NodeInfo, error: &NodeError) {
        self.failure.get_or_insert_with(|| (node.clone(), error.text.clone()));
    }

    fn end(self: Box<Self>, outcome: Outcome) {
        // The caller may have gone away.
        let _ = self.end.send(End { outcome, failure: self.failure });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn settled(given: Option<u16>, outcome: Outcome, failure: Option<&str>) -> Result<u16, String> {
        let (reply, answer) = Reply::open();
        let (end, ended) = oneshot::channel();
        if let Some(status) = given {
            assert!(reply.answer(Answer { status, payload: Value::Null }));
            assert!(!reply.answer(Answer { status, payload: Value::Null }), "a second answer");
        }
        drop(reply);
        let failure = failure.map(|text| (NodeInfo::default(), Text::literal(text)));
        assert!(end.send(End { outcome, failure }).is_ok());
        settle(answer, ended).await.map(|answer| answer.status).map_err(|error| match error {
            CallError::Failed { text, .. } => text.args["text"].to_string(),
            other => format!("{other:?}"),
        })
    }

    #[tokio::test]
    async fn a_call_ends_with_its_answer_or_the_reason_why_there_is_none() {
        for (given, outcome, failure, expected) in [
            (Some(200), Outcome::Delivered, None, Ok(200)),
            (Some(201), Outcome::Failed, Some("later"), Ok(201)),
            (None, Outcome::Delivered, None, Err("NoAnswer")),
            (None, Outcome::Failed, Some("no frame"), Err("no frame")),
            (None, Outcome::Aborted, None, Err("Stopping")),
        ] {
            assert_eq!(settled(given, outcome, failure).await, expected.map_err(str::to_owned));
        }
    }
}
