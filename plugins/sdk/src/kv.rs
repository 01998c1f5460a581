//! Capability: values kept on disk, shared by all nodes of the plugin. Ask for it with [`About::kv`](crate::About::kv).
//!
//! At most 64 KiB a value, 256 bytes a key and 1 MiB for all.

use crate::{Failure, host};

/// The value under a key.
///
/// # Errors
/// When it cannot be read, or was not granted.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, Failure> {
    host::kv_get(key)
}

/// Sets the value under a key.
///
/// # Errors
/// When it is too large, cannot be written, or was not granted.
pub fn set(key: &str, value: impl AsRef<[u8]>) -> Result<(), Failure> {
    host::kv_set(key, value.as_ref())
}

/// Deletes a key.
///
/// # Errors
/// When that cannot be written, or was not granted.
pub fn delete(key: &str) -> Result<(), Failure> {
    host::kv_delete(key)
}

/// The keys that begin with `prefix`, sorted.
///
/// # Errors
/// When they cannot be read, or it was not granted.
pub fn keys(prefix: &str) -> Result<Vec<String>, Failure> {
    host::kv_keys(prefix)
}
