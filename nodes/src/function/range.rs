//! `range`: maps a number from one range to another.

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

use crate::config::{Problems, flag, number_or_text};

/// The node type.
pub const NODE: NodeType = NodeType { name: "range", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("range.label", "range"),
    ("range.bound", "a number is needed here"),
    ("range.action", "{action} is not an action; choose scale, clamp, roll or drop"),
    ("range.errors.notnumber", "{value} is not a number; the message was dropped"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # From the lowest
    #[serde(deserialize_with = "number_or_text")]
    minin: Option<f64>,
    /// # To the highest
    #[serde(deserialize_with = "number_or_text")]
    maxin: Option<f64>,
    /// # Becomes the lowest
    #[serde(deserialize_with = "number_or_text")]
    minout: Option<f64>,
    /// # Becomes the highest
    #[serde(deserialize_with = "number_or_text")]
    maxout: Option<f64>,
    /// # Outside of the range
    #[schemars(extend("x-widget" = "choice", "enum" = ["scale", "clamp", "roll", "drop"],
        "x-enum-titles" = ["Scale on", "Take the nearest end", "Start again at the other end", "Drop the message"]))]
    action: String,
    /// # Round to whole numbers
    #[serde(deserialize_with = "flag")]
    round: bool,
    /// # Property
    /// Of the message, such as `payload`.
    #[schemars(extend("x-widget" = "typed", "x-types" = ["msg"], "x-reads" = true))]
    property: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            minin: None,
            maxin: None,
            minout: None,
            maxout: None,
            action: "scale".into(),
            round: false,
            property: "payload".into(),
        }
    }
}

const HELP: &str = "\
Maps a number from one range to another, such as 0 to 1023 of a sensor to 0 to 100.

**Takes** `msg.payload`, or another property: a number, or what can be read as one. **Sends** the message with the \
mapped number.

Outside of the range the number is scaled on, held at the nearest end, rolled over, or the message is dropped. What is \
no number is logged and dropped; a message without the property is passed on.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#e2d96e".into(),
        icon: "ruler".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("range.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let mut bound = |path: &str, value: Option<f64>| match value {
        Some(number) if !number.is_nan() => number,
        _ => {
            problems.add(path, Text::key("range.bound"));
            0.0
        }
    };
    let (mut low_in, mut high_in) = (bound("minin", config.minin), bound("maxin", config.maxin));
    let (mut low_out, mut high_out) = (bound("minout", config.minout), bound("maxout", config.maxout));
    if low_in > high_in {
        (low_in, high_in, low_out, high_out) = (high_in, low_in, high_out, low_out);
    }
    if config.round {
        (low_out, high_out) = (low_out.ceil(), high_out.floor());
    }
    let action = match config.action.as_str() {
        "scale" | "" => Action::Scale,
        "clamp" => Action::Clamp,
        "roll" => Action::Roll,
        "drop" => Action::Drop,
        _ => {
            problems.add("action", Text::key("range.action").with("action", &config.action));
            Action::Scale
        }
    };
    let property = if config.property.is_empty() { "payload" } else { &config.property };
    let path = problems.check("property", PropertyPath::parse_message(property));
    let path = problems.settle(path)?;
    Built::function(Range { path, low_in, high_in, low_out, high_out, action, rounds: config.round })
}

enum Action {
    Scale,
    Clamp,
    Roll,
    Drop,
}

struct Range {
    path: PropertyPath,
    low_in: f64,
    high_in: f64,
    low_out: f64,
    high_out: f64,
    action: Action,
    rounds: bool,
}

impl FunctionNode for Range {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let read;
        let value = match self.path.peek(message.properties()) {
            Some(value) => value,
            None => {
                read = self.path.read(message.properties())?;
                &*read
            }
        };
        if !matches!(value, Value::Undefined) {
            let number = js::to_number(value);
            if number.is_nan() {
                let text = Text::key("range.errors.notnumber").with("value", js::to_text(value));
                out.log(Level::Info, text);
                return Ok(Progress::Done);
            }
            let Some(mapped) = self.map(number) else { return Ok(Progress::Done) };
            self.path.set(message.properties_mut(), Value::Number(mapped))?;
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

impl Range {
    /// The number's place in the other range; `None` when the message is to be dropped. An input range of no
    /// width gives NaN or an infinity, as a division by zero does.
    fn map(&self, number: f64) -> Option<f64> {
        let width = self.high_in - self.low_in;
        let number = match self.action {
            Action::Drop if number < self.low_in || number > self.high_in => return None,
            // Not f64::clamp, which panics when the bounds are no numbers.
            Action::Clamp if number < self.low_in => self.low_in,
            Action::Clamp if number > self.high_in => self.high_in,
            Action::Roll => ((number - self.low_in) % width + width) % width + self.low_in,
            _ => number,
        };
        let mapped = (number - self.low_in) / width * (self.high_out - self.low_out) + self.low_out;
        Some(if self.rounds { js::round(mapped) } else { mapped })
    }
}
