//! Where flows, their revisions and credentials are kept.
//!
//! A new backend is a file in `storage/` and a line in [`open`].

pub(crate) mod atomic;
mod context_files;
mod context_names;
pub(crate) mod context_stores;
mod credential_file;
mod files;
mod hold;
mod key;
mod revisions;
mod seal;

use std::collections::BTreeMap;
#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use model::document::Document;
use model::text::Catalogue;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Result;
use crate::node_red::NodeRedCredentials;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("storage.unreadable", "cannot read {path}: {reason}"),
    ("storage.unwritable", "cannot write {path}: {reason}; what was there before is untouched"),
    ("storage.not-flows", "{path} is no flow file: {reason}"),
    (
        "storage.flows-emptied",
        "{path} is empty, but {backup}, which Node-RED keeps of the flows before, is not: copy it to {path}, or write `[]` there to start without flows",
    ),
    ("storage.not-credentials", "{path} does not hold credentials: {reason}"),
    (
        "storage.credential-damaged",
        "{path}: the credential {field} of the node {node} was changed after it was sealed; put back a copy of the file, or take the entry out and enter it anew",
    ),
    ("storage.not-a-key", "{path} holds no key, which is 32 bytes in base64; put back a copy of the file"),
    ("storage.key-unmade", "credentials cannot be sealed: {reason}; nothing was written"),
    (
        "storage.key-file-missing",
        "{path} is sealed with the key of {file}, which is gone: put back a copy of it, or move {path} away to start without credentials",
    ),
    (
        "storage.key-file-wrong",
        "{path} is sealed with another key than that of {file}: put back the one that belongs to it, or move {path} away to start without credentials",
    ),
    (
        "storage.key-missing",
        "{path} is sealed with the setting credential-key, which is not set: set it to what it was, or move {path} away to start without credentials",
    ),
    (
        "storage.key-wrong",
        "{path} is sealed with another credential-key than the one that is set: set it to what it was, or move {path} away to start without credentials",
    ),
    (
        "storage.in-use",
        "the data folder {path} is in use by another wireloom; stop it, or choose another folder with --data",
    ),
];

/// Credentials of nodes: node id -> property -> value. Values are texts, but for what Node-RED keeps as an object.
pub(crate) type Credentials = BTreeMap<String, BTreeMap<String, Value>>;

/// Flows with their credentials.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    /// The flows, without credentials in them.
    pub(crate) document: Document,
    /// The credentials.
    pub(crate) credentials: Credentials,
}

/// A revision that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Revision {
    /// Names it; revisions sort by it, oldest first.
    pub(crate) id: String,
    /// When it was deployed, in milliseconds since 1970.
    pub(crate) time: u64,
    /// The first 16 hex digits of its `rev`.
    pub(crate) rev: String,
}

/// Keeps flows. Calls block: make them where that does not matter.
pub(crate) trait Storage: Send + Sync {
    /// The flows in force; none where nothing was ever saved.
    fn load(&self) -> Result<Option<Stored>>;

    /// Saves flows and credentials. When this returns they are on disk; if the machine stops on the way,
    /// [`Storage::load`] gives what was there before or the new, with the credentials that belong to it.
    fn save(&self, stored: &Stored) -> Result<()>;

    /// Does what a save leaves to do: keeps the flows as a revision and removes what is no longer needed. Where it is
    /// not called, the next save or look at the revisions does it; nothing is lost meanwhile.
    fn tidy(&self) -> Result<()>;

    /// The revisions, newest first.
    fn revisions(&self) -> Result<Vec<Revision>>;

    /// The flows of a revision; none where there is no such revision (any more).
    fn revision(&self, id: &str) -> Result<Option<Document>>;

    /// A small text kept under `name` (lower case letters and dashes), such as a user's editor settings.
    fn text(&self, name: &str) -> Result<Option<String>>;

    /// Keeps a small text.
    fn set_text(&self, name: &str, text: &str) -> Result<()>;
}

/// Where a storage is, and how it keeps things.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// The data folder; made if missing.
    pub(crate) folder: PathBuf,
    /// The file of the flows.
    pub(crate) flow_file: PathBuf,
    /// Bounds the revisions.
    pub(crate) revisions_kept: usize,
    /// A text to seal credentials with, in place of a key in the folder.
    pub(crate) credential_key: Option<String>,
    /// The credential file of Node-RED, which may bring credentials.
    pub(crate) node_red: Option<NodeRedCredentials>,
}

#[cfg(test)]
impl Options {
    /// A folder that only Wireloom uses.
    pub(crate) fn of(folder: &Path, revisions_kept: usize) -> Self {
        let flow_file = folder.join("flows.json");
        Self { folder: folder.to_owned(), flow_file, revisions_kept, ..Self::default() }
    }
}

/// Opens a storage.
///
/// # Errors
/// The folder cannot be made, or another process uses it.
pub(crate) fn open(options: Options) -> Result<Arc<dyn Storage>> {
    Ok(Arc::new(files::Files::open(options)?))
}
