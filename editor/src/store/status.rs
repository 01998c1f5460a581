//! The status under a node.

use model::json::Json;

/// What a node says of itself: a small mark and some words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Colour of the mark.
    pub fill: Fill,
    /// Only an outline.
    pub ring: bool,
    /// The words; may be empty.
    pub text: String,
}

/// The mark's colour, by meaning in the theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// No mark.
    #[default]
    None,
    /// Something failed.
    Red,
    /// Well.
    Green,
    /// Waiting.
    Yellow,
    /// At work.
    Blue,
    /// Idle.
    Grey,
}

impl Fill {
    /// Name of its CSS class; empty for no mark.
    pub fn class(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Red => "red",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Grey => "grey",
        }
    }
}

/// Longest text shown under a node, in characters.
const LONGEST_TEXT: usize = 60;

impl Status {
    /// Reads `{fill, shape, text}`; an object with none of them clears the status.
    pub fn read(data: &Json) -> Option<Self> {
        let field = |key| data.get(key).and_then(Json::as_str).unwrap_or_default();
        let fill = match field("fill") {
            "red" => Fill::Red,
            "green" => Fill::Green,
            "yellow" => Fill::Yellow,
            "blue" => Fill::Blue,
            "grey" | "gray" => Fill::Grey,
            _ => Fill::None,
        };
        let text = match data.get("text") {
            Some(Json::String(text)) => shorten(text),
            Some(other) if !other.is_null() => shorten(&other.to_js_string()),
            _ => String::new(),
        };
        let is_clear = fill == Fill::None && text.is_empty();
        (!is_clear).then(|| Self { fill, ring: field("shape") == "ring", text })
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Status> {
        Status::read(&Json::parse(text).unwrap())
    }

    #[test]
    fn reads_all_forms() {
        let status = read(r#"{"fill":"green","shape":"ring","text":"connected"}"#).unwrap();
        assert_eq!(status, Status { fill: Fill::Green, ring: true, text: "connected".into() });
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"fill":"pink","text":null}"#), None);
        assert_eq!(read(r#"{"text":17}"#).unwrap().text, "17");
        assert_eq!(read("[1]"), None);
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = read(&format!(r#"{{"text":"{}"}}"#, "ü".repeat(100))).unwrap().text;
        assert_eq!(text.chars().count(), LONGEST_TEXT + 1);
        assert_eq!(read(r#"{"text":"one\ntwo"}"#).unwrap().text, "one");
    }
}
