//! Messages.

use std::fmt;

use crate::{Failure, Json, Value, host};

/// A message that the node holds. Only what is asked for crosses from the host into the plugin.
///
/// Paths are Node-RED's: `payload`, `payload.a["b"][0]`, `payload[msg.index]`; a leading `msg.` is allowed. A path that is
/// none is a failure.
pub struct Message(pub(crate) host::Message);

impl Message {
    /// An empty message.
    pub fn new() -> Self {
        Self(host::Message::new())
    }

    /// A message of these properties.
    ///
    /// # Errors
    /// When they are no object.
    pub fn from_json(properties: &Json) -> Result<Self, Failure> {
        host::Message::from_json(&properties.to_string()).map(Self)
    }

    /// The value at a path.
    ///
    /// # Errors
    /// When the path is none.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        self.0.get(path)
    }

    /// The number at a path; none where there is no number. [`Value::to_number`] takes texts too.
    ///
    /// # Errors
    /// When the path is none.
    pub fn number(&self, path: &str) -> Result<Option<f64>, Failure> {
        self.0.get_number(path)
    }

    /// The text at a path; none where there is no text.
    ///
    /// # Errors
    /// When the path is none.
    pub fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        self.0.get_text(path)
    }

    /// The boolean at a path; none where there is no boolean.
    ///
    /// # Errors
    /// When the path is none.
    pub fn boolean(&self, path: &str) -> Result<Option<bool>, Failure> {
        self.0.get_boolean(path)
    }

    /// The buffer at a path, or the bytes of a text (UTF-8); none where there is neither.
    ///
    /// # Errors
    /// When the path is none.
    pub fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get_bytes(path)
    }

    /// How many bytes [`bytes`](Self::bytes) would give.
    ///
    /// # Errors
    /// When the path is none.
    pub fn length(&self, path: &str) -> Result<Option<u32>, Failure> {
        self.0.get_length(path)
    }

    /// At most `length` of the bytes, from `offset` on; fewer at the end.
    ///
    /// # Errors
    /// When the path is none.
    pub fn range(&self, path: &str, offset: u32, length: u32) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get_range(path, offset, length)
    }

    /// What is at a path as JSON; none where there is nothing.
    ///
    /// # Errors
    /// When the path is none.
    pub fn json(&self, path: &str) -> Result<Option<Json>, Failure> {
        self.0.get_json(path)?.map(|text| Ok(serde_json::from_str(&text)?)).transpose()
    }

    /// Sets the value at a path, and makes what is missing on the way.
    ///
    /// # Errors
    /// When the path is none, or something on the way can hold nothing.
    pub fn set(&mut self, path: &str, value: impl Into<Value>) -> Result<(), Failure> {
        match value.into() {
            Value::Number(number) => self.0.set_number(path, number),
            Value::Text(text) => self.0.set_text(path, &text),
            Value::Boolean(flag) => self.0.set_boolean(path, flag),
            Value::Bytes(bytes) => self.0.set_bytes(path, &bytes),
            Value::Json(json) => self.0.set_json(path, &json.to_string()),
            Value::Undefined => self.0.delete(path),
            other @ (Value::Null | Value::Date(_)) => self.0.set(path, other),
        }
    }

    /// Deletes what is at a path.
    ///
    /// # Errors
    /// When the path is none.
    pub fn delete(&mut self, path: &str) -> Result<(), Failure> {
        self.0.delete(path)
    }

    /// The whole message. What is alive in it, such as an open HTTP exchange, is left out.
    ///
    /// # Errors
    /// When it is larger than what may cross at once.
    pub fn to_json(&self) -> Result<Json, Failure> {
        Ok(serde_json::from_str(&self.0.to_json()?)?)
    }

    /// Another message with the same properties; cheap, for what is in them is shared until one of the two changes.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(self.0.copy())
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.to_json() {
            Ok(text) => out.write_str(&text),
            Err(failure) => write!(out, "a message that cannot be shown: {failure}"),
        }
    }
}
