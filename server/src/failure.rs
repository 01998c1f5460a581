//! What went wrong in the server, as a text with a catalogue key.

use std::fmt;
use std::path::Path;

use model::text::Text;

use crate::texts;

/// An error whose text stands in a catalogue: what is wrong, where, and how to mend it.
#[derive(Clone, Debug)]
pub(crate) struct Failure(pub(crate) Text);

/// The result of what can fail with a [`Failure`].
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// The text with this key.
    pub(crate) fn key(key: &'static str) -> Self {
        Self(Text::key(key))
    }

    /// The same with a place of its text filled.
    pub(crate) fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        Self(self.0.with(name, value))
    }

    /// A file or folder could not be used; `key`'s template has the places `path` and `reason`.
    pub(crate) fn file(key: &'static str, path: &Path, reason: impl fmt::Display) -> Self {
        Self::key(key).with("path", path.display()).with("reason", reason)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&texts::render(&self.0))
    }
}

impl std::error::Error for Failure {}

impl From<Text> for Failure {
    fn from(text: Text) -> Self {
        Self(text)
    }
}
