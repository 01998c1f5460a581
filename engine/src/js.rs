//! JavaScript's rules for numbers, texts, comparison, dates and property paths.

pub mod date;
pub mod path;
