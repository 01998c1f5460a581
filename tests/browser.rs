//! The editor in a real browser, served by the real binary.

mod accessibility;
mod by_hand;
mod campus;
mod canvas;
mod conflict;
mod connection;
mod debug;
mod deploy;
mod draft;
mod first;
mod form_tools;
mod forms;
mod gestures;
mod languages;
mod large;
mod live;
mod login;
mod look;
mod panels;
mod plugins;
mod start;
mod together;
mod transfer;
