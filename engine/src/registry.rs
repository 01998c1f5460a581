//! The node types that an engine knows, and their texts.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use ecow::EcoString;
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};

use crate::node::{BuildContext, BuildError, Built, NodeFactory};

/// A built-in node type: one of these per node file, listed in a table.
#[derive(Clone, Copy)]
pub struct NodeType {
    /// Its descriptor; made when asked for.
    pub describe: fn() -> NodeDescriptor,
    /// Makes a node of it from its configuration. Pure: it never connects, spawns or waits.
    pub build: fn(&BuildContext<'_>) -> Result<Built, BuildError>,
    /// Its texts.
    pub texts: Catalogue,
}

struct BuiltIn {
    descriptor: NodeDescriptor,
    node_type: NodeType,
}

impl NodeFactory for BuiltIn {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        (self.node_type.build)(context)
    }
}

/// The node types by name, and the texts by key.
#[derive(Clone, Default)]
pub struct Registry {
    types: HashMap<String, Arc<dyn NodeFactory>>,
    texts: HashMap<&'static str, &'static str>,
    /// Texts of these keys are shown as their keys.
    shown_keys: HashSet<String>,
    /// Types that are switched off.
    disabled: Arc<RwLock<BTreeSet<String>>>,
}

impl Registry {
    /// A registry of these built-in types.
    pub fn of(types: &[NodeType]) -> Self {
        let mut registry = Self::default();
        for texts in [crate::error::TEXTS, crate::js::path::TEXTS, crate::context::TEXTS, crate::typed::TEXTS]
        {
            registry.add_texts(texts);
        }
        for node_type in types {
            registry.add_texts(node_type.texts);
            registry.add(Arc::new(BuiltIn { descriptor: (node_type.describe)(), node_type: *node_type }));
        }
        registry
    }

    /// Adds a type; the later one of a name wins.
    pub fn add(&mut self, factory: Arc<dyn NodeFactory>) {
        self.types.insert(factory.descriptor().type_name.clone(), factory);
    }

    /// Adds texts.
    pub fn add_texts(&mut self, texts: Catalogue) {
        self.texts.extend(texts.iter().copied());
    }

    /// Shows the keys of these texts in their place: for conformance tests, which compare keys.
    pub fn show_keys(&mut self, keys: HashSet<String>) {
        self.shown_keys = keys;
    }

    /// The type of this name, unless it is switched off.
    pub fn get(&self, type_name: &str) -> Option<&Arc<dyn NodeFactory>> {
        self.types.get(type_name).filter(|_| self.is_enabled(type_name))
    }

    /// Whether a type is not switched off.
    pub fn is_enabled(&self, type_name: &str) -> bool {
        !self.disabled.read().unwrap_or_else(PoisonError::into_inner).contains(type_name)
    }

    /// Switches a type on or off, which counts from the next deploy on; false where there is no such type.
    pub fn set_enabled(&self, type_name: &str, is_enabled: bool) -> bool {
        if !self.types.contains_key(type_name) {
            return false;
        }
        let mut disabled = self.disabled.write().unwrap_or_else(PoisonError::into_inner);
        match is_enabled {
            true => disabled.remove(type_name),
            false => disabled.insert(type_name.to_owned()),
        };
        true
    }

    /// The types that are switched off, by name.
    pub fn disabled(&self) -> Vec<String> {
        self.disabled.read().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Every type's descriptor, by name.
    pub fn descriptors(&self) -> Vec<&NodeDescriptor> {
        let mut all: Vec<_> = self.types.values().map(|factory| factory.descriptor()).collect();
        all.sort_by(|a, b| a.type_name.cmp(&b.type_name));
        all
    }

    /// The texts by key.
    pub fn texts(&self) -> &HashMap<&'static str, &'static str> {
        &self.texts
    }

    /// A text in English.
    pub fn render(&self, text: &Text) -> EcoString {
        if self.shown_keys.contains(text.key.as_ref()) {
            return text.key.as_ref().into();
        }
        text.render(self.texts.get(text.key.as_ref()).copied())
    }
}
