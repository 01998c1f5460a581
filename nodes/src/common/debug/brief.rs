//! Values in one line, as Node.js's `util.inspect` writes them, for the status under a node.

use ecow::EcoString;
use engine::js;
use engine::value::{Object, Value};

/// Arrays and objects nested deeper are named, not shown.
const DEPTH_LIMIT: usize = 2;

/// A value in one line. Not much longer than `length` is made: more is cut anyway.
pub(super) fn one_line(value: &Value, length: usize) -> EcoString {
    if let Value::String(text) = value {
        return text.clone();
    }
    let mut line = EcoString::new();
    write(value, 0, length, &mut line);
    line
}

/// The first `length` characters, with three dots if there are more.
pub(super) fn cut(text: &str, length: usize) -> EcoString {
    match text.char_indices().nth(length) {
        Some((at, _)) => ecow::eco_format!("{}...", &text[..at]),
        None => text.into(),
    }
}

fn write(value: &Value, depth: usize, length: usize, line: &mut EcoString) {
    match value {
        Value::String(text) => line.push_str(&ecow::eco_format!("'{text}'")),
        Value::Number(number) if *number == 0.0 && number.is_sign_negative() => line.push_str("-0"),
        Value::Date(_) => line.push_str(&js::stringify(value, 0).unwrap_or_default().replace('"', "")),
        Value::Buffer(bytes) => {
            line.push_str("<Buffer");
            for byte in bytes.iter().take(50) {
                line.push_str(&ecow::eco_format!(" {byte:02x}"));
            }
            line.push('>');
        }
        Value::Array(items) if items.is_empty() => line.push_str("[]"),
        Value::Object(object) if object.is_empty() => line.push_str("{}"),
        Value::Array(_) if depth > DEPTH_LIMIT => line.push_str("[Array]"),
        Value::Object(_) if depth > DEPTH_LIMIT => line.push_str("[Object]"),
        Value::Array(items) => {
            line.push_str("[ ");
            for (at, item) in items.iter().enumerate() {
                if line.len() > length {
                    break;
                }
                if at > 0 {
                    line.push_str(", ");
                }
                write(item, depth + 1, length, line);
            }
            line.push_str(" ]");
        }
        Value::Object(object) => write_object(object, depth, length, line),
        _ => line.push_str(&js::to_text(value)),
    }
}

fn write_object(object: &Object, depth: usize, length: usize, line: &mut EcoString) {
    line.push_str("{ ");
    for (at, (key, value)) in object.iter().enumerate() {
        if line.len() > length {
            break;
        }
        if at > 0 {
            line.push_str(", ");
        }
        let is_plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$');
        if is_plain && !key.is_empty() && !key.starts_with(|first: char| first.is_ascii_digit()) {
            line.push_str(key);
        } else {
            line.push_str(&ecow::eco_format!("'{key}'"));
        }
        line.push_str(": ");
        write(value, depth + 1, length, line);
    }
    line.push_str(" }");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_node_js() {
        for (json, line) in [
            (r#"{"a":1,"b-c":"x","d":[1,{"e":[]}]}"#, "{ a: 1, 'b-c': 'x', d: [ 1, { e: [] } ] }"),
            (r#"[[[[1]]]]"#, "[ [ [ [Array] ] ] ]"),
            ("\"text\"", "text"),
            ("null", "null"),
        ] {
            assert_eq!(one_line(&serde_json::from_str(json).unwrap(), 1000), line);
        }
        assert_eq!(cut("äöü", 2), "äö...");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
