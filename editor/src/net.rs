//! Talks to the server.

pub mod api;
pub mod breakpoints;
pub mod browser;
pub mod deploy;
pub mod draft;
pub mod flow_tests;
pub mod live;
pub mod preferences;
pub mod presence;
pub mod session;
pub mod trace;
