//! The editor in a real browser, served by the real binary.

mod campus;
mod canvas;
mod conflict;
mod connection;
mod debug;
mod deploy;
mod draft;
mod first;
mod forms;
mod login;
mod look;
mod transfer;
