//! What messages may ask of an mqtt in node.

use ecow::EcoString;
use engine::{Message, NodeError, Value};
use model::topic;

use super::Wanted;
use crate::network::mqtt::payload::{self, DataType};
use crate::network::mqtt::publication::Quality;
use crate::network::mqtt::wire::Options;

/// What a message asks for.
pub(super) enum Action {
    Connect,
    Disconnect,
    Subscribe(Vec<(EcoString, Wanted)>),
    Unsubscribe(Vec<EcoString>),
    UnsubscribeAll,
    List,
}

impl Action {
    /// Reads `msg.action` and `msg.topic`.
    pub(super) fn of(message: &Message, is_dynamic: bool, data_type: DataType) -> Result<Self, NodeError> {
        let action = message.get("action").and_then(Value::as_str).unwrap_or_default();
        let known = ["subscribe", "unsubscribe", "getSubscriptions"].contains(&action);
        if known && !is_dynamic {
            return Err(NodeError::key("mqtt.action-not-dynamic").with("action", action));
        }
        Ok(match action {
            "connect" => Self::Connect,
            "disconnect" => Self::Disconnect,
            "getSubscriptions" => Self::List,
            "unsubscribe" if message.get("topic") == Some(&Value::Bool(true)) => Self::UnsubscribeAll,
            "subscribe" => Self::Subscribe(
                topics(message, action)?
                    .iter()
                    .map(|topic| wanted(topic, data_type))
                    .collect::<Result<_, _>>()?,
            ),
            "unsubscribe" => {
                Self::Unsubscribe(topics(message, action)?.iter().map(filter_of).collect::<Result<_, _>>()?)
            }
            other => {
                let actions = "subscribe, unsubscribe, getSubscriptions, connect or disconnect";
                let other = if other.is_empty() { "nothing in msg.action" } else { other };
                return Err(NodeError::key("mqtt.invalid-action")
                    .with("action", other)
                    .with("actions", actions));
            }
        })
    }
}

/// The topics that a message names: one, or several.
fn topics(message: &Message, action: &str) -> Result<Vec<Value>, NodeError> {
    match message.get("topic") {
        Some(Value::Array(topics)) => Ok(topics.to_vec()),
        Some(topic @ (Value::String(_) | Value::Object(_))) => Ok(vec![topic.clone()]),
        _ => Err(NodeError::key("mqtt.action-needs-topic").with("action", action)),
    }
}

/// A topic by itself, or in an object.
fn filter_of(topic: &Value) -> Result<EcoString, NodeError> {
    let filter = topic.as_str().or_else(|| topic.get("topic")?.as_str()).unwrap_or_default();
    if topic::is_filter(filter) {
        Ok(filter.into())
    } else {
        Err(NodeError::key("mqtt.invalid-filter")
            .with("topic", if filter.is_empty() { "\"\"" } else { filter }))
    }
}

fn wanted(topic: &Value, data_type: DataType) -> Result<(EcoString, Wanted), NodeError> {
    let filter = filter_of(topic)?;
    let data_type = match topic.get("datatype").and_then(Value::as_str) {
        None => data_type,
        Some(name) => DataType::named(name).ok_or_else(|| {
            NodeError::key("mqtt.invalid-property")
                .with("property", "topic.datatype")
                .with("reason", "auto-detect, auto, buffer, utf8, json or base64 is needed")
        })?,
    };
    let options = Options {
        // Node-RED's default for dynamic subscriptions.
        quality: payload::quality_of(topic.get("qos"))?.unwrap_or(Quality::ExactlyOnce),
        no_local: payload::is_true(topic.get("nl")),
        retain_as_published: payload::is_true(topic.get("rap")),
        retain_handling: topic.get("rh").and_then(Value::as_f64).map_or(0, |handling| handling as u8),
    };
    Ok((filter, Wanted { options, data_type }))
}
