//! Properties as flow files hold them, where unset is told from false and numbers have their limits.

use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

/// A number, or a text that is one; `None` for an empty text, null or nothing.
pub(crate) fn number<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        other => return Err(D::Error::custom(format!("expected a number, found {other}"))),
    };
    text.parse().map(Some).map_err(|_| D::Error::custom(format!("expected a number in range, found {text}")))
}

/// A truth, or a text that is one; `None` for an empty text, null or nothing.
pub(crate) fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(truth)),
        Value::String(text) => match text.trim() {
            "" => Ok(None),
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(D::Error::custom(format!("expected true or false, found {text}"))),
        },
        other => Err(D::Error::custom(format!("expected true or false, found {other}"))),
    }
}

/// User properties: an object of texts, or one written as JSON text. Values that are lists give one pair each.
pub(crate) fn pairs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    let object = match Value::deserialize(from)? {
        Value::Null => return Ok(Vec::new()),
        Value::String(text) if text.trim().is_empty() => return Ok(Vec::new()),
        Value::String(text) => serde_json::from_str(&text).map_err(D::Error::custom)?,
        other => other,
    };
    let Value::Object(object) = object else {
        return Err(D::Error::custom(format!("expected an object of texts, found {object}")));
    };
    let mut pairs = Vec::new();
    for (name, value) in object {
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        pairs.extend(values.into_iter().map(|value| match value {
            Value::String(text) => (name.clone(), text),
            other => (name.clone(), other.to_string()),
        }));
    }
    Ok(pairs)
}

/// Bytes: a text, or a buffer as Node.js writes it (`{"type": "Buffer", "data": [1, 2]}`).
pub(crate) fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
    match Value::deserialize(from)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(text.into_bytes()),
        value @ (Value::Number(_) | Value::Bool(_)) => Ok(value.to_string().into_bytes()),
        value => value["data"]
            .as_array()
            .filter(|_| value["type"] == "Buffer")
            .and_then(|data| data.iter().map(byte).collect())
            .ok_or_else(|| D::Error::custom(format!("expected a text or a buffer, found {value}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Sample {
        #[serde(deserialize_with = "number")]
        number: Option<u16>,
        #[serde(deserialize_with = "truth")]
        truth: Option<bool>,
        #[serde(deserialize_with = "pairs")]
        pairs: Vec<(String, String)>,
        #[serde(deserialize_with = "bytes")]
        bytes: Vec<u8>,
    }

    fn sample(json: &str) -> Result<Sample, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_flow_files_hold() {
        let full = Sample {
            number: Some(7),
            truth: Some(true),
            pairs: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
            bytes: b"hi".into(),
        };
        for json in [
            r#"{"number": 7, "truth": true, "pairs": {"a": ["1", 2]}, "bytes": "hi"}"#,
            r#"{"number": " 7", "truth": "true", "pairs": "{\"a\":[\"1\",\"2\"]}",
                "bytes": {"type": "Buffer", "data": [104, 105]}}"#,
        ] {
            assert_eq!(sample(json).as_ref(), Ok(&full), "{json}");
        }
        for json in
            ["{}", r#"{"number": "", "truth": "", "pairs": ""}"#, r#"{"number": null, "pairs": null}"#]
        {
            assert_eq!(sample(json), Ok(Sample::default()), "{json}");
        }
    }

    #[test]
    fn says_what_does_not_fit() {
        for json in [
            r#"{"number": "x"}"#,
            r#"{"number": 70000}"#,
            r#"{"truth": "yes"}"#,
            r#"{"pairs": "[1]"}"#,
            r#"{"pairs": "{"}"#,
            r#"{"bytes": [1]}"#,
            r#"{"bytes": {"type": "Buffer", "data": [256]}}"#,
        ] {
            assert!(sample(json).is_err(), "{json}");
        }
    }
}
