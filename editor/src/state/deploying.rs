//! What goes on between the edited flows and the deployed ones.

use std::sync::Arc;

use leptos::prelude::*;
use model::document::Document;

use crate::store::deploy::{DeployKind, KINDS};

/// Signals of deploying. Handles only.
#[derive(Clone, Copy)]
pub struct Deploying {
    /// What a deploy restarts.
    pub kind: RwSignal<DeployKind>,
    /// A deploy is under way.
    pub is_busy: RwSignal<bool>,
    /// Flows that somebody else deployed and that the edits contradict: to be decided on.
    pub theirs: RwSignal<Option<Theirs>>,
    /// The server does not run the flows: somebody stopped them.
    pub is_stopped: RwSignal<bool>,
    /// Counts how often the server told of a deploy, whoever made it. Passwords alone make no other revision.
    pub news: RwSignal<u32>,
    /// A revision that was told of while a deploy was under way.
    pub heard: StoredValue<Option<String>>,
    /// The user deploys flows with errors without being asked, until the page is left.
    pub accepts_errors: StoredValue<bool>,
}

/// Flows that somebody else deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theirs {
    /// The flows.
    pub document: Arc<Document>,
    /// Their revision.
    pub revision: String,
}

/// A dialog that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Flows come in; from a file where one was dropped or chosen already.
    Import(Option<Source>),
    /// Flows go out.
    Export,
    /// What differs from the deployed flows is shown.
    Changes,
    /// The revisions that the server keeps are shown.
    Revisions,
    /// The user's settings.
    Settings,
    /// Flows with errors are about to be deployed.
    Errors,
    /// The plugins of the server; with one that was dropped on the page, to be looked at.
    Plugins(Option<PluginFile>),
    /// Somebody else deployed what contradicts the edits.
    Conflict {
        /// A deploy waits for it.
        is_deploying: bool,
    },
}

/// Text to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the user calls it: a file's name, an example's title.
    pub name: String,
    /// Flow JSON.
    pub text: Arc<str>,
}

/// A component to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFile {
    /// Its file's name.
    pub name: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

impl Default for Deploying {
    fn default() -> Self {
        Self {
            kind: RwSignal::new(KINDS[0]),
            is_busy: RwSignal::new(false),
            theirs: RwSignal::new(None),
            is_stopped: RwSignal::new(false),
            news: RwSignal::new(0),
            heard: StoredValue::new(None),
            accepts_errors: StoredValue::new(false),
        }
    }
}
