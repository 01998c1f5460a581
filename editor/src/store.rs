//! The rules of the editor: pure, without browser or signals.

pub mod backoff;
pub mod changes;
pub mod clipboard;
pub mod colour;
pub mod comms;
pub mod conflict;
pub mod context_data;
pub mod debug_log;
pub mod deploy;
pub mod draft;
pub mod drawing;
pub mod edits;
pub mod export;
pub mod failed;
pub mod find;
pub mod form;
pub mod geometry;
pub mod gestures;
pub mod guide;
pub mod history;
pub mod import;
pub mod insert;
pub mod json_tree;
pub mod jumps;
pub mod library;
pub mod live;
pub mod lock;
pub mod markdown;
pub mod mounted;
pub mod moving;
pub mod neighbours;
pub mod node_red_icons;
pub mod node_types;
pub mod outline;
pub mod palette;
pub mod plugins;
pub mod preferences;
pub mod presence;
pub mod problems;
pub mod reach;
pub mod revisions;
pub mod selection;
pub mod sheet;
pub mod shortcut;
pub mod slicing;
pub mod status;
pub mod tabs;
pub mod tree;
pub mod trial;
pub mod viewport;
pub mod workspace;

use std::sync::Arc;

/// Id of a node, tab or group; clones share it.
pub type Id = Arc<str>;
