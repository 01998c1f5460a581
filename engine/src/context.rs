//! Context: values that nodes keep between messages, in named stores, per node, flow or for all.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;

use crate::error::NodeError;
use crate::js::path::PropertyPath;
use crate::value::Value;

/// Whose context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The node's own.
    Node,
    /// Shared by the nodes of a tab or a subflow instance.
    Flow,
    /// Shared by all.
    Global,
}

/// One store. Reads and writes are immediate (a store on disk keeps a cache and writes behind); every call
/// is atomic. `scope` is `global`, a flow's id, or `<node id>:<flow id>`.
pub trait ContextStore: Send + Sync {
    /// The value at `path`, if there is one.
    fn get(&self, scope: &str, path: &PropertyPath) -> Option<Value>;
    /// Sets the value at `path`, making objects on the way; `Undefined` removes it.
    ///
    /// # Errors
    /// When `path` leads through something that can hold no property, or the store is full.
    fn set(&self, scope: &str, path: &PropertyPath, value: Value) -> Result<(), NodeError>;
    /// The top-level names of a scope, in the order first set.
    fn keys(&self, scope: &str) -> Vec<EcoString>;
    /// Forgets a scope.
    fn delete(&self, scope: &str);
    /// Forgets every scope but `global` for which `is_live` says no.
    fn clean(&self, is_live: &dyn Fn(&str) -> bool);
}

/// The stores by name.
#[derive(Default)]
pub struct Contexts {
    stores: BTreeMap<EcoString, Arc<dyn ContextStore>>,
    default: EcoString,
}
