//! `mqtt`: publishing and subscribing to allowed topics.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use engine::NodeError;
use engine::delivery::Delivery;
use engine::node::NodeHandle;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::bindings::Failure;
use crate::bindings::mqtt::{Host, Qos};
use crate::services::{Mqtt, MqttMessage, Publish, Subscription};
use crate::state::State;

/// Subscriptions of one instance.
const MOST: usize = 100;

/// Messages of a subscription that wait for the node; the broker waits with the rest.
const WAITING: usize = 16;

type Answer = wasmtime::Result<Result<(), Failure>>;

/// What an instance has subscribed to.
#[derive(Default)]
pub(crate) struct Subscriptions {
    open: HashMap<String, Open>,
    /// Where what comes goes; none for a worker that leaves subscriptions to the first.
    pub(crate) sink: Option<mpsc::Sender<Incoming>>,
}

struct Open {
    _subscription: Subscription,
    _forwards: AbortOnDropHandle<()>,
}

/// A message of a subscription, on its way into the node.
pub(crate) struct Incoming {
    pub(crate) filter: Arc<str>,
    pub(crate) message: MqttMessage,
    pub(crate) delivery: Delivery,
}

impl Host for State {
    async fn publish(&mut self, topic: String, payload: Vec<u8>, qos: Qos, retain: bool) -> Answer {
        self.enter_waiting("mqtt.publish")?;
        self.charge(topic.len() + payload.len())?;
        let published = if self.shared.access.may_publish(&topic) {
            let message = Publish { topic, payload: Bytes::from(payload), qos: level(qos), retain };
            match self.mqtt() {
                Ok(mqtt) => mqtt.publish(self.shared.access.broker.as_deref(), message).await,
                Err(error) => Err(error),
            }
        } else {
            Err(not_allowed(&topic))
        };
        self.budget.resume();
        Ok(published.map_err(|error| self.failure(&error)))
    }

    async fn subscribe(&mut self, filter: String, qos: Qos) -> Answer {
        self.enter_waiting("mqtt.subscribe")?;
        let subscribed = self.open(filter, level(qos)).await;
        self.budget.resume();
        Ok(subscribed.map_err(|error| self.failure(&error)))
    }

    async fn unsubscribe(&mut self, filter: String) -> Answer {
        self.enter_waiting("mqtt.unsubscribe")?;
        self.subscriptions.open.remove(&filter);
        Ok(Ok(()))
    }
}

impl State {
    fn mqtt(&self) -> Result<Arc<dyn Mqtt>, NodeError> {
        self.shared.services.mqtt.clone().ok_or_else(|| self.absent("mqtt"))
    }

    async fn open(&mut self, filter: String, qos: u8) -> Result<(), NodeError> {
        if !self.shared.access.may_subscribe(&filter) {
            return Err(not_allowed(&filter));
        }
        let (Some(sink), Some(handle)) = (self.subscriptions.sink.clone(), self.handle.clone()) else {
            return Ok(());
        };
        if self.subscriptions.open.len() >= MOST && !self.subscriptions.open.contains_key(&filter) {
            return Err(NodeError::key("plugin.subscriptions").with("limit", MOST).coded("BAD_REQUEST"));
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let broker = self.shared.access.broker.as_deref();
        let subscription = self.mqtt()?.subscribe(broker, &filter, qos, sender).await?;
        let forwards = tokio::spawn(forward(filter.as_str().into(), handle, receiver, sink));
        let open = Open { _subscription: subscription, _forwards: AbortOnDropHandle::new(forwards) };
        self.subscriptions.open.insert(filter, open);
        Ok(())
    }
}

/// Lets messages of a subscription in, each with a credit: apart from the node, which must go on with what it has meanwhile.
async fn forward(
    filter: Arc<str>,
    handle: Arc<NodeHandle>,
    mut from: mpsc::Receiver<MqttMessage>,
    to: mpsc::Sender<Incoming>,
) {
    let out = handle.task_out();
    while let Some(message) = from.recv().await {
        let Some(delivery) = out.admit().await else { return };
        if to.send(Incoming { filter: filter.clone(), message, delivery }).await.is_err() {
            return;
        }
    }
}

fn level(qos: Qos) -> u8 {
    match qos {
        Qos::AtMostOnce => 0,
        Qos::AtLeastOnce => 1,
        Qos::ExactlyOnce => 2,
    }
}

fn not_allowed(topic: &str) -> NodeError {
    let topic: String = topic.chars().take(200).collect();
    NodeError::key("plugin.mqtt-not-allowed").with("topic", topic).coded("NOT_ALLOWED")
}
