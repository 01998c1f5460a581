//! Values to YAML text, as js-yaml's `dump` writes it: block style, two spaces, lines of 80.

use base64::Engine as _;
use engine::{Object, Value, js};

use super::{DEPTH_LIMIT, scalar};

const INDENT: usize = 2;
const LINE_WIDTH: usize = 80;
/// Deeply nested text still gets so much room in a line.
const LEAST_WIDTH: usize = 40;

/// The text; `None` for what has no form in YAML.
pub(crate) fn write(value: &Value) -> Option<String> {
    let mut text = node(value, 0, true)?;
    text.push('\n');
    Some(text)
}

/// A value at a level; compact: the first entry of a collection goes on in the same line.
fn node(value: &Value, level: usize, is_compact: bool) -> Option<String> {
    if level > DEPTH_LIMIT {
        return None;
    }
    Some(match value {
        Value::Object(object) if object.is_empty() => "{}".into(),
        Value::Array(items) if items.is_empty() => "[]".into(),
        Value::Object(object) => mapping(object, level, is_compact)?,
        Value::Array(items) => sequence(items, level, is_compact)?,
        Value::String(text) => text_scalar(text, level, false),
        Value::Null => "null".into(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number_text(*number),
        Value::Date(at) => js::date::to_iso(*at)?.into(),
        Value::Buffer(bytes) => {
            let digits = base64::engine::general_purpose::STANDARD.encode(bytes.as_ref());
            format!("!!binary {}", text_scalar(&digits, level, false))
        }
        Value::Undefined | Value::Handle(_) => return None,
    })
}

fn mapping(object: &Object, level: usize, is_compact: bool) -> Option<String> {
    let mut text = String::new();
    for (key, value) in object.iter().filter(|(_, value)| !matches!(value, Value::Undefined)) {
        next_line(&mut text, level, is_compact);
        let key = text_scalar(key, level + 1, true);
        // A key of more characters has to be marked as one (YAML 1.2, 8.2.2).
        let is_long = key.len() > 1024;
        if is_long {
            text.push_str("? ");
        }
        text.push_str(&key);
        if is_long {
            next_line(&mut text, level, false);
        }
        add(&mut text, ":", &node(value, level + 1, is_long)?);
    }
    Some(text)
}

fn sequence(items: &[Value], level: usize, is_compact: bool) -> Option<String> {
    let mut text = String::new();
    for item in items {
        next_line(&mut text, level, is_compact);
        let item = if matches!(item, Value::Undefined) { &Value::Null } else { item };
        add(&mut text, "-", &node(item, level + 1, true)?);
    }
    Some(text)
}

fn next_line(text: &mut String, level: usize, is_compact: bool) {
    if !is_compact || !text.is_empty() {
        text.push('\n');
        text.push_str(&" ".repeat(INDENT * level));
    }
}

fn add(text: &mut String, mark: &str, value: &str) {
    text.push_str(mark);
    if !value.starts_with('\n') {
        text.push(' ');
    }
    text.push_str(value);
}

fn number_text(number: f64) -> String {
    if number.is_nan() {
        return ".nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    if number == 0.0 && number.is_sign_negative() {
        return "-0.0".into();
    }
    let text = js::number_to_text(number);
    // YAML 1.1 wants a point before the exponent.
    match text.split_once('e') {
        Some((whole, exponent)) if !whole.contains('.') => format!("{whole}.e{exponent}"),
        _ => text.into(),
    }
}

/// Words that YAML 1.1 took for booleans, and still does in older readers.
const FORMER_BOOLEANS: [&str; 16] =
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"];

fn text_scalar(text: &str, level: usize, is_key: bool) -> String {
    let single = |text: &str| format!("'{}'", text.replace('\'', "''"));
    if text.is_empty() {
        return "''".into();
    }
    if FORMER_BOOLEANS.contains(&text) || is_base_60(text) {
        return single(text);
    }
    let indent = INDENT * level.max(1);
    let width = LINE_WIDTH.saturating_sub(indent).max(LINE_WIDTH.min(LEAST_WIDTH));
    let Some(shape) = Shape::of(text, width, is_key) else { return double(text) };
    if is_key || (!shape.has_lines && !shape.is_foldable) {
        let is_ambiguous = scalar::resolve(text).is_some() || text == "<<";
        return if shape.is_plain && !is_ambiguous { text.to_owned() } else { single(text) };
    }
    let body = if shape.is_foldable { fold(text, width) } else { text.to_owned() };
    let style = if shape.is_foldable { '>' } else { '|' };
    let indented = indented(&body, indent);
    format!("{style}{}{}", block_header(text), indented.strip_suffix('\n').unwrap_or(&indented))
}

/// `12:30:45`: a number to base 60 in YAML 1.1.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    whole.contains(':') && whole.split(':').all(|part| !part.is_empty() && is_part(part)) && is_part(fraction)
}

/// What decides how a text is written.
struct Shape {
    is_plain: bool,
    has_lines: bool,
    is_foldable: bool,
}

impl Shape {
    /// `None` for a text that has to be escaped.
    fn of(text: &str, width: usize, is_key: bool) -> Option<Self> {
        let characters: Vec<char> = text.chars().collect();
        let (first, last) = (*characters.first()?, *characters.last()?);
        let mut shape = Self {
            is_plain: is_plain_first(first) && !is_space(last) && last != ':',
            has_lines: false,
            is_foldable: false,
        };
        let mut line_start = 0;
        let mut before = None;
        for (at, &character) in characters.iter().enumerate() {
            if character == '\n' && !is_key {
                shape.has_lines = true;
                shape.is_foldable |= at - line_start > width && characters[line_start] != ' ';
                line_start = at + 1;
            } else if !is_printable(character) || (is_key && character == '\n') {
                return None;
            }
            shape.is_plain &= is_plain(character, before);
            before = Some(character);
        }
        let rest = characters.len() - line_start;
        shape.is_foldable |= !is_key && rest > width && characters.get(line_start) != Some(&' ');
        Some(shape)
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// YAML 1.2, production 1, without the byte order mark.
fn is_printable(character: char) -> bool {
    matches!(character, '\t' | '\n' | ' '..='~' | '\u{a1}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
        && !matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

fn is_plain_first(character: char) -> bool {
    is_printable(character)
        && !is_space(character)
        && !matches!(
            character,
            '\n' | '-'
                | '?'
                | ':'
                | ','
                | '['
                | ']'
                | '{'
                | '}'
                | '#'
                | '&'
                | '*'
                | '!'
                | '|'
                | '='
                | '>'
                | '\''
                | '"'
                | '%'
                | '@'
                | '`'
        )
}

fn is_plain(character: char, before: Option<char>) -> bool {
    if character == '\n' {
        return false;
    }
    match (character, before) {
        ('#', before) => before.is_some_and(|before| !is_space(before) && before != '\n'),
        (character, Some(':')) => !is_space(character),
        _ => true,
    }
}

/// How much a block is indented if it begins with a space, and what becomes of the line ends after it.
fn block_header(text: &str) -> String {
    let indicator = if text.trim_start_matches('\n').starts_with(' ') { "2" } else { "" };
    let chomping = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    format!("{indicator}{chomping}\n")
}

fn indented(text: &str, indent: usize) -> String {
    let spaces = " ".repeat(indent);
    text.split_inclusive('\n')
        .map(|line| if line == "\n" { line.to_owned() } else { format!("{spaces}{line}") })
        .collect()
}

/// Breaks long lines at spaces; lines that begin with a space are left alone.
fn fold(text: &str, width: usize) -> String {
    let first_end = text.find('\n').unwrap_or(text.len());
    let mut folded = fold_line(&text[..first_end], width);
    let mut was_indented = text.starts_with(['\n', ' ', '\t']);
    let mut rest = &text[first_end..];
    while !rest.is_empty() {
        let line_start = rest.find(|character| character != '\n').unwrap_or(rest.len());
        let line_end = rest[line_start..].find('\n').map_or(rest.len(), |end| line_start + end);
        let (ends, line) = (&rest[..line_start], &rest[line_start..line_end]);
        // Line ends before and after such a line are read as they are.
        let is_indented = line.starts_with([' ', '\t']);
        folded.push_str(ends);
        if !was_indented && !is_indented && !line.is_empty() {
            // One line end more: a single one would be read as a space.
            folded.push('\n');
        }
        folded.push_str(&fold_line(line, width));
        was_indented = is_indented;
        rest = &rest[line_end..];
    }
    folded
}

fn fold_line(line: &str, width: usize) -> String {
    if line.is_empty() || line.starts_with([' ', '\t']) {
        return line.to_owned();
    }
    let characters: Vec<char> = line.chars().collect();
    let part = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
    let (mut parts, mut start, mut last_space) = (Vec::new(), 0, 0);
    // A line may be broken at a space that is followed by something else.
    let is_break = |at: &usize| {
        characters[*at] == ' ' && characters.get(at + 1).is_some_and(|next| !matches!(next, ' ' | '\t'))
    };
    for space in (0..characters.len()).filter(is_break) {
        if space - start > width {
            let end = if last_space > start { last_space } else { space };
            parts.push(part(start, end));
            start = end + 1;
        }
        last_space = space;
    }
    if characters.len() - start.min(characters.len()) > width && last_space > start {
        parts.push(part(start, last_space));
        start = last_space + 1;
    }
    parts.push(part(start.min(characters.len()), characters.len()));
    parts.join("\n")
}

fn double(text: &str) -> String {
    let mut escaped = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\0' => escaped.push_str("\\0"),
            '\u{7}' => escaped.push_str("\\a"),
            '\u{8}' => escaped.push_str("\\b"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\u{b}' => escaped.push_str("\\v"),
            '\u{c}' => escaped.push_str("\\f"),
            '\r' => escaped.push_str("\\r"),
            '\u{1b}' => escaped.push_str("\\e"),
            '\u{85}' => escaped.push_str("\\N"),
            '\u{a0}' => escaped.push_str("\\_"),
            '\u{2028}' => escaped.push_str("\\L"),
            '\u{2029}' => escaped.push_str("\\P"),
            other if is_printable(other) => escaped.push(other),
            other if (other as u32) < 0x100 => escaped.push_str(&format!("\\x{:02X}", other as u32)),
            other => escaped.push_str(&format!("\\u{:04X}", other as u32)),
        }
    }
    escaped.push('"');
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::parse;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// As js-yaml 4.1 writes them.
    #[test]
    fn writes_as_js_yaml() {
        for (value, expected) in [
            (
                r#"{"a":1,"b":[1,{"c":"x","d":[[]]}],"e":{}}"#,
                "a: 1\nb:\n  - 1\n  - c: x\n    d:\n      - []\ne: {}\n",
            ),
            (
                r##"["yes","1","null","a: b","a:b","- x","it's","#x","a #b","",true]"##,
                "- 'yes'\n- '1'\n- 'null'\n- 'a: b'\n- a:b\n- '- x'\n- it's\n- '#x'\n- 'a #b'\n- ''\n- true\n",
            ),
            (
                r#"{"t":"one\ntwo\n","u":"one\ntwo","v":"\tx\r"}"#,
                "t: |\n  one\n  two\nu: |-\n  one\n  two\nv: \"\\tx\\r\"\n",
            ),
            ("[[1,[2]],null]", "- - 1\n  - - 2\n- null\n"),
        ] {
            assert_eq!(write(&json(value)).unwrap(), expected, "{value}");
        }
        let long = format!("{} end", "word ".repeat(20).trim_end());
        let folded = write(&Value::from(Object::from_iter([("k", long.as_str())]))).unwrap();
        assert!(
            folded.starts_with("k: >-\n  word word") && folded.lines().all(|line| line.len() <= 82),
            "{folded}"
        );
    }

    #[test]
    fn long_lines_that_start_with_a_tab_come_back() {
        for text in [format!("a\n\t{}end", "word ".repeat(20)), format!("{}\tend\n\tx", "word ".repeat(20))] {
            let object = Value::from(Object::from_iter([("k", text.as_str())]));
            let written = write(&object).unwrap();
            assert_eq!(parse(&written).unwrap(), object, "{written}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(texts in prop::collection::vec("[ -~\u{e9}\n\t:#'\"-]{0,120}", 0..6)) {
            let value: Value = texts.iter().map(|text| Value::from(text.as_str())).collect();
            let object = Value::from(Object::from_iter([("list", value)]));
            let text = write(&object).unwrap();
            prop_assert_eq!(parse(&text).map_err(|error| error.to_string()), Ok(object), "{}", text);
        }
    }
}
