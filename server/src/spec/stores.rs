//! Context stores that the specs configure while flows run.

use std::sync::{Arc, PoisonError, RwLock};

use ecow::EcoString;
use engine::context::{ContextStore, Contexts, MEMORY, MemoryStore};
use engine::js::path::PropertyPath;
use engine::{NodeError, Value};
use serde_json::Value as Json;

/// The specs name their stores `memory0`, `memory1` and so on.
const NAMED: usize = 4;

/// Stores in memory. Names that nobody configured yet have one already; that makes no difference to a spec, which
/// uses what it configures.
pub(super) struct Stores {
    named: Vec<(String, Arc<Place>)>,
    default: Arc<Place>,
}

impl Default for Stores {
    fn default() -> Self {
        let named = (0..NAMED).map(|number| (format!("memory{number}"), Arc::default())).collect();
        Self { named, default: Arc::default() }
    }
}

impl Stores {
    /// All of them, for an engine.
    pub(super) fn contexts(&self) -> Contexts {
        let all = Contexts::new().with_store(MEMORY, self.default.clone());
        self.named.iter().fold(all, |all, (name, store)| all.with_store(name.as_str(), store.clone()))
    }

    /// Empties them; the first that is configured becomes the default, as in Node-RED.
    pub(super) fn configure(&self, storage: &Json) {
        let first = storage.as_object().and_then(|stores| stores.keys().next());
        self.default.put(Arc::default());
        for (name, place) in &self.named {
            let store = Arc::<MemoryStore>::default();
            place.put(store.clone());
            if first == Some(name) {
                self.default.put(store);
            }
        }
    }
}

/// Where a store is, which may be replaced.
#[derive(Default)]
struct Place(RwLock<Arc<MemoryStore>>);

impl Place {
    fn put(&self, store: Arc<MemoryStore>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = store;
    }

    fn store(&self) -> Arc<MemoryStore> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ContextStore for Place {
    fn get(&self, scope: &str, path: &PropertyPath) -> Option<Value> {
        self.store().get(scope, path)
    }

    fn set(&self, scope: &str, path: &PropertyPath, value: Value) -> Result<(), NodeError> {
        self.store().set(scope, path, value)
    }

    fn keys(&self, scope: &str) -> Vec<EcoString> {
        self.store().keys(scope)
    }

    fn delete(&self, scope: &str) {
        self.store().delete(scope);
    }

    fn clean(&self, is_live: &dyn Fn(&str) -> bool) {
        self.store().clean(is_live);
    }
}

#[cfg(test)]
mod tests {
    use engine::context::{ContextKey, Scope};
    use engine::node::NodeInfo;

    use super::*;

    #[test]
    fn the_first_configured_store_is_the_default_one() {
        let stores = Stores::default();
        let contexts = stores.contexts();
        let (node, key) = (NodeInfo::default(), |text: &str| ContextKey::parse(text).unwrap());
        contexts.set(Scope::Global, &node, &key("x"), 1.into()).unwrap();
        stores.configure(&serde_json::json!({ "memory1": {}, "memory2": {} }));
        assert_eq!(contexts.get(Scope::Global, &node, &key("x")), Value::Undefined);
        contexts.set(Scope::Global, &node, &key("x"), 2.into()).unwrap();
        assert_eq!(contexts.get(Scope::Global, &node, &key("#:(memory1)::x")), 2.into());
        assert_eq!(contexts.get(Scope::Global, &node, &key("#:(memory2)::x")), Value::Undefined);
    }
}
