//! Property paths that a plugin names: parsed once.

use std::collections::HashMap;

use engine::js::path::PropertyPath;
use model::text::Text;

/// A longer path is refused: how deep a message can become is bounded by it.
const LONGEST: usize = 1024;

/// How many are remembered.
const REMEMBERED: usize = 128;

/// The paths that one instance used lately.
#[derive(Default)]
pub(crate) struct Paths(HashMap<String, PropertyPath>);

/// Where something is.
pub(crate) enum Place<'a> {
    /// A property of the message itself.
    Key(&'a str),
    /// Somewhere inside.
    Path(&'a PropertyPath),
}

impl Paths {
    /// The place that a path leads to.
    pub(crate) fn place<'a>(&'a mut self, text: &'a str) -> Result<Place<'a>, Text> {
        let text = text.strip_prefix("msg.").unwrap_or(text);
        if is_key(text) {
            return Ok(Place::Key(text));
        }
        if text.len() > LONGEST {
            let start: String = text.chars().take(40).collect();
            return Err(Text::key("plugin.long-path").with("start", start).with("limit", LONGEST));
        }
        if !self.0.contains_key(text) {
            let path = PropertyPath::parse(text)?;
            if self.0.len() >= REMEMBERED {
                self.0.clear();
            }
            self.0.insert(text.to_owned(), path);
        }
        self.0.get(text).map(Place::Path).ok_or_else(|| Text::key("path.empty"))
    }
}

/// Whether a path is a plain name, which needs no parsing.
fn is_key(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.len() <= 64 && !text.as_bytes()[0].is_ascii_digit() && text.bytes().all(is_plain)
}
