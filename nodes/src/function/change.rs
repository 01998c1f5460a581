//! `change`: sets, replaces, deletes and moves properties of messages and context values.

use engine::node::{BuildContext, BuildError, Built, FunctionNode, Out, Progress};
use engine::registry::NodeType;
use engine::{Message, NodeError};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::config::{Problems, flag, text};

mod rule;

use rule::Rule;

/// The node type.
pub const NODE: NodeType = NodeType { name: "change", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    crate::regex::INVALID,
    crate::regex::NOTHING_TO_REPEAT,
    crate::regex::BACKSLASH,
    crate::regex::LOOK_AROUND,
    crate::regex::BACK_REFERENCE,
    ("change.label", "change"),
    ("change.rule", "{rule} is not a rule; choose set, change, delete or move"),
    ("change.not-set", "the property could not be set, so it was left as it is: {reason}"),
    (
        "change.from",
        "a value of type {type} cannot be searched for; use a text, number, boolean or expression",
    ),
];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Rules
    /// Applied one after another.
    #[schemars(extend("x-widget" = "rows",
        "default" = [{"t": "set", "p": "payload", "pt": "msg", "to": "", "tot": "str"}]))]
    rules: Option<Vec<RuleConfig>>,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    action: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    property: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    from: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    to: String,
    #[schemars(extend("x-widget" = "hidden"))]
    reg: Option<bool>,
}

/// One rule.
#[derive(Deserialize, JsonSchema, Clone, Default)]
#[serde(default)]
#[schemars(inline, extend("default" = {"t": "set", "p": "payload", "pt": "msg", "to": "", "tot": "str"}))]
struct RuleConfig {
    /// # Rule
    #[schemars(extend("x-widget" = "choice", "enum" = ["set", "change", "delete", "move"],
        "x-enum-titles" = ["Set", "Replace in", "Delete", "Move"]))]
    t: String,
    /// # Property
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "pt", "x-types" = ["msg", "flow", "global"],
        "x-reads" = {"t": ["change", "move"]}))]
    p: String,
    #[schemars(extend("x-widget" = "hidden"))]
    pt: String,
    /// # Search for
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "fromt",
        "x-types" = ["msg", "flow", "global", "str", "re", "num", "bool", "env"], "x-reads" = true,
        "x-show-if" = {"t": ["change"]}))]
    from: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    fromt: String,
    /// # To
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "tot",
        "x-types" = ["msg", "flow", "global", "str", "num", "bool", "json", "bin", "date", "jsonata", "env"],
        "x-reads" = {"t": ["set", "change"]}, "x-show-if" = {"t": ["set", "change", "move"]}))]
    to: Option<Json>,
    #[schemars(extend("x-widget" = "hidden"))]
    tot: String,
    /// # Deep copy
    /// Has no effect: values are never shared between properties here.
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-widget" = "hidden"))]
    dc: bool,
    /// Whether `from` is a regular expression, in files of the first Node-RED versions.
    #[schemars(extend("x-widget" = "hidden"))]
    re: Option<bool>,
}

impl Default for Config {
    fn default() -> Self {
        let set = RuleConfig {
            t: "set".into(),
            p: "payload".into(),
            pt: "msg".into(),
            to: Some("".into()),
            tot: "str".into(),
            ..RuleConfig::default()
        };
        Self {
            rules: Some(vec![set]),
            action: String::new(),
            property: String::new(),
            from: String::new(),
            to: String::new(),
            reg: None,
        }
    }
}

const HELP: &str = "\
Changes the message, or flow and global context values, by rules that are applied one after another:

- **Set** a property to a value: text, number, JSON, another property, the time, an environment variable. A property \
that does not exist sets nothing: the target is deleted then.
- **Replace** in a text: every place where the text or regular expression is found. A number or boolean is replaced \
when it is equal. Regular expressions are JavaScript's, without looking ahead or behind and back references; `$1` and \
`$&` work in the replacement.
- **Delete** a property.
- **Move** a property to another name or place.

Missing objects are made on the way; arrays grow as needed.

**Example**: set `msg.payload` to `msg.payload.temperature`.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Node,
        category: "function".into(),
        colour: "#e2d96e".into(),
        icon: "shuffle".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("change.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let has_rules = context.properties.is_set("rules");
    let rules = if has_rules { config.rules.unwrap_or_default() } else { vec![legacy_rule(&config)] };
    let mut problems = Problems::default();
    let rules: Vec<_> =
        rules.iter().enumerate().filter_map(|(at, rule)| Rule::parse(rule, at, &mut problems)).collect();
    problems.finish()?;
    Built::function(Change { rules: rules.into() })
}

/// The one rule of a node without a list of rules.
fn legacy_rule(config: &Config) -> RuleConfig {
    RuleConfig {
        t: if config.action == "replace" { "set".into() } else { config.action.clone() },
        p: config.property.clone(),
        from: Some(config.from.as_str().into()),
        to: Some(config.to.as_str().into()),
        re: Some(config.reg.unwrap_or(true)).filter(|_| config.action == "change"),
        ..RuleConfig::default()
    }
}

struct Change {
    /// No more places than rules: flows have many of these nodes, most of them with one rule.
    rules: Box<[Rule]>,
}

impl FunctionNode for Change {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        for rule in &self.rules {
            rule.apply(message, out)?;
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}
