//! `switch`: sends messages different ways, by rules.

use std::any::Any;

use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::registry::NodeType;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::config::{Problems, flag, text};
use crate::sequences::{self, Sequences};

mod rule;
mod sequence;

use rule::{Rule, Subject};

/// The node type.
pub const NODE: NodeType = NodeType { name: "switch", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("switch.errors.too-many", sequences::TOO_MANY),
    crate::regex::INVALID,
    crate::regex::NOTHING_TO_REPEAT,
    crate::regex::BACKSLASH,
    crate::regex::LOOK_AROUND,
    crate::regex::BACK_REFERENCE,
    ("switch.label", "switch"),
    ("switch.rule", "{rule} is not a rule of this node"),
    (
        "switch.no-parts",
        "a rule asks for the message's place in its sequence, but msg.parts does not tell it; put a split node before this one",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Property
    /// What the rules look at.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "propertyType",
        "x-types" = ["msg", "flow", "global", "jsonata", "env"],
        "x-reads" = {"rules[].t": ["eq", "neq", "lt", "lte", "gt", "gte", "btwn", "cont", "regex", "true", "false", "head",
            "index", "tail", "else"]}))]
    property: String,
    #[serde(rename = "propertyType", deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    property_type: String,
    /// # Rules
    /// Each has an output of its own.
    #[schemars(extend("x-widget" = "rows", "default" = [{"t": "eq", "v": "", "vt": "str"}]))]
    rules: Vec<RuleConfig>,
    /// # Rules that apply
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["true", "false"],
        "x-enum-titles" = ["All that match", "The first that matches"]))]
    checkall: String,
    /// # Make new sequences
    /// Messages of a sequence are held until it is complete; what goes out of each output is a sequence of its own.
    #[serde(deserialize_with = "flag")]
    repair: bool,
}

/// One rule.
#[derive(Deserialize, JsonSchema, Clone, Default)]
#[serde(default)]
#[schemars(inline, extend("default" = {"t": "eq", "v": "", "vt": "str"}))]
struct RuleConfig {
    /// # Rule
    #[schemars(extend("x-widget" = "choice",
        "enum" = ["eq", "neq", "lt", "lte", "gt", "gte", "hask", "btwn", "cont", "regex", "true", "false", "null",
            "nnull", "istype", "empty", "nempty", "head", "index", "tail", "jsonata_exp", "else"],
        "x-enum-titles" = ["==", "!=", "<", "<=", ">", ">=", "has key", "is between", "contains", "matches regex",
            "is true", "is false", "is null", "is not null", "is of type", "is empty", "is not empty", "head",
            "index between", "tail", "JSONata expression", "otherwise"]))]
    #[serde(deserialize_with = "text")]
    t: String,
    /// # Value
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "vt",
        "x-types" = ["msg", "flow", "global", "str", "num", "jsonata", "env", "prev"], "x-reads" = true,
        "x-show-if" = {"t": ["eq", "neq", "lt", "lte", "gt", "gte", "hask", "btwn", "cont", "regex", "istype", "head",
            "index", "tail", "jsonata_exp"]}))]
    v: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    vt: String,
    /// # And
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "v2t",
        "x-types" = ["msg", "flow", "global", "str", "num", "jsonata", "env", "prev"], "x-reads" = true,
        "x-show-if" = {"t": ["btwn", "index"]}))]
    v2: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    v2t: String,
    /// # Ignore case
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"t": ["regex"]}))]
    case: bool,
}

impl Default for Config {
    fn default() -> Self {
        let equal =
            RuleConfig { t: "eq".into(), v: Some("".into()), vt: "str".into(), ..RuleConfig::default() };
        Self {
            property: "payload".into(),
            property_type: "msg".into(),
            rules: vec![equal],
            checkall: "true".into(),
            repair: false,
        }
    }
}

const HELP: &str = "\
Sends a message out of the outputs whose rules match: all of them, or the first only.

Values are compared as in JavaScript: `\"10\" == 10` is true, and texts are ordered by their characters. *Otherwise* \
matches when no rule before it did. *Head*, *tail* and *index between* look at the message's place in its sequence \
(`msg.parts`). *Previous value* is what the property was in the message before. Regular expressions are JavaScript's, \
without looking ahead or behind and back references. A *JSONata expression* matches when it is `true`; in it `$I` is the \
message's place in its sequence and `$N` the length of that.

With *make new sequences*, and for *tail*, messages of a sequence are held until it is complete: \
100,000 at most; beyond that the oldest sequence is given up, with errors that can be caught.

**Example**: `msg.payload.temperature` `>` 30 to the first output, *otherwise* to the second.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#e2d96e".into(),
        icon: "split".into(),
        inputs: 1,
        outputs: Outputs::Property { property: "rules".into(), default: 1 },
        label: Label { properties: vec!["name".into()], fallback: Text::key("switch.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let property_type = if config.property_type.is_empty() { "msg" } else { &config.property_type };
    let property =
        problems.check("property", TypedValue::parse(&config.property.as_str().into(), property_type));
    let rules: Vec<_> = config
        .rules
        .iter()
        .enumerate()
        .filter_map(|(at, rule)| Rule::parse(rule, at, &mut problems))
        .collect();
    let property = problems.settle(property)?;
    Built::function(Switch {
        property,
        needs_sequence: config.repair || rules.iter().any(Rule::needs_count),
        needs_previous: rules.iter().any(Rule::needs_previous),
        rules: rules.into(),
        checks_all: config.checkall != "false",
        makes_sequences: config.repair,
        previous: Value::Null,
        matched: Vec::new(),
        sequences: Sequences::default(),
    })
}

struct Switch {
    property: TypedValue,
    /// No more places than rules: flows have many of these nodes.
    rules: Box<[Rule]>,
    checks_all: bool,
    makes_sequences: bool,
    /// Whether whole sequences must be seen before their messages are looked at.
    needs_sequence: bool,
    needs_previous: bool,
    previous: Value,
    /// The outputs for the message at hand; kept to be used again.
    matched: Vec<usize>,
    sequences: Sequences,
}

impl FunctionNode for Switch {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if self.needs_sequence && sequences::is_part(message) {
            if let Some(complete) = self.sequences.add(message, "switch.errors.too-many", out) {
                self.send_sequence(complete, out);
            }
            return Ok(Progress::Pending);
        }
        self.decide(message, out)?;
        if let Some((last, others)) = self.matched.split_last() {
            for port in others {
                out.send(*port, message.clone());
            }
            out.send(*last, message.take());
        }
        Ok(Progress::Done)
    }

    fn kept(&self) -> usize {
        self.sequences.count()
    }

    fn park(&mut self) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(std::mem::take(&mut self.sequences)))
    }

    fn resume(&mut self, parked: Handover, _out: &mut Out<'_>) {
        if let Some(sequences) = parked.take() {
            self.sequences = sequences;
        }
    }
}

impl Switch {
    /// Finds the outputs that a message goes to.
    #[inline]
    fn decide(&mut self, message: &Message, out: &Out<'_>) -> Result<(), NodeError> {
        self.matched.clear();
        let looked;
        let value = match self.property.peek(message) {
            Some(value) => value,
            None => {
                looked = self.property.look(out.node(), message)?;
                &*looked
            }
        };
        let subject = Subject { value, message, node: out.node(), previous: &self.previous };
        for (port, rule) in self.rules.iter_mut().enumerate() {
            if rule.matches(&subject, self.matched.is_empty())? {
                self.matched.push(port);
                if !self.checks_all {
                    break;
                }
            }
        }
        if self.needs_previous {
            self.previous = value.clone();
        }
        Ok(())
    }

    /// Sends the messages of a complete sequence where they belong.
    fn send_sequence(&mut self, messages: Vec<Message>, out: &mut Out<'_>) {
        let mut decided = Vec::with_capacity(messages.len());
        for message in messages {
            match self.decide(&message, out) {
                Ok(()) => decided.push((message, self.matched.clone())),
                Err(error) => out.error(error, Some(message)),
            }
        }
        let sequences = self.makes_sequences.then(|| sequence::renumber(self.rules.len(), &decided));
        for (at, (message, ports)) in decided.into_iter().enumerate() {
            for port in ports {
                let mut sent = message.clone();
                if let Some(sequences) = &sequences {
                    sequences[port].write(at, &mut sent);
                }
                out.send(port, sent);
            }
            out.done(message);
        }
    }
}
