//! The writers: compact, indented, and exactly as JavaScript would.

use std::fmt;

use super::parse::{LONE_SURROGATE, STAND_IN};
use super::{Json, Object};

impl Json {
    /// Indented by `indent` spaces a level, as `JSON.stringify(value, null, indent)` lays it out, with key
    /// order and number literals kept. No newline at the end.
    pub fn pretty(&self, indent: usize) -> String {
        let mut writer = Writer { out: String::new(), indent: Some(indent), level: 0, javascript: false };
        writer.value(self);
        writer.out
    }

    /// Exactly what `JSON.stringify(JSON.parse(text))` gives in JavaScript: numbers in JavaScript's form,
    /// keys that are array indices first in ascending order. What Node-RED computes a revision from.
    pub fn to_js_string(&self) -> String {
        let mut writer = Writer { out: String::new(), indent: None, level: 0, javascript: true };
        writer.value(self);
        writer.out
    }
}

/// Compact, with key order and number literals kept.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer { out: String::new(), indent: None, level: 0, javascript: false };
        writer.value(self);
        out.write_str(&writer.out)
    }
}

struct Writer {
    out: String,
    /// Spaces a level; none for all in one line.
    indent: Option<usize>,
    level: usize,
    javascript: bool,
}

impl Writer {
    fn value(&mut self, value: &Json) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(true) => self.out.push_str("true"),
            Json::Bool(false) => self.out.push_str("false"),
            Json::Number(number) if self.javascript => self.out.push_str(&number.to_js_string()),
            Json::Number(number) => self.out.push_str(number.as_str()),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.list(b"[]", items.iter(), Self::value),
            Json::Object(object) if self.javascript => match javascript_order(object) {
                Some(entries) => self.list(b"{}", entries.into_iter(), Self::entry),
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

    fn new_line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * self.level));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let mut plain_from = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character >= ' ' && !matches!(character, '"' | '\\' | LONE_SURROGATE) {
                continue;
            }
            self.out.push_str(&text[plain_from..at]);
            plain_from = at + character.len_utf8();
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                LONE_SURROGATE => {
                    let next = characters.peek().map(|(_, next)| *next);
                    plain_from += self.noncharacter(next);
                    if plain_from > at + LONE_SURROGATE.len_utf8() {
                        characters.next();
                    }
                }
                control => self.out.push_str(&format!("\\u{:04x}", u32::from(control))),
            }
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
