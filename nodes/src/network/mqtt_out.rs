//! `mqtt out`: publishes messages.

use std::any::Any;
use std::sync::Arc;

use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs};
use model::text::Text;
use model::topic;
use schemars::JsonSchema;
use serde::Deserialize;

use super::mqtt::payload::Preset;
use super::mqtt::publication::{Properties, Quality};
use super::mqtt::{self, lenient, link_status};
use super::mqtt_broker::MqttBroker;
use crate::face::Face;
use publisher::Publisher;

mod publisher;

/// The node type.
pub const NODE: NodeType = NodeType { name: "mqtt out", describe, build, texts: mqtt::TEXTS };

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["broker"]))]
struct Config {
    /// # Broker
    /// The connection to publish on.
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "mqtt-broker"))]
    broker: String,
    /// # Topic
    /// Empty: `msg.topic`.
    #[serde(deserialize_with = "crate::config::text")]
    topic: String,
    /// # Quality of service
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["", "0", "1", "2"],
        "x-enum-titles" = ["set by msg.qos, or 0", "0: at most once", "1: at least once", "2: exactly once"],
        "default" = ""))]
    qos: Option<u8>,
    /// # Retain
    /// The broker keeps the message for those who subscribe later.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["", "false", "true"],
        "x-enum-titles" = ["set by msg.retain", "no", "yes"], "default" = ""))]
    retain: Option<bool>,
    /// # Response topic
    /// Where an answer is expected.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "MQTT 5"))]
    resp_topic: String,
    /// # Content type
    /// The media type of the payload.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "MQTT 5"))]
    content_type: String,
    /// # User properties
    /// A JSON object of texts.
    #[serde(deserialize_with = "lenient::pairs")]
    #[schemars(with = "String", extend("x-widget" = "code", "x-language" = "json",
        "default" = "", "x-section" = "MQTT 5"))]
    user_props: Vec<(String, String)>,
    /// # Correlation data
    /// Comes back with the answer.
    #[serde(deserialize_with = "lenient::bytes")]
    #[schemars(with = "String", extend("default" = "", "x-section" = "MQTT 5"))]
    correl: Vec<u8>,
    /// # Expiry
    /// Seconds after which the broker forgets the message.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("format" = "integer", "minimum" = 0, "default" = "", "x-section" = "MQTT 5"))]
    expiry: Option<u32>,
}

const HELP: &str = "\
Publishes messages to an MQTT broker.

**Takes**
- `msg.payload`: what to publish. Buffers go as they are, text as UTF-8, everything else as JSON. A message \
without a payload is not published.
- `msg.topic`, `msg.qos`, `msg.retain`: used where the node says nothing itself.
- MQTT 5: `msg.responseTopic`, `msg.correlationData`, `msg.contentType`, `msg.userProperties`, \
`msg.messageExpiryInterval`, `msg.payloadFormatIndicator`, in the same way.
- `msg.action`: \"connect\" or \"disconnect\" does that instead.

The node is done with a message when it is sent (quality 0) or when the broker has confirmed it (1 and 2). \
While there is no connection messages wait, up to 1000 for all nodes of the broker; then the node takes no \
more, which holds its sources back. A message that was not confirmed is sent again after a reconnect.

**Example**: topic `car-iotp`, quality of service 1, and a message with the payload `{\"speed\": 81}`.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Fixed(0),
        label: Label {
            properties: vec!["name".into(), "topic".into()],
            fallback: Text::key("mqtt-out.label"),
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
    if !config.topic.is_empty() && !topic::is_topic(&config.topic) {
        problems.push(("topic".to_owned(), Text::key("mqtt.invalid-topic").with("topic", &config.topic)));
    }
    if !config.resp_topic.is_empty() && !topic::is_topic(&config.resp_topic) {
        problems.push((
            "respTopic".to_owned(),
            Text::key("mqtt.invalid-topic").with("topic", &config.resp_topic),
        ));
    }
    let quality = config.qos.map(|number| (number, Quality::from_number(f64::from(number))));
    if let Some((number, None)) = quality {
        problems.push(("qos".to_owned(), Text::key("mqtt.invalid-quality").with("value", number)));
    }
    let broker =
        context.config_node::<MqttBroker>("broker").map_err(|error| problems.extend(error.problems)).ok();
    let text = |text: String| (!text.is_empty()).then_some(text);
    let preset = Preset {
        topic: config.topic,
        quality: quality.and_then(|(_, quality)| quality),
        retain: config.retain,
        properties: Properties {
            content_type: text(config.content_type),
            response_topic: text(config.resp_topic),
            correlation_data: (!config.correl.is_empty()).then(|| config.correl.into()),
            message_expiry: config.expiry,
            is_utf8: None,
            user: config.user_props,
        },
    };
    match broker {
        Some(broker) if problems.is_empty() => {
            Built::function(MqttOut { broker, preset: Arc::new(preset), publisher: None })
        }
        _ => Err(BuildError { problems }),
    }
}

struct MqttOut {
    broker: Arc<MqttBroker>,
    preset: Arc<Preset>,
    /// None before the node starts, and when its broker does not run.
    publisher: Option<Publisher>,
}

impl FunctionNode for MqttOut {
    fn start(&mut self, out: &mut Out<'_>) {
        let Some(connection) = self.broker.connection() else {
            return out.error(NodeError::key("mqtt.not-started"), None);
        };
        let mut link = connection.link();
        out.status(link_status(*link.borrow_and_update()));
        self.publisher = Some(Publisher::start(connection, link, self.preset.clone(), out.node().task_out()));
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let publisher = self.publisher.as_ref().ok_or_else(|| NodeError::key("mqtt.not-started"))?;
        if let Some(action) = message.get("action").and_then(Value::as_str) {
            match action {
                "connect" => publisher.line.connection.connect(),
                "disconnect" => publisher.line.connection.disconnect(),
                other => {
                    let error = NodeError::key("mqtt.invalid-action").with("action", other);
                    return Err(error.with("actions", "connect or disconnect"));
                }
            }
            return Ok(Progress::Done);
        }
        publisher.take(message, out)
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        let waiting = self.publisher.take()?.stop();
        (!waiting.is_empty()).then(|| Box::new(waiting) as Box<dyn Any + Send>)
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(waiting) = parked.take::<Vec<Message>>() else { return };
        match &self.publisher {
            Some(publisher) => publisher.resume(waiting, out),
            None => waiting.into_iter().for_each(|message| {
                out.error(NodeError::key("mqtt.not-started"), Some(message));
            }),
        }
    }
}
