//! `yaml`: YAML text to values and back.

use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, text};
use crate::face::Face;
use crate::yaml;

/// The node type.
pub const NODE: NodeType = NodeType { name: "yaml", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("yaml.label", "yaml"),
    ("yaml.invalid", "this is not YAML: {reason}, in line {line}, column {column}"),
    ("yaml.several", "there are several documents in the text; split it at the lines with --- first"),
    ("yaml.duplicate-key", "the key {key} stands twice in one mapping, in line {line}"),
    ("yaml.tag", "the tag {tag} is not known, or its value does not fit, in line {line}"),
    ("yaml.alias", "an alias names something that is not finished, in line {line}"),
    ("yaml.merge", "only mappings can be merged with <<, in line {line}"),
    ("yaml.too-deep", "the values are nested more than {limit} deep, which is the limit"),
    ("yaml.errors.dropped-error", "the object has no form in YAML"),
    ("yaml.errors.dropped-object", "a buffer cannot be converted; it was dropped"),
    ("yaml.errors.dropped", "only text and objects can be converted; the message was dropped"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    property: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { property: "payload".into() }
    }
}

const HELP: &str = "\
Converts YAML text to a value, and an object or array to YAML text.

**Takes** `msg.payload`, or another property. **Sends** the message with the converted property; without the property it \
is passed on. What is not YAML is an error that can be caught; other values are dropped, and the log says so.

YAML 1.2 with dates, `<<` merges and `!!binary`; one document in a text.

**Example**: a file in node, then yaml, to read a list of devices.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "parser", colour: "#debd5c", icon: "file-text", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let path = problems.settle(path)?;
    Built::function(YamlNode { path })
}

struct YamlNode {
    path: PropertyPath,
}

impl FunctionNode for YamlNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let value = self.path.read(message.properties())?.into_owned();
        let converted = match &value {
            Value::Undefined => {
                out.send(0, message.take());
                return Ok(Progress::Done);
            }
            Value::String(text) => yaml::parse(text)?,
            Value::Object(_) | Value::Array(_) | Value::Null | Value::Date(_) => {
                yaml::write(&value).ok_or_else(|| NodeError::key("yaml.errors.dropped-error"))?.into()
            }
            other => {
                let is_buffer = matches!(other, Value::Buffer(_));
                let key = if is_buffer { "yaml.errors.dropped-object" } else { "yaml.errors.dropped" };
                out.log(Level::Warn, Text::key(key));
                return Ok(Progress::Done);
            }
        };
        self.path.set(message.properties_mut(), converted)?;
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}
