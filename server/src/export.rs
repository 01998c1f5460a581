//! `wireloom export`.

use std::path::Path;

use model::text::{Catalogue, Text};

use crate::failure::{Failure, Result};
use crate::settings::{Resolved, Settings};
use crate::{node_red, storage, texts};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "export.encrypted",
        "{flows}: {entries} {entries|entry|entries}; {credentials}: credentials of {count} {count|node|nodes}, encrypted",
    ),
    (
        "export.plain",
        "{flows}: {entries} {entries|entry|entries}; {credentials}: credentials of {count} {count|node|nodes}, readable by everybody who can read the file, as credentialSecret is false there",
    ),
];

/// Writes the flows of the data folder and their credentials into `target`, and says what it wrote.
///
/// # Errors
/// The data folder is in use or cannot be read, or `target` cannot be written.
pub(crate) fn run(settings: &Settings, resolved: &Resolved, target: &Path) -> Result<String> {
    let storage = storage::open(settings.storage(resolved.node_red.as_ref()))?;
    let stored = storage
        .load()?
        .ok_or_else(|| Failure::key("node-red.no-flows").with("path", settings.flow_file.display()))?;
    let variable = |name: &str| std::env::var(name).ok();
    let exported = node_red::export(&stored, target, settings.node_red_secret.as_deref(), &variable)?;
    let key = if exported.is_encrypted { "export.encrypted" } else { "export.plain" };
    let text = Text::key(key)
        .with("flows", exported.flow_file.display())
        .with("entries", stored.document.len())
        .with("credentials", exported.credential_file.display())
        .with("count", exported.with_credentials);
    Ok(texts::render(&text).into())
}
