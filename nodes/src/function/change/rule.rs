//! One rule of a change node, compiled.

use ecow::EcoString;
use engine::js;
use engine::node::{NodeHandle, Out};
use engine::observe::Level;
use engine::typed::TypedValue;
use engine::{Message, NodeError, Value};
use model::text::Text;
use regex::Regex;
use serde_json::Value as Json;

use super::RuleConfig;
use crate::config::Problems;
use crate::regex::{compile, literal, replace_all};

/// A rule, ready to be applied.
pub(super) enum Rule {
    Set {
        target: TypedValue,
        value: TypedValue,
    },
    /// In a box, being larger than the others.
    Replace(Box<Replacement>),
    Delete {
        target: TypedValue,
    },
    Move {
        source: TypedValue,
        target: TypedValue,
        order: MoveOrder,
    },
}

/// What is replaced, and by what.
pub(super) struct Replacement {
    target: TypedValue,
    from: From,
    to: TypedValue,
    makes_boolean: bool,
}

/// What happens first in a move: they differ when one property is inside the other.
pub(super) enum MoveOrder {
    /// The target is set, then the source is deleted, even where it is now part of the target.
    SetThenDelete,
    /// The source is deleted, then the target is set.
    DeleteThenSet,
}

/// What a replacement looks for.
pub(super) enum From {
    /// Always the same.
    Constant(Needle),
    /// A property or context value: looked up for each message.
    Looked(TypedValue),
}

/// What is looked for.
pub(super) struct Needle {
    value: NeedleValue,
    /// Finds it inside of a text; `None` where it cannot stand in one.
    pattern: Option<Regex>,
}

enum NeedleValue {
    Text(EcoString),
    Number(f64, EcoString),
    Bool(bool, EcoString),
    Expression,
}

impl Rule {
    /// Compiles a rule; what is wrong with it is noted.
    pub(super) fn parse(rule: &RuleConfig, at: usize, problems: &mut Problems) -> Option<Self> {
        let path = |name: &str| format!("rules[{at}].{name}");
        let target = problems.check(path("p"), TypedValue::parse_target(&rule.p, &rule.pt));
        match rule.t.as_str() {
            "delete" => Some(Self::Delete { target: target? }),
            "set" => {
                let value = problems.check(path("to"), to_value(rule));
                Some(Self::Set { target: target?, value: value? })
            }
            "change" => {
                let to = problems.check(path("to"), to_value(rule));
                let from = problems.check(path("from"), From::parse(rule));
                let makes_boolean = rule.tot == "bool";
                let replacement = Replacement { target: target?, from: from?, to: to?, makes_boolean };
                Some(Self::Replace(Box::new(replacement)))
            }
            "move" => {
                let to = rule.to.as_ref().and_then(Json::as_str).unwrap_or_default();
                let source = target;
                let target = problems.check(path("to"), TypedValue::parse_target(to, &rule.tot));
                let is_inside = rule.p.contains(to) && rule.p != to;
                let order = if rule.tot != rule.pt || is_inside {
                    MoveOrder::SetThenDelete
                } else {
                    MoveOrder::DeleteThenSet
                };
                Some(Self::Move { source: source?, target: target?, order })
            }
            _ => {
                problems.add(path("t"), Text::key("change.rule").with("rule", &rule.t));
                None
            }
        }
    }

    /// Applies the rule. An error means that the message goes no further.
    #[inline]
    pub(super) fn apply(&self, message: &mut Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        match self {
            // What is always the same cannot fail: it goes straight to its place.
            Self::Set { target, value: TypedValue::Constant(value) } => {
                set(target, message, value.clone(), out)
            }
            Self::Set { target, value } => {
                let Some(value) = evaluate(value, message, out.node())? else { return Ok(()) };
                set(target, message, value, out)
            }
            Self::Delete { target } => set(target, message, Value::Undefined, out),
            Self::Replace(replacement) => replacement.apply(message, out),
            Self::Move { source, target, order } => {
                let value = source.evaluate(out.node(), message);
                match order {
                    MoveOrder::SetThenDelete => {
                        if let Ok(value) = value {
                            set(target, message, value, out)?;
                        }
                        set(source, message, Value::Undefined, out)
                    }
                    MoveOrder::DeleteThenSet => {
                        set(source, message, Value::Undefined, out)?;
                        set(target, message, value.unwrap_or_default(), out)
                    }
                }
            }
        }
    }
}

impl Replacement {
    fn apply(&self, message: &mut Message, out: &mut Out<'_>) -> Result<(), NodeError> {
        let node = out.node().clone();
        let Some(to) = evaluate(&self.to, message, &node)? else { return Ok(()) };
        let Ok(current) = self.target.evaluate(&node, message) else { return Ok(()) };
        let looked;
        let needle = match &self.from {
            From::Constant(needle) => needle,
            From::Looked(from) => {
                let Some(value) = evaluate(from, message, &node)? else { return Ok(()) };
                looked = Needle::of(&value)?;
                &looked
            }
        };
        match needle.replace(&current, to, self.makes_boolean) {
            Some(replaced) => set(&self.target, message, replaced, out),
            None => Ok(()),
        }
    }
}

/// The value; `None` for a way that ends before its end, which leaves everything as it is. An end that is not
/// there is undefined. What is wrong with an expression stops the message.
#[inline]
fn evaluate(value: &TypedValue, message: &Message, node: &NodeHandle) -> Result<Option<Value>, NodeError> {
    match value.evaluate(node, message) {
        Ok(value) => Ok(Some(value)),
        Err(error) if value.is_expression() => Err(error),
        Err(_) => Ok(None),
    }
}

/// Sets the target. That a message cannot hold the property is a warning; a context store's error is one.
#[inline]
fn set(target: &TypedValue, message: &mut Message, value: Value, out: &mut Out<'_>) -> Result<(), NodeError> {
    match (target.set(out.node(), message, value), target) {
        (Ok(()), _) => Ok(()),
        (Err(error), TypedValue::Message(_)) => {
            let reason = out.node().registry.render(&error.text);
            out.log(Level::Warn, Text::key("change.not-set").with("reason", reason));
            Ok(())
        }
        (Err(error), _) => Err(error),
    }
}

/// The value of `to`; files of the first versions write `msg.x` without a type.
fn to_value(rule: &RuleConfig) -> Result<TypedValue, Text> {
    let empty = Json::from("");
    let to = rule.to.as_ref().unwrap_or(&empty);
    let is_property = rule.t == "set" && to.as_str().is_some_and(|to| to.starts_with("msg."));
    let type_name = match rule.tot.as_str() {
        "" if is_property => "msg",
        "" => "str",
        type_name => type_name,
    };
    TypedValue::parse(to, type_name)
}

impl From {
    fn parse(rule: &RuleConfig) -> Result<Self, Text> {
        let empty = Json::from("");
        let from = rule.from.as_ref().unwrap_or(&empty);
        let type_name = if rule.re == Some(true) { "re" } else { rule.fromt.as_str() };
        let text = || js::to_text(&engine::typed::value_of(from));
        Ok(match type_name {
            "msg" | "flow" | "global" | "env" | "jsonata" => {
                Self::Looked(TypedValue::parse(from, type_name)?)
            }
            "re" => Self::Constant(Needle {
                value: NeedleValue::Expression,
                pattern: Some(compile(&text(), false)?),
            }),
            "num" => Self::Constant(Needle {
                value: NeedleValue::Number(js::text_to_number(&text()), text()),
                pattern: Some(literal(&text())?),
            }),
            "bool" => Self::Constant(Needle {
                value: NeedleValue::Bool(text() == "true", text()),
                pattern: Some(literal(&text())?),
            }),
            "str" | "" => {
                Self::Constant(Needle { value: NeedleValue::Text(text()), pattern: Some(literal(&text())?) })
            }
            other => return Err(Text::key("change.from").with("type", other)),
        })
    }
}

impl Needle {
    fn of(value: &Value) -> Result<Self, NodeError> {
        Ok(match value {
            Value::String(text) => {
                Self { value: NeedleValue::Text(text.clone()), pattern: Some(literal(text)?) }
            }
            Value::Number(number) => {
                Self { value: NeedleValue::Number(*number, js::number_to_text(*number)), pattern: None }
            }
            Value::Bool(bool) => Self { value: NeedleValue::Bool(*bool, js::to_text(value)), pattern: None },
            _ => return Err(NodeError::key("change.from").with("type", js::type_of(value))),
        })
    }

    /// What `current` becomes; `None` where it stays.
    fn replace(&self, current: &Value, to: Value, makes_boolean: bool) -> Option<Value> {
        match (current, &self.value) {
            // The whole text: it takes the value as it is, whatever its type.
            (
                Value::String(current),
                NeedleValue::Text(text) | NeedleValue::Number(_, text) | NeedleValue::Bool(_, text),
            ) if current == text => Some(to),
            (Value::String(current), _) => {
                let replacement = js::to_text(&to);
                let replaced = replace_all(self.pattern.as_ref()?, current, &replacement);
                if makes_boolean && replaced == replacement { Some(to) } else { Some(replaced.into()) }
            }
            (Value::Number(current), NeedleValue::Number(number, _)) if current == number => Some(to),
            (Value::Bool(current), NeedleValue::Bool(bool, _)) if current == bool => Some(to),
            _ => None,
        }
    }
}
