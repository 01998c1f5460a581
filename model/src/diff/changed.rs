//! What a deploy has to look at: which nodes came, went, changed, were rewired, or only moved.

use std::collections::HashMap;

use ecow::EcoString;
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Kind, Node};
use crate::json::Json;

/// How two documents differ, by node id. Each id stands in one of `added`, `removed`, `changed` and `moved`
/// at most; a changed node may be rewired too. Sets are in document order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// In the new document only.
    pub added: IndexSet<EcoString>,
    /// In the old document only.
    pub removed: IndexSet<EcoString>,
    /// Configured differently: any property but wires and looks.
    pub changed: IndexSet<EcoString>,
    /// Wired differently.
    pub rewired: IndexSet<EcoString>,
    /// Only looks differ: place, size, style, labels, description, group members.
    pub moved: IndexSet<EcoString>,
}

impl Changes {
    /// Whether nothing that runs differs.
    pub fn is_idle(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.rewired.is_empty()
    }
}

/// Compares two documents as a deploy does. Place and looks do not count, nor does the form of numbers or the
/// order of keys. Of entries that share an id the first counts; malformed ones do not.
pub fn changed(old: &Document, new: &Document) -> Changes {
    let mut changes = Changes::default();
    for (position, node) in well_formed(new) {
        let id: EcoString = node.id().into();
        if new.position(&id) != Some(position) {
            continue;
        }
        let Some(before) = old.get(&id).filter(|before| before.kind() != Kind::Malformed) else {
            changes.added.insert(id);
            continue;
        };
        if before == node {
            continue;
        }
        let is_rewired = !same(before.field("wires"), node.field("wires"));
        let is_changed = differs(before, node);
        if is_rewired {
            changes.rewired.insert(id.clone());
        }
        if is_changed {
            changes.changed.insert(id);
        } else if !is_rewired {
            changes.moved.insert(id);
        }
    }
    let is_gone = |node: &Node| new.get(node.id()).is_none_or(|after| after.kind() == Kind::Malformed);
    changes.removed =
        well_formed(old).map(|(_, node)| node).filter(|n| is_gone(n)).map(|n| n.id().into()).collect();
    changes
}

fn well_formed(document: &Document) -> impl Iterator<Item = (usize, &Node)> {
    document.nodes().iter().enumerate().filter(|(_, node)| node.kind() != Kind::Malformed)
}

fn differs(old: &Node, new: &Node) -> bool {
    let is_group = new.kind() == Kind::Group;
    let counts = |key: &&str| !is_looks(key, is_group);
    let keys = |node: &Node| node.fields().keys().filter(|key| counts(&key.as_str())).count();
    keys(old) != keys(new)
        || old
            .fields()
            .iter()
            .filter(|(key, _)| counts(key))
            .any(|(key, before)| !same(Some(before), new.field(key)))
}

/// Wires apart, properties that no running node reads.
fn is_looks(key: &str, is_group: bool) -> bool {
    matches!(key, "x" | "y" | "wires" | "l" | "info" | "inputLabels" | "outputLabels")
        || is_group && matches!(key, "w" | "h" | "style" | "nodes")
}

fn same(a: Option<&Json>, b: Option<&Json>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.semantic_eq(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What has to start anew because of some changes; see [`affected`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Ids of nodes of the new document that are to be started or restarted, config nodes and subflow
    /// instances included.
    pub nodes: IndexSet<EcoString>,
    /// Ids of tabs that hold an affected or rewired node now, or held one that has gone.
    pub tabs: IndexSet<EcoString>,
    /// Whether a `global-config` changed, which everything may read.
    pub everything: bool,
}

/// How far changes reach, as in Node-RED: to nodes that name a changed or removed node in a property (users of
/// a config node, members of a group), and from inside a subflow template to all its instances.
pub fn affected(old: &Document, new: &Document, changes: &Changes) -> Affected {
    let users = users(old, new);
    let mut result = Affected::default();
    let mut touched: Vec<EcoString> =
        changes.added.iter().chain(&changes.changed).chain(&changes.removed).cloned().collect();
    // A template whose insides are wired differently gives other instances.
    touched.extend(changes.rewired.iter().filter_map(|id| template_of(new, new.get(id)?)));
    touched.extend(changes.removed.iter().filter_map(|id| template_of(new, old.get(id)?)));
    // Nodes read their tab's environment, and none of them runs while it is switched off.
    let reaches_nodes = |id: &&EcoString| match (old.get(id), new.get(id)) {
        (Some(a), Some(b)) if b.kind() == Kind::Tab => {
            !same(a.field("env"), b.field("env")) || a.is_disabled() != b.is_disabled()
        }
        _ => false,
    };
    for tab in changes.changed.iter().filter(reaches_nodes) {
        touched.extend(new.nodes_on(tab).map(|node| EcoString::from(node.id())));
    }
    while let Some(id) = touched.pop() {
        if let Some(node) = new.get(&id) {
            let is_container = matches!(node.kind(), Kind::Tab | Kind::Subflow | Kind::Group);
            result.everything |= node.type_name() == "global-config";
            if !is_container && !result.nodes.insert(id.clone()) {
                continue;
            }
            if is_container && !result.tabs.insert(id.clone()) {
                continue;
            }
            touched.extend(template_of(new, node));
        } else if old.get(&id).is_some_and(|node| node.type_name() == "global-config") {
            result.everything = true;
        }
        touched.extend(users.get(id.as_str()).into_iter().flatten().map(|user| EcoString::from(*user)));
    }
    let gone = changes.removed.iter().filter_map(|id| old.get(id));
    let now = result.nodes.iter().chain(&changes.rewired).filter_map(|id| new.get(id));
    let tabs: IndexSet<EcoString> = gone.chain(now).filter_map(Node::z).map(EcoString::from).collect();
    result.tabs.extend(tabs);
    result.tabs.retain(|id| new.get(id).is_some_and(|node| node.kind() == Kind::Tab));
    result.nodes.sort_by_cached_key(|id| new.position(id));
    result.tabs.sort_by_cached_key(|id| new.position(id));
    result
}

/// The id of the subflow template that a node is inside of.
fn template_of(document: &Document, node: &Node) -> Option<EcoString> {
    document
        .get(node.z()?)
        .filter(|container| container.kind() == Kind::Subflow)
        .map(|container| container.id().into())
}

/// For each id the ids of those that name it in a property of theirs, or are instances of it, or members of the
/// group; being on a tab or wired to a node is no use of it.
fn users<'a>(old: &Document, new: &'a Document) -> HashMap<&'a str, Vec<&'a str>> {
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    let is_node = |id: &&str| match new.get(id).or_else(|| old.get(id)) {
        Some(named) => named.kind() != Kind::Tab,
        None => false,
    };
    for (_, node) in well_formed(new) {
        let is_group = node.kind() == Kind::Group;
        let named =
            node.fields().iter().filter(|(key, _)| *key != "id" && *key != "z" && !is_looks(key, is_group));
        let named = named.filter_map(|(_, value)| value.as_str()).filter(is_node);
        for id in named.chain(node.subflow_id()) {
            users.entry(id).or_default().push(node.id());
        }
    }
    users
}
