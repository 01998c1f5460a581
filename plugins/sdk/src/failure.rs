//! What can go wrong: in a message's work, and in a node's settings.

use std::fmt;

/// The error that a catch node gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong and how to mend it: in English, lower case, without a full stop.
    pub text: String,
    /// For programs, such as `ETIMEDOUT`.
    pub code: Option<String>,
}

impl Failure {
    /// A failure without a code.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: None }
    }

    /// The same with a code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

/// Lets `?` turn any library's error into a failure. For that, a failure is itself no `std::error::Error`.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Everything that is wrong with a node's settings, each with the path of the property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub(crate) Vec<(String, String)>);

impl Problems {
    /// One problem. The path is such as `rules[2].value`, or empty for the node as a whole.
    pub fn at(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self(vec![(path.into(), text.into())])
    }

    /// Notes another one.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.push((path.into(), text.into()));
    }

    /// `value`, when there is no problem.
    ///
    /// # Errors
    /// All problems.
    pub fn settle<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Paths and texts, in the order in which they were noted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }
}
