//! Views: they show the state and pass on what the user does.

pub mod app;
pub mod canvas;
pub mod changes;
pub mod deploy;
pub mod dialog;
pub mod dialogs;
pub mod ends;
pub mod first;
pub mod form;
pub mod groups;
pub mod header;
pub mod icon;
pub mod keyboard;
pub mod links;
pub mod login;
pub mod look;
pub mod markdown;
pub mod menu;
pub mod nodes;
pub mod notices;
pub mod others;
pub mod placing;
pub mod search;
pub mod shortcuts;
pub mod tree;
pub mod wires;
