//! What a trigger node sends.

use engine::js;
use engine::node::NodeHandle;
use engine::typed::{TypedValue, value_of};
use engine::{Message, NodeError, Value};
use model::text::Text;
use serde_json::Value as Json;

use crate::mustache::{Filling, Template};

/// A payload, or where it comes from.
pub(super) enum Content {
    /// Nothing is sent.
    Nothing,
    /// The payload that the message had.
    Payload,
    /// The payload of the latest message.
    Latest,
    /// A text with tags.
    Template(Template),
    /// A typed value; late: found when its time has come.
    Value { value: TypedValue, is_late: bool, is_time: bool },
}

impl Content {
    /// Parses a value and its type; an empty value is the default one, as in Node-RED.
    pub(super) fn parse(value: &Json, type_name: &str, default: &str) -> Result<Self, Text> {
        let is_empty = value.is_null() || value.as_str() == Some("");
        let text = if is_empty { default.to_owned() } else { js::to_text(&value_of(value)).to_string() };
        // An older form of the node guessed the type.
        let type_name = match (type_name, text.as_str()) {
            ("val", "true" | "false") => "bool",
            ("val", "null") => {
                return Ok(Self::Value {
                    value: TypedValue::Constant(Value::Null),
                    is_late: false,
                    is_time: false,
                });
            }
            // Flows made by hand say `null` too; Node-RED takes the value as it is.
            ("val" | "null" | "", _) => "str",
            (type_name, _) => type_name,
        };
        match type_name {
            "nul" => Ok(Self::Nothing),
            "pay" => Ok(Self::Payload),
            "payl" => Ok(Self::Latest),
            "str" if text.contains("{{") => Template::parse(&text)
                .map(Self::Template)
                .map_err(|reason| Text::key("trigger.template").with("reason", reason)),
            type_name => {
                let is_time = type_name == "date";
                let text = if is_time && text == default { String::new() } else { text };
                Ok(Self::Value {
                    value: TypedValue::parse(&text.into(), type_name)?,
                    is_late: is_time || matches!(type_name, "flow" | "global"),
                    is_time,
                })
            }
        }
    }

    /// The payload for this message; `None` when nothing is sent.
    pub(super) fn payload(&self, message: &Message, node: &NodeHandle) -> Result<Option<Value>, NodeError> {
        Ok(Some(match self {
            Self::Nothing => return Ok(None),
            Self::Payload | Self::Latest => message.payload().clone(),
            Self::Template(template) => {
                let outside = |_: &_| Value::Undefined;
                let filling =
                    Filling { message: message.properties(), escapes_json: false, outside: &outside };
                template.render(&filling).into()
            }
            Self::Value { value, .. } => value.evaluate(node, message)?,
        }))
    }

    /// Whether the payload is found when its time has come.
    pub(super) fn is_found_late(&self) -> bool {
        matches!(self, Self::Value { is_late: true, .. })
    }

    /// Whether it is the time now.
    pub(super) fn is_time(&self) -> bool {
        matches!(self, Self::Value { is_time: true, .. })
    }
}
