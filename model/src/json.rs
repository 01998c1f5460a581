//! JSON that survives a round trip: key order, number literals and odd strings are kept.
//!
//! A flow file is somebody's work; what we do not understand in it we still give back. Numbers keep the
//! text they had (`1.0`, `1e3`, twenty digits), objects their key order. Equality is document identity:
//! key order and number text count; [`Json::semantic_eq`] compares as JavaScript would.
//!
//! A lone surrogate (`"\ud800"` is legal JSON but no Unicode text) is held as the noncharacter U+10FFFF
//! followed by a stand-in from U+10F000..=U+10F7FF, and written back as the escape it was; a real U+10FFFF is doubled.

mod convert;
mod number;
mod object;
mod parse;
mod write;

use ecow::EcoString;

pub use number::Number;
pub use object::Object;
pub(crate) use parse::Parser;
pub use parse::{MAX_DEPTH, ParseError, TEXTS};

/// One JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, by its literal.
    Number(Number),
    /// A string.
    String(EcoString),
    /// An array.
    Array(Vec<Json>),
    /// An object in its own key order.
    Object(Object),
}

impl Json {
    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// The truth value, of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The value of a number, as the nearest double.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::as_f64)
    }

    /// The elements, of an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The elements, to change.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Json>> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The object, to change.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value at `key`, of an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.get(key)
    }

    /// What this value is called in a message to a user: `null`, `true or false`, `a number`, ...
    pub fn kind_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Number(_) => "a number",
            Json::String(_) => "a text",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// Whether both mean the same: key order does not count, and numbers compare by value (`1` is `1.0`).
    pub fn semantic_eq(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
            (Json::Array(a), Json::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.semantic_eq(b))
            }
            (Json::Object(a), Json::Object(b)) => a.semantic_eq(b),
            _ => self == other,
        }
    }
}

macro_rules! from {
    ($($source:ty => |$value:ident| $json:expr),* $(,)?) => {
        $(impl From<$source> for Json {
            fn from($value: $source) -> Self {
                $json
            }
        })*
    };
}

from! {
    bool => |value| Json::Bool(value),
    &str => |value| Json::String(value.into()),
    String => |value| Json::String(value.into()),
    EcoString => |value| Json::String(value),
    i32 => |value| Json::Number(i64::from(value).into()),
    i64 => |value| Json::Number(value.into()),
    u32 => |value| Json::Number(u64::from(value).into()),
    u64 => |value| Json::Number(value.into()),
    Number => |value| Json::Number(value),
    Object => |value| Json::Object(value),
    Vec<Json> => |value| Json::Array(value),
}

/// A number in JavaScript's form; `null` where JSON has none for it (infinite, not a number).
impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Number::from_f64(value).map_or(Json::Null, Json::Number)
    }
}

/// An array of what can be JSON.
impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
pub(crate) mod tests;
