//! Nodes that take messages apart and put them together.

pub mod batch;
pub mod join;
pub mod sort;
pub mod split;
