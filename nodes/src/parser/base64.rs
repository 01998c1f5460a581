//! `base64`: bytes and text to base64 (RFC 4648) and back.

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, text};

/// The node type.
pub const NODE: NodeType = NodeType { name: "base64", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("base64.label", "base64"),
    (
        "base64.action",
        "{action} is not an action; choose \"\" (convert), \"str\" (encode) or \"b64\" (decode)",
    ),
    ("base64.invalid", "the text is not base64: {reason}"),
    ("base64.not-text", "only text can be decoded, and this is of type {type}"),
    ("base64.cannot", "a value of type {type} cannot be converted; the message was dropped"),
    ("base64.no-property", "the message has no {property}; it was dropped"),
];

/// The standard alphabet. The last bits of the last digit may be anything, as Node.js takes them.
const DECODER: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Action
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["", "str", "b64"],
        "x-enum-titles" = ["Convert between bytes and base64", "Encode as base64", "Decode base64 to text"]))]
    action: String,
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"], "x-reads" = true))]
    property: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { action: String::new(), property: "payload".into() }
    }
}

const HELP: &str = "\
Encodes bytes and text as base64, and decodes it.

**Takes** `msg.payload`, or another property. **Sends** the message with the converted property.

- *Convert*: a buffer becomes base64 text; base64 text becomes a buffer; other text is encoded.
- *Encode*: a buffer, text, or anything else as JSON becomes base64 text.
- *Decode*: base64, as text or in a buffer, becomes text, or a buffer if the bytes are no UTF-8. White space in it does \
not matter. What is not base64 is an error that can be caught.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "parser".into(),
        colour: "#debd5c".into(),
        icon: "binary".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("base64.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let action = match config.action.as_str() {
        "" => Action::Convert,
        "str" => Action::Encode,
        "b64" => Action::Decode,
        _ => {
            problems.add("action", Text::key("base64.action").with("action", &config.action));
            Action::Convert
        }
    };
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let path = problems.settle(path)?;
    Built::function(Base64 { action, path })
}

enum Action {
    Convert,
    Encode,
    Decode,
}

struct Base64 {
    action: Action,
    path: PropertyPath,
}

impl FunctionNode for Base64 {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let converted = {
            let value = self.path.read(message.properties())?;
            if matches!(*value, Value::Undefined) {
                let text = Text::key("base64.no-property").with("property", self.path.as_str());
                out.log(Level::Warn, text);
                return Ok(Progress::Done);
            }
            match (&self.action, &*value) {
                (Action::Encode, value) => encode(value),
                (Action::Decode, Value::String(text)) => text_or_buffer(decode(text.as_bytes())?),
                (Action::Decode, Value::Buffer(bytes)) => text_or_buffer(decode(bytes)?),
                (Action::Decode, other) => {
                    return Err(NodeError::key("base64.not-text").with("type", js::type_of(other)));
                }
                (Action::Convert, Value::Buffer(_)) => encode(&value),
                (Action::Convert, Value::String(text)) => match decode(text.as_bytes()) {
                    Ok(bytes) => Value::buffer(bytes),
                    Err(_) => encode(&value),
                },
                (Action::Convert, other) => {
                    let text = Text::key("base64.cannot").with("type", js::type_of(other));
                    out.log(Level::Warn, text);
                    return Ok(Progress::Done);
                }
            }
        };
        self.path.set(message.properties_mut(), converted)?;
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

fn encode(value: &Value) -> Value {
    match value {
        Value::Buffer(bytes) => STANDARD.encode(bytes.as_ref()),
        Value::String(text) => STANDARD.encode(text.as_bytes()),
        Value::Array(_) | Value::Object(_) | Value::Date(_) => {
            STANDARD.encode(js::stringify(value, 0).unwrap_or_default())
        }
        _ => STANDARD.encode(js::to_text(value).as_bytes()),
    }
    .into()
}

/// The bytes of base64 text, white space left out.
fn decode(text: &[u8]) -> Result<Vec<u8>, NodeError> {
    let invalid = |reason: base64::DecodeError| NodeError::key("base64.invalid").with("reason", reason);
    if text.iter().any(u8::is_ascii_whitespace) {
        let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return DECODER.decode(packed).map_err(invalid);
    }
    DECODER.decode(text).map_err(invalid)
}

fn text_or_buffer(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => Value::buffer(error.into_bytes()),
    }
}
