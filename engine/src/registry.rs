//! The node types that an engine knows, and their texts.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ecow::EcoString;
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};

use crate::node::{BuildContext, BuildError, Built, NodeFactory};

/// A built-in node type: one of these per node file, listed in a table.
#[derive(Clone, Copy)]
pub struct NodeType {
    /// What flow files call it; that of its descriptor.
    pub name: &'static str,
    /// Its descriptor; made when first asked for.
    pub describe: fn() -> NodeDescriptor,
    /// Makes a node of it from its configuration. Pure: it never connects, spawns or waits.
    pub build: fn(&BuildContext<'_>) -> Result<Built, BuildError>,
    /// Its texts.
    pub texts: Catalogue,
}

/// Flows use few of the types: descriptors, which are large, are made of those and when an editor asks.
struct BuiltIn {
    descriptor: OnceLock<NodeDescriptor>,
    node_type: NodeType,
}

impl NodeFactory for BuiltIn {
    fn descriptor(&self) -> &NodeDescriptor {
        self.descriptor.get_or_init(self.node_type.describe)
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        (self.node_type.build)(context)
    }
}

/// The node types by name, and the texts by key. Plugins come and go while it is in use: who built a node of a type
/// keeps what it was built from, and the next deploy finds what there is then.
#[derive(Default)]
pub struct Registry {
    types: RwLock<Types>,
    /// Counts the changes of `types` and `disabled`, of copies too.
    version: Arc<AtomicU64>,
    texts: RwLock<HashMap<&'static str, &'static str>>,
    /// Texts of these keys are shown as their keys.
    shown_keys: HashSet<String>,
    /// Types that are switched off.
    disabled: Arc<RwLock<BTreeSet<String>>>,
}

type Types = hashbrown::HashMap<String, Known>;

#[derive(Clone)]
struct Known {
    factory: Arc<dyn NodeFactory>,
    is_built_in: bool,
}

/// A registry of its own with the same types and texts; what is switched off is shared.
impl Clone for Registry {
    fn clone(&self) -> Self {
        Self {
            types: RwLock::new(read(&self.types).clone()),
            version: self.version.clone(),
            texts: RwLock::new(read(&self.texts).clone()),
            shown_keys: self.shown_keys.clone(),
            disabled: self.disabled.clone(),
        }
    }
}

impl Registry {
    /// A registry of these built-in types.
    pub fn of(types: &[NodeType]) -> Self {
        let registry = Self::default();
        for texts in [crate::error::TEXTS, crate::js::path::TEXTS, crate::context::TEXTS, crate::typed::TEXTS]
        {
            registry.add_texts(texts);
        }
        for node_type in types {
            registry.add_texts(node_type.texts);
            let factory = Arc::new(BuiltIn { descriptor: OnceLock::new(), node_type: *node_type });
            registry.insert(node_type.name.to_owned(), factory);
        }
        registry
    }

    /// Adds a built-in type; the later one of a name wins.
    pub fn add(&self, factory: Arc<dyn NodeFactory>) {
        self.insert(factory.descriptor().type_name.clone(), factory);
    }

    fn insert(&self, name: String, factory: Arc<dyn NodeFactory>) {
        self.change().insert(name, Known { factory, is_built_in: true });
    }

    /// Changes whenever a type comes, goes, gives its place to another, or is switched on or off.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The types, to change: counted once they are held, so that who reads the count and then the types misses nothing.
    fn change(&self) -> RwLockWriteGuard<'_, Types> {
        let types = write(&self.types);
        self.version.fetch_add(1, Ordering::AcqRel);
        types
    }

    /// Adds the type of a plugin, in place of one of an earlier plugin of that name. `false` where a built-in type has the
    /// name: that one stays.
    pub fn add_plugin(&self, factory: Arc<dyn NodeFactory>) -> bool {
        let name = factory.descriptor().type_name.clone();
        let mut types = self.change();
        if types.get(&name).is_some_and(|known| known.is_built_in) {
            return false;
        }
        types.insert(name, Known { factory, is_built_in: false });
        true
    }

    /// Takes the type of a plugin out. Its nodes run on until the next deploy, which finds their type missing.
    pub fn remove_plugin(&self, type_name: &str) -> Option<Arc<dyn NodeFactory>> {
        let mut types = self.change();
        if types.get(type_name)?.is_built_in {
            return None;
        }
        types.remove(type_name).map(|known| known.factory)
    }

    /// Whether a built-in type has this name, switched on or off.
    pub fn is_built_in(&self, type_name: &str) -> bool {
        read(&self.types).get(type_name).is_some_and(|known| known.is_built_in)
    }

    /// Adds texts.
    pub fn add_texts(&self, texts: Catalogue) {
        write(&self.texts).extend(texts.iter().copied());
    }

    /// Shows the keys of these texts in their place: for conformance tests, which compare keys.
    pub fn show_keys(&mut self, keys: HashSet<String>) {
        self.shown_keys = keys;
    }

    /// The type of this name, unless it is switched off.
    pub fn get(&self, type_name: &str) -> Option<Arc<dyn NodeFactory>> {
        let found = read(&self.types).get(type_name).map(|known| known.factory.clone());
        found.filter(|_| self.is_enabled(type_name))
    }

    /// Whether a type is not switched off.
    pub fn is_enabled(&self, type_name: &str) -> bool {
        !read(&self.disabled).contains(type_name)
    }

    /// Switches a type on or off, which counts from the next deploy on; false where there is no such type.
    pub fn set_enabled(&self, type_name: &str, is_enabled: bool) -> bool {
        if !read(&self.types).contains_key(type_name) {
            return false;
        }
        let mut disabled = write(&self.disabled);
        self.version.fetch_add(1, Ordering::AcqRel);
        match is_enabled {
            true => disabled.remove(type_name),
            false => disabled.insert(type_name.to_owned()),
        };
        true
    }

    /// The types that are switched off, by name.
    pub fn disabled(&self) -> Vec<String> {
        read(&self.disabled).iter().cloned().collect()
    }

    /// Every type's descriptor, by name.
    pub fn descriptors(&self) -> Vec<NodeDescriptor> {
        let types = read(&self.types);
        let mut all: Vec<_> = types.values().map(|known| known.factory.descriptor().clone()).collect();
        all.sort_by(|a, b| a.type_name.cmp(&b.type_name));
        all
    }

    /// The texts by key.
    pub fn texts(&self) -> HashMap<&'static str, &'static str> {
        read(&self.texts).clone()
    }

    /// A text in English.
    pub fn render(&self, text: &Text) -> EcoString {
        if self.shown_keys.contains(text.key.as_ref()) {
            return text.key.as_ref().into();
        }
        let template = read(&self.texts).get(text.key.as_ref()).copied();
        text.render(template)
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use model::descriptor::{Label, Outputs, Role};

    use super::*;

    fn plugin(type_name: &str, help: &str) -> Arc<dyn NodeFactory> {
        let descriptor = NodeDescriptor {
            type_name: type_name.into(),
            role: Role::Node,
            category: "function".into(),
            colour: "#ffffff".into(),
            icon: "puzzle".into(),
            inputs: 1,
            outputs: Outputs::Fixed(1),
            label: Label { properties: vec![], fallback: Text::literal(type_name) },
            button: false,
            schema: serde_json::json!({}),
            credentials: vec![],
            help: help.into(),
        };
        let build = |_: &BuildContext<'_>| Ok(Built::Structure);
        let describe = || unreachable!("described already");
        let node_type = NodeType { name: "of a plugin", describe, build, texts: &[] };
        Arc::new(BuiltIn { descriptor: descriptor.into(), node_type })
    }

    #[test]
    fn plugins_come_and_go_and_leave_built_in_types_alone() {
        let registry = Registry::default();
        registry.add(plugin("inject", "own"));
        assert!(!registry.add_plugin(plugin("inject", "foreign")));
        assert!(registry.remove_plugin("inject").is_none());
        assert!(registry.add_plugin(plugin("geohash", "first")));
        assert!(registry.add_plugin(plugin("geohash", "second")));
        let helps = |registry: &Registry| -> Vec<String> {
            registry.descriptors().into_iter().map(|descriptor| descriptor.help).collect()
        };
        assert_eq!(helps(&registry), ["second", "own"]);
        let copy = registry.clone();
        let removed = registry.remove_plugin("geohash").unwrap();
        assert_eq!(removed.descriptor().help, "second");
        assert!(registry.get("geohash").is_none());
        assert_eq!(helps(&copy).len(), 2, "a copy has types of its own");
        assert!(registry.is_built_in("inject") && !copy.is_built_in("geohash"));
    }
}
