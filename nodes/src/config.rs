//! Reading node configurations as flow files write them: numbers as text, flags as text, values with types.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use engine::js;
use engine::node::{BuildError, Out};
use engine::typed::value_of;
use engine::{Message, NodeError};
use model::text::Text;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// How many messages one node keeps at most (delayed, waiting for the rest of their sequence), unless the server
/// sets another limit ([`BufferLimit`]). What comes then is an error that can be caught.
pub const PARKED_LIMIT: usize = 100_000;

/// The server's limit of how many messages one node keeps: a service, in force at once when it changes.
#[derive(Debug)]
pub struct BufferLimit(AtomicUsize);

impl Default for BufferLimit {
    fn default() -> Self {
        Self(AtomicUsize::new(PARKED_LIMIT))
    }
}

impl BufferLimit {
    /// Sets the limit; 0 is the usual one.
    pub fn set(&self, limit: usize) {
        self.0.store(if limit == 0 { PARKED_LIMIT } else { limit }, Ordering::Relaxed);
    }
}

/// How many messages the node may keep.
pub fn buffer_limit(out: &Out<'_>) -> usize {
    out.node().services.get::<BufferLimit>().map_or(PARKED_LIMIT, |limit| limit.0.load(Ordering::Relaxed))
}

/// The text for a message that is one too many; part of the catalogue of every node that keeps messages.
pub const BUFFER_FULL: (&str, &str) = (
    "node.buffer-full",
    "the node keeps {limit} messages already, which is its limit; this one was not taken. Send less, or let them go sooner",
);

/// The error for a message that is one too many, when the node keeps `kept` already.
///
/// # Errors
/// When that is as many as it may.
pub fn check_room(kept: usize, out: &Out<'_>) -> Result<(), NodeError> {
    match buffer_limit(out) {
        limit if kept >= limit => Err(NodeError::key(BUFFER_FULL.0).with("limit", limit)),
        _ => Ok(()),
    }
}

/// Gives the message's credit back while the node keeps it in a buffer that has a limit of its own.
pub fn park(message: &Message) {
    if let Some(delivery) = message.delivery() {
        delivery.release_credit();
    }
}

/// Everything that is wrong with a configuration, collected.
#[derive(Default)]
pub struct Problems(Vec<(String, Text)>);

impl Problems {
    /// Notes a problem of the property at `path`.
    pub fn add(&mut self, path: impl Into<String>, text: Text) {
        self.0.push((path.into(), text));
    }

    /// The value, or notes why there is none.
    pub fn check<T>(&mut self, path: impl Into<String>, result: Result<T, Text>) -> Option<T> {
        result.map_err(|text| self.add(path, text)).ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when there is none.
    ///
    /// # Errors
    /// All problems.
    pub fn finish(self) -> Result<(), BuildError> {
        self.settle(Some(()))
    }

    /// What was checked ([`Problems::check`]), when nothing at all is wrong: then every part of it is there.
    ///
    /// # Errors
    /// All problems.
    pub fn settle<T>(self, checked: Option<T>) -> Result<T, BuildError> {
        match checked {
            Some(checked) if self.0.is_empty() => Ok(checked),
            _ => Err(BuildError { problems: self.0 }),
        }
    }
}

/// A number, or a text with one in it; empty text and null are none, other texts NaN.
///
/// # Errors
/// For arrays and objects.
pub fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Json::deserialize(from)? {
        Json::Null => Ok(None),
        Json::String(text) if text.trim().is_empty() => Ok(None),
        value @ (Json::String(_) | Json::Number(_) | Json::Bool(_)) => {
            Ok(Some(js::to_number(&value_of(&value))))
        }
        _ => Err(serde::de::Error::custom("a number is needed here")),
    }
}

/// `true`, `"true"` and other truthy values; `"false"` and `""` are false.
///
/// # Errors
/// When the file cannot be read.
pub fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = Json::deserialize(from)?;
    Ok(value.as_str() != Some("false") && js::is_truthy(&value_of(&value)))
}

/// A text; numbers and flags as `String` writes them, null as the empty text.
///
/// # Errors
/// For arrays and objects.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Json::deserialize(from)? {
        Json::Null => Ok(String::new()),
        Json::String(text) => Ok(text),
        value @ (Json::Number(_) | Json::Bool(_)) => Ok(js::to_text(&value_of(&value)).into()),
        _ => Err(serde::de::Error::custom("a text is needed here")),
    }
}

/// Milliseconds as timers take them: what is negative or no number is no time at all.
pub fn milliseconds(number: f64) -> Duration {
    // Longer than a timer can be: as long as one can.
    let longest = Duration::from_secs(u64::from(u32::MAX));
    let too_long = if number > 0.0 { longest } else { Duration::ZERO };
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(too_long).min(longest)
}

/// Milliseconds of a unit, singular or plural; seconds for what is none, as in Node-RED.
pub fn unit_milliseconds(unit: &str) -> f64 {
    match unit.strip_suffix('s').unwrap_or(unit) {
        "millisecond" => 1.0,
        "minute" => 60_000.0,
        "hour" => 3_600_000.0,
        "day" => 86_400_000.0,
        _ => 1000.0,
    }
}

/// `\n`, `\r`, `\t`, `\e`, `\f` and `\0` in a text as the characters that they stand for.
pub fn unescape(text: &str) -> String {
    // In JavaScript "\e" is just "e", and so it is in Node-RED.
    [("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\e", "e"), ("\\f", "\x0c"), ("\\0", "\0")]
        .iter()
        .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Config {
        #[serde(deserialize_with = "number_or_text")]
        number: Option<f64>,
        #[serde(deserialize_with = "flag")]
        flag: bool,
        #[serde(deserialize_with = "text")]
        text: String,
    }

    #[test]
    fn reads_what_flow_files_write() {
        for (json, number, flag, text) in [
            (r#"{"number":"5","flag":"true","text":7}"#, Some(5.0), true, "7"),
            (r#"{"number":2.5,"flag":false,"text":null}"#, Some(2.5), false, ""),
            (r#"{"number":"","flag":"false","text":true}"#, None, false, "true"),
            (r#"{"number":null,"flag":1,"text":"x"}"#, None, true, "x"),
        ] {
            let config: Config = serde_json::from_str(json).unwrap();
            assert_eq!((config.number, config.flag, config.text.as_str()), (number, flag, text));
        }
        assert!(serde_json::from_str::<Config>(r#"{"number":[],"flag":1,"text":""}"#).is_err());
    }

    #[test]
    fn times_are_never_wrong() {
        assert_eq!(milliseconds(1500.0), Duration::from_millis(1500));
        for odd in [f64::NAN, -1.0, f64::NEG_INFINITY] {
            assert_eq!(milliseconds(odd), Duration::ZERO);
        }
        assert!(milliseconds(f64::INFINITY) > Duration::from_secs(1_000_000));
    }
}
