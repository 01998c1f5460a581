//! `batch`: makes sequences of messages.

use std::any::Any;
use std::time::Duration;

use ecow::EcoString;
use engine::js;
use engine::message::new_id;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress, TimerId};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{PARKED_LIMIT, Problems, buffer_limit, flag, milliseconds, number_or_text, park, text};
use crate::face::Face;
use crate::sequences::set_part;

mod queues;

use queues::{Queues, place};

/// The node type.
pub const NODE: NodeType = NodeType { name: "batch", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    (
        "batch.too-many",
        "the node keeps {limit} messages at most; all that it kept were given up. Make the sequences shorter, or send less",
    ),
    ("batch.label", "batch"),
    ("batch.unexpected", "{mode} is not a mode; choose count, interval or concat"),
    ("batch.count.number", "a whole number from 1 to {limit} is needed here"),
    (
        "batch.count.invalid",
        "fewer messages than a sequence has can be repeated in the next: {count} at most",
    ),
    ("batch.interval", "a number that is more than 0 is needed here"),
    (
        "batch.no-parts",
        "msg.parts does not tell the message's place in its sequence, so it cannot be joined to others; put a split node before this one",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Make a sequence of
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["count", "interval", "concat"],
        "x-enum-titles" = ["So many messages", "The messages of some time", "Sequences, one after another"]))]
    mode: String,
    /// # Messages
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "x-show-if" = {"mode": ["count"]}))]
    count: Option<f64>,
    /// # Of these from the one before
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"mode": ["count"]}))]
    overlap: Option<f64>,
    /// # End with the last of a sequence too
    /// As `msg.parts` says.
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"mode": ["count"]}))]
    honour_parts: bool,
    /// # Seconds
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"mode": ["interval"]}))]
    interval: Option<f64>,
    /// # Send an empty message when none came
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"mode": ["interval"]}))]
    allow_empty_sequence: bool,
    /// # Topics
    /// A sequence of each, joined in this order.
    #[schemars(extend("x-widget" = "rows", "x-show-if" = {"mode": ["concat"]}))]
    topics: Vec<Topic>,
}

/// One topic.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
#[schemars(inline)]
struct Topic {
    /// # Topic
    #[serde(deserialize_with = "text")]
    topic: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: "count".into(),
            count: Some(10.0),
            overlap: Some(0.0),
            honour_parts: false,
            interval: Some(10.0),
            allow_empty_sequence: false,
            topics: vec![Topic::default()],
        }
    }
}

const HELP: &str = "\
Makes sequences of messages (`msg.parts`), for nodes such as join and sort.

- **So many messages**: each so many become a sequence; some may be repeated in the next.
- **The messages of some time**: what came in so many seconds; an empty message when none came, if wanted.
- **Sequences, one after another**: a whole sequence of each `msg.topic`, in the order of the topics here. Messages of \
other topics are dropped.

**Takes** any message; `msg.reset` drops what is held. It keeps 100,000 messages at most; beyond that all of \
them are given up, with errors that can be caught. What is held is kept when the flow is deployed anew.

**Example**: batches of 100 readings, joined to one array, written to a database at once.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "sequence", colour: "#e2d96e", icon: "layers", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let mode = match config.mode.as_str() {
        "count" | "" => {
            let count = config.count.unwrap_or(1.0);
            let overlap = config.overlap.unwrap_or(0.0);
            if !(1.0..=PARKED_LIMIT as f64).contains(&count) {
                problems.add("count", Text::key("batch.count.number").with("limit", PARKED_LIMIT));
            } else if overlap.is_nan() || overlap < 0.0 || overlap >= count {
                problems.add("overlap", Text::key("batch.count.invalid").with("count", count - 1.0));
            }
            let (count, overlap) = (count as usize, overlap as usize);
            Mode::Count { count, overlap, honours_parts: config.honour_parts }
        }
        "interval" => {
            let seconds = config.interval.unwrap_or(0.0);
            if seconds.is_nan() || seconds <= 0.0 {
                problems.add("interval", Text::key("batch.interval"));
            }
            Mode::Interval { every: milliseconds(seconds * 1000.0), sends_empty: config.allow_empty_sequence }
        }
        "concat" => Mode::Concatenate(config.topics.into_iter().map(|row| row.topic.into()).collect()),
        mode => {
            problems.add("mode", Text::key("batch.unexpected").with("mode", mode));
            Mode::Concatenate(Vec::new())
        }
    };
    problems.finish()?;
    Built::function(Batch { mode, held: Vec::new(), queues: Queues::default(), sent: 0, timer: None })
}

enum Mode {
    Count { count: usize, overlap: usize, honours_parts: bool },
    Interval { every: Duration, sends_empty: bool },
    Concatenate(Vec<EcoString>),
}

struct Batch {
    mode: Mode,
    /// Messages held, in the order they came, but for those in `queues`.
    held: Vec<Message>,
    /// Messages held to be concatenated.
    queues: Queues,
    /// How many of the first of these were sent already and stand in the next sequence too.
    sent: usize,
    timer: Option<TimerId>,
}

impl FunctionNode for Batch {
    fn start(&mut self, out: &mut Out<'_>) {
        self.restart(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if message.get("reset").is_some() {
            self.sent = 0;
            for message in self.take_held() {
                out.done(message);
            }
            self.restart(out);
            return Ok(Progress::Done);
        }
        if let Mode::Concatenate(topics) = &self.mode {
            let is_wanted = message
                .get("topic")
                .and_then(Value::as_str)
                .is_some_and(|topic| topics.iter().any(|wanted| wanted == topic));
            if !is_wanted {
                return Ok(Progress::Done);
            }
            if place(message).is_none() {
                return Err(NodeError::key("batch.no-parts"));
            }
        }
        park(message);
        let is_last = is_last(message);
        self.hold(message.take());
        match &self.mode {
            _ if self.kept() > buffer_limit(out) => self.give_up(out),
            Mode::Count { count, honours_parts, .. } => {
                if self.held.len() >= *count || (*honours_parts && is_last) {
                    self.send_count(out);
                }
            }
            Mode::Interval { .. } => {}
            Mode::Concatenate(topics) => {
                if let Some(messages) = self.queues.take(topics) {
                    send(messages, out);
                }
            }
        }
        Ok(Progress::Pending)
    }

    fn on_timer(&mut self, _token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if let Mode::Interval { every, sends_empty } = self.mode {
            self.timer = Some(out.after(every, 0));
            if !self.held.is_empty() {
                send(std::mem::take(&mut self.held), out);
            } else if sends_empty {
                let parts = [("id", Value::from(new_id())), ("index", 0.into()), ("count", 1.into())];
                let mut message = Message::with_payload(Value::Null);
                message.set("parts", Object::from_iter(parts));
                // Nobody waits for it: when the flow is full it is left out.
                match out.try_admit() {
                    Some(delivery) => out.send(0, message.under(delivery)),
                    None => out.count_dropped(),
                }
            }
        }
        Ok(())
    }

    fn kept(&self) -> usize {
        self.held.len() + self.queues.count()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new((self.take_held(), self.sent)))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        let Some((held, sent)) = parked.take::<(Vec<Message>, usize)>() else { return };
        if let Mode::Concatenate(_) = self.mode {
            // Those that were sent already only stood in the next sequence, too, which there will not be.
            for message in held.into_iter().skip(sent) {
                match place(&message) {
                    Some(_) => self.hold(message),
                    None => out.error(NodeError::key("batch.no-parts"), Some(message)),
                }
            }
        } else {
            (self.held, self.sent) = (held, sent);
        }
    }
}

impl Batch {
    fn hold(&mut self, message: Message) {
        match self.mode {
            Mode::Concatenate(_) => self.queues.add(message),
            _ => self.held.push(message),
        }
    }

    /// Everything that is held, in the order in which it came.
    fn take_held(&mut self) -> Vec<Message> {
        let mut held = std::mem::take(&mut self.held);
        held.append(&mut self.queues.take_all());
        held
    }

    /// It keeps more than it may: every message fails, the latest first.
    fn give_up(&mut self, out: &mut Out<'_>) {
        let error = NodeError::key("batch.too-many").with("limit", buffer_limit(out));
        let sent = std::mem::take(&mut self.sent);
        for message in self.take_held().into_iter().skip(sent).rev() {
            out.error(error.clone(), Some(message));
        }
    }

    fn restart(&mut self, out: &mut Out<'_>) {
        if let Mode::Interval { every, .. } = self.mode {
            if let Some(timer) = self.timer.take() {
                out.cancel(timer);
            }
            self.timer = Some(out.after(every, 0));
        }
    }

    fn send_count(&mut self, out: &mut Out<'_>) {
        let Mode::Count { overlap, .. } = self.mode else { return };
        let messages = std::mem::take(&mut self.held);
        let kept_from = messages.len().saturating_sub(overlap);
        // What stands in the next sequence too was sent once: nobody has to wait for it.
        self.held = messages[kept_from..].to_vec();
        for message in &mut self.held {
            message.set_delivery(None);
        }
        self.sent = self.held.len();
        send(messages, out);
    }
}

fn is_last(message: &Message) -> bool {
    let part = |name| message.get("parts").and_then(|parts| parts.get(name)).map(js::to_number);
    part("index").zip(part("count")).is_some_and(|(index, count)| index + 1.0 == count)
}

/// Sends messages as a sequence of their own.
fn send(messages: Vec<Message>, out: &mut Out<'_>) {
    let id = messages.first().and_then(|first| first.get("_msgid")).cloned().unwrap_or_default();
    let count = messages.len();
    for (index, message) in messages.into_iter().enumerate() {
        let mut part = message.clone();
        if part.get("parts").and_then(Value::as_object).is_none() {
            part.set("parts", Object::new());
        }
        set_part(&mut part, "id", id.clone());
        set_part(&mut part, "index", index.into());
        set_part(&mut part, "count", count.into());
        out.send(0, part);
        out.done(message);
    }
}
