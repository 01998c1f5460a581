//! Where flows, their revisions and credentials are kept.
//!
//! A new backend is a file in `storage/` and a line in [`open`].

pub(crate) mod atomic;
mod credential_file;
mod files;
mod hold;
mod revisions;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::document::Document;
use model::text::Catalogue;
use serde::Serialize;

use crate::failure::Result;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("storage.unreadable", "cannot read {path}: {reason}"),
    ("storage.unwritable", "cannot write {path}: {reason}; what was there before is untouched"),
    ("storage.not-flows", "{path} is no flow file: {reason}"),
    ("storage.not-credentials", "{path} does not hold credentials: {reason}"),
    (
        "storage.in-use",
        "the data folder {path} is in use by another wireloom; stop it, or choose another folder with --data",
    ),
];

/// Credentials of nodes: node id -> property -> value.
pub(crate) type Credentials = BTreeMap<String, BTreeMap<String, String>>;

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

    /// Saves flows and credentials, and keeps the flows as a revision. When this returns they are on disk;
    /// if the machine stops on the way, [`Storage::load`] gives what was there before or the new, with the
    /// credentials that belong to it.
    fn save(&self, stored: &Stored) -> Result<()>;

    /// The revisions, newest first.
    fn revisions(&self) -> Result<Vec<Revision>>;

    /// The flows of a revision; none where there is no such revision (any more).
    fn revision(&self, id: &str) -> Result<Option<Document>>;

    /// A small text kept under `name` (lower case letters and dashes), such as a user's editor settings.
    fn text(&self, name: &str) -> Result<Option<String>>;

    /// Keeps a small text.
    fn set_text(&self, name: &str, text: &str) -> Result<()>;
}

/// Opens the storage in the folder `data`, making it if missing; `revisions_kept` bounds the revisions.
///
/// # Errors
/// The folder cannot be made, or another process uses it.
pub(crate) fn open(data: &Path, revisions_kept: usize) -> Result<Arc<dyn Storage>> {
    Ok(Arc::new(files::Files::open(data, revisions_kept)?))
}
