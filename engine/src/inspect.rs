//! Values as the debug panel shows them, in Node-RED's encoding.

use std::fmt::Write;

use ecow::{EcoString, eco_format};
use serde::Serialize;

use crate::js;
use crate::js::{number_to_text, to_text};
use crate::value::{Object, Value};

/// The length at which Node-RED cuts texts, arrays and buffers unless it is set otherwise.
pub const DEFAULT_LIMIT: usize = 1000;

/// Nested deeper than this, values are shown as `[...]`.
const DEPTH_LIMIT: usize = 100;

/// A value for the debug panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Encoded {
    /// The value as text; JSON for arrays and objects, with `{"__enc__":true,...}` in place of what JSON cannot
    /// hold or what was cut.
    pub msg: String,
    /// What it is: `string[5]`, `number`, `boolean`, `Object`, `array[3]`, `buffer[2]`, `Date`, `null`,
    /// `undefined`.
    pub format: EcoString,
}

/// Encodes a value; texts longer than `limit` characters (UTF-16 units), and arrays and buffers of more than
/// `limit` elements are cut.
pub fn encode(value: &Value, limit: usize) -> Encoded {
    let (msg, format) = match value {
        Value::Undefined => ("(undefined)".to_owned(), "undefined".into()),
        Value::Null => ("(undefined)".to_owned(), "null".into()),
        Value::Bool(bool) => (bool.to_string(), "boolean".into()),
        Value::Number(number) => (number_to_text(*number).into(), "number".into()),
        Value::String(text) => (cut(text, limit), eco_format!("string[{}]", text.encode_utf16().count())),
        Value::Buffer(bytes) => {
            let mut digits = String::with_capacity(limit.min(2 * bytes.len()));
            for byte in bytes.iter().take(limit.div_ceil(2)) {
                // Writing to a String cannot fail.
                let _ = write!(digits, "{byte:02x}");
            }
            digits.truncate(limit);
            (digits, eco_format!("buffer[{}]", bytes.len()))
        }
        Value::Date(_) => (to_text(value).into(), "Date".into()),
        Value::Array(items) => (json(value, limit), eco_format!("array[{}]", items.len())),
        Value::Object(object) if is_error(object) => (json(value, limit), "error".into()),
        Value::Object(_) => (json(value, limit), "Object".into()),
        Value::Handle(handle) => (format!("[{}]", handle.kind()), "Object".into()),
    };
    Encoded { msg, format }
}

/// Whether an object is what becomes of a JavaScript error when it travels.
pub fn is_error(object: &Object) -> bool {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    text("name").is_some_and(|name| name.ends_with("Error"))
        && text("message").is_some()
        && text("stack").is_some()
}

fn json(value: &Value, limit: usize) -> String {
    let mut writer = Writer { text: String::new(), limit };
    writer.value(value, 0);
    writer.text
}

/// The text, or its first `limit` UTF-16 units and three dots.
fn cut(text: &str, limit: usize) -> String {
    let mut units = 0;
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > limit {
            return format!("{}...", &text[..at]);
        }
    }
    text.to_owned()
}

struct Writer {
    text: String,
    limit: usize,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH_LIMIT {
            return self.text.push_str("\"[...]\"");
        }
        match value {
            Value::Undefined => self.text.push_str(r#"{"__enc__":true,"type":"undefined"}"#),
            Value::Number(number) if !number.is_finite() => {
                let number = number_to_text(*number);
                let _ = write!(self.text, r#"{{"__enc__":true,"type":"number","data":"{number}"}}"#);
            }
            Value::String(text) => js::write_quoted(&cut(text, self.limit), &mut self.text),
            Value::Buffer(bytes) => {
                self.text.push_str(r#"{"type":"Buffer","data":["#);
                for (at, byte) in bytes.iter().take(self.limit).enumerate() {
                    let _ = write!(self.text, "{}{byte}", if at > 0 { "," } else { "" });
                }
                let _ = write!(self.text, r#"],"__enc__":true,"length":{}}}"#, bytes.len());
            }
            Value::Array(items) if items.len() > self.limit => {
                self.text.push_str(r#"{"__enc__":true,"type":"array","data":"#);
                self.items(&items[..self.limit], depth);
                let _ = write!(self.text, r#","length":{}}}"#, items.len());
            }
            Value::Array(items) => self.items(items, depth),
            Value::Object(object) => self.object(object, depth),
            Value::Handle(handle) => js::write_quoted(&format!("[{}]", handle.kind()), &mut self.text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) => {
                self.text.push_str(&js::stringify(value, 0).unwrap_or_default());
            }
        }
    }

    fn items(&mut self, items: &[Value], depth: usize) {
        self.text.push('[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.value(item, depth + 1);
        }
        self.text.push(']');
    }

    fn object(&mut self, object: &Object, depth: usize) {
        if is_error(object) {
            self.text.push_str(r#"{"__enc__":true,"type":"error","data":"#);
            self.entries(object, depth);
            return self.text.push('}');
        }
        self.entries(object, depth);
    }

    fn entries(&mut self, object: &Object, depth: usize) {
        self.text.push('{');
        for (at, (key, value)) in object.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            js::write_quoted(key, &mut self.text);
            self.text.push(':');
            if key == "_req" || key == "_res" {
                self.text.push_str(r#"{"__enc__":true,"type":"internal"}"#);
            } else {
                self.value(value, depth + 1);
            }
        }
        self.text.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &Value, msg: &str, format: &str) {
        assert_eq!(encode(value, 5), Encoded { msg: msg.into(), format: format.into() });
    }

    #[test]
    fn encodes_as_node_red() {
        check(&Value::Undefined, "(undefined)", "undefined");
        check(&Value::Null, "(undefined)", "null");
        check(&true.into(), "true", "boolean");
        check(&f64::NAN.into(), "NaN", "number");
        check(&1e21.into(), "1e+21", "number");
        check(&"hello".into(), "hello", "string[5]");
        check(&"hello!".into(), "hello...", "string[6]");
        check(&"abcd\u{1f600}".into(), "abcd...", "string[6]");
        check(&Value::buffer(vec![1, 0xab]), "01ab", "buffer[2]");
        check(&Value::buffer(vec![1, 2, 3]), "01020", "buffer[3]");
        check(&vec![1.into(), "too long".into()].into(), r#"[1,"too l..."]"#, "array[2]");
        let long: Value = (0..7).map(Value::from).collect();
        check(&long, r#"{"__enc__":true,"type":"array","data":[0,1,2,3,4],"length":7}"#, "array[7]");
        let odd = Value::from(Object::from_iter([
            ("u", Value::Undefined),
            ("n", f64::INFINITY.into()),
            ("b", Value::buffer(vec![0, 1, 2, 3, 4, 5])),
            ("d", Value::Date(0.0)),
            ("_req", Value::object()),
            ("z", Value::Null),
        ]));
        let expected = concat!(
            r#"{"u":{"__enc__":true,"type":"undefined"},"n":{"__enc__":true,"type":"number","data":"Infinity"},"#,
            r#""b":{"type":"Buffer","data":[0,1,2,3,4],"__enc__":true,"length":6},"#,
            r#""d":"1970-01-01T00:00:00.000Z","_req":{"__enc__":true,"type":"internal"},"z":null}"#
        );
        check(&odd, expected, "Object");
    }

    #[test]
    fn errors_are_told_apart() {
        let error = Object::from_iter([("name", "TypeError"), ("message", "oops"), ("stack", "at x")]);
        let data =
            r#"{"__enc__":true,"type":"error","data":{"name":"TypeE...","message":"oops","stack":"at x"}}"#;
        check(&error.clone().into(), data, "error");
        check(&vec![error.into()].into(), &format!("[{data}]"), "array[1]");
    }

    #[test]
    fn deep_values_are_cut() {
        let deep = (0..10_000).fold(Value::Null, |inner, _| vec![inner].into());
        assert!(encode(&deep, 5).msg.contains("[...]"));
        // Taken apart step by step: dropping it whole would recurse as deep.
        let mut rest = deep;
        while let Some(inner) = rest.as_array_mut().and_then(Vec::pop) {
            rest = inner;
        }
    }
}
