//! JSONata: a query and transformation language for JSON, <https://jsonata.org>.
//!
//! An [`Expression`] is parsed once and evaluated many times, each time with [`Limits`] on its time, depth and
//! length, so that no expression holds up what waits for it. What an expression may ask of its surroundings
//! (functions such as `$flowContext`, methods of a date) comes from a [`Host`].
//!
//! The language itself is `jsonata-core`; this crate keeps the rest of Wireloom from knowing it.

mod data;
mod error;
mod expression;
mod tree;

pub use data::{Data, Fields};
pub use error::{EvaluationError, SyntaxError};
pub use expression::{Expression, Host, Limits, Vocabulary};
