//! `mqtt in`: a message for each that comes in on a topic.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Delivery, Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor};
use model::text::Text;
use model::topic;
use schemars::JsonSchema;
use serde::Deserialize;

use super::mqtt::backlog::{Backlog, Inbound, OVERFULL};
use super::mqtt::connection::{Connection, Subscription};
use super::mqtt::payload::{self, DataType};
use super::mqtt::publication::Quality;
use super::mqtt::wire::Options;
use super::mqtt::{self, lenient, link_status};
use super::mqtt_broker::MqttBroker;
use crate::face::Face;

mod dynamic;

/// The node type.
pub const NODE: NodeType = NodeType { name: "mqtt in", describe, build, texts: mqtt::TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["broker"]))]
struct Config {
    /// # Broker
    /// The connection to subscribe on.
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "mqtt-broker"))]
    broker: String,
    /// # Subscription
    /// To one topic, or to those that messages name.
    #[schemars(extend("x-widget" = "choice", "enum" = ["topic", "dynamic"],
        "x-enum-titles" = ["a single topic", "dynamic, by messages"]))]
    topic_type: String,
    /// # Topic
    /// `+` stands for one level, `#` at the end for all below; `$share/group/topic` shares the messages.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"topicType": ["topic"]}))]
    topic: String,
    /// # Quality of service
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["0", "1", "2"],
        "x-enum-titles" = ["0: at most once", "1: at least once", "2: exactly once"], "default" = "2"))]
    qos: Option<u8>,
    /// # Output
    /// What the payload becomes.
    #[schemars(extend("x-widget" = "choice", "enum" = ["auto-detect", "auto", "buffer", "utf8", "json", "base64"],
        "default" = "auto-detect",
        "x-enum-titles" = ["detected: JSON, text or buffer", "detected: text or buffer", "a buffer", "text", "what the JSON says", "base64 text"]))]
    #[serde(deserialize_with = "crate::config::text")]
    datatype: String,
    /// # No local
    /// Without what this connection publishes itself.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false, "x-section" = "MQTT 5"))]
    nl: Option<bool>,
    /// # Retain as published
    /// `msg.retain` is as the publisher set it.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false, "x-section" = "MQTT 5"))]
    rap: Option<bool>,
    /// # Retained messages
    /// When the broker sends them.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["0", "1", "2"],
        "x-enum-titles" = ["when subscribing", "when the subscription is new", "never"], "default" = "0",
        "x-section" = "MQTT 5"))]
    rh: Option<u8>,
    /// # Inputs
    /// 1 when the subscription is dynamic.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "u8", extend("x-widget" = "hidden", "default" = 0))]
    inputs: Option<u8>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            broker: String::new(),
            topic_type: "topic".into(),
            topic: String::new(),
            qos: Some(2),
            // What Node-RED takes for flows that are older than the property.
            datatype: "utf8".into(),
            nl: None,
            rap: None,
            rh: None,
            inputs: None,
        }
    }
}

const HELP: &str = "\
Subscribes to a topic of an MQTT broker and sends a message for each that comes in.

**Sends**
- `msg.payload`: what came, in the form chosen.
- `msg.topic`, `msg.qos`, `msg.retain`.
- MQTT 5: `msg.responseTopic`, `msg.correlationData`, `msg.contentType`, `msg.userProperties`, \
`msg.messageExpiryInterval`, `msg.payloadFormatIndicator`, where they are set.

**Takes** (dynamic subscription only)
- `msg.action`: \"subscribe\" or \"unsubscribe\" (with `msg.topic`: a topic, an object `{topic, qos, nl, rap, rh, \
datatype}` or an array of them; true unsubscribes from all), \"getSubscriptions\", \"connect\", \"disconnect\".

How a message of quality 1 or 2 is confirmed depends on the flow's delivery level: *fast* on receipt, *at least \
once* when every branch of the flow is done with it; what was not confirmed comes again. When no flow of the \
connection can keep up the broker waits. Where others can, messages of quality 0 are dropped at the node \
whose flow cannot, when more than 4096 wait there; the node says so and counts them.

**Example**: topic `car-iotp/+/position`, output *detected*, then a geofence node.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        inputs: 0,
        label: Label {
            properties: vec!["name".into(), "topic".into()],
            fallback: Text::key("mqtt-in.label"),
        },
        ..Face {
            type_name: NODE.name,
            category: "network",
            colour: "#d8bfd8",
            icon: "radio-tower",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Vec::new();
    // Flows from before the property `topicType` have an input and no word about it.
    let is_fixed = context.properties.get("topicType").is_some_and(|kind| kind != "dynamic");
    let is_dynamic = config.inputs == Some(1) && !is_fixed;
    if !is_dynamic && !topic::is_filter(&config.topic) {
        problems.push(("topic".to_owned(), Text::key("mqtt.invalid-filter").with("topic", &config.topic)));
    }
    let number = config.qos.unwrap_or(2);
    let quality = Quality::from_number(f64::from(number));
    if quality.is_none() {
        problems.push(("qos".to_owned(), Text::key("mqtt.invalid-quality").with("value", number)));
    }
    let broker =
        context.config_node::<MqttBroker>("broker").map_err(|error| problems.extend(error.problems)).ok();
    let data_type = match config.datatype.as_str() {
        "" => Some(DataType::Utf8),
        name => DataType::named(name),
    };
    if data_type.is_none() {
        problems.push((
            "datatype".to_owned(),
            Text::key("mqtt.invalid-datatype").with("value", &config.datatype),
        ));
    }
    let data_type = data_type.unwrap_or(DataType::AutoDetect);
    let options = Options {
        quality: quality.unwrap_or_default(),
        no_local: config.nl.unwrap_or(false),
        retain_as_published: config.rap.unwrap_or(false),
        retain_handling: config.rh.unwrap_or(0),
    };
    let fixed = (!is_dynamic).then(|| (config.topic.into(), Wanted { options, data_type }));
    match broker {
        Some(broker) if problems.is_empty() => Built::task(MqttIn { broker, fixed, data_type }),
        _ => Err(BuildError { problems }),
    }
}

struct MqttIn {
    broker: Arc<MqttBroker>,
    /// The topic of the node itself; none when messages name topics.
    fixed: Option<(EcoString, Wanted)>,
    data_type: DataType,
}

/// How a topic is subscribed to.
#[derive(Clone, Copy)]
struct Wanted {
    options: Options,
    data_type: DataType,
}

/// What the node lives with while it runs.
struct Subscriber {
    connection: Arc<Connection>,
    backlog: Arc<Backlog>,
    /// By filter; a subscription ends when it leaves the map.
    subscriptions: BTreeMap<EcoString, (Wanted, Subscription)>,
    /// The data type of topics that messages name, where they say nothing else.
    data_type: DataType,
    is_dynamic: bool,
    entrance: Entrance,
}

/// Where messages that came in enter the flow.
#[derive(Clone)]
struct Entrance {
    out: TaskOut,
    /// Whether the broker shows its topic to those on the same machine.
    is_local: bool,
}

impl TaskNode for MqttIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let connection = self.broker.connection().ok_or_else(|| NodeError::key("mqtt.not-started"))?;
            let mut link = connection.link();
            let out = context.out.clone();
            out.status(link_status(*link.borrow_and_update()));
            let entrance = Entrance {
                out: out.clone(),
                is_local: matches!(connection.settings().host.as_str(), "localhost" | "127.0.0.1"),
            };
            let direct = entrance.clone();
            let mut subscriber = Subscriber {
                // As a rule a message goes from the connection's task right into the flow.
                backlog: connection.backlog(move |inbound| direct.pass_on(inbound).err()),
                subscriptions: BTreeMap::new(),
                data_type: self.data_type,
                is_dynamic: self.fixed.is_none(),
                entrance,
                connection,
            };
            if let Some((filter, wanted)) = self.fixed {
                subscriber.subscribe(filter, wanted);
            }
            let stopping = context.stopping();
            tokio::pin!(stopping);
            // A message that waits for a credit. What is not settled stays with the broker.
            let mut held: Option<Inbound> = None;
            // Whether messages were dropped since there was room for all.
            let mut drops = false;
            loop {
                tokio::select! {
                    // A source stops at once; a dynamic node first does what it was asked.
                    () = &mut stopping, if !subscriber.is_dynamic => return Ok(()),
                    changed = link.changed() => match changed {
                        Ok(()) => out.status(link_status(*link.borrow_and_update())),
                        // The connection's task is gone: it was stopped, and so will this node be.
                        Err(_) => context.stopping().await,
                    },
                    input = context.next() => match input {
                        Some(TaskInput::Message(message)) => subscriber.obey(message, &out).await,
                        Some(TaskInput::Command(_)) => {}
                        None => return Ok(()),
                    },
                    count = subscriber.backlog.dropped() => {
                        if !std::mem::replace(&mut drops, true) {
                            out.log(Level::Warn, Text::key("mqtt.log.dropping").with("limit", OVERFULL));
                        }
                        (0..count).for_each(|_| out.count_dropped());
                    }
                    inbound = subscriber.backlog.next(), if held.is_none() => held = Some(inbound),
                    delivery = out.admit(), if held.is_some() => match (delivery, held.take()) {
                        (Some(delivery), Some(inbound)) => {
                            held = subscriber.catch_up(inbound, delivery).await;
                            drops &= held.is_some();
                        }
                        _ => return Ok(()),
                    },
                }
            }
        })
    }
}

impl Subscriber {
    fn subscribe(&mut self, filter: EcoString, wanted: Wanted) {
        // The former one first: the broker sends retained messages to the new one.
        self.subscriptions.remove(&filter);
        let Wanted { options, data_type } = wanted;
        let subscription =
            self.connection.subscribe(filter.clone(), options, data_type, self.backlog.clone());
        self.subscriptions.insert(filter, (wanted, subscription));
    }

    /// Passes on a message that had to wait, and those behind it as long as the flow takes them; gives back the one
    /// that has to wait next.
    async fn catch_up(&self, inbound: Inbound, delivery: Delivery) -> Option<Inbound> {
        if let Some(message) = self.entrance.message(inbound, delivery)
            && let Err(message) = self.entrance.out.send(0, message).await
            && let Some(delivery) = message.delivery()
        {
            delivery.abort();
        }
        while let Some(next) = self.backlog.try_next() {
            if let Err(refused) = self.entrance.pass_on(next) {
                return Some(refused);
            }
        }
        None
    }

    /// Does what a message asks for.
    async fn obey(&mut self, mut message: Message, out: &TaskOut) {
        match dynamic::Action::of(&message, self.is_dynamic, self.data_type) {
            Ok(dynamic::Action::Connect) => self.connection.connect(),
            Ok(dynamic::Action::Disconnect) => self.connection.disconnect(),
            Ok(dynamic::Action::Subscribe(wanted)) => {
                wanted.into_iter().for_each(|(filter, wanted)| self.subscribe(filter, wanted));
            }
            Ok(dynamic::Action::Unsubscribe(filters)) => {
                filters.iter().for_each(|filter| drop(self.subscriptions.remove(filter.as_str())));
            }
            Ok(dynamic::Action::UnsubscribeAll) => self.subscriptions.clear(),
            Ok(dynamic::Action::List) => {
                message.set("topic", Value::from(self.list()));
                if out.send(0, message.clone()).await.is_err() {
                    return;
                }
            }
            Err(error) => return out.fail(error, Some(message)),
        }
        out.done(message);
    }

    fn list(&self) -> Vec<Value> {
        let entries = self.subscriptions.iter().map(|(filter, (wanted, _))| {
            Value::from(Object::from_iter([
                ("topic", Value::from(filter.clone())),
                ("qos", wanted.options.quality.number().into()),
                ("nl", wanted.options.no_local.into()),
                ("rap", wanted.options.retain_as_published.into()),
                ("rh", f64::from(wanted.options.retain_handling).into()),
                ("datatype", wanted.data_type.name().into()),
            ]))
        });
        entries.collect()
    }
}

impl Entrance {
    /// Sends a message that came in along the wires, if the flow has room for it right now; else gives it back.
    fn pass_on(&self, inbound: Inbound) -> Result<(), Inbound> {
        self.out.try_start(0, inbound, |inbound, delivery| self.message(inbound, delivery))
    }

    /// What came in as a message; none if it cannot be one, which is reported.
    fn message(&self, inbound: Inbound, delivery: Delivery) -> Option<Message> {
        let Inbound { publication, data_type, receipt } = inbound;
        if let Some(receipt) = receipt {
            if self.out.node().acknowledges_late {
                delivery.on_end(move |outcome| receipt.settle(outcome));
            } else {
                receipt.settle(engine::Outcome::Delivered);
            }
        }
        match payload::to_message(&publication, data_type) {
            Ok(mut message) => {
                if self.is_local {
                    // Node-RED's way to tell a local topic after msg.topic was changed.
                    message.set("_topic", Value::from(publication.topic.clone()));
                }
                Some(message.under(delivery))
            }
            Err(failed) => {
                let (error, message) = *failed;
                self.out.fail(error, Some(message.under(delivery)));
                None
            }
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.backlog.close();
    }
}
