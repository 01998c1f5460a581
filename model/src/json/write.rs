//! The writers: compact, indented, and exactly as JavaScript would.

use std::fmt;

use super::parse::{IS_PLAIN, LONE_SURROGATE, STAND_IN};
use super::{Json, Object};

impl Json {
    /// Indented by `indent` spaces a level, as `JSON.stringify(value, null, indent)` lays it out, with key
    /// order and number literals kept. No newline at the end.
    pub fn pretty(&self, indent: usize) -> String {
        let mut writer = Writer::new(Some(indent), false);
        writer.value(self);
        writer.out
    }

    /// A list of these in parts of some thousand bytes: as [`Json::pretty`] lays it out, or without `indent` in one line.
    /// The text of an item in one line is taken where it is known, which is faster.
    pub(crate) fn list_parts<'a>(
        items: impl ExactSizeIterator<Item = (&'a Json, Option<&'a str>)>,
        indent: Option<usize>,
    ) -> impl Iterator<Item = String> {
        let (count, mut items) = (items.len(), items.enumerate());
        let mut is_open = true;
        std::iter::from_fn(move || {
            let mut writer = Writer::new(indent, false);
            writer.out.reserve(if is_open { PART_BYTES + USUAL_ITEM } else { 0 });
            while is_open && writer.out.len() < PART_BYTES {
                let Some((at, (item, text))) = items.next() else {
                    if count == 0 {
                        writer.out.push('[');
                    } else {
                        writer.new_line();
                    }
                    writer.out.push(']');
                    is_open = false;
                    break;
                };
                writer.out.push(if at > 0 { ',' } else { '[' });
                writer.level = 1;
                writer.new_line();
                match text {
                    Some(text) if indent.is_none() => writer.out.push_str(text),
                    Some(text) => writer.lay_out(text),
                    None => writer.value(item),
                }
                writer.level = 0;
            }
            (!writer.out.is_empty()).then_some(writer.out)
        })
    }

    /// Exactly what `JSON.stringify(JSON.parse(text))` gives in JavaScript: numbers in JavaScript's form,
    /// keys that are array indices first in ascending order. What Node-RED computes a revision from.
    pub fn to_js_string(&self) -> String {
        let mut out = String::new();
        self.write_js(&mut out);
        out
    }

    /// Adds [`Json::to_js_string`] to `out`; whether that is also how this value is written with its own key order
    /// and literals.
    pub(crate) fn write_js(&self, out: &mut String) -> bool {
        let mut writer = Writer { out: std::mem::take(out), ..Writer::new(None, true) };
        writer.value(self);
        *out = writer.out;
        writer.is_own
    }
}

/// Compact, with key order and number literals kept.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::new(None, false);
        writer.value(self);
        out.write_str(&writer.out)
    }
}

/// A part of a long text is no longer than this by more than an entry.
const PART_BYTES: usize = 64 << 10;
/// Most entries are no longer.
const USUAL_ITEM: usize = 2 << 10;

/// Characters up to here are escaped by what they are; of those after it one needs care.
const LAST_OF_ASCII: char = '\u{7f}';

struct Writer {
    out: String,
    /// Spaces a level; none for all in one line.
    indent: Option<usize>,
    level: usize,
    javascript: bool,
    /// Whether JavaScript's form was so far the value's own.
    is_own: bool,
}

impl Writer {
    fn new(indent: Option<usize>, javascript: bool) -> Self {
        Self { out: String::new(), indent, level: 0, javascript, is_own: true }
    }

    fn value(&mut self, value: &Json) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(true) => self.out.push_str("true"),
            Json::Bool(false) => self.out.push_str("false"),
            Json::Number(number) if self.javascript && !number.is_plain_integer() => {
                let text = number.to_js_string();
                self.is_own &= text == number.as_str();
                self.out.push_str(&text);
            }
            Json::Number(number) => self.out.push_str(number.as_str()),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.list(b"[]", items.iter(), Self::value),
            Json::Object(object) if self.javascript => match javascript_order(object) {
                Some(entries) => {
                    self.is_own &= entries.iter().map(|entry| entry.0).eq(object.keys());
                    self.list(b"{}", entries.into_iter(), Self::entry);
                }
                None => self.list(b"{}", object.iter(), Self::entry),
            },
            Json::Object(object) => self.list(b"{}", object.iter(), Self::entry),
        }
    }

    fn entry(&mut self, (key, value): (&str, &Json)) {
        self.string(key);
        self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
        self.value(value);
    }

    fn list<T>(
        &mut self,
        brackets: &[u8; 2],
        items: impl ExactSizeIterator<Item = T>,
        write: fn(&mut Self, T),
    ) {
        let is_empty = items.len() == 0;
        self.out.push(char::from(brackets[0]));
        self.level += 1;
        for (position, item) in items.enumerate() {
            if position > 0 {
                self.out.push(',');
            }
            self.new_line();
            write(self, item);
        }
        self.level -= 1;
        if !is_empty {
            self.new_line();
        }
        self.out.push(char::from(brackets[1]));
    }

    /// A value of which this is the text in one line, indented.
    fn lay_out(&mut self, line: &str) {
        let bytes = line.as_bytes();
        // What stands between is copied in one piece.
        let (mut from, mut at) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' => at = end_of_string(bytes, at),
                b'{' | b'[' => match bytes.get(at) {
                    Some(b'}' | b']') => at += 1,
                    _ => {
                        self.out.push_str(&line[from..at]);
                        self.level += 1;
                        self.new_line();
                        from = at;
                    }
                },
                b'}' | b']' => {
                    self.out.push_str(&line[from..at - 1]);
                    self.level -= 1;
                    self.new_line();
                    from = at - 1;
                }
                b',' => {
                    self.out.push_str(&line[from..at]);
                    self.new_line();
                    from = at;
                }
                b':' => {
                    self.out.push_str(&line[from..at]);
                    self.out.push(' ');
                    from = at;
                }
                _ => {}
            }
        }
        self.out.push_str(&line[from..]);
    }

    fn new_line(&mut self) {
        const SPACES: &str = "                                ";
        let Some(indent) = self.indent else { return };
        self.out.push('\n');
        let mut left = indent * self.level;
        while left > 0 {
            let now = left.min(SPACES.len());
            self.out.push_str(&SPACES[..now]);
            left -= now;
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let (bytes, mut plain_from, mut at) = (text.as_bytes(), 0, 0);
        while let Some(next) = bytes[at..].iter().position(|byte| !IS_PLAIN[usize::from(*byte)]) {
            at += next;
            // What is not plain begins a character.
            let mut characters = text[at..].chars();
            let character = characters.next().unwrap_or_default();
            let after = at + character.len_utf8();
            if character > LAST_OF_ASCII && character != LONE_SURROGATE {
                at = after;
                continue;
            }
            self.out.push_str(&text[plain_from..at]);
            at = after;
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                LONE_SURROGATE => at += self.noncharacter(characters.next()),
                control => self.out.push_str(&format!("\\u{:04x}", u32::from(control))),
            }
            plain_from = at;
        }
        self.out.push_str(&text[plain_from..]);
        self.out.push('"');
    }

    /// Writes a lone surrogate or a real U+10FFFF; how many bytes of the text after it that took.
    fn noncharacter(&mut self, next: Option<char>) -> usize {
        match next {
            Some(next) if (STAND_IN..STAND_IN + 0x800).contains(&u32::from(next)) => {
                self.out.push_str(&format!("\\u{:04x}", u32::from(next) - STAND_IN + 0xd800));
                next.len_utf8()
            }
            Some(LONE_SURROGATE) => {
                self.out.push(LONE_SURROGATE);
                LONE_SURROGATE.len_utf8()
            }
            _ => {
                self.out.push(LONE_SURROGATE);
                0
            }
        }
    }
}

/// Behind the quote that closes the string in which `at` is.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some(next) = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        at += next;
        if bytes[at] == b'"' {
            return at + 1;
        }
        // An escape: whatever is behind it.
        at = (at + 2).min(bytes.len());
    }
    bytes.len()
}

/// The entries in JavaScript's property order, where that differs from ours: array indices first, ascending.
fn javascript_order(object: &Object) -> Option<Vec<(&str, &Json)>> {
    if !object.keys().any(|key| array_index(key).is_some()) {
        return None;
    }
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by_key(|(key, _)| array_index(key).map_or((1, 0), |index| (0, index)));
    Some(entries)
}

/// The array index that a key is: `0`, or digits without a leading 0, below 2^32 - 1 (ECMA-262, section 6.1.7).
fn array_index(key: &str) -> Option<u32> {
    let canonical = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    key.parse().ok().filter(|index| canonical && *index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_laid_out_as_its_value_is() {
        for line in [
            r#"{"id":"a","wires":[[],["b","c"]],"o":{},"n":-1.50e3,"t":[true,null]}"#,
            r#"{"a":"{[,:]}\"","b\\":{"x":"\u0000","ä":[{"":[]}]}}"#,
            r#"{"deep":[[[[[[[[[[[[1]]]]]]]]]]]]}"#,
            r#""text""#,
            "[]",
        ] {
            let json = Json::parse(line).unwrap();
            assert_eq!(json.to_string(), line);
            let mut writer = Writer::new(Some(4), false);
            writer.lay_out(line);
            assert_eq!(writer.out, json.pretty(4));
            let known = |text| Json::list_parts([(&json, text), (&json, None)].into_iter(), Some(4));
            assert!(known(Some(line)).eq(known(None)));
        }
    }
}
