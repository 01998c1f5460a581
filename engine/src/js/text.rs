//! Values as text: `String(value)` and `JSON.stringify`.

use std::fmt::Write;

use ecow::EcoString;

use super::{date, number_to_text};
use crate::value::{Object, Value};

/// `String(value)`; a buffer gives its bytes as UTF-8, with U+FFFD for what is none.
pub fn to_text(value: &Value) -> EcoString {
    match value {
        Value::Undefined => "undefined".into(),
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Number(number) => number_to_text(*number),
        Value::String(text) => text.clone(),
        Value::Buffer(bytes) => String::from_utf8_lossy(bytes).into(),
        Value::Date(milliseconds) => date::to_text(*milliseconds),
        Value::Array(items) => {
            let mut joined = EcoString::new();
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    joined.push(',');
                }
                if !item.is_nullish() {
                    joined.push_str(&to_text(item));
                }
            }
            joined
        }
        Value::Object(_) | Value::Handle(_) => "[object Object]".into(),
    }
}

/// `JSON.stringify(value, null, indent)`: `None` where JavaScript gives undefined. `indent` is in spaces, at
/// most 10; with 0 it is one line. Handles are left out, as functions are.
pub fn stringify(value: &Value, indent: usize) -> Option<String> {
    if is_left_out(value) {
        return None;
    }
    let mut writer = Writer { text: String::new(), indent: indent.min(10) };
    writer.value(value, 0);
    Some(writer.text)
}

/// Writes a text as a JSON string.
pub(crate) fn write_quoted(text: &str, into: &mut String) {
    into.push('"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        into.push_str(&text[plain_from..at]);
        plain_from = at + 1;
        if escape.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(into, "\\u{byte:04x}");
        } else {
            into.push_str(escape);
        }
    }
    into.push_str(&text[plain_from..]);
    into.push('"');
}

/// Writes a finite number as it is, others as null.
fn write_number(number: f64, into: &mut String) {
    if number.is_finite() {
        into.push_str(ryu_js::Buffer::new().format_finite(number));
    } else {
        into.push_str("null");
    }
}

fn is_left_out(value: &Value) -> bool {
    matches!(value, Value::Undefined | Value::Handle(_))
}

struct Writer {
    text: String,
    indent: usize,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Undefined | Value::Null | Value::Handle(_) => self.text.push_str("null"),
            Value::Bool(bool) => self.text.push_str(if *bool { "true" } else { "false" }),
            Value::Number(number) => write_number(*number, &mut self.text),
            Value::String(text) => write_quoted(text, &mut self.text),
            Value::Date(milliseconds) => match date::to_iso(*milliseconds) {
                Some(text) => write_quoted(&text, &mut self.text),
                None => self.text.push_str("null"),
            },
            Value::Buffer(bytes) => self.buffer(bytes, depth),
            Value::Array(items) => {
                self.list('[', ']', depth, items.iter(), |writer, item, depth| writer.value(item, depth));
            }
            Value::Object(object) => self.object(object, depth),
        }
    }

    fn object(&mut self, object: &Object, depth: usize) {
        let entries = object.iter().filter(|(_, value)| !is_left_out(value));
        self.list('{', '}', depth, entries, |writer, (key, value), depth| {
            writer.key(key);
            writer.value(value, depth);
        });
    }

    /// As Node.js's `Buffer.prototype.toJSON`.
    fn buffer(&mut self, bytes: &[u8], depth: usize) {
        self.list('{', '}', depth, [true, false].into_iter(), |writer, is_type, depth| {
            if is_type {
                writer.key("type");
                writer.text.push_str("\"Buffer\"");
            } else {
                writer.key("data");
                writer.list('[', ']', depth, bytes.iter(), |writer, byte, _| {
                    write_number(f64::from(*byte), &mut writer.text);
                });
            }
        });
    }

    fn key(&mut self, key: &str) {
        write_quoted(key, &mut self.text);
        self.text.push_str(if self.indent == 0 { ":" } else { ": " });
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T, usize),
    ) {
        self.text.push(open);
        let mut is_empty = true;
        for item in items {
            if !is_empty {
                self.text.push(',');
            }
            is_empty = false;
            self.line(depth + 1);
            write(self, item, depth + 1);
        }
        if !is_empty {
            self.line(depth);
        }
        self.text.push(close);
    }

    fn line(&mut self, depth: usize) {
        if self.indent > 0 {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', depth * self.indent));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The expectations were printed by Node.js 20.

    #[test]
    fn text_of_values() {
        let nested: Value = serde_json::from_str(r#"[1,[2,null,"x"],{"a":1},true]"#).unwrap();
        assert_eq!(to_text(&nested), "1,2,,x,[object Object],true");
        assert_eq!(to_text(&Value::Undefined), "undefined");
        assert_eq!(to_text(&Value::buffer(vec![0x68, 0x69, 0xff])), "hi\u{fffd}");
        assert_eq!(to_text(&Value::Date(f64::NAN)), "Invalid Date");
    }

    #[test]
    fn stringifies_as_javascript() {
        let value = Value::from(Object::from_iter([
            ("a", vec![Value::Number(1.0), Value::Undefined, Value::Number(f64::NAN)].into()),
            ("b", Value::object()),
            ("c", Value::Undefined),
            ("d", Value::buffer(vec![1, 255])),
            ("e", Value::Date(0.0)),
            ("f\u{1}\"", Value::from("\u{8}\u{c}\n\r\t\\/\u{1f}\u{7f}\u{2028}é")),
            ("g", Value::Number(1e21)),
            ("h", Vec::new().into()),
        ]));
        assert_eq!(
            stringify(&value, 0).unwrap(),
            "{\"a\":[1,null,null],\"b\":{},\"d\":{\"type\":\"Buffer\",\"data\":[1,255]},\
             \"e\":\"1970-01-01T00:00:00.000Z\",\
             \"f\\u0001\\\"\":\"\\b\\f\\n\\r\\t\\\\/\\u001f\u{7f}\u{2028}é\",\"g\":1e+21,\"h\":[]}"
        );
        let small = Value::from(Object::from_iter([
            ("a", vec![Value::Number(1.0), Value::object()].into()),
            ("b", Value::buffer(vec![7])),
        ]));
        assert_eq!(
            stringify(&small, 4).unwrap(),
            "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": {\n        \"type\": \"Buffer\",\n        \
             \"data\": [\n            7\n        ]\n    }\n}"
        );
        assert_eq!(stringify(&Value::Undefined, 0), None);
        assert_eq!(stringify(&Value::from("x"), 2).as_deref(), Some("\"x\""));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in any::<String>(), number in any::<f64>(), indent in 0_usize..6) {
            prop_assume!(number.is_finite());
            let value = Value::from(Object::from_iter([
                ("text", Value::from(text.as_str())),
                (text.as_str(), vec![Value::Number(number), Value::Null, Value::Bool(true)].into()),
            ]));
            let written = stringify(&value, indent).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        }
    }
}
