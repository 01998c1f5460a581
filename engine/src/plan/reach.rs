//! How far a deploy reaches: the tabs that it has to plan anew, where the others can stay as they are.

use std::hash::{DefaultHasher, Hash, Hasher};

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};
use model::descriptor::Role;
use model::document::{Document, Kind, Node};
use serde_json::Value as Json;

use super::{Plan, Planned, Task};

/// What a plan is made of: all of a document, or some of its tabs and what stands on none.
pub(crate) enum Reach {
    /// Every tab.
    Everything,
    /// These tabs.
    Tabs(HashSet<EcoString>),
}

/// By tab, the ids that its wires and links name and that are not its own.
pub(crate) type Strangers = HashMap<EcoString, HashSet<EcoString>>;

impl Reach {
    /// Whether the nodes with this `z` are planned.
    pub(crate) fn has(&self, container: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Tabs(tabs) => container.is_empty() || tabs.contains(container),
        }
    }

    /// The tabs that differ between two documents. Everything, where something changed that nodes of any tab may
    /// depend on: a config node, a subflow template, an entry that is on no tab.
    pub(crate) fn between(old: &Document, new: &Document) -> Self {
        if !old.has_unique_ids() || !new.has_unique_ids() {
            return Self::Everything;
        }
        let mut tabs = HashSet::new();
        for (of, node) in old.differing(new).iter().flat_map(|(before, after)| {
            [before.map(|node| (old, node)), after.map(|node| (new, node))].into_iter().flatten()
        }) {
            match tab_of(of, node) {
                Some(tab) => tabs.insert(tab.into()),
                None => return Self::Everything,
            };
        }
        Self::Tabs(tabs)
    }

    /// Adds a tab; whether it was not there.
    pub(crate) fn add(&mut self, tab: &str) -> bool {
        match self {
            Self::Everything => false,
            Self::Tabs(tabs) => !tab.is_empty() && tabs.insert(tab.into()),
        }
    }

    /// Adds the tab that an entry is on; everything where it is on none.
    pub(crate) fn add_of(&mut self, document: &Document, id: &str) {
        match document.get(id).and_then(|node| tab_of(document, node)) {
            Some(tab) => {
                self.add(tab);
            }
            None => *self = Self::Everything,
        }
    }
}

/// The tab that an entry is, or is on, if only the nodes there depend on it.
fn tab_of<'a>(document: &'a Document, node: &'a Node) -> Option<&'a str> {
    match node.kind() {
        Kind::Tab => Some(node.id()),
        Kind::Subflow | Kind::Config | Kind::Malformed => None,
        Kind::SubflowInstance | Kind::Group | Kind::Junction | Kind::Node => {
            let tab = node.z()?;
            document.get(tab).is_none_or(|it| it.kind() == Kind::Tab).then_some(tab)
        }
    }
}

impl Plan {
    /// The ids that nodes of each tab name and that are not planned there: on other tabs, or nowhere.
    pub(crate) fn strangers(&self) -> Strangers {
        let mut strangers = Strangers::new();
        for node in &self.nodes {
            let tab = &node.tab;
            let is_here = |id: &str| self.get(id).is_some_and(|target| target.tab == *tab);
            let mut add = |id: &EcoString| {
                if !is_here(id) {
                    strangers.entry(tab.clone()).or_default().insert(id.clone());
                }
            };
            node.wires.iter().flatten().for_each(&mut add);
            if let Task::Is(Role::LinkOut | Role::LinkCall | Role::LinkIn) = node.role
                && let Some(Json::Array(links)) = node.properties.get("links")
            {
                links.iter().filter_map(Json::as_str).for_each(|id| add(&id.into()));
            }
        }
        strangers
    }

    /// Whether a config node stands on a tab, where a plan of other tabs would miss it.
    pub(crate) fn has_configs_on_tabs(&self) -> bool {
        self.nodes.iter().any(|node| node.role == Task::Is(Role::Config) && !node.tab.is_empty())
    }
}

impl Planned {
    /// Equal for the same receivers.
    pub(crate) fn wires_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.wires.hash(&mut hasher);
        hasher.finish()
    }
}
