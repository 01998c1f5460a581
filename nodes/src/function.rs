//! Nodes that change, route and compute.

#[allow(clippy::module_inception)] // the node is called function, as its category is
pub mod function;
pub mod template;
pub mod change;
pub mod range;
pub mod switch;
