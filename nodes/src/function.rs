//! Nodes that change, route and compute.

pub mod change;
pub mod delay;
pub mod exec;
#[allow(clippy::module_inception)] // the node is called function, as its category is
pub mod function;
pub mod range;
pub mod rbe;
pub mod switch;
pub mod template;
pub mod trigger;
