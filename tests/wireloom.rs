//! The one integration binary.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used)]

mod api;
mod broker;
mod browser;
mod examples;
mod faults;
mod forms;
mod mqtt;
mod node_cases;
mod node_red;
mod plugins;
