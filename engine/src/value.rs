//! Values: what a message is made of.
//!
//! Every clone is O(1): texts, buffers, arrays and objects are shared and copied when one of several
//! holders writes ([`Value::as_array_mut`], [`Value::as_object_mut`]). So no node can ever see another
//! node's change, and a message that fans out to ten wires costs ten reference counts.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use ecow::EcoString;

mod object;
mod serde_impl;

pub use object::Object;

/// A JavaScript-like value.
#[derive(Clone, Default)]
pub enum Value {
    /// Present but without a value, as JavaScript's `undefined`; left out when written as JSON.
    #[default]
    Undefined,
    /// JSON's `null`.
    Null,
    /// True or false.
    Bool(bool),
    /// An IEEE 754 double, as every JavaScript number.
    Number(f64),
    /// Text.
    String(EcoString),
    /// Bytes, as Node.js's `Buffer`.
    Buffer(Arc<Bytes>),
    /// A point in time: milliseconds since 1970-01-01T00:00:00Z, as JavaScript's `Date`; NaN when invalid.
    Date(f64),
    /// An ordered list.
    Array(Arc<Vec<Value>>),
    /// Named values in insertion order.
    Object(Arc<Object>),
    /// Something alive, such as an open HTTP exchange: passed on by reference, never copied or written out.
    Handle(Arc<dyn Handle>),
}

/// Something alive that travels inside a message, such as an open HTTP exchange.
pub trait Handle: Any + Send + Sync {
    /// A short name for logs and the debug panel, such as `http-response`.
    fn kind(&self) -> &'static str;
    /// Itself, for downcasting.
    fn as_any(&self) -> &dyn Any;
}

impl Value {
    /// A buffer of these bytes.
    pub fn buffer(bytes: impl Into<Bytes>) -> Self {
        Self::Buffer(Arc::new(bytes.into()))
    }

    /// An empty object.
    pub fn object() -> Self {
        Self::Object(Arc::default())
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(bool) = self { Some(*bool) } else { None }
    }

    /// The bytes, if this is a buffer.
    pub fn as_buffer(&self) -> Option<&Bytes> {
        if let Self::Buffer(bytes) = self { Some(bytes) } else { None }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The elements for writing, if this is an array; copies them first if they are shared.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value>> {
        if let Self::Array(items) = self { Some(Arc::make_mut(items)) } else { None }
    }

    /// The object, if this is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The object for writing, if this is one; copies its own entries first if it is shared.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        if let Self::Object(object) = self { Some(Arc::make_mut(object)) } else { None }
    }

    /// The handle as a `T`, if this is one of that kind.
    pub fn as_handle<T: Handle>(&self) -> Option<&T> {
        if let Self::Handle(handle) = self { handle.as_any().downcast_ref() } else { None }
    }

    /// Whether this is `undefined` or `null`.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// The own property `key` of an object, or `None`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }
}

/// Deep equality of structure: numbers as JavaScript's `Object.is` but for zero's sign, handles by identity.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) | (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) | (Self::Date(a), Self::Date(b)) => {
                a == b || (a.is_nan() && b.is_nan())
            }
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Buffer(a), Self::Buffer(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Handle(a), Self::Handle(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => out.write_str("undefined"),
            Self::Null => out.write_str("null"),
            Self::Bool(bool) => bool.fmt(out),
            Self::Number(number) => number.fmt(out),
            Self::String(text) => text.fmt(out),
            Self::Buffer(bytes) => write!(out, "Buffer({bytes:?})"),
            Self::Date(milliseconds) => write!(out, "Date({milliseconds})"),
            Self::Array(items) => items.fmt(out),
            Self::Object(object) => object.fmt(out),
            Self::Handle(handle) => write!(out, "<{}>", handle.kind()),
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
/// Counts above 2^53 lose their last digits, as in JavaScript.
impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as f64)
    }
}
/// Integers beyond 2^53 lose their last digits, as in JavaScript.
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}
impl From<EcoString> for Value {
    fn from(text: EcoString) -> Self {
        Self::String(text)
    }
}
impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self::buffer(bytes)
    }
}
impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(Arc::new(items))
    }
}
impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(Arc::new(object))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Undefined, Into::into)
    }
}
impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::Array(Arc::new(items.into_iter().collect()))
    }
}
