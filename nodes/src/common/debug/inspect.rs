//! Values over several lines, as Node.js's `util.inspect` writes them, for the log.

use std::fmt::Write;

use engine::js;
use engine::value::{Object, Value};

/// What fits into so many characters stands in one line.
const LINE_LENGTH: usize = 80;
/// So many levels of nesting may stand in one line.
const LEVELS_PER_LINE: usize = 3;
/// Arrays of more elements are set in columns.
const UNGROUPED: usize = 6;
/// Columns at most.
const COLUMNS: usize = 12;
/// Elements of an array that are shown, and bytes of a buffer.
const ELEMENTS: usize = 100;
const BYTES: usize = 50;

/// A value as text; arrays and objects nested deeper than `depth` are named, not shown.
pub(super) fn inspect(value: &Value, depth: usize) -> String {
    Writer { depth, deepest: 0, indentation: 0 }.value(value, 0)
}

struct Writer {
    depth: usize,
    /// The level of the array or object that was written last.
    deepest: usize,
    indentation: usize,
}

impl Writer {
    fn value(&mut self, value: &Value, level: usize) -> String {
        match value {
            Value::String(text) => self.text(text),
            Value::Number(number) if *number == 0.0 && number.is_sign_negative() => "-0".into(),
            Value::Date(at) => js::date::to_iso(*at).map_or_else(|| "Invalid Date".into(), String::from),
            Value::Buffer(bytes) => buffer(bytes),
            Value::Array(items) if items.is_empty() => "[]".into(),
            Value::Object(object) if object.is_empty() => "{}".into(),
            Value::Array(_) if level > self.depth => "[Array]".into(),
            Value::Object(_) if level > self.depth => "[Object]".into(),
            Value::Array(items) => self.array(items, level),
            Value::Object(object) => self.object(object, level),
            Value::Handle(handle) => format!("[{}]", handle.kind()),
            _ => js::to_text(value).into(),
        }
    }

    /// A text in quotes; one of several lines that is too long for one is put together of them.
    fn text(&self, text: &str) -> String {
        if text.len() <= 16 || text.len() + self.indentation + 4 <= LINE_LENGTH || !text.contains('\n') {
            return quoted(text);
        }
        let lines: Vec<String> = text.split_inclusive('\n').map(quoted).collect();
        lines.join(&format!(" +\n{}", " ".repeat(self.indentation)))
    }

    fn array(&mut self, items: &[Value], level: usize) -> String {
        self.deepest = level;
        self.indentation += 2;
        let mut parts: Vec<String> =
            items.iter().take(ELEMENTS).map(|item| self.value(item, level + 1)).collect();
        self.indentation -= 2;
        let more = items.len().saturating_sub(ELEMENTS);
        let are_numbers = items.iter().all(|item| matches!(item, Value::Number(_)));
        let is_grouped = parts.len() > UNGROUPED;
        let before = parts.len();
        if is_grouped {
            parts = self.grouped(parts, are_numbers);
        }
        let may_join = parts.len() == before;
        if more > 0 {
            parts.push(format!("... {more} more item{}", if more > 1 { "s" } else { "" }));
        }
        self.enclosed(&parts, ["[", "]"], level, may_join)
    }

    fn object(&mut self, object: &Object, level: usize) -> String {
        self.deepest = level;
        self.indentation += 2;
        let property = |(key, value): (&ecow::EcoString, &Value)| {
            let is_plain = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let key = if is_plain { key.to_string() } else { quoted(key) };
            format!("{key}: {}", self.value(value, level + 1))
        };
        let parts: Vec<String> = object.iter().map(property).collect();
        self.indentation -= 2;
        self.enclosed(&parts, ["{", "}"], level, true)
    }

    /// The parts in one line if they fit, else each in one of its own.
    fn enclosed(&self, parts: &[String], [open, close]: [&str; 2], level: usize, may_join: bool) -> String {
        if may_join && self.deepest - level < LEVELS_PER_LINE {
            let start = parts.len() + self.indentation + open.len() + 10;
            let length = parts.iter().map(|part| part.chars().count()).sum::<usize>() + parts.len() + start;
            let line = parts.join(", ");
            if length <= LINE_LENGTH && !line.contains('\n') {
                return format!("{open} {line} {close}");
            }
        }
        let indentation = format!("\n{}", " ".repeat(self.indentation));
        format!("{open}{indentation}  {}{indentation}{close}", parts.join(&format!(",{indentation}  ")))
    }

    /// Many short elements in columns, several to a line.
    fn grouped(&self, parts: Vec<String>, are_numbers: bool) -> Vec<String> {
        let lengths: Vec<usize> = parts.iter().map(|part| part.chars().count()).collect();
        let total: usize = lengths.iter().map(|length| length + 2).sum();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let widest = longest + 2;
        let fits = widest * 3 + self.indentation < LINE_LENGTH;
        if !fits || (total as f64 / widest as f64 <= 5.0 && longest > 6) {
            return parts;
        }
        let count = parts.len() as f64;
        let bias = (widest as f64 - total as f64 / count).max(0.0).sqrt();
        let biased = (widest as f64 - 3.0 - bias).max(1.0);
        let columns = ((2.5 * biased * count).sqrt() / biased).round() as usize;
        let columns = columns.min((LINE_LENGTH - self.indentation) / widest).min(COLUMNS);
        if columns <= 1 {
            return parts;
        }
        let width =
            |column: usize| lengths.iter().skip(column).step_by(columns).max().map_or(0, |most| most + 2);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let row = |row: &[String]| {
            let mut line = String::new();
            for (at, part) in row.iter().enumerate() {
                let is_last = at + 1 == row.len();
                let part = if is_last { part.clone() } else { format!("{part}, ") };
                let width = if is_last { widths[at].saturating_sub(2) } else { widths[at] };
                // Writing to a string cannot fail.
                let _ = match (are_numbers, is_last) {
                    (true, _) => write!(line, "{part:>width$}"),
                    (false, true) => write!(line, "{part}"),
                    (false, false) => write!(line, "{part:<width$}"),
                };
            }
            line
        };
        parts.chunks(columns).map(row).collect()
    }
}

fn quoted(text: &str) -> String {
    let quote = match (text.contains('\''), text.contains('"'), text.contains('`')) {
        (false, ..) => '\'',
        (true, false, _) => '"',
        (true, true, false) => '`',
        _ => '\'',
    };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            other if other == quote => quoted.extend(['\\', other]),
            other if other.is_control() => {
                let _ = write!(quoted, "\\x{:02X}", other as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push(quote);
    quoted
}

fn buffer(bytes: &[u8]) -> String {
    let mut text = String::from("<Buffer");
    for byte in bytes.iter().take(BYTES) {
        let _ = write!(text, " {byte:02x}");
    }
    let more = bytes.len().saturating_sub(BYTES);
    if more > 0 {
        let _ = write!(text, " ... {more} more byte{}", if more > 1 { "s" } else { "" });
    }
    text + ">"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, text: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(inspect(&value, 10), text, "{json}");
    }

    #[test]
    fn writes_as_node_js() {
        check(r#"{"payload":"test"}"#, "{ payload: 'test' }");
        check(r#"{"a-b":"it's","l":[1,{"x":"y\n"}]}"#, r#"{ 'a-b': "it's", l: [ 1, { x: 'y\n' } ] }"#);
        check(r#"{"a":{"b":{"c":{"d":1}}}}"#, "{\n  a: { b: { c: { d: 1 } } }\n}");
        check(
            r#"{"one":"a text that is rather long","two":"another that is as long","three":3}"#,
            "{\n  one: 'a text that is rather long',\n  two: 'another that is as long',\n  three: 3\n}",
        );
        check("[1,2,3,4,5,6,7]", "[\n  1, 2, 3, 4,\n  5, 6, 7\n]");
        check(r#"["a","bb","c","d","e","f","g"]"#, "[\n  'a', 'bb', 'c',\n  'd', 'e',  'f',\n  'g'\n]");
    }

    #[test]
    fn deep_values_are_named() {
        let value: Value = serde_json::from_str(r#"{"a":{"b":[1]},"c":{}}"#).unwrap();
        assert_eq!(inspect(&value, 1), "{ a: { b: [Array] }, c: {} }");
        assert_eq!(
            inspect(&Value::buffer(vec![1; 52]), 1),
            format!("<Buffer{} ... 2 more bytes>", " 01".repeat(50))
        );
    }
}
