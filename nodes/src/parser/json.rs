//! `json`: JSON text to values and back.

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, flag, text};

mod schema;

use schema::Schema;

/// The node type.
pub const NODE: NodeType = NodeType { name: "json", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("json.label", "json"),
    ("json.action", "{action} is not an action; choose \"\" (convert), \"str\" or \"obj\""),
    (
        "json.unexpected",
        "Unexpected token '{token}' in line {line}, column {column}: the text is not JSON ({reason})",
    ),
    (
        "json.ended",
        "Unexpected end of JSON input in line {line}, column {column}: something is missing ({reason})",
    ),
    ("json.not-utf-8", "the buffer is not JSON: it is not UTF-8 from byte {at} on"),
    ("json.no-form", "a value of type {type} has no form in JSON"),
    ("json.errors.schema-error", "the value does not fit msg.schema: {reasons}"),
    (
        "json.errors.schema-error-compile",
        "msg.schema is no JSON Schema: it must be an object, true or false; put a json node before this one where it is text",
    ),
    ("json.errors.schema-invalid", "msg.schema is no JSON Schema: {reason}"),
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
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"], "x-reads" = true))]
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

Where there is a JSON Schema in `msg.schema` the value is checked against it (draft 7, or the one that `$schema` names; \
nothing is fetched). A value that does not fit is an error that can be caught, with the reasons one by one in \
`msg.schemaError`; a message that passes goes on without its schema.

**Example**: after an mqtt in node, to read `{\"temperature\":21.5}` as an object.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
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
        schema: None,
    })
}

struct JsonNode {
    path: PropertyPath,
    /// Turns text into values.
    reads: bool,
    /// Turns values into text.
    writes: bool,
    indent: usize,
    /// The schema of the message before: the next one often has the same.
    schema: Option<Schema>,
}

impl FunctionNode for JsonNode {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let has_schema = message.get("schema").is_some_and(js::is_truthy);
        if has_schema {
            Schema::take(&mut self.schema, message.get("schema").unwrap_or(&Value::Null))?;
        }
        let schema = self.schema.as_ref().filter(|_| has_schema);
        match self.convert(message, schema)? {
            Converted::To(value) => self.path.set(message.properties_mut(), value)?,
            Converted::Not => {}
            Converted::Misfit(problems) => {
                let error = problems.error();
                message.set("schemaError", problems.into_value());
                return Err(error);
            }
        }
        if has_schema {
            message.remove("schema");
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

enum Converted {
    To(Value),
    /// The property stays as it is.
    Not,
    Misfit(schema::Problems),
}

impl JsonNode {
    fn convert(&self, message: &Message, schema: Option<&Schema>) -> Result<Converted, NodeError> {
        let value = self.path.read(message.properties())?;
        let check = |value: &Value| schema.map_or(Ok(()), |schema| schema.check(value));
        let text = match &*value {
            Value::Undefined => return Ok(Converted::Not),
            Value::String(text) => Some(text.as_bytes()),
            Value::Buffer(bytes) => Some(bytes.as_ref().as_ref()),
            _ => None,
        };
        let (meant, converted) = match text {
            Some(text) if self.reads || schema.is_some() => {
                let meant = parse(text)?;
                (meant.clone(), if self.reads { Converted::To(meant) } else { Converted::Not })
            }
            Some(_) => return Ok(Converted::Not),
            None if self.writes => {
                let no_form = || NodeError::key("json.no-form").with("type", js::type_of(&value));
                let text = js::stringify(&value, self.indent).ok_or_else(no_form)?;
                (value.into_owned(), Converted::To(text.into()))
            }
            None => (value.into_owned(), Converted::Not),
        };
        Ok(match check(&meant) {
            Ok(()) => converted,
            Err(problems) => Converted::Misfit(problems),
        })
    }
}

fn parse(bytes: &[u8]) -> Result<Value, NodeError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NodeError::key("json.not-utf-8").with("at", error.valid_up_to()))?;
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let whole = error.to_string();
        let reason = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(reason, _)| reason).to_owned();
        let told = match token(text, line, column) {
            Some(token) if !error.is_eof() => NodeError::key("json.unexpected").with("token", token),
            _ => NodeError::key("json.ended"),
        };
        told.with("line", line).with("column", column).with("reason", reason)
    })
}

/// The character at a place; the column counts bytes, from 1.
fn token(text: &str, line: usize, column: usize) -> Option<char> {
    let line = text.split('\n').nth(line.checked_sub(1)?)?;
    let at = (0..=column.checked_sub(1)?.min(line.len())).rev().find(|at| line.is_char_boundary(*at))?;
    line[at..].chars().next()
}
