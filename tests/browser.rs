//! The editor in a real browser, served by the real binary.

mod accessibility;
mod campus;
mod canvas;
mod conflict;
mod connection;
mod deploy;
mod large;
mod login;
mod look;
mod transfer;
