//! One rule of a switch node, compiled.

use std::borrow::Cow;
use std::cmp::Ordering;

use ecow::EcoString;
use engine::js;
use engine::node::NodeHandle;
use engine::typed::{Expression, TypedValue, value_of};
use engine::{Message, NodeError, Value};
use model::text::Text;
use regex::Regex;
use serde_json::Value as Json;

use super::RuleConfig;
use crate::config::Problems;
use crate::regex::compile;

/// What the rules look at.
pub(super) struct Subject<'a> {
    pub value: &'a Value,
    pub message: &'a Message,
    pub node: &'a NodeHandle,
    /// The value of the message before.
    pub previous: &'a Value,
}

/// A rule, ready to be applied.
pub(super) struct Rule {
    test: Test,
    value: Operand,
    second: Operand,
}

enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    Contains,
    Matches { ignores_case: bool, compiled: Option<(EcoString, Regex)> },
    True,
    False,
    Null,
    NotNull,
    Empty,
    NotEmpty,
    HasKey,
    Type(EcoString),
    Head,
    Tail,
    Index,
    Expression(Expression),
    Otherwise,
}

enum Operand {
    Previous,
    Typed(TypedValue),
}

impl Rule {
    /// Compiles a rule; what is wrong with it is noted.
    pub(super) fn parse(rule: &RuleConfig, at: usize, problems: &mut Problems) -> Option<Self> {
        let path = |name: &str| format!("rules[{at}].{name}");
        let test = match rule.t.as_str() {
            "eq" => Test::Equal,
            "neq" => Test::NotEqual,
            "lt" => Test::Less,
            "lte" => Test::LessOrEqual,
            "gt" => Test::Greater,
            "gte" => Test::GreaterOrEqual,
            "btwn" => Test::Between,
            "cont" => Test::Contains,
            "regex" => Test::Matches { ignores_case: rule.case, compiled: None },
            "true" => Test::True,
            "false" => Test::False,
            "null" => Test::Null,
            "nnull" => Test::NotNull,
            "empty" => Test::Empty,
            "nempty" => Test::NotEmpty,
            "hask" => Test::HasKey,
            "istype" => Test::Type(type_name(rule)),
            "head" => Test::Head,
            "tail" => Test::Tail,
            "index" => Test::Index,
            "else" => Test::Otherwise,
            "jsonata_exp" => {
                let source = rule.v.as_ref().and_then(Json::as_str).unwrap_or_default();
                let expression = problems.check(path("v"), Expression::parse(source))?;
                return Some(Self {
                    test: Test::Expression(expression),
                    value: Operand::none(),
                    second: Operand::none(),
                });
            }
            _ => {
                problems.add(path("t"), Text::key("switch.rule").with("rule", &rule.t));
                return None;
            }
        };
        let (value, second) = if test.takes_values() {
            let value = problems.check(path("v"), Operand::parse(rule.v.as_ref(), &rule.vt));
            let second = match test {
                Test::Between | Test::Index => {
                    problems.check(path("v2"), Operand::parse(rule.v2.as_ref(), &rule.v2t))
                }
                _ => Some(Operand::none()),
            };
            (value?, second?)
        } else {
            (Operand::none(), Operand::none())
        };
        let mut parsed = Self { test, value, second };
        if let (Test::Matches { ignores_case, compiled }, Operand::Typed(TypedValue::Constant(pattern))) =
            (&mut parsed.test, &parsed.value)
        {
            let pattern = pattern_text(pattern);
            let regex = problems.check(path("v"), compile(&pattern, *ignores_case))?;
            *compiled = Some((pattern, regex));
        }
        Some(parsed)
    }

    pub(super) fn needs_count(&self) -> bool {
        matches!(self.test, Test::Tail)
    }

    pub(super) fn needs_previous(&self) -> bool {
        matches!(self.value, Operand::Previous) || matches!(self.second, Operand::Previous)
    }

    /// Whether the rule matches; `is_first` when none before it did.
    #[inline]
    pub(super) fn matches(&mut self, subject: &Subject<'_>, is_first: bool) -> Result<bool, NodeError> {
        let a = subject.value;
        let ordered = |wanted: fn(Ordering) -> bool, b: &Value| js::compare(a, b).is_some_and(wanted);
        Ok(match &mut self.test {
            Test::Equal => self.value.is(subject, |b| js::loose_equal(a, b))?,
            Test::NotEqual => !self.value.is(subject, |b| js::loose_equal(a, b))?,
            Test::Less => self.value.is(subject, |b| ordered(Ordering::is_lt, b))?,
            Test::LessOrEqual => self.value.is(subject, |b| ordered(Ordering::is_le, b))?,
            Test::Greater => self.value.is(subject, |b| ordered(Ordering::is_gt, b))?,
            Test::GreaterOrEqual => self.value.is(subject, |b| ordered(Ordering::is_ge, b))?,
            Test::Between => {
                let (b, c) = (self.value.get(subject)?, self.second.get(subject)?);
                (ordered(Ordering::is_ge, &b) && ordered(Ordering::is_le, &c))
                    || (ordered(Ordering::is_le, &b) && ordered(Ordering::is_ge, &c))
            }
            Test::Contains => js::to_text(a).contains(js::to_text(&*self.value.get(subject)?).as_str()),
            Test::Matches { ignores_case, compiled } => {
                if !matches!(self.value, Operand::Typed(TypedValue::Constant(_))) {
                    let pattern = pattern_text(&*self.value.get(subject)?);
                    if compiled.as_ref().is_none_or(|(former, _)| *former != pattern) {
                        let regex = compile(&pattern, *ignores_case)?;
                        *compiled = Some((pattern, regex));
                    }
                }
                compiled.as_ref().is_some_and(|(_, regex)| regex.is_match(&js::to_text(a)))
            }
            Test::True => matches!(a, Value::Bool(true)),
            Test::False => matches!(a, Value::Bool(false)),
            Test::Null => a.is_nullish(),
            Test::NotNull => !a.is_nullish(),
            Test::Empty => length(a) == Some(0),
            Test::NotEmpty => length(a).is_some_and(|length| length > 0),
            Test::HasKey => has_key(a, &*self.value.get(subject)?),
            Test::Type(name) => is_of_type(a, name),
            Test::Head => part(subject, "index")? < js::to_number(&*self.value.get(subject)?),
            Test::Tail => {
                let count = js::to_number(&*self.value.get(subject)?);
                part(subject, "count")? - count <= part(subject, "index")?
            }
            Test::Index => {
                let index = part(subject, "index")?;
                let (from, to) = (self.value.get(subject)?, self.second.get(subject)?);
                js::to_number(&from) <= index && index <= js::to_number(&to)
            }
            Test::Expression(expression) => is_true(expression, subject)?,
            Test::Otherwise => is_first,
        })
    }
}

impl Test {
    fn takes_values(&self) -> bool {
        !matches!(
            self,
            Self::True
                | Self::False
                | Self::Null
                | Self::NotNull
                | Self::Empty
                | Self::NotEmpty
                | Self::Type(_)
                | Self::Expression(_)
                | Self::Otherwise
        )
    }
}

impl Operand {
    fn none() -> Self {
        Self::Typed(TypedValue::Constant(Value::Undefined))
    }

    fn parse(value: Option<&Json>, type_name: &str) -> Result<Self, Text> {
        let Some(value) = value else { return Ok(Self::none()) };
        match type_name {
            "prev" => Ok(Self::Previous),
            // What reads as a number is one, without a type.
            "" => {
                let is_number = !js::to_number(&value_of(value)).is_nan();
                TypedValue::parse(value, if is_number { "num" } else { "str" }).map(Self::Typed)
            }
            _ => TypedValue::parse(value, type_name).map(Self::Typed),
        }
    }

    /// Whether the test holds of the value.
    #[inline]
    fn is(&self, subject: &Subject<'_>, test: impl Fn(&Value) -> bool) -> Result<bool, NodeError> {
        if let Self::Typed(value) = self
            && let Some(value) = value.peek(subject.message)
        {
            return Ok(test(value));
        }
        Ok(test(&*self.get(subject)?))
    }

    fn get<'a>(&'a self, subject: &Subject<'a>) -> Result<Cow<'a, Value>, NodeError> {
        match self {
            Self::Previous => Ok(Cow::Borrowed(subject.previous)),
            Self::Typed(value) => value.look(subject.node, subject.message),
        }
    }
}

/// The type that an `istype` rule names: flow files have it as the value's type, too.
fn type_name(rule: &RuleConfig) -> EcoString {
    match rule.vt.as_str() {
        "json" | "null" => rule.vt.as_str().into(),
        _ => rule.v.as_ref().and_then(Json::as_str).unwrap_or(&rule.vt).into(),
    }
}

fn pattern_text(value: &Value) -> EcoString {
    // `new RegExp(undefined)` matches everything.
    if matches!(value, Value::Undefined) { EcoString::new() } else { js::to_text(value) }
}

/// How much is in it; `None` for what has no length.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.len()),
        Value::Array(items) => Some(items.len()),
        Value::Buffer(bytes) => Some(bytes.len()),
        Value::Object(object) => Some(object.len()),
        Value::Date(_) | Value::Handle(_) => Some(0),
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// `value.hasOwnProperty(key)`.
fn has_key(value: &Value, key: &Value) -> bool {
    if js::type_of(key) == "object" {
        return false;
    }
    let key = js::to_text(key);
    let is_index = |length: usize| key.parse::<usize>().is_ok_and(|at| at < length && at.to_string() == key);
    match value {
        Value::Object(object) => object.contains_key(&key),
        Value::Array(items) => key == "length" || is_index(items.len()),
        Value::String(text) => key == "length" || is_index(text.encode_utf16().count()),
        Value::Buffer(bytes) => is_index(bytes.len()),
        _ => false,
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "array" => matches!(value, Value::Array(_)),
        "buffer" => matches!(value, Value::Buffer(_)),
        "null" => matches!(value, Value::Null),
        "number" => matches!(value, Value::Number(number) if !number.is_nan()),
        "json" => serde_json::from_str::<serde::de::IgnoredAny>(&js::to_text(value)).is_ok(),
        "object" => matches!(value, Value::Object(_) | Value::Date(_) | Value::Handle(_)),
        _ => js::type_of(value) == name,
    }
}

/// Whether an expression is true of the message; `$I` and `$N` are its place in its sequence and the number of
/// messages there.
fn is_true(expression: &Expression, subject: &Subject<'_>) -> Result<bool, NodeError> {
    let parts = subject.message.get("parts");
    let part = |name: &str| parts.and_then(|parts| parts.get(name)).cloned();
    let place = match (part("id"), part("index")) {
        (Some(_), Some(index)) => vec![("I", index), ("N", part("count").unwrap_or_default())],
        _ => Vec::new(),
    };
    let result = expression.evaluate_with(&subject.node.into(), subject.message.properties(), &place)?;
    Ok(matches!(result, Value::Bool(true)))
}

/// A number of `msg.parts`.
fn part(subject: &Subject<'_>, name: &str) -> Result<f64, NodeError> {
    let parts = subject.message.get("parts").filter(|parts| parts.as_object().is_some());
    let parts = parts.ok_or_else(|| NodeError::key("switch.no-parts"))?;
    Ok(parts.get(name).map_or(f64::NAN, js::to_number))
}
