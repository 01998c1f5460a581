//! Values of case files, which JSON has no form for all of.

use serde_json::{Map, Number, Value as Json, json};

use crate::{Object, Value, js};

/// A longer text of a value is cut where it is only shown.
const SHOWN: usize = 200;
/// Whole numbers beyond this are written as JavaScript's doubles.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A value of a case file; `{"$buffer": base64}`, `{"$undefined": true}`, `{"$date": milliseconds}` and
/// `{"$number": "NaN"}` stand for what JSON has no form for.
pub fn decode(json: &Json) -> Value {
    match json {
        Json::Object(entries) => {
            if let Some((tag, value)) = entries.iter().next().filter(|_| entries.len() == 1) {
                match (tag.as_str(), value) {
                    ("$buffer", Json::String(text)) => return Value::buffer(from_base64(text)),
                    ("$undefined", _) => return Value::Undefined,
                    ("$date", Json::Number(at)) => return Value::Date(at.as_f64().unwrap_or(f64::NAN)),
                    ("$number", Json::String(text)) => return text.parse().unwrap_or(f64::NAN).into(),
                    _ => {}
                }
            }
            entries.iter().map(|(key, value)| (key.as_str(), decode(value))).collect::<Object>().into()
        }
        Json::Array(items) => items.iter().map(decode).collect(),
        Json::String(text) => text.as_str().into(),
        Json::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Json::Bool(bool) => (*bool).into(),
        Json::Null => Value::Null,
    }
}

/// A value as [`decode`] reads it; none for what is alive, such as an open HTTP exchange, and for what holds such.
pub fn encode(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Undefined => json!({ "$undefined": true }),
        Value::Null => Json::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => encode_number(*number),
        Value::String(text) => text.as_str().into(),
        Value::Buffer(bytes) => json!({ "$buffer": to_base64(bytes) }),
        Value::Date(at) if at.is_finite() => json!({ "$date": at }),
        Value::Date(_) | Value::Handle(_) => return None,
        Value::Array(items) => Json::Array(items.iter().map(encode).collect::<Option<_>>()?),
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| Some((key.to_string(), encode(value)?)));
            let entries: Map<String, Json> = entries.collect::<Option<_>>()?;
            // What looks like one of the forms above would be read as that.
            let json = Json::Object(entries);
            if decode(&json) != *value {
                return None;
            }
            json
        }
    })
}

fn encode_number(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < WHOLE {
        return Json::from(number as i64);
    }
    match Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None => json!({ "$number": number.to_string() }),
    }
}

/// A value in words, as JSON where it has a form; cut where it is long.
pub(super) fn words(value: &Value) -> ecow::EcoString {
    let text = match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Buffer(bytes) => format!("buffer {}", to_base64(bytes)),
        Value::Handle(handle) => format!("<{}>", handle.kind()),
        other => js::stringify(other, 0).unwrap_or_default(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => ecow::eco_format!("{}...", &text[..end]),
        None => text.into(),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 base64 with padding; characters outside of the alphabet are skipped.
fn from_base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= three.len() { digit.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", &[0, 255, 128, 7]] {
            assert_eq!(from_base64(&to_base64(bytes)), bytes);
        }
        assert_eq!(to_base64(b"ab"), "YWI=");
        let value = Value::from(Object::from_iter([
            ("u", Value::Undefined),
            ("n", Value::Null),
            ("f", 1.5.into()),
            ("i", 3.0.into()),
            ("big", 1e300.into()),
            ("nan", f64::NAN.into()),
            ("inf", f64::NEG_INFINITY.into()),
            ("b", Value::buffer(vec![1, 2])),
            ("d", Value::Date(5.0)),
            ("l", vec![true.into(), "text".into()].into()),
        ]));
        let json = encode(&value).unwrap();
        assert_eq!(decode(&json), value);
        assert_eq!(json["i"], json!(3));
        assert_eq!(encode(&Value::from(Object::from_iter([("$date", 5.0)]))), None);
    }

    #[test]
    fn long_values_are_cut_where_they_are_shown() {
        assert_eq!(words(&vec![1.into(), "a".into()].into()), r#"[1,"a"]"#);
        assert_eq!(words(&"x".repeat(500).into()).len(), SHOWN + 3);
    }
}
