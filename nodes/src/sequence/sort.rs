//! `sort`: puts an array, or the messages of a sequence, in order.

use std::any::Any;
use std::cmp::Ordering;

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, Handover, Out, Progress};
use engine::registry::NodeType;
use engine::typed::{Expression, TypedValue};
use engine::{Message, NodeError, Value};
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{Problems, flag, text};
use crate::face::Face;
use crate::sequences::{self, Sequences, TOO_MANY, set_part};

/// The node type.
pub const NODE: NodeType = NodeType { name: "sort", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("sort.too-many", TOO_MANY),
    ("sort.invalid-exp", "what to sort by is not known: {reason}"),
    ("sort.label", "sort"),
    ("sort.order", "{order} is not an order; choose ascending or descending"),
    ("sort.target", "{target} cannot be sorted; choose msg or seq"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Sort
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["msg", "seq"],
        "x-enum-titles" = ["An array in a property", "The messages of a sequence"]))]
    target_type: String,
    /// # Property
    /// Of the message, with the array.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"targetType": ["msg"]}))]
    target: String,
    /// # By
    /// The elements themselves, or what an expression makes of each.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "msgKeyType", "x-types" = [{"type": "elem", "title": "the element itself", "value": ""}, "jsonata"],
        "x-show-if" = {"targetType": ["msg"]}))]
    msg_key: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    msg_key_type: String,
    /// # By
    /// A property of each message, or an expression.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "seqKeyType", "x-types" = ["msg", "jsonata"],
        "x-show-if" = {"targetType": ["seq"]}))]
    seq_key: String,
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    seq_key_type: String,
    /// # Order
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["ascending", "descending"],
        "x-enum-titles" = ["Ascending", "Descending"]))]
    order: String,
    /// # As numbers
    /// `\"10\"` after `\"9\"`.
    #[serde(rename = "as_num", deserialize_with = "flag")]
    as_numbers: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            target_type: "seq".into(),
            target: "payload".into(),
            msg_key: "payload".into(),
            msg_key_type: "elem".into(),
            seq_key: "payload".into(),
            seq_key_type: "msg".into(),
            order: "ascending".into(),
            as_numbers: false,
        }
    }
}

const HELP: &str = "\
Puts in order the elements of an array, or the messages of a sequence.

Texts are ordered by their characters, numbers by size; choose *as numbers* for texts that are numbers. What is equal \
keeps its order.

**Takes** an array in `msg.payload`, or another property; what is no array is dropped. Or the messages of a sequence \
(`msg.parts`), which are held until it is complete: 100,000 at most; beyond that the oldest sequence is given up, with errors that can be caught. \
**Sends** the message with the array in order, or the messages in order with a new `msg.parts.index`.

**Example**: split an array, do something with each element, sort by `payload.name`, join.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "sequence", colour: "#e2d96e", icon: "arrow-up-down", help: HELP }
        .node::<Config>()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let is_ascending = match config.order.as_str() {
        "" | "ascending" => true,
        "descending" => false,
        order => {
            problems.add("order", Text::key("sort.order").with("order", order));
            true
        }
    };
    let or_payload = |path: &str| if path.is_empty() { "payload".to_owned() } else { path.to_owned() };
    let subject = match config.target_type.as_str() {
        "msg" => {
            let path = problems.check("target", PropertyPath::parse_message(&or_payload(&config.target)));
            let key = match config.msg_key_type.as_str() {
                "jsonata" => problems.check("msgKey", Expression::parse(&config.msg_key)).map(Some),
                _ => Some(None),
            };
            path.zip(key).map(|(path, key)| Subject::Elements { path, key })
        }
        "seq" | "" => {
            let key = or_payload(&config.seq_key).into();
            let kind = if config.seq_key_type == "jsonata" { "jsonata" } else { "msg" };
            problems.check("seqKey", TypedValue::parse(&key, kind)).map(Subject::Messages)
        }
        target => {
            problems.add("targetType", Text::key("sort.target").with("target", target));
            None
        }
    };
    let subject = problems.settle(subject)?;
    let rule = Rule { is_ascending, as_numbers: config.as_numbers };
    Built::function(Sort { subject, rule, sequences: Sequences::default() })
}

struct Sort {
    subject: Subject,
    rule: Rule,
    sequences: Sequences,
}

enum Subject {
    /// An array; the key of each element, where it is not the element itself.
    Elements { path: PropertyPath, key: Option<Expression> },
    /// Messages, by this key.
    Messages(TypedValue),
}

struct Rule {
    is_ascending: bool,
    as_numbers: bool,
}

impl FunctionNode for Sort {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        match &self.subject {
            Subject::Elements { path, key } => {
                let items = match &*path.read(message.properties())? {
                    Value::Array(items) => items.to_vec(),
                    _ => return Ok(Progress::Done),
                };
                let keyed = items.into_iter().map(|item| {
                    let found = match key {
                        Some(key) => key.evaluate_value(out.node(), &item).map_err(|error| {
                            let reason = out.node().registry.render(&error.text);
                            NodeError::key("sort.invalid-exp").with("reason", reason)
                        })?,
                        None => item.clone(),
                    };
                    Ok((found, item))
                });
                let sorted = self.rule.sort(keyed.collect::<Result<_, NodeError>>()?);
                path.set(message.properties_mut(), sorted.into_iter().collect())?;
                out.send(0, message.take());
                Ok(Progress::Done)
            }
            Subject::Messages(key) => {
                if !sequences::is_part(message) {
                    return Ok(Progress::Done);
                }
                let Some(complete) = self.sequences.add(message, "sort.too-many", out) else {
                    return Ok(Progress::Pending);
                };
                let mut keyed = Vec::with_capacity(complete.len());
                for message in complete {
                    match key.evaluate(out.node(), &message) {
                        Ok(key) => keyed.push((key, message)),
                        Err(error) => {
                            let reason = out.node().registry.render(&error.text);
                            let error = NodeError::key("sort.invalid-exp").with("reason", reason);
                            out.error(error, Some(message));
                        }
                    }
                }
                for (index, mut message) in self.rule.sort(keyed).into_iter().enumerate() {
                    set_part(&mut message, "index", index.into());
                    out.send(0, message.clone());
                    out.done(message);
                }
                Ok(Progress::Pending)
            }
        }
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

impl Rule {
    fn sort<T>(&self, mut keyed: Vec<(Value, T)>) -> Vec<T> {
        if self.as_numbers {
            for (key, _) in &mut keyed {
                *key = js::to_number(key).into();
            }
        }
        merge_sort(keyed, &|a, b| self.is_before(a, b)).into_iter().map(|(_, item)| item).collect()
    }

    /// Whether `b` belongs before `a`, which stands before it. What cannot be compared stays where it is when
    /// the order ascends.
    fn is_before(&self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            // As in JavaScript's sort, undefined comes last in any order.
            (Value::Undefined, _) => !matches!(b, Value::Undefined),
            (_, Value::Undefined) => false,
            _ if js::strict_equal(a, b) => false,
            _ => (js::compare(a, b) == Some(Ordering::Greater)) == self.is_ascending,
        }
    }
}

/// A stable sort that ends whatever the rule says: values of different types have no consistent order, and the
/// standard library may panic on such.
fn merge_sort<T>(mut items: Vec<(Value, T)>, swaps: &impl Fn(&Value, &Value) -> bool) -> Vec<(Value, T)> {
    if items.len() < 2 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let mut sorted = Vec::with_capacity(items.len() + right.len());
    let mut left = merge_sort(items, swaps).into_iter().peekable();
    let mut right = merge_sort(right, swaps).into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if swaps(&a.0, &b.0) { right.next() } else { left.next() };
        sorted.extend(next);
    }
    sorted.extend(left);
    sorted.extend(right);
    sorted
}
