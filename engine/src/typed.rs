//! Typed values: what a flow file writes as a value with a type beside it (`"to": "1", "tot": "num"`).
//!
//! Parsed once when a node is built, evaluated for each message; the rules are those of Node-RED's
//! `evaluateNodeProperty`.

use std::borrow::Cow;

use ecow::EcoString;
use model::text::{Catalogue, Text};
use serde_json::Value as Json;

use crate::context::{ContextKey, Scope};
use crate::env::Env;
use crate::error::NodeError;
use crate::js;
use crate::js::path::PropertyPath;
use crate::message::Message;
use crate::node::{NodeHandle, NodeInfo};
use crate::value::Value;

mod expression;

pub use expression::{Expression, Surroundings};

/// The texts of this module.
pub const TEXTS: Catalogue = &[
    ("typed.unknown", "the type {type} is not known here"),
    ("typed.json", "this is not JSON: {reason}"),
    ("typed.buffer", "a buffer is written as a JSON array of bytes, such as [72, 105], or as a JSON text"),
    ("typed.regex", "this is not a regular expression: {reason}"),
    ("typed.jsonata", "this is not a JSONata expression: {reason} (character {position})"),
    ("typed.jsonata.failed", "the JSONata expression failed: {reason}"),
    (
        "typed.jsonata.time",
        "the JSONata expression was stopped after {milliseconds} ms; use a function node for what takes longer",
    ),
    ("typed.not-a-target", "a value of type {type} cannot be set; choose msg, flow or global"),
];

/// A value with its type, ready to be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum TypedValue {
    /// Always the same.
    Constant(Value),
    /// A property of the message.
    Message(PropertyPath),
    /// A value of the flow's, everybody's or the node's context. In a box, so that the others are no larger for it.
    Context(Scope, Box<ContextKey>),
    /// An environment variable, or a text with `${NAME}` in it.
    Env(EcoString),
    /// The time of evaluation.
    Now(DateForm),
    /// What a JSONata expression makes of the message.
    Expression(Expression),
}

/// How the time of evaluation is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateForm {
    /// Milliseconds since 1970.
    Milliseconds,
    /// ISO 8601 text.
    Iso,
    /// A date.
    Date,
    /// Text of a format as the Moment.js library has them, in the machine's time zone.
    Format(EcoString),
}

impl TypedValue {
    /// Parses the value of a property and of the property for its type. A type that is missing (`""`) takes the
    /// value as it is.
    ///
    /// # Errors
    /// What does not fit, to be shown at the property.
    pub fn parse(value: &Json, type_name: &str) -> Result<Self, Text> {
        let constant = |value: Value| Ok(Self::Constant(value));
        let context = |scope| Ok(Self::Context(scope, Box::new(ContextKey::parse(&text_of(value))?)));
        match type_name {
            "" => constant(value_of(value)),
            "str" | "re" => constant(js::to_text(&value_of(value)).into()),
            "num" => constant(js::to_number(&value_of(value)).into()),
            "bool" => constant(js::to_text(&value_of(value)).eq_ignore_ascii_case("true").into()),
            "json" => constant(parse_json(value)?),
            "bin" => constant(to_buffer(&parse_json(value)?)?),
            "date" => Ok(Self::Now(match text_of(value).as_str() {
                "" => DateForm::Milliseconds,
                "iso" => DateForm::Iso,
                "object" => DateForm::Date,
                format => DateForm::Format(format.into()),
            })),
            "msg" => Ok(Self::Message(PropertyPath::parse_message(&text_of(value))?)),
            "flow" => context(Scope::Flow),
            "global" => context(Scope::Global),
            "node" => context(Scope::Node),
            "env" => Ok(Self::Env(text_of(value))),
            "jsonata" => Expression::parse(&text_of(value)).map(Self::Expression),
            _ => Err(Text::key("typed.unknown").with("type", type_name)),
        }
    }

    /// As [`TypedValue::parse`] for a value that can be set: `msg` (also for no type), `flow`, `global`.
    ///
    /// # Errors
    /// As [`TypedValue::parse`], and for the other types.
    pub fn parse_target(value: &str, type_name: &str) -> Result<Self, Text> {
        match type_name {
            "msg" | "" => Self::parse(&value.into(), "msg"),
            "flow" | "global" | "node" => Self::parse(&value.into(), type_name),
            _ => Err(Text::key("typed.not-a-target").with("type", type_name)),
        }
    }

    /// The value, where it is there to be seen: it is always the same, or stands at the end of a plain way into the
    /// message. `None` says nothing: [`TypedValue::read`] knows.
    #[inline]
    pub fn peek<'a>(&'a self, message: &'a Message) -> Option<&'a Value> {
        match self {
            Self::Constant(value) => Some(value),
            Self::Message(path) => path.peek(message.properties()),
            Self::Context(..) | Self::Env(_) | Self::Now(_) | Self::Expression(_) => None,
        }
    }

    /// The value for this message.
    ///
    /// # Errors
    /// When a property path leads through undefined or null, as in JavaScript, or an expression fails.
    pub fn evaluate(&self, node: &NodeHandle, message: &Message) -> Result<Value, NodeError> {
        self.read(node, message).map(Cow::into_owned)
    }

    /// As [`TypedValue::evaluate`], without a clone where that can be.
    ///
    /// # Errors
    /// As [`TypedValue::evaluate`].
    #[inline]
    pub fn read<'a>(&'a self, node: &NodeHandle, message: &'a Message) -> Result<Cow<'a, Value>, NodeError> {
        match self {
            Self::Constant(value) => Ok(Cow::Borrowed(value)),
            Self::Message(path) => path.read(message.properties()),
            Self::Context(scope, key) => {
                let resolved = key.resolve(message.properties())?;
                Ok(Cow::Owned(node.contexts.get(*scope, &node.info, resolved.as_ref().unwrap_or(key))))
            }
            Self::Env(text) => Ok(Cow::Owned(environment(text, node))),
            Self::Now(form) => Ok(Cow::Owned(form.now())),
            Self::Expression(expression) => expression.evaluate(node, message).map(Cow::Owned),
        }
    }

    /// As [`TypedValue::read`], with undefined where a property or context value is not there: only an
    /// expression fails.
    ///
    /// # Errors
    /// What is wrong with the expression.
    #[inline]
    pub fn look<'a>(&'a self, node: &NodeHandle, message: &'a Message) -> Result<Cow<'a, Value>, NodeError> {
        match self {
            Self::Expression(_) => self.read(node, message),
            _ => Ok(self.get(node, message)),
        }
    }

    /// Whether it is a JSONata expression, whose errors are worth telling.
    pub fn is_expression(&self) -> bool {
        matches!(self, Self::Expression(_))
    }

    /// As [`TypedValue::read`], with undefined in place of an error.
    #[inline]
    pub fn get<'a>(&'a self, node: &NodeHandle, message: &'a Message) -> Cow<'a, Value> {
        match self {
            Self::Message(path) => path.get(message.properties()).unwrap_or(Cow::Owned(Value::Undefined)),
            _ => self.read(node, message).unwrap_or(Cow::Owned(Value::Undefined)),
        }
    }

    /// Sets the property of the message or the context value; undefined removes it.
    ///
    /// # Errors
    /// When the path leads through something that can hold no property, or this is not a target.
    #[inline]
    pub fn set(&self, node: &NodeHandle, message: &mut Message, value: Value) -> Result<(), NodeError> {
        match self {
            // A look first: removing what is not there must not copy a shared message.
            Self::Message(path)
                if matches!(value, Value::Undefined) && path.get(message.properties()).is_none() =>
            {
                Ok(())
            }
            Self::Message(path) => path.set(message.properties_mut(), value),
            Self::Context(scope, key) => {
                let resolved = key.resolve(message.properties())?;
                node.contexts.set(*scope, &node.info, resolved.as_ref().unwrap_or(key), value)
            }
            Self::Constant(_) | Self::Env(_) | Self::Now(_) | Self::Expression(_) => {
                Err(NodeError::key("typed.not-a-target").with("type", "a constant"))
            }
        }
    }
}

impl DateForm {
    /// The time now in this form.
    pub fn now(&self) -> Value {
        let now = js::date::now();
        match self {
            Self::Milliseconds => now.into(),
            Self::Date => Value::Date(now),
            Self::Iso => js::date::to_iso(now).into(),
            Self::Format(format) => js::moment::Moment::local(now).format(format).into(),
        }
    }
}

/// A JSON value as a [`Value`].
pub fn value_of(json: &Json) -> Value {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

/// The bytes that Node.js's `Buffer.from` makes of an array or a text.
///
/// # Errors
/// For other values.
pub fn to_buffer(value: &Value) -> Result<Value, Text> {
    match value {
        Value::Buffer(_) => Ok(value.clone()),
        Value::String(text) => Ok(Value::buffer(text.as_bytes().to_vec())),
        Value::Array(items) => {
            // As a Uint8Array takes numbers: fractions cut, modulo 256, NaN is 0.
            let bytes = items.iter().map(|item| js::to_number(item).trunc().rem_euclid(256.0) as u8);
            Ok(Value::buffer(bytes.collect::<Vec<_>>()))
        }
        _ => Err(Text::key("typed.buffer")),
    }
}

/// The text of a property that may be absent or a number.
fn text_of(value: &Json) -> EcoString {
    match value {
        Json::Null => EcoString::new(),
        value => js::to_text(&value_of(value)),
    }
}

fn parse_json(value: &Json) -> Result<Value, Text> {
    match value {
        Json::String(text) => {
            serde_json::from_str(text).map_err(|error| Text::key("typed.json").with("reason", error))
        }
        // Written by hand without the quotes: taken for what it is.
        value => Ok(value_of(value)),
    }
}

/// `NAME` or `${NAME}` is the variable's value, `a${NAME}b` a text with it; an unset one is empty.
fn environment(text: &str, node: &NodeHandle) -> Value {
    let variable = |name| variable(name, &node.info, &node.env);
    let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.is_empty() && !name.contains('}')) {
        return variable(name).unwrap_or_else(|| "".into());
    }
    if !text.contains("${") {
        return variable(text).unwrap_or_else(|| "".into());
    }
    let (mut filled, mut rest) = (EcoString::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if !name.is_empty() => {
                if let Some(value) = variable(name) {
                    filled.push_str(&js::to_text(&value));
                }
                rest = after;
            }
            _ => {
                filled.push_str("${");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled.into()
}

fn variable(name: &str, info: &NodeInfo, env: &Env) -> Option<Value> {
    match name {
        "NR_NODE_ID" => Some(info.id.clone().into()),
        "NR_NODE_NAME" => Some(info.name.clone().into()),
        "NR_NODE_PATH" => Some(info.full_path().into()),
        _ => env.get(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn constant(value: Json, type_name: &str) -> Value {
        match TypedValue::parse(&value, type_name).unwrap() {
            TypedValue::Constant(value) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn constants_are_javascripts() {
        assert_eq!(constant(json!("1e3"), "num"), 1000.into());
        assert_eq!(constant(json!(""), "num"), 0.into());
        assert_eq!(constant(json!(7), "num"), 7.into());
        assert!(constant(json!("x"), "num").as_f64().unwrap().is_nan());
        assert_eq!(constant(json!("TRUE"), "bool"), true.into());
        assert_eq!(constant(json!("1"), "bool"), false.into());
        assert_eq!(constant(json!(true), "bool"), true.into());
        assert_eq!(constant(json!(1.5), "str"), "1.5".into());
        assert_eq!(constant(json!("{\"a\":[1]}"), "json").get("a"), Some(&vec![1.into()].into()));
        assert_eq!(constant(json!("[1,257,-1,\"3\",\"x\"]"), "bin"), Value::buffer(vec![1, 1, 255, 3, 0]));
        assert_eq!(constant(json!("\"hé\""), "bin"), Value::buffer("hé"));
        assert_eq!(constant(json!([1]), ""), vec![1.into()].into());
    }

    #[test]
    fn says_what_does_not_fit() {
        for (value, type_name, key) in [
            ("{", "json", "typed.json"),
            ("7", "bin", "typed.buffer"),
            ("", "msg", "path.empty"),
            ("a b", "flow", "path.unexpected"),
            ("x +", "jsonata", "typed.jsonata"),
            ("x", "wat", "typed.unknown"),
        ] {
            assert_eq!(
                TypedValue::parse(&json!(value), type_name).unwrap_err().key,
                key,
                "{value} {type_name}"
            );
        }
        assert_eq!(TypedValue::parse_target("x", "str").unwrap_err().key, "typed.not-a-target");
    }

    #[test]
    fn strips_msg_from_message_paths_only() {
        let path = |text| PropertyPath::parse(text).unwrap();
        assert_eq!(TypedValue::parse(&json!("msg.a"), "msg").unwrap(), TypedValue::Message(path("a")));
        let key = ContextKey::parse("msg.a").unwrap();
        assert_eq!(
            TypedValue::parse(&json!("msg.a"), "flow").unwrap(),
            TypedValue::Context(Scope::Flow, Box::new(key))
        );
    }
}
