//! Context: values that nodes keep between messages, in named stores, per node, flow or for all.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ecow::{EcoString, eco_format};
use model::text::Text;

use crate::error::NodeError;
use crate::js::path::PropertyPath;
use crate::node::NodeInfo;
use crate::value::{Object, Value};

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
    /// Makes sure that what was set so far outlasts the process, if this store does at all.
    fn flush(&self) {}
}

/// The stores by name.
pub struct Contexts {
    stores: BTreeMap<EcoString, Arc<dyn ContextStore>>,
    default: EcoString,
    /// What the global scope holds until a flow sets it.
    seeds: Object,
}

/// The name of the store that is always there.
pub const MEMORY: &str = "memory";

impl Default for Contexts {
    fn default() -> Self {
        Self::new()
    }
}

impl Contexts {
    /// The memory store alone, as the default.
    pub fn new() -> Self {
        Self {
            stores: BTreeMap::from([(MEMORY.into(), Arc::<MemoryStore>::default() as Arc<dyn ContextStore>)]),
            default: MEMORY.into(),
            seeds: Object::new(),
        }
    }

    /// These stores alone; the memory store where there is none. A default that none of them has is the first.
    pub fn of(stores: impl IntoIterator<Item = (EcoString, Arc<dyn ContextStore>)>, default: &str) -> Self {
        let stores: BTreeMap<_, _> = stores.into_iter().collect();
        match stores.keys().next() {
            None => Self::new(),
            Some(first) => {
                Self { default: first.clone(), stores, seeds: Object::new() }.with_default(default)
            }
        }
    }

    /// With values that the global scope holds, in whatever store, until a flow sets others. They are kept nowhere.
    #[must_use]
    pub fn with_seeds(mut self, seeds: Object) -> Self {
        self.seeds = seeds;
        self
    }

    /// With a further store, or another one in place of that name.
    #[must_use]
    pub fn with_store(mut self, name: impl Into<EcoString>, store: Arc<dyn ContextStore>) -> Self {
        self.stores.insert(name.into(), store);
        self
    }

    /// With this store as the default; a name that no store has changes nothing.
    #[must_use]
    pub fn with_default(mut self, name: &str) -> Self {
        if self.stores.contains_key(name) {
            self.default = name.into();
        }
        self
    }

    /// The names of the stores.
    pub fn names(&self) -> impl Iterator<Item = &EcoString> {
        self.stores.keys()
    }

    /// The name of the default store.
    pub fn default_name(&self) -> &str {
        &self.default
    }

    /// The store of this name; the default one for none, `default`, and names that no store has, as in
    /// Node-RED.
    pub fn store(&self, name: Option<&str>) -> &dyn ContextStore {
        name.and_then(|name| self.stores.get(name)).unwrap_or_else(|| &self.stores[&self.default]).as_ref()
    }

    /// What a node finds under a key, undefined if nothing.
    pub fn get(&self, scope: Scope, node: &NodeInfo, key: &ContextKey) -> Value {
        match (scope_name(scope, node, key.parents), &key.path) {
            (Some(name), Some(path)) => self.in_store(key.store.as_deref(), &name, path).unwrap_or_default(),
            _ => Value::Undefined,
        }
    }

    /// What a scope of a store holds at `path`, or else what it was seeded with.
    pub fn in_store(&self, store: Option<&str>, scope: &str, path: &PropertyPath) -> Option<Value> {
        let seed = || path.get(&self.seeds).map(|value| value.into_owned());
        self.store(store).get(scope, path).or_else(|| if scope == GLOBAL { seed() } else { None })
    }

    /// The top-level names in a scope of a store, with those of the seeds.
    pub fn keys_in_store(&self, store: Option<&str>, scope: &str) -> Vec<EcoString> {
        let mut keys = self.store(store).keys(scope);
        if scope == GLOBAL {
            let seeds: Vec<_> = self.seeds.keys().filter(|seed| !keys.contains(seed)).cloned().collect();
            keys.extend(seeds);
        }
        keys
    }

    /// Sets what a node finds under a key; undefined removes it.
    ///
    /// # Errors
    /// As [`ContextStore::set`].
    pub fn set(
        &self,
        scope: Scope,
        node: &NodeInfo,
        key: &ContextKey,
        value: Value,
    ) -> Result<(), NodeError> {
        match (scope_name(scope, node, key.parents), &key.path) {
            (Some(name), Some(path)) => self.store(key.store.as_deref()).set(&name, path, value),
            _ => Err(NodeError::key("context.no-parent").with("flow", &node.flow)),
        }
    }

    /// The top-level names that a node finds.
    pub fn keys(&self, scope: Scope, node: &NodeInfo, store: Option<&str>) -> Vec<EcoString> {
        scope_name(scope, node, 0).map(|name| self.keys_in_store(store, &name)).unwrap_or_default()
    }

    /// Makes sure that what was set so far outlasts the process, in the stores that do. Blocks on the disk.
    pub fn flush(&self) {
        self.stores.values().for_each(|store| store.flush());
    }

    /// Forgets, in every store, each scope but `global` for which `is_live` says no.
    pub fn clean(&self, is_live: &dyn Fn(&str) -> bool) {
        self.stores.values().for_each(|store| store.clean(is_live));
    }
}

/// A key as flows write it: a property path, with its store in front if it is not the default one
/// (`#:(disk)::count`), and `$parent.` for the flow around a subflow.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextKey {
    store: Option<EcoString>,
    parents: usize,
    /// `None` when there was nothing but `$parent`.
    path: Option<PropertyPath>,
}

impl ContextKey {
    /// Parses a key.
    ///
    /// # Errors
    /// What is wrong with the path.
    pub fn parse(text: &str) -> Result<Self, Text> {
        let (store, path) = Self::split(text);
        Ok(Self::new(store.map(EcoString::from), PropertyPath::parse(path)?))
    }

    /// A key from its parts.
    pub fn new(store: Option<EcoString>, path: PropertyPath) -> Self {
        if path.as_key().is_some_and(|key| key != "$parent") {
            return Self { store, parents: 0, path: Some(path) };
        }
        let (parents, path) = path.split_parents();
        Self { store, parents, path }
    }

    /// Splits a key into the name of its store, if it has one, and the rest.
    pub fn split(text: &str) -> (Option<&str>, &str) {
        let split = text.strip_prefix("#:(").and_then(|rest| rest.split_once(")::"));
        match split {
            Some((store, path)) if !store.is_empty() && !store.contains(char::is_whitespace) => {
                (Some(store), path)
            }
            _ => (None, text),
        }
    }

    /// The same key with its `[msg.x]` parts taken from the message; `None` if it has none.
    ///
    /// # Errors
    /// When one of them is undefined.
    pub fn resolve(&self, message: &Object) -> Result<Option<Self>, NodeError> {
        match &self.path {
            Some(path) if path.is_nested() => {
                let path = path.resolve(message)?.into_owned();
                Ok(Some(Self { store: self.store.clone(), parents: self.parents, path: Some(path) }))
            }
            _ => Ok(None),
        }
    }
}

/// The name of the global scope in a store.
pub const GLOBAL: &str = "global";

/// The scope's name in a store; `None` when the flow has not so many flows around it.
fn scope_name(scope: Scope, node: &NodeInfo, parents: usize) -> Option<EcoString> {
    match scope {
        Scope::Global => Some(GLOBAL.into()),
        // A config node may be on no flow.
        Scope::Node if node.flow.is_empty() => Some(node.id.clone()),
        Scope::Node => Some(eco_format!("{}:{}", node.id, node.flow)),
        Scope::Flow if parents == 0 => Some(node.flow.clone()),
        Scope::Flow => node.path.rsplit('/').nth(parents).map(EcoString::from),
    }
}

/// Keeps values in memory: gone when the process ends. Reads and writes are O(1) whatever the value's size.
#[derive(Default)]
pub struct MemoryStore {
    /// Each scope has a lock of its own, so that flows do not wait for one another.
    scopes: RwLock<HashMap<EcoString, Arc<Mutex<Object>>>>,
}

impl MemoryStore {
    fn scope(&self, name: &str) -> Option<Arc<Mutex<Object>>> {
        self.scopes.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All that a scope holds at this moment.
    pub fn snapshot(&self, scope: &str) -> Object {
        let Some(scope) = self.scope(scope) else { return Object::new() };
        scope.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names of the scopes that hold something.
    pub fn scopes(&self) -> Vec<EcoString> {
        self.scopes.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl ContextStore for MemoryStore {
    fn get(&self, scope: &str, path: &PropertyPath) -> Option<Value> {
        let scope = self.scope(scope)?;
        let values = scope.lock().unwrap_or_else(PoisonError::into_inner);
        path.get(&values).map(|value| value.into_owned())
    }

    fn set(&self, scope: &str, path: &PropertyPath, value: Value) -> Result<(), NodeError> {
        let values = match self.scope(scope) {
            Some(values) => values,
            None => {
                let mut scopes = self.scopes.write().unwrap_or_else(PoisonError::into_inner);
                scopes.entry(scope.into()).or_default().clone()
            }
        };
        let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
        path.set(&mut values, value)
    }

    fn keys(&self, scope: &str) -> Vec<EcoString> {
        let Some(scope) = self.scope(scope) else { return Vec::new() };
        let values = scope.lock().unwrap_or_else(PoisonError::into_inner);
        values.keys().cloned().collect()
    }

    fn delete(&self, scope: &str) {
        self.scopes.write().unwrap_or_else(PoisonError::into_inner).remove(scope);
    }

    fn clean(&self, is_live: &dyn Fn(&str) -> bool) {
        let mut scopes = self.scopes.write().unwrap_or_else(PoisonError::into_inner);
        scopes.retain(|name, _| name == GLOBAL || is_live(name));
    }
}

/// The texts of this module.
pub const TEXTS: model::text::Catalogue =
    &[("context.no-parent", "the flow {flow} has no flow around it to keep this value in")];

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ContextKey {
        ContextKey::parse(text).unwrap()
    }

    fn node(id: &str, path: &str) -> NodeInfo {
        let flow = path.rsplit('/').next().unwrap_or_default().into();
        NodeInfo { id: id.into(), flow, path: path.into(), ..NodeInfo::default() }
    }

    #[test]
    fn keeps_scopes_and_stores_apart() {
        let contexts = Contexts::new().with_store("other", Arc::<MemoryStore>::default());
        let (a, b, outside) = (node("a", "tab"), node("b", "tab"), node("a", "tab2"));
        contexts.set(Scope::Flow, &a, &key("x.y"), 1.into()).unwrap();
        contexts.set(Scope::Node, &a, &key("x"), 2.into()).unwrap();
        contexts.set(Scope::Global, &a, &key("x"), 3.into()).unwrap();
        contexts.set(Scope::Flow, &a, &key("#:(other)::x"), 4.into()).unwrap();
        assert_eq!(contexts.get(Scope::Flow, &b, &key("x.y")), 1.into());
        assert_eq!(contexts.get(Scope::Node, &a, &key("x")), 2.into());
        assert_eq!(contexts.get(Scope::Node, &b, &key("x")), Value::Undefined);
        assert_eq!(contexts.get(Scope::Global, &outside, &key("x")), 3.into());
        assert_eq!(contexts.get(Scope::Flow, &outside, &key("x")), Value::Undefined);
        assert_eq!(contexts.get(Scope::Flow, &b, &key("#:(other)::x")), 4.into());
        assert_eq!(contexts.get(Scope::Flow, &b, &key("#:(unknown)::x.y")), 1.into());
        assert_eq!(contexts.keys(Scope::Flow, &b, None), ["x"]);
        contexts.clean(&|scope| scope != "tab");
        assert_eq!(contexts.get(Scope::Flow, &a, &key("x.y")), Value::Undefined);
        assert_eq!(contexts.get(Scope::Node, &a, &key("x")), 2.into());
    }

    #[test]
    fn a_node_on_no_flow_has_a_scope_of_its_id() {
        let contexts = Contexts::new();
        contexts.set(Scope::Node, &node("config", ""), &key("x"), 1.into()).unwrap();
        assert_eq!(contexts.in_store(None, "config", &PropertyPath::parse("x").unwrap()), Some(1.into()));
    }

    #[test]
    fn a_subflow_reaches_the_flow_around_it() {
        let contexts = Contexts::new();
        let (tab, inner) = (node("a", "tab"), node("b", "tab/sub"));
        contexts.set(Scope::Flow, &inner, &key("$parent.x"), 1.into()).unwrap();
        assert_eq!(contexts.get(Scope::Flow, &tab, &key("x")), 1.into());
        assert_eq!(contexts.get(Scope::Flow, &inner, &key("$parent.x")), 1.into());
        assert_eq!(contexts.get(Scope::Flow, &inner, &key("$parent.$parent.x")), Value::Undefined);
        assert!(contexts.set(Scope::Flow, &tab, &key("$parent.x"), 1.into()).is_err());
    }

    #[test]
    fn seeds_are_found_until_a_flow_sets_something_else() {
        let seeds = Object::from_iter([("limit", Value::from(3))]);
        let contexts = Contexts::new().with_store("other", Arc::<MemoryStore>::default()).with_seeds(seeds);
        let node = node("a", "tab");
        assert_eq!(contexts.get(Scope::Global, &node, &key("#:(other)::limit")), 3.into());
        assert_eq!(contexts.get(Scope::Flow, &node, &key("limit")), Value::Undefined);
        contexts.set(Scope::Global, &node, &key("own"), 1.into()).unwrap();
        contexts.set(Scope::Global, &node, &key("limit"), 4.into()).unwrap();
        assert_eq!(contexts.get(Scope::Global, &node, &key("limit")), 4.into());
        assert_eq!(contexts.get(Scope::Global, &node, &key("#:(other)::limit")), 3.into());
        assert_eq!(contexts.keys(Scope::Global, &node, None), ["own", "limit"]);
        assert_eq!(contexts.keys(Scope::Global, &node, Some("other")), ["limit"]);
    }

    #[test]
    fn stores_are_those_that_are_given() {
        let store = |name: &str| (name.into(), Arc::<MemoryStore>::default() as Arc<dyn ContextStore>);
        let contexts = Contexts::of([store("fast"), store("disk")], "fast");
        assert_eq!((contexts.default_name(), contexts.names().count()), ("fast", 2));
        assert_eq!(Contexts::of([store("disk")], "none").default_name(), "disk");
        assert_eq!(Contexts::of([], "none").default_name(), MEMORY);
    }

    #[test]
    fn writers_do_not_lose_each_others_values() {
        let contexts = Contexts::new();
        std::thread::scope(|threads| {
            for thread in 0..4 {
                let contexts = &contexts;
                threads.spawn(move || {
                    for at in 0..200 {
                        let key = key(&format!("t{thread}.k{at}"));
                        contexts.set(Scope::Global, &NodeInfo::default(), &key, at.into()).unwrap();
                    }
                });
            }
        });
        for thread in 0..4 {
            let values = contexts.get(Scope::Global, &NodeInfo::default(), &key(&format!("t{thread}")));
            assert_eq!(values.as_object().map(Object::len), Some(200));
        }
    }
}
