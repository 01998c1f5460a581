//! `inject`: starts a flow, by hand or by the clock.

use std::time::Duration;

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, Command, FunctionNode, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::config::{Problems, flag, milliseconds, number_or_text, text};

mod schedule;

use schedule::Schedule;

/// The node type.
pub const NODE: NodeType = NodeType { name: "inject", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("inject.label", "inject"),
    ("inject.repeat", "the interval must be more than 0 seconds"),
    ("inject.cron", "this is not a cron expression: {reason}"),
    ("inject.cron.never", "this cron expression never comes true again"),
    ("inject.properties", "the message could not be made: {reasons}"),
    ("inject.user-properties", "the properties to inject must be a list of { p, v, vt }"),
    (
        "inject.busy",
        "the flow has as many messages under way as it may; this one was not injected. Try again when it has caught up",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Properties
    /// What the message is made of.
    #[schemars(extend("x-widget" = "rows", "default" = [{"p": "payload"}, {"p": "topic", "vt": "str"}]))]
    props: Option<Vec<Property>>,
    /// # Repeat every
    /// Seconds between messages; empty for none.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    repeat: Option<f64>,
    /// # Repeat
    /// In the time zone of the machine. A cron expression says minute, hour, day of month, month and day of week;
    /// seconds may stand before.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "cron", "x-repeat-property" = "repeat"))]
    crontab: String,
    /// # Once at the start
    #[serde(deserialize_with = "flag")]
    once: bool,
    /// # Start delay
    /// Seconds from the start to the first message.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"once": [true]}))]
    once_delay: Option<f64>,
    #[schemars(extend("x-widget" = "hidden", "default" = ""))]
    topic: Option<Json>,
    #[schemars(extend("x-widget" = "hidden", "default" = ""))]
    payload: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    payload_type: Option<String>,
}

/// One property of the message.
#[derive(Deserialize, JsonSchema, Clone, Default)]
#[serde(default)]
#[schemars(inline, extend("default" = {"p": "", "v": "", "vt": "str"}))]
struct Property {
    /// # Property
    /// Of the message, such as `payload`.
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"]))]
    p: String,
    /// # Value
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "vt", "x-inherit-property" = "p",
        "x-types" = ["msg", "flow", "global", "str", "num", "bool", "json", "bin", "date", "jsonata", "env"]))]
    v: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    vt: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        let payload = Property { p: "payload".into(), v: None, vt: None };
        let topic = Property { p: "topic".into(), v: None, vt: Some("str".into()) };
        Self {
            props: Some(vec![payload, topic]),
            repeat: None,
            crontab: String::new(),
            once: false,
            once_delay: Some(0.1),
            topic: None,
            payload: None,
            payload_type: Some("date".into()),
        }
    }
}

const HELP: &str = "\
Starts a flow: by its button, once when the flow starts, every so often, or at the times of a cron expression.

**Sends** a message with the properties listed; each has a value of a type, such as the time (`date`: milliseconds \
since 1970), text, number, JSON, or what a flow or global context value or environment variable holds just then.

A time of a cron expression that the machine sleeps through, or that the clock jumps over, is not made up for.

While as many messages are under way as the flow may have, an inject node drops what it cannot wait with and counts it.

**Example**: `payload` a date, repeat every 60 seconds.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "common".into(),
        colour: "#a6bbcf".into(),
        icon: "circle-play".into(),
        inputs: 0,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into(), "topic".into()], fallback: Text::key("inject.label") },
        button: true,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let mut config: Config = context.config()?;
    if config.payload.is_some() && !context.properties.contains_key("payloadType") {
        // Without a type a payload is what it is.
        config.payload_type = Some(String::new());
    }
    // A list that is missing, not just empty, is the form of the first Node-RED versions.
    let is_legacy = !context.properties.is_array("props");
    let mut problems = Problems::default();
    let mut assignments = Vec::new();
    for (at, property) in properties(&config, is_legacy).iter().enumerate() {
        assignments.extend(Assignment::parse(property, at, &mut problems));
    }
    let mut schedule = None;
    if let Some(seconds) = config.repeat.filter(|seconds| *seconds != 0.0) {
        if seconds > 0.0 {
            schedule = Some(Schedule::Every(milliseconds(seconds * 1000.0).max(Duration::from_millis(1))));
        } else {
            problems.add("repeat", Text::key("inject.repeat"));
        }
    } else if !config.crontab.trim().is_empty() {
        schedule = problems.check("crontab", Schedule::cron(&config.crontab));
    }
    problems.finish()?;
    // 0 means the default, as in Node-RED.
    let delay_seconds = config.once_delay.filter(|seconds| *seconds > 0.0).unwrap_or(0.1);
    let once_after = config.once.then(|| milliseconds(delay_seconds * 1000.0));
    Built::function(Inject { assignments, schedule, once_after, due: None })
}

/// The properties as they are meant: `payload` and `topic` may stand beside the list.
fn properties(config: &Config, is_legacy: bool) -> Vec<Property> {
    let payload =
        Property { p: "payload".into(), v: config.payload.clone(), vt: config.payload_type.clone() };
    if is_legacy {
        let topic = Property { p: "topic".into(), v: config.topic.clone(), vt: Some("str".into()) };
        return vec![payload, topic];
    }
    let mut listed = config.props.clone().unwrap_or_default();
    for property in &mut listed {
        if property.v.is_none() && property.p == "payload" {
            *property = payload.clone();
        } else if property.v.is_none() && property.p == "topic" && property.vt.as_deref() == Some("str") {
            property.v = config.topic.clone();
        }
    }
    listed
}

struct Assignment {
    path: PropertyPath,
    value: TypedValue,
}

impl Assignment {
    /// `None` for a property without a name, which does nothing.
    fn parse(property: &Property, at: usize, problems: &mut Problems) -> Option<Self> {
        if property.p.is_empty() {
            return None;
        }
        let path = problems.check(format!("props[{at}].p"), PropertyPath::parse_message(&property.p));
        let value = property.v.clone().unwrap_or_else(|| "".into());
        let value_type = property.vt.as_deref().unwrap_or("str");
        let value = problems.check(format!("props[{at}].v"), TypedValue::parse(&value, value_type));
        Some(Self { path: path?, value: value? })
    }
}

struct Inject {
    assignments: Vec<Assignment>,
    schedule: Option<Schedule>,
    once_after: Option<Duration>,
    /// When the interval is due next: kept apart from the timer, so that it does not drift.
    due: Option<Instant>,
}

/// Properties in place of the node's own, for one message.
const USER_PROPERTIES: &str = "__user_inject_props__";

const ONCE: u64 = 0;
const SCHEDULED: u64 = 1;

impl FunctionNode for Inject {
    fn start(&mut self, out: &mut Out<'_>) {
        match self.once_after {
            Some(delay) => {
                out.after(delay, ONCE);
            }
            None => self.schedule_next(out),
        }
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if message.get(USER_PROPERTIES).is_some() {
            let (properties, assignments) = user_properties(message.to_value())?;
            let mut given = message.derive(properties.properties().clone());
            fill(&mut given, &assignments, out)?;
            out.send(0, given);
            return Ok(Progress::Done);
        }
        fill(message, &self.assignments, out)?;
        out.send(0, message.take());
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if token == ONCE {
            self.schedule_next(out);
            inject(Message::new(), &self.assignments, out);
            return Ok(());
        }
        // On the way to a time of a cron expression the timer only makes it look at the clock.
        if self.schedule.as_ref().is_some_and(Schedule::is_due) {
            inject(Message::new(), &self.assignments, out);
        }
        self.schedule_next(out);
        Ok(())
    }

    fn on_command(&mut self, command: Command, out: &mut Out<'_>) -> Result<(), NodeError> {
        match command {
            Command::Inject(None | Some(Value::Null | Value::Undefined)) => {
                if !inject(Message::new(), &self.assignments, out) {
                    out.log(Level::Warn, Text::key("inject.busy"));
                }
                Ok(())
            }
            Command::Inject(Some(value)) => {
                let (message, assignments) = user_properties(value)?;
                if !inject(message, &assignments, out) {
                    out.log(Level::Warn, Text::key("inject.busy"));
                }
                Ok(())
            }
            Command::SetActive(_) => Ok(()),
        }
    }
}

impl Inject {
    fn schedule_next(&mut self, out: &mut Out<'_>) {
        match &mut self.schedule {
            Some(Schedule::Every(interval)) => {
                let now = Instant::now();
                // What was missed while the machine was busy or asleep is not made up for.
                let due = self.due.map_or(now, |due| due) + *interval;
                let due = if due <= now { now + *interval } else { due };
                self.due = Some(due);
                out.after(due - now, SCHEDULED);
            }
            Some(Schedule::Cron(cron)) => match cron.next_after(js::date::now()) {
                Some(delay) => {
                    out.after(delay, SCHEDULED);
                }
                None => out.log(Level::Warn, Text::key("inject.cron.never")),
            },
            None => {}
        }
    }
}

/// Sends a new message; `false` when the flow has no room for one.
fn inject(message: Message, assignments: &[Assignment], out: &mut Out<'_>) -> bool {
    let Some(delivery) = out.try_admit() else {
        out.count_dropped();
        return false;
    };
    let mut message = message.under(delivery);
    match fill(&mut message, assignments, out) {
        Ok(()) => out.send(0, message),
        Err(error) => out.error(error, Some(message)),
    }
    true
}

/// Sets the properties, all that can be; the message may use those set before.
fn fill(message: &mut Message, assignments: &[Assignment], out: &Out<'_>) -> Result<(), NodeError> {
    let mut errors = Vec::new();
    for Assignment { path, value } in assignments {
        let value = value.evaluate(out.node(), message);
        if let Err(error) = value.and_then(|value| path.set(message.properties_mut(), value)) {
            errors.push(error);
        }
    }
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        _ => {
            let registry = &out.node().registry;
            let reasons: Vec<_> = errors.iter().map(|error| registry.render(&error.text)).collect();
            Err(NodeError::key("inject.properties").with("reasons", reasons.join("; ")))
        }
    }
}

/// What the admin API was sent in place of the node's own properties: the list itself, or an object with it
/// in `__user_inject_props__` and further properties of the message.
fn user_properties(value: Value) -> Result<(Message, Vec<Assignment>), NodeError> {
    let wrong = || NodeError::key("inject.user-properties");
    let (message, list) = match value {
        list @ Value::Array(_) => (Message::new(), list),
        Value::Object(object) => {
            let mut message = Message::from_object(object);
            let list = message.remove(USER_PROPERTIES).ok_or_else(wrong)?;
            (message, list)
        }
        _ => return Err(wrong()),
    };
    let list = serde_json::to_value(&list).map_err(|_| wrong())?;
    let list: Vec<Property> = serde_json::from_value(list).map_err(|_| wrong())?;
    let mut problems = Problems::default();
    let mut assignments = Vec::new();
    for (at, property) in list.iter().enumerate() {
        assignments.extend(Assignment::parse(property, at, &mut problems));
    }
    match problems.finish() {
        Ok(()) => Ok((message, assignments)),
        Err(error) => match error.problems.into_iter().next() {
            Some((_, text)) => Err(text.into()),
            None => Err(wrong()),
        },
    }
}
