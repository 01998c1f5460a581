//! `delay`: holds messages for a time, or limits how many pass.

use std::any::Any;
use std::time::Duration;

use engine::js;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::observe::Status;
use engine::registry::NodeType;
use engine::{Message, NodeError};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{BUFFER_FULL, Problems, flag, milliseconds, number_or_text, text, unit_milliseconds};

mod burst;
mod hold;
mod rate;
mod topics;

/// The node type.
pub const NODE: NodeType = NodeType { name: "delay", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    BUFFER_FULL,
    ("delay.label", "delay"),
    ("delay.mode", "{mode} is not a mode of this node"),
    ("delay.not-a-time", "a number that is not negative is needed here"),
    ("delay.not-a-rate", "a number of more than 0 is needed here"),
    ("delay.reset", "reset"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Action
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice",
        "enum" = ["delay", "delayv", "random", "rate", "queue", "timed", "burst"],
        "x-enum-titles" = ["Delay each message", "Delay by msg.delay", "Delay by a random time", "Limit the rate",
            "Limit the rate, one topic after another", "Let the last of each topic pass together",
            "Let some pass, then none for a while"]))]
    pause_type: String,
    /// # For
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-widget" = "duration", "x-unit-property" = "timeoutUnits",
        "x-show-if" = {"pauseType": ["delay", "delayv"]}))]
    timeout: Option<f64>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden",
        "enum" = ["milliseconds", "seconds", "minutes", "hours", "days"]))]
    timeout_units: String,
    /// # Messages
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-show-if" = {"pauseType": ["rate", "queue", "timed", "burst"]}))]
    rate: Option<f64>,
    /// # In
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-widget" = "duration", "x-unit-property" = "rateUnits",
        "x-show-if" = {"pauseType": ["rate", "queue", "timed", "burst"]}))]
    nb_rate_units: Option<f64>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden", "enum" = ["second", "minute", "hour", "day"]))]
    rate_units: String,
    /// # Shortest
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-widget" = "duration", "x-unit-property" = "randomUnits",
        "x-show-if" = {"pauseType": ["random"]}))]
    random_first: Option<f64>,
    /// # Longest
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "x-widget" = "duration", "x-unit-property" = "randomUnits",
        "x-show-if" = {"pauseType": ["random"]}))]
    random_last: Option<f64>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden",
        "enum" = ["milliseconds", "seconds", "minutes", "hours", "days"]))]
    random_units: String,
    /// # Drop what is too much
    /// Instead of keeping it until it may pass.
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"pauseType": ["rate"]}))]
    drop: bool,
    /// # msg.rate may change the rate
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"pauseType": ["rate", "queue", "timed"]}))]
    allowrate: bool,
    /// # Outputs
    /// With two, what is dropped goes out of the second.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = 2, "x-show-if" = {"pauseType": ["rate"], "drop": [true]}))]
    outputs: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pause_type: "delay".into(),
            timeout: Some(5.0),
            timeout_units: "seconds".into(),
            rate: Some(1.0),
            nb_rate_units: Some(1.0),
            rate_units: "second".into(),
            random_first: Some(1.0),
            random_last: Some(5.0),
            random_units: "seconds".into(),
            drop: false,
            allowrate: false,
            outputs: Some(1.0),
        }
    }
}

const HELP: &str = "\
Holds messages for a time, or limits how many pass.

- **Delay** each message by a fixed time, by `msg.delay` milliseconds, or by a random time.
- **Limit the rate**: one message every so often; the others wait, or are dropped. *One topic after another* keeps the \
last message of each `msg.topic` and lets one topic pass at a time; *the last of each topic together* lets all of them \
pass at once.
- **Burst**: lets some messages pass, then drops all until each one's time is over.

**Takes** `msg.reset`, which drops what waits; `msg.flush`, which lets it pass now (all, or that many); \
`msg.toFront`, which puts a message first; `msg.rate`, milliseconds between messages, where that is allowed.

It keeps 100,000 messages at most; what comes then is an error that can be caught. Messages that wait do not hold up \
their source, and are kept when the flow is deployed anew.

**Example**: limit to 1 message in 10 seconds before an e-mail is sent.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#e6e0f8".into(),
        icon: "timer".into(),
        inputs: 1,
        outputs: Outputs::Property { property: "outputs".into(), default: 1 },
        label: Label { properties: vec!["name".into()], fallback: Text::key("delay.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let drops_to_second = config.outputs == Some(2.0);
    let mut time = |path: &str, value: Option<f64>, unit: &str| match value.unwrap_or(0.0) {
        number if number >= 0.0 => number * unit_milliseconds(unit),
        _ => {
            problems.add(path, Text::key("delay.not-a-time"));
            0.0
        }
    };
    let node: Box<dyn FunctionNode> = match config.pause_type.as_str() {
        "delay" | "delayv" | "" => {
            let milliseconds = time("timeout", config.timeout, &config.timeout_units);
            let by_message = config.pause_type == "delayv";
            Box::new(hold::Hold::new(hold::Time::Fixed { milliseconds, by_message }))
        }
        "random" => {
            let from = time("randomFirst", config.random_first, &config.random_units);
            let to = time("randomLast", config.random_last, &config.random_units);
            Box::new(hold::Hold::new(hold::Time::Random { from, to }))
        }
        mode @ ("rate" | "queue" | "timed" | "burst") => {
            let window = time("nbRateUnits", config.nb_rate_units.or(Some(1.0)), &config.rate_units);
            let window = if window > 0.0 { window } else { unit_milliseconds(&config.rate_units) };
            let rate = config.rate.unwrap_or(0.0);
            if rate.is_nan() || rate <= 0.0 {
                problems.add("rate", Text::key("delay.not-a-rate"));
            }
            let interval = Interval::new(window / rate, config.allowrate);
            match mode {
                "burst" => Box::new(burst::Burst::new(rate, milliseconds(window), drops_to_second)),
                "rate" if config.drop => Box::new(rate::Dropping::new(interval, drops_to_second)),
                "rate" => Box::new(rate::Queueing::new(interval)),
                _ => Box::new(topics::Topics::new(interval, mode == "timed", drops_to_second)),
            }
        }
        mode => {
            return Err(BuildError::at("pauseType", Text::key("delay.mode").with("mode", mode)));
        }
    };
    problems.finish()?;
    Ok(Built::Function(Box::new(Delay(node))))
}

/// A delay node in one of its modes.
struct Delay(Box<dyn FunctionNode>);

impl FunctionNode for Delay {
    fn start(&mut self, out: &mut Out<'_>) {
        self.0.start(out);
    }

    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        self.0.on_message(message, out)
    }

    fn on_timer(&mut self, token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        self.0.on_timer(token, out)
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        out.status(Status::clear());
    }

    fn kept(&self) -> usize {
        self.0.kept()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        self.0.park()
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        self.0.resume(parked, out);
    }
}

/// Messages that wait, as they are handed over in a deploy: with how long each still has, where it is known.
struct Parked(Vec<(Message, Option<Duration>)>);

/// The time between messages, which `msg.rate` may change until `msg.reset`.
struct Interval {
    configured_ms: f64,
    current_ms: f64,
    may_change: bool,
}

impl Interval {
    fn new(configured_ms: f64, may_change: bool) -> Self {
        Self { configured_ms, current_ms: configured_ms, may_change }
    }

    /// Takes `msg.rate`, if that is allowed; whether it changed anything.
    fn change(&mut self, message: &Message) -> bool {
        let asked =
            message.get("rate").filter(|_| self.may_change).map(|rate| js::parse_float(&js::to_text(rate)));
        let Some(asked) = asked.filter(|asked| !asked.is_nan() && *asked != self.current_ms) else {
            return false;
        };
        self.current_ms = asked;
        true
    }

    fn reset(&mut self) {
        self.current_ms = self.configured_ms;
    }

    fn duration(&self) -> Duration {
        // A timer of no time would never let anything else run.
        milliseconds(self.current_ms).max(Duration::from_millis(1))
    }
}

/// How many of `waiting` messages `msg.flush` lets pass.
fn flush_count(message: &Message, waiting: usize) -> Option<usize> {
    let flush = message.get("flush")?;
    Some(flush.as_f64().map_or(waiting, |count| (count.max(0.0) as usize).min(waiting)))
}

/// Whether there is nothing in the message but its id and these commands.
fn is_command_alone(message: &Message, commands: &[&str]) -> bool {
    message.properties().keys().all(|key| key == "_msgid" || commands.contains(&key.as_str()))
}

fn depth(count: usize) -> Status {
    Status::new("blue", "dot", Text::literal(ecow::eco_format!("{count}")))
}

fn depth_after_reset() -> Status {
    Status::new("blue", "ring", Text::literal("0"))
}
