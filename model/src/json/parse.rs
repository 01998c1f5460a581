//! The parser: strict JSON (RFC 8259), with the place of the first error.

use std::fmt;

use ecow::EcoString;

use super::Json;
use super::number::{Number, literal_length};
use super::object::Shapes;
use crate::text::{Catalogue, Text};

/// Arrays and objects may stand this deep in each other.
pub const MAX_DEPTH: usize = 128;

/// The parser's texts.
pub const TEXTS: Catalogue = &[
    ("json.end", "the text ends too early: expected {expected}"),
    ("json.expected", "expected {expected} but found {found}"),
    ("json.number", "a number cannot be written as {found}: use digits, with 0 before a decimal point"),
    ("json.escape", "unknown escape {found}: use one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000"),
    ("json.control", "a text cannot hold the control character {found} as it is: write it as an escape"),
    ("json.depth", "lists and objects stand deeper in each other than {limit} levels"),
    ("json.rest", "more text after the end of the value: {found}"),
];

/// Where and why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: Text,
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.render_with(crate::CATALOGUES);
        write!(out, "line {}, column {}: {message}", self.line, self.column)
    }
}

impl std::error::Error for ParseError {}

impl Json {
    /// Reads one JSON value that fills the whole text. A byte order mark before it is skipped.
    pub fn parse(text: &str) -> Result<Json, ParseError> {
        let mut parser = Parser::new(text);
        let value = parser.value(0).and_then(|value| parser.end().map(|()| value));
        value.map_err(|message| parser.error(message))
    }
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Byte offset; always on a character boundary.
    at: usize,
    /// Elements, and keys and values, of what is open, innermost last: each list and object takes its own from the end, in
    /// an allocation of just its size.
    items: Vec<Json>,
    keys: Vec<EcoString>,
    shapes: Shapes,
}

impl<'a> Parser<'a> {
    /// A parser at the start of a text; a byte order mark is skipped.
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (items, keys, shapes) = Default::default();
        Self { text, bytes: text.as_bytes(), at: 0, items, keys, shapes }
    }

    /// Nothing may stand here but space.
    pub(crate) fn end(&mut self) -> Result<(), Text> {
        self.skip_space();
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => Err(Text::key("json.rest").with("found", self.found())),
        }
    }

    /// The next value, at this depth.
    pub(crate) fn value(&mut self, depth: usize) -> Result<Json, Text> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take_text("true") => Ok(Json::Bool(true)),
            _ if self.take_text("false") => Ok(Json::Bool(false)),
            _ if self.take_text("null") => Ok(Json::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Text> {
        let from = self.items.len();
        self.list(depth, |parser| {
            let item = parser.value(depth + 1)?;
            parser.items.push(item);
            Ok(())
        })?;
        Ok(Json::Array(self.items.drain(from..).collect()))
    }

    fn object(&mut self, depth: usize) -> Result<Json, Text> {
        let (first_key, first_value) = (self.keys.len(), self.items.len());
        self.each_entry(depth, |parser, key| {
            let value = parser.value(depth + 1)?;
            parser.keys.push(key);
            parser.items.push(value);
            Ok(())
        })?;
        Ok(Json::Object(self.shapes.object(&mut self.keys, first_key, self.items.drain(first_value..))))
    }

    /// Reads a list, which starts here; `item` reads each element.
    pub(crate) fn list(
        &mut self,
        depth: usize,
        mut item: impl FnMut(&mut Self) -> Result<(), Text>,
    ) -> Result<(), Text> {
        self.enter(depth)?;
        self.skip_space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            item(self)?;
            self.skip_space();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected(", or ]"));
            }
        }
    }

    /// Reads the elements of a list up to the end of the text, where the list does not end; `element` reads each.
    pub(crate) fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Text>,
    ) -> Result<(), Text> {
        loop {
            element(self)?;
            self.skip_space();
            if self.at == self.bytes.len() {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected(","));
            }
        }
    }

    /// Reads an object, which starts here; `value` reads the value of each key.
    pub(crate) fn each_entry(
        &mut self,
        depth: usize,
        mut value: impl FnMut(&mut Self, EcoString) -> Result<(), Text>,
    ) -> Result<(), Text> {
        self.enter(depth)?;
        self.skip_space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.expected(":"));
            }
            value(self, key)?;
            self.skip_space();
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected(", or }"));
            }
        }
    }

    /// Steps over the opening bracket, where that is not too deep.
    fn enter(&mut self, depth: usize) -> Result<(), Text> {
        if depth >= MAX_DEPTH {
            return Err(Text::key("json.depth").with("limit", MAX_DEPTH));
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<Json, Text> {
        let rest = &self.text[self.at..];
        let number = literal_length(rest.as_bytes()).and_then(|length| {
            // A digit or letter right after it means that the whole is no number: `01`, `1x`.
            let follows = rest.as_bytes().get(length).is_some_and(|byte| byte.is_ascii_alphanumeric());
            if follows { None } else { Some((length, Number::from_literal(&rest[..length])?)) }
        });
        match number {
            Some((length, number)) => {
                self.at += length;
                Ok(Json::Number(number))
            }
            None => Err(Text::key("json.number").with("found", self.found())),
        }
    }

    fn string(&mut self) -> Result<EcoString, Text> {
        self.at += 1;
        let plain = self.plain_length();
        let mut string = EcoString::from(&self.text[self.at..self.at + plain]);
        self.at += plain;
        loop {
            match self.peek() {
                None => return Err(self.expected("the closing \"")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => self.escape(&mut string)?,
                // The first byte of the characters from U+100000 on, one of which needs care.
                Some(0xf4) => {
                    let character = self.text[self.at..].chars().next().unwrap_or_default();
                    push_character(&mut string, character);
                    self.at += character.len_utf8();
                }
                Some(control) => {
                    return Err(Text::key("json.control").with("found", format_args!("\\u{control:04x}")));
                }
            }
            let plain = self.plain_length();
            string.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
        }
    }

    /// How many bytes from here on stand for themselves in a string.
    fn plain_length(&self) -> usize {
        let rest = &self.bytes[self.at..];
        rest.iter().position(|byte| !IS_PLAIN[usize::from(*byte)]).unwrap_or(rest.len())
    }

    fn escape(&mut self, string: &mut EcoString) -> Result<(), Text> {
        let plain = match self.bytes.get(self.at + 1) {
            Some(b'u') => return self.unicode_escape(string),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.bad_escape(2)),
        };
        string.push(plain);
        self.at += 2;
        Ok(())
    }

    fn unicode_escape(&mut self, string: &mut EcoString) -> Result<(), Text> {
        let first = self.code_unit(self.at).ok_or_else(|| self.bad_escape(6))?;
        self.at += 6;
        if let Some(character) = char::from_u32(first) {
            push_character(string, character);
            return Ok(());
        }
        let second = self.code_unit(self.at).filter(|unit| (0xdc00..0xe000).contains(unit));
        let pair = second
            .filter(|_| first < 0xdc00)
            .and_then(|second| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
        match pair {
            Some(character) => {
                self.at += 6;
                push_character(string, character);
            }
            None => {
                string.push(LONE_SURROGATE);
                string.push(char::from_u32(STAND_IN + first - 0xd800).unwrap_or(LONE_SURROGATE));
            }
        }
        Ok(())
    }

    /// The UTF-16 code unit that the escape at `at` names.
    fn code_unit(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
    }

    fn bad_escape(&self, length: usize) -> Text {
        let shown: String = self.text[self.at..].chars().take(length).collect();
        Text::key("json.escape").with("found", shown)
    }

    fn expected(&self, expected: &str) -> Text {
        match self.at == self.bytes.len() {
            true => Text::key("json.end").with("expected", expected),
            false => Text::key("json.expected").with("expected", expected).with("found", self.found()),
        }
    }

    /// What stands here, cut short for a message.
    fn found(&self) -> String {
        let rest = &self.text[self.at..];
        let word: String =
            rest.chars().take(16).take_while(|c| c.is_alphanumeric() || "+-._".contains(*c)).collect();
        if word.is_empty() { rest.chars().take(1).collect() } else { word }
    }

    /// What comes next, after space.
    pub(crate) fn peek_value(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// Steps over `known` where the text goes on with it.
    pub(crate) fn take_text(&mut self, known: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(known.as_bytes());
        self.at += if found { known.len() } else { 0 };
        found
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An error that stands here.
    pub(crate) fn error(&self, message: Text) -> ParseError {
        let before = &self.text[..self.at.min(self.text.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        ParseError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }
}

/// The bytes that stand for themselves in a string, and need no care.
pub(super) static IS_PLAIN: [bool; 256] = {
    let mut is_plain = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        is_plain[byte] = !matches!(byte as u8, b'"' | b'\\' | 0..=0x1f | 0xf4);
        byte += 1;
    }
    is_plain
};

/// Before the stand-in of a lone surrogate; a noncharacter, which Unicode leaves to programs.
pub(super) const LONE_SURROGATE: char = '\u{10ffff}';
/// The stand-in of U+D800; the others follow.
pub(super) const STAND_IN: u32 = 0x10_f000;

fn push_character(string: &mut EcoString, character: char) {
    string.push(character);
    if character == LONE_SURROGATE {
        string.push(character);
    }
}
