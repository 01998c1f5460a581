//! `csv`: CSV text to objects and back.

use engine::js;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::config::{BUFFER_FULL, Problems, flag, number_or_text, text};
use crate::face::Face;

mod lenient;
mod read;
mod strict;
mod write;

/// The node type.
pub const NODE: NodeType = NodeType { name: "csv", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    BUFFER_FULL,
    ("csv.label", "csv"),
    ("csv.separator", "one character is needed here; \\t stands for a tab"),
    ("csv.errors.bad_template", "the columns are not CSV: {reason}"),
    ("csv.errors.csv_js", "only text, objects and arrays can be converted"),
    ("csv.errors.obj_csv", "no columns are named, so those of the first object were taken; name them"),
    ("csv.errors.bad_csv", "a quote is not closed, so the last row may be wrong"),
    ("csv.quote", "a quote stands in a value without quotes, at character {at}"),
    ("csv.after-quote", "something follows a closing quote, at character {at}"),
    ("csv.open-quote", "a quote is not closed"),
    ("csv.not-rows", "the rows are neither objects nor arrays"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Columns
    /// Their names, with commas between. Empty: as the first row or `msg.columns` names them.
    #[serde(deserialize_with = "text")]
    temp: String,
    /// # Separator
    /// One character; `\t` is a tab.
    #[serde(deserialize_with = "text")]
    sep: String,
    /// # Reading
    /// By RFC 4180, or as older nodes did.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["rfc", ""], "x-enum-titles" = ["RFC 4180", "Legacy"]))]
    spec: String,
    /// # Skip rows
    /// So many at the beginning of a text.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0))]
    skip: Option<f64>,
    /// # The first row names the columns
    #[serde(deserialize_with = "flag")]
    hdrin: bool,
    /// # Turn texts that are numbers into numbers
    #[serde(deserialize_with = "flag")]
    strings: bool,
    /// # Keep empty texts
    #[serde(deserialize_with = "flag")]
    include_empty_strings: bool,
    /// # Keep nulls
    #[serde(deserialize_with = "flag")]
    include_null_values: bool,
    /// # Send
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["one", "mult"],
        "x-enum-titles" = ["A message for each row", "One message with an array"]))]
    multi: String,
    /// # Write a row with the columns
    #[serde(deserialize_with = "header")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["none", "all", "once"],
        "x-enum-titles" = ["Never", "In each message", "Once, until msg.reset"]))]
    hdrout: Header,
    /// # Line ends
    /// Of the text that is written.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["\\n", "\\r", "\\r\\n"],
        "x-enum-titles" = ["Linux (\\n)", "Old Mac (\\r)", "Windows (\\r\\n)"]))]
    ret: String,
}

/// When the columns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Header {
    None,
    All,
    Once,
}

/// Older nodes had a check box.
fn header<'de, D: Deserializer<'de>>(from: D) -> Result<Header, D::Error> {
    Ok(match Json::deserialize(from)? {
        Json::Bool(true) => Header::All,
        Json::String(text) if text == "all" => Header::All,
        Json::String(text) if text == "once" => Header::Once,
        _ => Header::None,
    })
}

impl Default for Config {
    fn default() -> Self {
        Self {
            temp: String::new(),
            sep: ",".into(),
            spec: "rfc".into(),
            skip: Some(0.0),
            hdrin: false,
            strings: true,
            include_empty_strings: false,
            include_null_values: false,
            multi: "one".into(),
            hdrout: Header::None,
            ret: "\\r\\n".into(),
        }
    }
}

const HELP: &str = "\
Converts CSV text to objects, and objects or arrays to CSV text.

**Takes** `msg.payload`: a text; or an object, an array of objects, or an array of arrays. `msg.columns` names the \
columns that are written where the node does not. `msg.reset` writes the columns once more. Parts of a sequence \
(`msg.parts`) are put together when one array is to be sent: 100,000 rows at most, then it is an error that can be caught.

**Sends** an object for each row, as a sequence, or one array; or the text. `msg.columns` holds the names of the columns.

Read by RFC 4180, `,,` is null and `\"\"` an empty text; both are left out unless they are to be kept. *Legacy* reads as \
nodes did before Node-RED 4.

**Example**: a file in node, then csv with *the first row names the columns*.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "parser", colour: "#debd5c", icon: "table", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    // Without the property it is a node from before there was a choice.
    let is_strict = context.properties.get("spec").is_some_and(|spec| spec == "rfc");
    let unescape = |text: &str| text.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r");
    let separator = unescape(if config.sep.is_empty() { "," } else { &config.sep });
    let mut characters = separator.chars();
    let separator = match (characters.next(), characters.next()) {
        (Some(separator), None) => separator,
        _ => {
            problems.add("sep", Text::key("csv.separator"));
            ','
        }
    };
    let columns = if is_strict {
        strict::columns(&config.temp)
            .map_err(|error| Text::key("csv.errors.bad_template").with("reason", error))
    } else {
        Ok(lenient::columns(&config.temp, ','))
    };
    let columns = problems.check("temp", columns);
    let columns = problems.settle(columns)?;
    let default_end = if is_strict { "\r\n" } else { "\n" };
    // Nodes from before there was a choice have no such property.
    let has_end = context.properties.contains_key("ret") && !config.ret.is_empty();
    Built::function(Csv {
        is_strict,
        columns: columns.clone(),
        separator,
        line_end: if has_end { unescape(&config.ret) } else { default_end.into() },
        skip: config.skip.filter(|skip| *skip > 0.0).map_or(0, |skip| skip as usize),
        names_in_first: config.hdrin,
        parses_numbers: config.strings,
        keeps_empty: config.include_empty_strings,
        keeps_null: config.include_null_values,
        sends_each: matches!(config.multi.as_str(), "one" | ""),
        header: config.hdrout,
        template: columns,
        columns_shown: Vec::new(),
        has_sent_header: false,
        has_warned: false,
        rows: Vec::new(),
    })
}

struct Csv {
    is_strict: bool,
    /// The columns set in the node.
    columns: Vec<String>,
    separator: char,
    line_end: String,
    skip: usize,
    names_in_first: bool,
    parses_numbers: bool,
    keeps_empty: bool,
    keeps_null: bool,
    sends_each: bool,
    header: Header,
    /// The columns in force: set, found in a text, or taken from an object.
    template: Vec<String>,
    /// The columns of the text read last, made up where none are named.
    columns_shown: Vec<String>,
    has_sent_header: bool,
    has_warned: bool,
    /// Rows of the sequence under way, and the messages they came in.
    rows: Vec<(Vec<Value>, Message)>,
}

impl FunctionNode for Csv {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let is_reset = message.get("reset").is_some();
        if is_reset {
            self.has_sent_header = false;
        }
        match message.get("payload").cloned() {
            None => {
                if !is_reset {
                    out.send(0, message.take());
                }
                Ok(Progress::Done)
            }
            Some(Value::String(text)) => self.read(&text, message, out),
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                let text = self.write(value, message, out)?;
                message.set("payload", text);
                message.set("columns", write::columns(&self.template, ',', !self.is_strict));
                out.send(0, message.take());
                Ok(Progress::Done)
            }
            Some(_) if self.is_strict => {
                let text = Text::key("csv.errors.csv_js");
                out.status(Status::new("red", "dot", text.clone()));
                Err(NodeError::from(text))
            }
            Some(_) => {
                out.log(Level::Warn, Text::key("csv.errors.csv_js"));
                Ok(Progress::Done)
            }
        }
    }

    fn park(&mut self) -> Option<Box<dyn std::any::Any + Send>> {
        Some(Box::new(std::mem::take(&mut self.rows)))
    }

    fn resume(&mut self, parked: Handover, _out: &mut Out<'_>) {
        if let Some(rows) = parked.take() {
            self.rows = rows;
        }
    }
}

/// Whether columns are named at all.
fn has_names(columns: &[String]) -> bool {
    !columns.is_empty() && !matches!(columns, [only] if only.is_empty())
}

/// A number of `msg.parts`.
fn part(message: &Message, name: &str) -> Option<f64> {
    message.get("parts")?.get(name).map(js::to_number)
}

/// The row of these values as an object.
fn object(names: &[String], values: impl IntoIterator<Item = Option<Value>>) -> Object {
    names
        .iter()
        .zip(values)
        .filter(|(name, _)| !name.is_empty())
        .filter_map(|(name, value)| Some((name.as_str(), value?)))
        .collect()
}
