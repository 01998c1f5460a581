//! HTTP, as the nodes of this category need it: routes that the server hands requests to, open exchanges,
//! bodies, queries and cookies. Nothing here knows a web framework.

pub mod body;
pub mod cookie;
pub mod exchange;
pub mod once;
pub mod path;
pub mod proxy;
pub mod query;
pub mod routes;

use engine::{Object, Value};

/// Where an http request node notes the fingerprint of the headers that it received, as in Node-RED.
pub(crate) const FINGERPRINT_HEADER: &str = "x-node-red-request-node";

/// The fingerprint of headers; not a secret. It is the one that Node-RED makes (the npm package `hash-sum`), so
/// messages that it kept are understood.
pub(crate) fn fingerprint(headers: &Object) -> String {
    let mut kept = headers.clone();
    kept.remove(FINGERPRINT_HEADER);
    format!("{:08x}", fold_value(0, "", &kept.into()))
}

fn fold_value(hash: i64, key: &str, value: &Value) -> i64 {
    let (class, kind) = match value {
        Value::Undefined => ("[object Undefined]", "undefined"),
        Value::Null => ("[object Null]", "object"),
        Value::Bool(_) => ("[object Boolean]", "boolean"),
        Value::Number(_) => ("[object Number]", "number"),
        Value::String(_) => ("[object String]", "string"),
        Value::Array(_) => ("[object Array]", "object"),
        _ => ("[object Object]", "object"),
    };
    let hash = [key, class, kind].into_iter().fold(hash, fold);
    let entries: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        Value::Object(object) => object.iter().map(|(key, value)| (key.to_string(), value)).collect(),
        plain => return fold(hash, &engine::js::to_text(plain)),
    };
    let mut entries = entries;
    entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let hash = entries.iter().fold(hash, |hash, (key, value)| fold_value(hash, key, value));
    fold(hash, &engine::js::to_text(value))
}

fn fold(hash: i64, text: &str) -> i64 {
    if text.is_empty() {
        return hash;
    }
    let hash = text.encode_utf16().fold(hash, |hash, unit| {
        // JavaScript's 32-bit arithmetic: what does not fit is cut off.
        i64::from((i64::from((hash as i32).wrapping_shl(5)) - hash + i64::from(unit)) as i32)
    });
    if hash < 0 { hash * -2 } else { hash }
}

/// Whether these headers came out of an http request node and nobody changed them since: they describe
/// another message's transport and must not be sent on.
pub(crate) fn unchanged_answer_headers(headers: &Value) -> bool {
    let Some(headers) = headers.as_object() else { return false };
    let noted = headers.get(FINGERPRINT_HEADER).and_then(Value::as_str);
    noted.is_some_and(|noted| noted == fingerprint(headers))
}

/// A value as it stands in a header, a cookie or a query: text as it is, everything else as JSON, nothing
/// for what is absent.
pub(crate) fn plain_text(value: &Value) -> String {
    match value {
        Value::Undefined | Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        Value::Buffer(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        // A date's JSON form is quoted.
        Value::Date(_) => serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// Percent-decodes UTF-8 text; `None` where it is malformed.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes all but letters, digits and `-_.!~*'()`, as JavaScript's `encodeURIComponent`.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_coding_goes_both_ways_and_refuses_what_is_malformed() {
        for text in ["", "a b", "ä/€?&=%", "plain-_.~"] {
            assert_eq!(percent_decode(&percent_encode(text)).as_deref(), Some(text));
        }
        for malformed in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(percent_decode(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn fingerprints_are_those_of_node_red() {
        for (headers, expected) in [
            (r#"{"content-type":"text/plain"}"#, "44c4f7bf"),
            ("{}", "59322f29"),
            (r#"{"b":"\u00e9","a":["x","y"]}"#, "0c2ca09a"),
            (r#"{"z":"1","date":"Sat, 28 Nov 2026"}"#, "0086dd84"),
        ] {
            assert_eq!(fingerprint(&serde_json::from_str(headers).unwrap()), expected, "{headers}");
        }
    }
}
