//! Values on their way into a database.

use bytes::Bytes;
use ecow::EcoString;
use engine::Value;

/// Integers up to this size are exact in JavaScript: 2^53.
pub(crate) const SAFE_INTEGER: i64 = 9_007_199_254_740_992;

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// A truth value; SQLite keeps 0 or 1.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any number.
    Real(f64),
    /// Text.
    Text(EcoString),
    /// Bytes.
    Bytes(Bytes),
    /// A point in time in milliseconds since 1970; SQLite keeps the number.
    Time(f64),
    /// JSON text.
    Json(EcoString),
}

impl From<&Value> for SqlValue {
    /// Whole numbers as integers, arrays and objects as JSON, what is undefined as NULL.
    fn from(value: &Value) -> Self {
        match value {
            Value::Undefined | Value::Null | Value::Handle(_) => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Number(number) => whole(*number).map_or(Self::Real(*number), Self::Integer),
            Value::String(text) => Self::Text(text.clone()),
            Value::Buffer(bytes) => Self::Bytes(bytes.as_ref().clone()),
            Value::Date(at) => Self::Time(*at),
            Value::Array(_) | Value::Object(_) => json(value),
        }
    }
}

/// The value as JSON text.
pub(crate) fn json(value: &Value) -> SqlValue {
    SqlValue::Json(serde_json::to_string(value).unwrap_or_else(|_| "null".into()).into())
}

/// The number as an integer, if it is one that JavaScript holds exactly.
pub(crate) fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= SAFE_INTEGER as f64).then_some(number as i64)
}

/// A database's integer: a number where JavaScript holds it exactly, else its digits as text.
pub(crate) fn integer(integer: i64) -> Value {
    if (-SAFE_INTEGER..=SAFE_INTEGER).contains(&integer) {
        Value::Number(integer as f64)
    } else {
        Value::from(integer.to_string())
    }
}
