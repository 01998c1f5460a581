//! `trigger`: sends something, and something else after a while.

use std::any::Any;
use std::collections::HashMap;
use std::time::Duration;

use ecow::EcoString;
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress, TimerId};
use engine::observe::Status;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use indexmap::IndexMap;
use model::descriptor::{NodeDescriptor, Outputs};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::config::{BUFFER_FULL, Problems, check_room, flag, milliseconds, park, text};
use crate::face::Face;

mod content;

use content::Content;

/// The node type.
pub const NODE: NodeType = NodeType { name: "trigger", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    BUFFER_FULL,
    ("trigger.label", "trigger"),
    ("trigger.duration", "a number is needed here"),
    ("trigger.template", "this is not a Mustache template: {reason}"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Send
    /// What goes out at once; texts may hold Mustache tags such as `{{topic}}`.
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "op1type",
        "x-types" = ["flow", "global", "str", "num", "bool", "json", "bin", "date", "env",
            {"type": "pay", "title": "the message as it came", "value": ""}, {"type": "nul", "title": "nothing", "value": ""}]))]
    op1: Json,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden", "default" = "str"))]
    op1type: String,
    /// # Then wait for
    /// 0: until it is reset. Less than 0: sends again and again, with so much time between.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "duration", "x-unit-property" = "units"))]
    duration: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden", "enum" = ["ms", "s", "min", "hr"]))]
    units: String,
    /// # Begin the time anew with each message
    #[serde(deserialize_with = "flag")]
    extend: bool,
    /// # msg.delay may change the time
    #[serde(rename = "overrideDelay", deserialize_with = "flag")]
    override_delay: bool,
    /// # Then send
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "op2type",
        "x-types" = ["flow", "global", "str", "num", "bool", "json", "bin", "date", "env",
            {"type": "pay", "title": "the message as it came", "value": ""},
            {"type": "payl", "title": "the latest message", "value": ""},
            {"type": "nul", "title": "nothing", "value": ""}]))]
    op2: Json,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden", "default" = "str"))]
    op2type: String,
    /// # Reset when the payload is
    /// `msg.reset` always resets it.
    #[serde(deserialize_with = "text")]
    reset: String,
    /// # Handle
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["all", "topic"],
        "x-enum-titles" = ["All messages together", "Each topic by itself"]))]
    bytopic: String,
    /// # Topic
    /// The property that tells topics apart.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"bytopic": ["topic"]}))]
    topic: String,
    /// # Outputs
    /// With two, what is sent later goes out of the second.
    #[serde(deserialize_with = "text")]
    #[schemars(with = "u8", extend("minimum" = 1, "maximum" = 2))]
    outputs: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            op1: "1".into(),
            op1type: "val".into(),
            op2: "0".into(),
            op2type: "val".into(),
            duration: "250".into(),
            units: "ms".into(),
            extend: false,
            override_delay: false,
            reset: String::new(),
            bytopic: "all".into(),
            topic: "topic".into(),
            outputs: "1".into(),
        }
    }
}

const HELP: &str = "\
Sends something when a message comes, and something else after a while. Messages that come in the meantime are \
dropped, or begin the time anew. Without a time it stays blocked until it is reset; in *again and again* mode it \
repeats the first until then.

**Takes** any message. `msg.reset`, or a payload of your choice, stops what is under way. `msg.delay`, in milliseconds, \
is the time where that is allowed. `msg.topic`, or another property, tells topics apart.

What is sent is the message with another payload: a value, the payload it had (*pay*), or that of the latest message \
(*payl*), or nothing at all (*nul*). It keeps 100,000 topics at most; what comes then is an error that can be caught. \
What waits is kept when the flow is deployed anew.

**Example**: a motion sensor switches the light on, and off 5 minutes after the last movement.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Property { property: "outputs".into(), default: 1 },
        ..Face {
            type_name: NODE.name,
            category: "function",
            colour: "#e6e0f8",
            icon: "alarm-clock",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let first = problems.check("op1", Content::parse(&config.op1, &config.op1type, "1"));
    let second = problems.check("op2", Content::parse(&config.op2, &config.op2type, "0"));
    let duration = match js::parse_float(&config.duration) {
        duration if duration.is_nan() && config.duration.is_empty() => 250.0,
        duration => duration,
    };
    if duration.is_nan() {
        problems.add("duration", Text::key("trigger.duration"));
    }
    let unit_ms = match config.units.as_str() {
        "s" => 1000.0,
        "min" => 60_000.0,
        "hr" => 3_600_000.0,
        _ => 1.0,
    };
    let topic = if config.topic.is_empty() { "topic" } else { &config.topic };
    let topic = problems.check("topic", PropertyPath::parse_message(topic));
    let repeats = duration < 0.0;
    let ((first, second), topic) = problems.settle(first.zip(second).zip(topic))?;
    Built::function(Trigger {
        first,
        second,
        duration: milliseconds(duration.abs() * unit_ms),
        repeats,
        extends: config.extend && !repeats,
        delay_by_message: config.override_delay,
        reset_payload: Some(config.reset).filter(|reset| !reset.is_empty()),
        topic: (config.bytopic == "topic").then_some(topic),
        second_port: usize::from(config.outputs == "2"),
        topics: IndexMap::new(),
        by_timer: HashMap::new(),
        next_token: 0,
    })
}

struct Trigger {
    first: Content,
    second: Content,
    duration: Duration,
    /// Whether it sends the first again and again.
    repeats: bool,
    extends: bool,
    delay_by_message: bool,
    reset_payload: Option<String>,
    /// What tells topics apart, if they are.
    topic: Option<PropertyPath>,
    second_port: usize,
    /// What is under way, by topic.
    topics: IndexMap<EcoString, Pending>,
    /// The topics by the tokens of their timers.
    by_timer: HashMap<u64, EcoString>,
    next_token: u64,
}

/// What waits for its time, or for a reset.
struct Pending {
    /// The message that is sent next, with its payload if that is known already; none if nothing is sent.
    message: Option<Message>,
    /// Whether the payload is found when its time has come.
    is_open: bool,
    timer: Option<(TimerId, u64, Instant)>,
    /// How long the time was, to repeat it.
    delay: Duration,
    /// Whether its message asked for that time.
    was_asked: bool,
}

/// The topic of all, or of messages without one.
const NO_TOPIC: &str = "_none";

impl FunctionNode for Trigger {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let topic = match &self.topic {
            Some(path) => path.read(message.properties())?,
            None => std::borrow::Cow::Owned(Value::Undefined),
        };
        let topic = if js::is_truthy(&topic) { js::to_text(&topic) } else { NO_TOPIC.into() };
        if self.is_reset(message) {
            self.forget(&topic, out);
            return Ok(Progress::Done);
        }
        let asked = self.asked_delay(message);
        let delay = asked.unwrap_or(self.duration);
        if self.repeats || !self.topics.contains_key(&topic) {
            self.begin(topic, asked, message, out)?;
        } else if let Some(pending) = self.topics.get_mut(&topic) {
            let is_latest = matches!(self.second, Content::Latest);
            if self.extends && !delay.is_zero() {
                // The payload stays the one found when it began; the message is the new one.
                let mut next = message.take();
                if !is_latest && let Some(former) = &pending.message {
                    next.set("payload", former.payload().clone());
                }
                pending.message = pending.message.is_some().then(|| next.clone());
                self.wait(&topic, delay, out);
                park(&next);
            } else if is_latest {
                park(message);
                pending.message = Some(message.take());
            }
        }
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        let Some(topic) = self.by_timer.remove(&token) else { return Ok(()) };
        if self.repeats {
            self.repeat(&topic, out);
            return Ok(());
        }
        let pending = self.topics.shift_remove(&topic);
        self.show(out);
        let Some(Pending { message: Some(mut message), is_open, .. }) = pending else { return Ok(()) };
        if is_open {
            match self.second.payload(&message, out.node()) {
                Ok(payload) => message.set("payload", payload.unwrap_or_default()),
                Err(error) => {
                    out.error(error, Some(message));
                    return Ok(());
                }
            }
        }
        out.send(self.second_port, message);
        Ok(())
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        out.status(Status::clear());
    }

    fn kept(&self) -> usize {
        self.topics.values().filter(|pending| pending.message.is_some()).count()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(std::mem::take(&mut self.topics)))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some(topics) = parked.take::<IndexMap<EcoString, Pending>>() else { return };
        for (topic, mut pending) in topics {
            let now = Instant::now();
            let left = match pending.timer.take() {
                Some((_, _, due)) => Some(due.saturating_duration_since(now)),
                // It waited for a reset because the node had no time. If it has one now, that begins.
                None if pending.was_asked => None,
                None => Some(self.duration).filter(|duration| !duration.is_zero()),
            };
            self.topics.insert(topic.clone(), pending);
            if let Some(left) = left {
                self.wait(&topic, left, out);
            }
        }
        self.show(out);
    }
}

impl Trigger {
    fn is_reset(&self, message: &Message) -> bool {
        let payload = message.payload();
        message.get("reset").is_some()
            || self
                .reset_payload
                .as_ref()
                .is_some_and(|reset| !payload.is_nullish() && js::to_text(payload) == reset.as_str())
    }

    /// The time that the message asks for, if it may.
    fn asked_delay(&self, message: &Message) -> Option<Duration> {
        let asked = message.get("delay").filter(|_| self.delay_by_message);
        let asked = asked.map(|delay| js::parse_float(&js::to_text(delay)));
        asked.filter(|delay| !delay.is_nan()).map(milliseconds)
    }

    /// Sends the first, and sees to what follows.
    fn begin(
        &mut self,
        topic: EcoString,
        asked: Option<Duration>,
        message: &mut Message,
        out: &mut Out<'_>,
    ) -> Result<(), NodeError> {
        if !self.topics.contains_key(&topic) {
            check_room(self.topics.len(), out)?;
        }
        let is_open = self.second.is_found_late();
        let second =
            if is_open { Some(Value::Undefined) } else { self.second.payload(message, out.node())? };
        let first = self.first.payload(message, out.node())?;
        let delay = asked.unwrap_or(self.duration);
        let mut pending = Pending { message: None, is_open, timer: None, delay, was_asked: asked.is_some() };
        if self.repeats {
            self.forget(&topic, out);
            if let Some(payload) = &first {
                // Each time it is sent it is a message of its own.
                let mut again = message.clone();
                again.set_delivery(None);
                again.set("payload", payload.clone());
                pending.message = Some(again);
            }
        } else if !delay.is_zero()
            && let Some(payload) = second
        {
            let mut later = message.clone();
            if !is_open && !matches!(self.second, Content::Latest) {
                later.set("payload", payload);
            }
            park(&later);
            pending.message = Some(later);
        }
        let waits = !delay.is_zero() && (!self.repeats || pending.message.is_some());
        self.topics.insert(topic.clone(), pending);
        if waits {
            self.wait(&topic, delay, out);
        }
        self.show(out);
        if let Some(payload) = first {
            message.set("payload", payload);
            out.send(0, message.take());
        }
        Ok(())
    }

    fn repeat(&mut self, topic: &EcoString, out: &mut Out<'_>) {
        let Some(pending) = self.topics.get(topic) else { return };
        let delay = pending.delay;
        if let Some(mut message) = pending.message.clone() {
            if self.first.is_time()
                && let Ok(Some(now)) = self.first.payload(&message, out.node())
            {
                message.set("payload", now);
            }
            // Nobody waits for it: when the flow is full this time is left out.
            match out.try_admit() {
                Some(delivery) => out.send(0, message.under(delivery)),
                None => out.count_dropped(),
            }
        }
        self.wait(topic, delay, out);
    }

    /// Sets the topic's timer, in place of a former one.
    fn wait(&mut self, topic: &EcoString, delay: Duration, out: &mut Out<'_>) {
        let Some(pending) = self.topics.get_mut(topic) else { return };
        if let Some((timer, token, _)) = pending.timer.take() {
            out.cancel(timer);
            self.by_timer.remove(&token);
        }
        let token = self.next_token;
        self.next_token += 1;
        pending.timer = Some((out.after(delay, token), token, Instant::now() + delay));
        self.by_timer.insert(token, topic.clone());
    }

    fn forget(&mut self, topic: &EcoString, out: &mut Out<'_>) {
        if let Some((timer, token, _)) = self.topics.shift_remove(topic).and_then(|pending| pending.timer) {
            out.cancel(timer);
            self.by_timer.remove(&token);
        }
        self.show(out);
    }

    fn show(&self, out: &mut Out<'_>) {
        out.status(match self.topics.len() {
            0 => Status::clear(),
            1 => Status::new("blue", "dot", Text::literal("")),
            count => Status::new("blue", "dot", Text::literal(ecow::eco_format!("{count}"))),
        });
    }
}
