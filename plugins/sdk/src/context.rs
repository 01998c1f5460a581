//! Context: values that stay between messages, and through deploys and upgrades of the plugin.

use crate::{Failure, Value, host};

/// Whose values. Keys may be paths, and may name a store: `#:(disk)::count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The node's own.
    Node,
    /// Shared by the nodes of a tab.
    Flow,
    /// Shared by all.
    Global,
}

impl Scope {
    /// The value under a key.
    ///
    /// # Errors
    /// When the key is none, or its store has a problem.
    pub fn get(self, key: &str) -> Result<Value, Failure> {
        host::context_get(self, key)
    }

    /// Sets the value under a key; [`Value::Undefined`] deletes.
    ///
    /// # Errors
    /// When the key is none, or its store has a problem.
    pub fn set(self, key: &str, value: impl Into<Value>) -> Result<(), Failure> {
        host::context_set(self, key, value.into())
    }

    /// The top-level names in the default store.
    pub fn keys(self) -> Vec<String> {
        host::context_keys(self)
    }
}
