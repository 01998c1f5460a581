//! Nodes that take messages apart and put them together.

pub mod join;
pub mod split;
