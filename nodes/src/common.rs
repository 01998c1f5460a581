//! Nodes that every flow uses.

pub mod comment;
