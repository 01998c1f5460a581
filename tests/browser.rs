//! The editor in a real browser, served by the real binary.

mod campus;
mod connection;
mod login;
