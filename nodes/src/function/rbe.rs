//! `rbe` ("filter"): passes on what changed.

use std::collections::HashMap;

use ecow::EcoString;
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, flag, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "rbe", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("rbe.label", "filter"),
    ("rbe.mode", "{mode} is not a mode of this node"),
    ("rbe.gap", "a number, or a number with % after it, is needed here"),
    ("rbe.start", "a number is needed here"),
    ("rbe.warn.nonumber", "the property is no number, so the message was dropped"),
    (
        "rbe.too-many-topics",
        "values of {limit} topics are remembered already, which is the limit; send msg.reset, or do not tell topics apart",
    ),
];

/// The values of so many topics are remembered; a message of one more is an error that can be caught.
const TOPIC_LIMIT: usize = 100_000;

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Mode
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice",
        "enum" = ["rbe", "rbei", "deadbandEq", "deadband", "narrowbandEq", "narrowband"],
        "x-enum-titles" = ["Block unless the value changes", "Block unless the value changes, and the first",
            "Block unless it changes by so much", "Block unless it changes by more than",
            "Block if it changes by so much", "Block if it changes by more than"]))]
    func: String,
    /// # Change
    /// A number, or a part of the former value such as `10%`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"func": ["deadbandEq", "deadband", "narrowbandEq", "narrowband"]}))]
    gap: String,
    /// # Start at
    /// Empty: the first value, which then passes.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"func": ["narrowbandEq", "narrowband"]}))]
    start: String,
    /// # Compare with
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["out", "in"],
        "x-enum-titles" = ["The last value that passed", "The last value that came"],
        "x-show-if" = {"func": ["deadbandEq", "deadband", "narrowbandEq", "narrowband"]}))]
    inout: String,
    /// # Property
    /// Of the message, such as `payload`.
    #[serde(deserialize_with = "text")]
    property: String,
    /// # Treat each topic by itself
    #[serde(deserialize_with = "flag")]
    septopics: bool,
    /// # Topic
    /// The property that tells topics apart.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"septopics": [true]}))]
    topi: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            func: "rbe".into(),
            gap: String::new(),
            start: String::new(),
            inout: "out".into(),
            property: "payload".into(),
            septopics: true,
            topi: "topic".into(),
        }
    }
}

const HELP: &str = "\
Passes on a message only if its value has changed: at all, by so much (*deadband*), or not by too much (*narrowband*, \
which drops outliers).

**Takes** `msg.payload`, or another property: anything to look for any change, a number or a text that begins with one \
for the other modes. `msg.topic` tells values apart. `msg.reset` forgets the value of its topic, or all values when it \
has none.

**Example**: after a sensor that says the same every second, to hear of changes only.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "function", colour: "#e2d96e", icon: "filter", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let mut band = |passes: fn(f64, f64) -> bool, is_narrow: bool| {
        let is_share = config.gap.ends_with('%');
        let gap = match config.gap.as_str() {
            "" => 0.0,
            gap if is_share => js::parse_float(gap),
            gap => js::text_to_number(gap),
        };
        if gap.is_nan() {
            problems.add("gap", Text::key("rbe.gap"));
        }
        let start = match config.start.as_str() {
            start if is_narrow && !start.is_empty() => Some(js::text_to_number(start)),
            _ => None,
        };
        if start.is_some_and(f64::is_nan) {
            problems.add("start", Text::key("rbe.start"));
        }
        let follows_input = config.inout == "in";
        Mode::Band(Band { passes, is_narrow, gap, is_share, start, follows_input })
    };
    let mode = match config.func.as_str() {
        "" | "rbe" => Mode::Change { first_passes: true },
        "rbei" => Mode::Change { first_passes: false },
        "deadband" => band(|change, gap| change > gap, false),
        "deadbandEq" => band(|change, gap| change >= gap, false),
        "narrowband" => band(|change, gap| change <= gap, true),
        "narrowbandEq" => band(|change, gap| change < gap, true),
        mode => {
            problems.add("func", Text::key("rbe.mode").with("mode", mode));
            Mode::Change { first_passes: true }
        }
    };
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let property = problems.check("property", PropertyPath::parse_message(property));
    let topic = if config.topi.is_empty() { "topic" } else { &config.topi };
    let topic = problems.check("topi", PropertyPath::parse_message(topic));
    let (property, topic) = problems.settle(property.zip(topic))?;
    Built::function(Filter { mode, property, topic, by_topic: config.septopics, former: HashMap::new() })
}

struct Filter {
    mode: Mode,
    property: PropertyPath,
    topic: PropertyPath,
    by_topic: bool,
    /// By topic: the value to compare with.
    former: HashMap<EcoString, Value>,
}

enum Mode {
    Change { first_passes: bool },
    Band(Band),
}

/// The value may, or must, lie so far from the former one.
struct Band {
    /// Whether a change passes, given the gap.
    passes: fn(f64, f64) -> bool,
    is_narrow: bool,
    gap: f64,
    /// Whether the gap is hundredths of the former value.
    is_share: bool,
    start: Option<f64>,
    follows_input: bool,
}

/// The topic of messages without one.
const NO_TOPIC: &str = "_no_topic";

impl FunctionNode for Filter {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let topic = self.topic.get(message.properties()).filter(|topic| js::is_truthy(topic));
        if message.get("reset").is_some() {
            match topic.as_deref() {
                Some(Value::String(topic)) if self.by_topic => drop(self.former.remove(topic)),
                _ => self.former.clear(),
            }
        }
        let topic = topic.filter(|_| self.by_topic).map_or(NO_TOPIC.into(), |topic| js::to_text(&topic));
        let Some(value) = self.property.get(message.properties()).map(|value| value.into_owned()) else {
            return Ok(Progress::Done);
        };
        if value == Value::Undefined {
            return Ok(Progress::Done);
        }
        if self.former.len() >= TOPIC_LIMIT && !self.former.contains_key(&topic) {
            return Err(NodeError::key("rbe.too-many-topics").with("limit", TOPIC_LIMIT));
        }
        let passes = match &self.mode {
            Mode::Change { first_passes } => {
                let former = self.former.get(&topic);
                let passes = former.map_or(*first_passes, |former| !is_same(former, &value));
                if former.is_none_or(|former| !is_same(former, &value)) {
                    self.former.insert(topic, value);
                }
                passes
            }
            Mode::Band(band) => {
                let number = js::parse_float(&js::to_text(&value));
                if number.is_nan() {
                    out.log(Level::Warn, Text::key("rbe.warn.nonumber"));
                    return Ok(Progress::Done);
                }
                let former = self.former.get(&topic).and_then(Value::as_f64);
                let (passes, kept) = band.judge(former, number);
                self.former.insert(topic, kept.into());
                passes
            }
        };
        if passes {
            out.send(0, message.take());
        }
        Ok(Progress::Done)
    }
}

impl Band {
    /// Whether a number passes, and what the next is compared with.
    fn judge(&self, former: Option<f64>, number: f64) -> (bool, f64) {
        let former = former.or_else(|| self.is_narrow.then(|| self.start.unwrap_or(number)));
        let gap = if self.is_share { (former.unwrap_or(0.0) * self.gap / 100.0).abs() } else { self.gap };
        // The first value of a deadband is far enough from nothing.
        let former = former.unwrap_or(number - gap - 1.0);
        let passes = (self.passes)((number - former).abs(), gap);
        (passes, if passes || self.follows_input { number } else { former })
    }
}

fn is_same(former: &Value, value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            js::strict_equal(former, value)
        }
        _ => former == value,
    }
}
