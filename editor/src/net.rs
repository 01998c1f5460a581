//! Talks to the server.

pub mod api;
pub mod browser;
pub mod session;
