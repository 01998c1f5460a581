//! What the file nodes have in common: names of files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use ecow::EcoString;
use engine::typed::TypedValue;
use engine::{Value, js};
use model::text::Text;

/// The folder that names of files are relative to (Node-RED's `fileWorkingDirectory`): a service that the
/// server lends to nodes. Without it, or when it is none, that is the folder the process was started in.
#[derive(Debug, Default)]
pub struct WorkingFolder(RwLock<Option<PathBuf>>);

impl WorkingFolder {
    /// Sets it.
    pub fn set(&self, folder: Option<PathBuf>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = folder;
    }
}

/// Parses the property with the name; without a type, as older nodes have it, it is a text, or `msg.filename`
/// when it is empty.
pub(super) fn parse(name: &str, type_name: &str) -> Result<TypedValue, Text> {
    match (name, type_name) {
        ("", "") => TypedValue::parse(&"filename".into(), "msg"),
        (name, "") => TypedValue::parse(&name.into(), "str"),
        (name, type_name) => TypedValue::parse(&name.into(), type_name),
    }
}

/// The name as text; none is the empty text.
pub(super) fn text(name: &Value) -> EcoString {
    if name.is_nullish() { EcoString::new() } else { js::to_text(name) }
}

/// The path of a file.
pub(super) fn resolve(name: &Path, folder: Option<&WorkingFolder>) -> PathBuf {
    let folder = folder.and_then(|folder| folder.0.read().unwrap_or_else(PoisonError::into_inner).clone());
    match folder {
        Some(folder) if !name.is_absolute() => folder.join(name),
        _ => name.to_owned(),
    }
}

/// The code by which Node.js knows an error.
pub(super) fn code(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::AlreadyExists => "EEXIST",
        io::ErrorKind::IsADirectory => "EISDIR",
        io::ErrorKind::NotADirectory => "ENOTDIR",
        io::ErrorKind::StorageFull => "ENOSPC",
        _ => "EIO",
    }
}
