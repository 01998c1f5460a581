//! `debug`: shows messages in the debug panel, the log and its own status.

use std::borrow::Cow;
use std::time::Duration;

use ecow::EcoString;
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, Command, FunctionNode, Out, Progress, TimerId};
use engine::observe::{DebugEntry, Level, Status};
use engine::registry::NodeType;
use engine::typed::Expression;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::config::{Problems, flag, text};

mod brief;
mod inspect;

/// The node type.
pub const NODE: NodeType = NodeType { name: "debug", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[("debug.label", "debug")];

/// The status shows this many characters, as in Node-RED.
const STATUS_LENGTH: usize = 32;
/// The log shows arrays and objects to this depth, as in Node-RED.
const LOG_DEPTH: usize = 10;
/// While messages come faster than this, the counter waits until they stop.
const COUNTER_BUSY: Duration = Duration::from_millis(100);
const COUNTER_WAIT: Duration = Duration::from_millis(200);

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Active
    #[serde(deserialize_with = "active")]
    active: bool,
    /// # Show in the debug panel
    #[serde(deserialize_with = "flag")]
    tosidebar: bool,
    /// # Write to the log
    #[serde(deserialize_with = "flag")]
    console: bool,
    /// # Show as the node's status
    #[serde(deserialize_with = "flag")]
    tostatus: bool,
    /// # What to show
    /// A property of the message, all of it, or what a JSONata expression makes of it.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "targetType",
        "x-types" = ["msg", {"type": "full", "title": "the whole message", "value": "true"}, "jsonata"], "x-reads" = true,
        "x-read-as" = {"false": ["msg", "payload"], "true": ["full", "true"]}))]
    complete: String,
    #[serde(rename = "targetType", deserialize_with = "text")]
    #[schemars(extend("enum" = ["msg", "full", "jsonata"]))]
    target_type: String,
    /// # Status
    #[serde(rename = "statusType", deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["auto", "msg", "jsonata", "counter"],
        "x-enum-titles" = ["What is shown", "A property", "A JSONata expression", "How many messages came"],
        "x-show-if" = {"tostatus": [true]}))]
    status_type: String,
    /// # Status property or expression
    #[serde(rename = "statusVal", deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"tostatus": [true], "statusType": ["msg", "jsonata"]}))]
    status_value: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            active: true,
            tosidebar: true,
            console: false,
            tostatus: false,
            complete: "false".into(),
            target_type: "msg".into(),
            status_type: "auto".into(),
            status_value: String::new(),
        }
    }
}

/// Null is on, as if it were missing.
fn active<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Json::deserialize(from)? {
        Json::Null => Ok(true),
        value => flag(value).map_err(serde::de::Error::custom),
    }
}

const HELP: &str = "\
Shows what it gets: in the debug panel, in the log, and as its own status (the first 32 characters).

**Takes** any message; shows `msg.payload`, another property, or the whole message. Its button turns the debug panel \
output on and off. As a status it can also count messages.

**Example**: leave everything as it is, and wire it to the node whose output you want to see.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "common".into(),
        colour: "#87a980".into(),
        icon: "bug".into(),
        inputs: 1,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into()], fallback: Text::key("debug.label") },
        button: true,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let shown = match (config.target_type.as_str(), config.complete.as_str()) {
        ("jsonata", source) => problems.check("complete", Expression::parse(source)).map(Shown::Expression),
        (_, "true") => Some(Shown::Message),
        (_, "" | "false") => Some(Shown::Property(PropertyPath::key("payload"))),
        (_, path) => problems.check("complete", PropertyPath::parse_message(path)).map(Shown::Property),
    };
    let status = match config.status_type.as_str() {
        _ if !config.tostatus => Some(StatusOf::Nothing),
        "counter" => Some(StatusOf::Counter),
        "auto" | "" => Some(StatusOf::Shown),
        "jsonata" => {
            problems.check("statusVal", Expression::parse(&config.status_value)).map(StatusOf::Expression)
        }
        _ if config.status_value.is_empty() => Some(StatusOf::Shown),
        _ => problems
            .check("statusVal", PropertyPath::parse_message(&config.status_value))
            .map(StatusOf::Property),
    };
    let (shown, status) = problems.settle(shown.zip(status))?;
    Built::function(Debug {
        shown,
        status,
        is_active: config.active,
        to_panel: config.tosidebar,
        to_log: config.console,
        last_status: None,
        count: 0,
        last_message: None,
        counter_timer: None,
    })
}

enum Shown {
    Message,
    Property(PropertyPath),
    Expression(Expression),
}

enum StatusOf {
    Nothing,
    Shown,
    Property(PropertyPath),
    Expression(Expression),
    Counter,
}

struct Debug {
    shown: Shown,
    status: StatusOf,
    is_active: bool,
    to_panel: bool,
    to_log: bool,
    last_status: Option<Status>,
    count: u64,
    last_message: Option<Instant>,
    counter_timer: Option<TimerId>,
}

impl FunctionNode for Debug {
    fn start(&mut self, out: &mut Out<'_>) {
        if matches!(self.status, StatusOf::Counter) {
            out.status(count_status(0));
        }
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if is_own_status(message, &out.node().info.id) {
            return Ok(Progress::Done);
        }
        match self.status {
            StatusOf::Nothing => {}
            StatusOf::Counter => self.count(out),
            StatusOf::Shown | StatusOf::Property(_) | StatusOf::Expression(_) => {
                self.show_status(message, out)?;
            }
        }
        if self.to_log {
            out.log(Level::Info, Text::literal(for_log(&*self.value(message, out)?)));
        }
        if self.is_active && self.to_panel {
            let property = match &self.shown {
                Shown::Message | Shown::Expression(_) => None,
                Shown::Property(path) => Some(path.as_str().into()),
            };
            let value = self.value(message, out)?.into_owned();
            out.debug(DebugEntry {
                topic: message.get("topic").cloned(),
                property,
                message_id: message.get("_msgid").and_then(Value::as_str).map(EcoString::from),
                value,
            });
        }
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, _token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.counter_timer = None;
        out.status(count_status(self.count));
        Ok(())
    }

    fn on_command(&mut self, command: Command, _out: &mut Out<'_>) -> Result<(), NodeError> {
        if let Command::SetActive(is_active) = command {
            self.is_active = is_active;
        }
        Ok(())
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        if !matches!(self.status, StatusOf::Nothing) {
            out.status(Status::clear());
        }
    }
}

impl Debug {
    fn value<'a>(&self, message: &'a Message, out: &Out<'_>) -> Result<Cow<'a, Value>, NodeError> {
        Ok(match &self.shown {
            Shown::Message => Cow::Owned(message.to_value()),
            Shown::Property(path) => path.get(message.properties()).unwrap_or_default(),
            Shown::Expression(expression) => Cow::Owned(expression.evaluate(out.node(), message)?),
        })
    }

    fn count(&mut self, out: &mut Out<'_>) {
        let now = Instant::now();
        let is_busy = self.last_message.is_some_and(|last| now - last <= COUNTER_BUSY);
        self.last_message = Some(now);
        self.count += 1;
        if !is_busy {
            out.status(count_status(self.count));
            return;
        }
        if let Some(timer) = self.counter_timer.take() {
            out.cancel(timer);
        }
        self.counter_timer = Some(out.after(COUNTER_WAIT, 0));
    }

    fn show_status(&mut self, message: &Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        let is_auto = matches!(self.status, StatusOf::Shown);
        let value = match (&self.status, &self.shown) {
            (StatusOf::Property(path), _) => path.get(message.properties()).unwrap_or_default(),
            (StatusOf::Expression(expression), _) => Cow::Owned(expression.evaluate(out.node(), message)?),
            (_, Shown::Message) => Cow::Borrowed(message.payload()),
            _ => self.value(message, out)?,
        };
        let field =
            |of: &Value, name: &str| of.get(name).filter(|value| js::is_truthy(value)).map(js::to_text);
        let mut shown: (EcoString, EcoString, EcoString) =
            match (field(&value, "fill"), field(&value, "shape"), field(&value, "text")) {
                (Some(fill), Some(shape), Some(words)) => (fill, shape, words),
                _ => ("grey".into(), "dot".into(), brief::one_line(&value, STATUS_LENGTH)),
            };
        if is_auto {
            if let Some(error) = message.get("error") {
                shown.0 = "red".into();
                shown.2 = error.get("message").map(js::to_text).unwrap_or_default();
            }
            if let Some(status) = message.get("status") {
                shown.0 = field(status, "fill").unwrap_or_else(|| "grey".into());
                shown.1 = field(status, "shape").unwrap_or_else(|| "ring".into());
                shown.2 = field(status, "text").unwrap_or_default();
            }
        }
        let status = Status::new(&shown.0, &shown.1, Text::literal(brief::cut(&shown.2, STATUS_LENGTH)));
        if self.last_status.as_ref() != Some(&status) {
            self.last_status = Some(status.clone());
            out.status(status);
        }
        Ok(())
    }
}

/// A status node may be wired back to the debug node whose status it reports.
fn is_own_status(message: &Message, id: &str) -> bool {
    let Some(status) = message.get("status") else { return false };
    status.get("source").and_then(|source| source.get("id")).and_then(Value::as_str) == Some(id)
}

fn count_status(count: u64) -> Status {
    Status::new("blue", "ring", Text::literal(ecow::eco_format!("{count}")))
}

fn for_log(value: &Value) -> EcoString {
    match value {
        Value::String(words) if !words.contains('\n') => words.clone(),
        Value::String(words) => ecow::eco_format!("\n{words}"),
        Value::Array(_) | Value::Object(_) => {
            ecow::eco_format!("\n{}", inspect::inspect(value, LOG_DEPTH))
        }
        _ => inspect::inspect(value, LOG_DEPTH).into(),
    }
}
