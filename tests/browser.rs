//! The editor in a real browser, served by the real binary.

mod campus;
mod canvas;
mod connection;
mod login;
mod look;
