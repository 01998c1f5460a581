//! What can be wrong with an expression.

use jsonata_core::evaluator::{EvaluatorError, error_code_prefix};

/// An expression that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (character {position})")]
pub struct SyntaxError {
    /// JSONata's code, such as `S0202`.
    pub code: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// Where: the number of the character at which it was noticed, from 1.
    pub position: usize,
}

/// An evaluation that gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct EvaluationError {
    /// JSONata's code, such as `T2001`.
    pub code: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// JSONata's code for an evaluation that took too long.
const TIME_LIMIT: &str = "D1012";

impl EvaluationError {
    pub(crate) fn of(error: &EvaluatorError) -> Self {
        let (code, reason) = split(error.message());
        Self { code, reason }
    }

    /// Whether it was stopped by [`crate::Limits::milliseconds`].
    pub fn is_time_limit(&self) -> bool {
        self.code.as_deref() == Some(TIME_LIMIT)
    }
}

/// The code in front of a message, and the message with symbols in place of the parser's names for them.
pub(crate) fn split(message: &str) -> (Option<String>, String) {
    let message = PREFIXES.iter().find_map(|prefix| message.strip_prefix(prefix)).unwrap_or(message);
    let (code, message) = match error_code_prefix(message) {
        Some(code) => (Some(code.to_owned()), message[code.len() + 1..].trim_start()),
        None if message == UNCLOSED_COMMENT => (Some("S0106".to_owned()), message),
        None => (None, message),
    };
    let words = message.split(' ').map(|word| {
        let (name, comma) = word.strip_suffix(',').map_or((word, ""), |name| (name, ","));
        match SYMBOLS.iter().find(|(known, _)| *known == name) {
            Some((_, symbol)) => format!("'{symbol}'{comma}"),
            None => match name.strip_prefix("Identifier(\"").and_then(|name| name.strip_suffix("\")")) {
                Some(name) => format!("'{name}'{comma}"),
                None => word.to_owned(),
            },
        }
    });
    (code, words.collect::<Vec<_>>().join(" "))
}

/// What stands in front of some codes.
const PREFIXES: &[&str] = &["Invalid syntax: ", "Invalid number: ", "Signature validation failed: "];
/// The one message of the reference that has lost its code.
const UNCLOSED_COMMENT: &str = "Unclosed comment";

/// The parser's names that it shows in messages.
const SYMBOLS: &[(&str, &str)] = &[
    ("LeftParen", "("),
    ("RightParen", ")"),
    ("LeftBracket", "["),
    ("RightBracket", "]"),
    ("LeftBrace", "{"),
    ("RightBrace", "}"),
    ("Comma", ","),
    ("Colon", ":"),
    ("Semicolon", ";"),
    ("Dot", "."),
    ("DotDot", ".."),
    ("Question", "?"),
    ("Equal", "="),
    ("NotEqual", "!="),
    ("GreaterThan", ">"),
    ("GreaterThanOrEqual", ">="),
    ("LessThan", "<"),
    ("LessThanOrEqual", "<="),
    ("Plus", "+"),
    ("Minus", "-"),
    ("Star", "*"),
    ("Slash", "/"),
    ("Percent", "%"),
    ("Ampersand", "&"),
    ("Pipe", "|"),
    ("Caret", "^"),
    ("At", "@"),
    ("Hash", "#"),
    ("ColonEqual", ":="),
    ("TildeArrow", "~>"),
];
