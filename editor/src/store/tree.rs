//! A value as a tree that can be unfolded, one level at a time.

use model::json::{Json, Object};
use model::text::Text;

use crate::texts;

/// One row: a key and what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Property name or index; empty at the top.
    pub key: String,
    /// What stands there.
    pub value: Json,
}

/// What a value is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Text.
    Text,
    /// Number.
    Number,
    /// `true`, `false`, `null`, `undefined` and the like.
    Word,
    /// Bytes.
    Buffer,
    /// Object or array.
    Branch,
}

/// Children shown at once: a long array must not lock the page.
pub const MOST_CHILDREN: usize = 100;
/// Longest preview of a folded value, in characters.
const LONGEST_PREVIEW: usize = 80;
/// Longest text shown in a row, in characters.
const LONGEST_TEXT: usize = 2_000;

/// The path of a child, as it is written in a node's settings: `payload.cars[2]["plate no"]`.
pub fn path_of(parent: &str, key: &str, is_in_list: bool) -> String {
    let is_plain = !key.is_empty()
        && !key.starts_with(|letter: char| letter.is_ascii_digit())
        && key.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
    match (is_in_list, is_plain) {
        (true, _) => format!("{parent}[{key}]"),
        (false, true) if parent.is_empty() => key.to_owned(),
        (false, true) => format!("{parent}.{key}"),
        (false, false) => format!("{parent}[{}]", Json::from(key).to_js_string()),
    }
}

/// Whether a path leads through `path`, or ends there.
pub fn leads_through(pinned: &str, path: &str) -> bool {
    pinned.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether a value's children are numbered.
pub fn is_list(value: &Json) -> bool {
    match value {
        Json::Array(_) => true,
        Json::Object(object) => encoded(object).is_some() && object.get("data").is_some_and(is_list),
        _ => false,
    }
}

/// Bytes that are shown of a buffer.
const MOST_BYTES: usize = 24;

/// What a buffer's setting stands for: a text's bytes, or those of a JSON list; as a row of hex digits.
pub fn buffer_preview(setting: &str) -> String {
    let bytes = match Json::parse(setting) {
        Ok(Json::Array(items)) => {
            items.iter().map(|item| item.as_f64().map(|byte| (byte as i64) as u8)).collect()
        }
        Ok(Json::String(text)) => Some(text.as_bytes().to_vec()),
        _ => Some(setting.as_bytes().to_vec()),
    };
    let Some(bytes) = bytes else { return texts::show(&Text::key("tree.no-bytes")) };
    let shown: Vec<String> = bytes.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let rest = if bytes.len() > MOST_BYTES { " …" } else { "" };
    format!("{}: {}{rest}", texts::show(&Text::key("tree.bytes").with("count", bytes.len())), shown.join(" "))
}

/// A value as text for the clipboard: a text as it is, all else as JSON.
pub fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.to_string(),
        other => other.pretty(2),
    }
}

/// What a value is. Values that JSON lacks come as `{"__enc__": true, "type": ..., "data": ...}`.
pub fn sort(value: &Json) -> Sort {
    match value {
        Json::String(_) => Sort::Text,
        Json::Number(_) => Sort::Number,
        Json::Bool(_) | Json::Null => Sort::Word,
        Json::Array(_) => Sort::Branch,
        Json::Object(object) => match encoded(object) {
            Some("number" | "bigint") => Sort::Number,
            Some("buffer" | "Buffer") => Sort::Buffer,
            Some("array" | "object" | "set" | "map") | None => Sort::Branch,
            Some(_) => Sort::Word,
        },
    }
}

/// The children of a value in order, at most [`MOST_CHILDREN`], and how many more there are.
pub fn children(value: &Json) -> (Vec<Row>, usize) {
    let row = |key: String, value: &Json| Row { key, value: value.clone() };
    match value {
        Json::Array(items) => {
            let rows =
                items.iter().take(MOST_CHILDREN).enumerate().map(|(at, item)| row(at.to_string(), item));
            (rows.collect(), items.len().saturating_sub(MOST_CHILDREN))
        }
        Json::Object(object) if encoded(object).is_some() => {
            let Some(data) = object.get("data") else { return (Vec::new(), 0) };
            let (rows, more) = children(data);
            let length = object.get("length").and_then(Json::as_f64).unwrap_or(0.0) as usize;
            (rows.clone(), more.max(length.saturating_sub(rows.len())))
        }
        Json::Object(object) => {
            let rows = object.iter().take(MOST_CHILDREN).map(|(key, item)| row(key.to_owned(), item));
            (rows.collect(), object.len().saturating_sub(MOST_CHILDREN))
        }
        _ => (Vec::new(), 0),
    }
}

/// The value in one line: a leaf as it is, a branch by what it holds.
pub fn preview(value: &Json) -> String {
    match value {
        Json::String(text) => format!("\"{}\"", cut(text, LONGEST_TEXT)),
        Json::Array(items) => format!("[{}]", listed(items.iter().map(brief))),
        Json::Object(object) => match encoded(object) {
            Some(kind) => preview_encoded(kind, object),
            None => format!(
                "{{{}}}",
                listed(object.iter().map(|(key, value)| format!("{key}: {}", brief(value))))
            ),
        },
        other => other.to_js_string(),
    }
}

fn preview_encoded(kind: &str, object: &Object) -> String {
    let data = || match object.get("data") {
        Some(Json::String(text)) => cut(text, LONGEST_TEXT),
        Some(other) => other.to_js_string(),
        None => String::new(),
    };
    match kind {
        "buffer" | "Buffer" => {
            let bytes = object.get("data").and_then(Json::as_array).map_or(0, <[Json]>::len);
            let length = object.get("length").and_then(Json::as_f64).map_or(bytes, |length| length as usize);
            texts::show(&Text::key("tree.bytes").with("count", length))
        }
        "array" => object.get("data").map(preview).unwrap_or_default(),
        "number" | "bigint" | "date" | "regexp" | "function" | "error" => data(),
        kind if data().is_empty() => kind.to_owned(),
        _ => data(),
    }
}

fn encoded(object: &Object) -> Option<&str> {
    if object.get("__enc__") != Some(&Json::Bool(true)) {
        // A buffer as JSON.stringify writes it.
        let is_buffer = object.len() == 2 && object.get("data").is_some_and(|data| data.as_array().is_some());
        return object.get("type")?.as_str().filter(|kind| is_buffer && *kind == "Buffer");
    }
    object.get("type").and_then(Json::as_str)
}

/// A child in its parent's preview.
fn brief(value: &Json) -> String {
    match value {
        Json::String(text) => format!("\"{}\"", cut(text, 24)),
        Json::Array(items) if items.is_empty() => "[]".into(),
        Json::Array(_) => "[…]".into(),
        Json::Object(object) if object.is_empty() => "{}".into(),
        Json::Object(object) if encoded(object).is_some() => cut(&preview(value), 24),
        Json::Object(_) => "{…}".into(),
        other => other.to_js_string(),
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        if text.chars().count() + part.chars().count() > LONGEST_PREVIEW {
            text.push('…');
            return text;
        }
        text.push_str(&part);
    }
    text
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn previews_say_what_is_inside() {
        let check = |text: &str, expected: &str| assert_eq!(preview(&parse(text)), expected);
        check(
            r#"{"id":"car-7","at":[1,2],"in":{"a":1},"ok":true}"#,
            r#"{id: "car-7", at: […], in: {…}, ok: true}"#,
        );
        check("[1.5, 1e3, null]", "[1.5, 1000, null]");
        check(r#"{"__enc__":true,"type":"buffer","data":[1,2],"length":9}"#, "9 bytes");
        check(r#"{"type":"Buffer","data":[1,2,3]}"#, "3 bytes");
        check(r#"{"__enc__":true,"type":"number","data":"NaN"}"#, "NaN");
        check(r#"{"__enc__":true,"type":"undefined"}"#, "undefined");
        check(r#"[]"#, "[]");
    }

    #[test]
    fn a_preview_is_short_whatever_the_value() {
        let long = parse(&format!("[{}0]", "123456789,".repeat(5_000)));
        assert!(preview(&long).chars().count() <= LONGEST_PREVIEW + 4);
        assert!(preview(&long).ends_with("…]"));
    }

    #[test]
    fn paths_are_written_as_settings_take_them() {
        for (parent, key, is_in_list, expected) in [
            ("payload", "cars", false, "payload.cars"),
            ("payload.cars", "2", true, "payload.cars[2]"),
            ("payload", "2", false, r#"payload["2"]"#),
            ("payload", "plate \"no\"", false, r#"payload["plate \"no\""]"#),
            ("", "topic", false, "topic"),
        ] {
            assert_eq!(path_of(parent, key, is_in_list), expected);
        }
        assert!(leads_through("payload.cars[2]", "payload") && leads_through("payload.cars", "payload.cars"));
        assert!(!leads_through("payload", "payload.cars") && !leads_through("payloads", "payload"));
        assert!(is_list(&parse(r#"{"__enc__":true,"type":"array","data":[1],"length":9}"#)));
        assert!(!is_list(&parse(r#"{"a":[1]}"#)));
        assert_eq!(plain(&parse(r#""a b""#)), "a b");
    }

    #[test]
    fn a_buffer_is_shown_by_its_bytes() {
        assert_eq!(buffer_preview("[72, 105, 256]"), "3 bytes: 48 69 00");
        assert_eq!(buffer_preview("é"), "2 bytes: c3 a9");
        assert!(buffer_preview(&"x".repeat(100)).ends_with("78 …"));
        assert_eq!(buffer_preview("[1, \"x\"]"), "a list for a buffer holds numbers only");
    }

    #[test]
    fn children_have_a_largest_number() {
        let (rows, more) = children(&parse(&format!("[{}0]", "1,".repeat(250))));
        assert_eq!((rows.len(), more), (MOST_CHILDREN, 151));
        let (rows, more) = children(&parse(r#"{"__enc__":true,"type":"array","data":[5,6],"length":1000}"#));
        assert_eq!((rows[1].key.as_str(), more), ("1", 998));
        let (rows, _) = children(&parse(r#"{"b":1,"a":{"c":2}}"#));
        assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert!(children(&parse("1")).0.is_empty());
    }
}
