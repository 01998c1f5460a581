//! Values in the debug panel's encoding: what JSON lacks, and what was cut off, is marked with `__enc__`.

use model::json::{Json, Object};

/// The mark of an encoded value.
const MARK: &str = "__enc__";
/// Texts longer than this, in UTF-16 units, are cut.
const LONGEST_TEXT: usize = 1_000;
/// What is nested deeper is not shown.
const DEEPEST: usize = 100;

/// A value that came as text.
pub fn shown(text: &Json) -> Json {
    match text.as_str() {
        Some(text) => Json::parse(text).unwrap_or_else(|_| Json::from(text)),
        None => text.clone(),
    }
}

/// Whether the server left out some of a value.
pub fn is_cut(value: &Json) -> bool {
    is_cut_at(value, 0)
}

fn is_cut_at(value: &Json, depth: usize) -> bool {
    match value {
        _ if depth > DEEPEST => true,
        Json::Array(items) => items.iter().any(|item| is_cut_at(item, depth + 1)),
        Json::Object(object) => match kind_of(object) {
            None => object.iter().any(|(_, value)| is_cut_at(value, depth + 1)),
            Some("Buffer") => length(object) > data_length(object),
            Some("error") => object.get("data").is_none_or(|data| is_cut_at(data, depth + 1)),
            Some("number" | "undefined" | "internal") => false,
            Some(_) => true,
        },
        Json::String(text) => text.ends_with("...") && text.encode_utf16().count() > LONGEST_TEXT,
        _ => false,
    }
}

/// A value that is not cut, as it is written: with bytes as `{"type":"Buffer","data":[...]}`, and with errors as the
/// objects that they are. `undefined` and numbers that JSON lacks stay encoded, which the server reads. What lives in
/// the server alone, such as an open HTTP exchange, is left out.
pub fn editable(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(editable).collect()),
        Json::Object(object) => match kind_of(object) {
            Some("Buffer") => {
                let keys = ["type", "data"];
                Json::Object(keys.iter().filter_map(|key| Some((*key, object.get(key)?.clone()))).collect())
            }
            Some("error") => object.get("data").map(editable).unwrap_or_default(),
            Some(_) => value.clone(),
            None => {
                let stays =
                    |value: &Json| value.as_object().is_none_or(|object| kind_of(object) != Some("internal"));
                let entries = object.iter().filter(|(_, value)| stays(value));
                Json::Object(entries.map(|(key, value)| (key, editable(value))).collect())
            }
        },
        other => other.clone(),
    }
}

/// What an encoded value stands for.
fn kind_of(object: &Object) -> Option<&str> {
    (object.get(MARK)? == &Json::Bool(true)).then(|| object.get("type").and_then(Json::as_str))?
}

fn length(object: &Object) -> usize {
    object.get("length").and_then(Json::as_f64).unwrap_or_default() as usize
}

fn data_length(object: &Object) -> usize {
    object.get("data").and_then(Json::as_array).map_or(0, <[Json]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn what_was_cut_off_is_known() {
        let cut = [
            r#"{"payload":{"data":[1],"__enc__":true,"type":"array","length":5000}}"#.to_owned(),
            r#"{"payload":[{"type":"Buffer","data":[1,2],"__enc__":true,"length":3}]}"#.to_owned(),
            format!(r#"{{"payload":"{}..."}}"#, "x".repeat(1_000)),
            format!(
                r#"{{"e":{{"__enc__":true,"type":"error","data":{{"stack":"{}..."}}}}}}"#,
                "x".repeat(999) + "\u{1f600}"
            ),
        ];
        cut.iter().for_each(|text| assert!(is_cut(&parse(text)), "{text}"));
        let whole = [
            r#"{"payload":["short..."]}"#.to_owned(),
            r#"{"payload":{"type":"Buffer","data":[1,2],"__enc__":true,"length":2}}"#.to_owned(),
            r#"{"u":{"__enc__":true,"type":"undefined"},"n":{"__enc__":true,"type":"number","data":"NaN"}}"#
                .to_owned(),
            // 1000 units in more bytes, as it was.
            format!(r#"{{"payload":"{}..."}}"#, "ü".repeat(997)),
        ];
        whole.iter().for_each(|text| assert!(!is_cut(&parse(text)), "{text}"));
    }

    #[test]
    fn a_message_is_edited_as_the_server_reads_it() {
        let seen = parse(
            r#"{"payload":{"raw":{"type":"Buffer","data":[1,255],"__enc__":true,"length":2}},
                "list":[{"__enc__":true,"type":"undefined"},{"__enc__":true,"type":"number","data":"Infinity"}],
                "error":{"__enc__":true,"type":"error","data":{"name":"Error","message":"m","stack":"s"}},
                "res":{"_res":{"__enc__":true,"type":"internal"},"x":1}}"#,
        );
        let written = parse(
            r#"{"payload":{"raw":{"type":"Buffer","data":[1,255]}},
                "list":[{"__enc__":true,"type":"undefined"},{"__enc__":true,"type":"number","data":"Infinity"}],
                "error":{"name":"Error","message":"m","stack":"s"},
                "res":{"x":1}}"#,
        );
        assert!(!is_cut(&seen));
        assert_eq!(editable(&seen), written);
    }
}
