//! Views: they show the state and pass on what the user does.

pub mod app;
pub mod canvas;
pub mod form;
pub mod groups;
pub mod header;
pub mod icon;
pub mod keyboard;
pub mod login;
pub mod markdown;
pub mod nodes;
pub mod notices;
pub mod placing;
pub mod shortcuts;
pub mod tree;
pub mod wires;
