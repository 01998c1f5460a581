//! Nodes that change, route and compute.

pub mod change;
pub mod delay;
pub mod range;
pub mod switch;
