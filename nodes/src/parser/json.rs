//! `json`: JSON text to values and back.

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

use crate::config::{Problems, flag, text};

/// The node type.
pub const NODE: NodeType = NodeType { describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("json.label", "json"),
    ("json.action", "{action} is not an action; choose \"\" (convert), \"str\" or \"obj\""),
    ("json.invalid", "the text is not JSON: {reason}"),
    ("json.not-utf-8", "the buffer is not JSON: it is not UTF-8 from byte {at} on"),
    ("json.no-form", "a value of type {type} has no form in JSON"),
    (
        "json.schema-later",
        "msg.schema is not checked yet, so the message was passed on unchecked; remove msg.schema, or check it in a function node",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Action
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["", "str", "obj"],
        "x-enum-titles" = ["Convert between text and value", "Always to text", "Always to a value"]))]
    action: String,
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"]))]
    property: String,
    /// # Format the text
    /// On several lines, indented by four spaces.
    #[serde(deserialize_with = "flag")]
    pretty: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { action: String::new(), property: "payload".into(), pretty: false }
    }
}

const HELP: &str = "\
Converts JSON text to a value, and a value to JSON text; or always to one of the two.

**Takes** `msg.payload`, or another property: a text or buffer, or anything else. **Sends** the message with the \
converted property. What is not JSON is an error that can be caught. A message without the property is passed on.

`msg.schema` is not checked yet; the log says so when it is there.

**Example**: after an mqtt in node, to read `{\"temperature\":21.5}` as an object.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: "json".into(),
        role: Role::Node,
        category: "parser".into(),
        colour: "#debd5c".into(),
        icon: "braces".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("json.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    if !["", "str", "obj"].contains(&config.action.as_str()) {
        problems.add("action", Text::key("json.action").with("action", &config.action));
    }
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let path = problems.settle(path)?;
    Built::function(JsonNode {
        path,
        reads: config.action != "str",
        writes: config.action != "obj",
        indent: if config.pretty { 4 } else { 0 },
        has_warned: false,
    })
}

struct JsonNode {
    path: PropertyPath,
    /// Turns text into values.
    reads: bool,
    /// Turns values into text.
    writes: bool,
    indent: usize,
    has_warned: bool,
}

impl FunctionNode for JsonNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if !self.has_warned && message.get("schema").is_some_and(js::is_truthy) {
            self.has_warned = true;
            out.log(Level::Warn, Text::key("json.schema-later"));
        }
        let converted = {
            let value = self.path.read(message.properties())?;
            match &*value {
                Value::Undefined => None,
                Value::String(text) if self.reads => Some(parse(text.as_bytes())?),
                Value::Buffer(bytes) if self.reads => Some(parse(bytes)?),
                Value::String(_) | Value::Buffer(_) => None,
                other if self.writes => {
                    let no_form = || NodeError::key("json.no-form").with("type", js::type_of(other));
                    Some(js::stringify(other, self.indent).ok_or_else(no_form)?.into())
                }
                _ => None,
            }
        };
        if let Some(converted) = converted {
            self.path.set(message.properties_mut(), converted)?;
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

fn parse(bytes: &[u8]) -> Result<Value, NodeError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NodeError::key("json.not-utf-8").with("at", error.valid_up_to()))?;
    serde_json::from_str(text).map_err(|error| NodeError::key("json.invalid").with("reason", error))
}
