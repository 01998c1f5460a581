//! Wireloom: integration tests, one binary; here is what they share.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod browser;
pub mod cipher;
pub mod fingers;
pub mod hands;
pub mod packages;
pub mod plugin;
pub mod server;
