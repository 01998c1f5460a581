//! What one side deleted and the other still needs.

use std::collections::{HashMap, HashSet};

use super::{Conflict, Decisions, Entries, Key, Side, Sides};
use crate::document::{Kind, Node};
use crate::json::Json;

/// The entries that stay although one side deleted them: the other side changed them or began to use them, and
/// its version was chosen.
pub(super) fn kept<'a>(sides: &Sides<'a>, decisions: &mut Decisions<'_>) -> HashSet<Key<'a>> {
    let mut kept = keep_against(&sides.base, &sides.theirs, &sides.mine, Side::Theirs, decisions);
    kept.extend(keep_against(&sides.base, &sides.mine, &sides.theirs, Side::Mine, decisions));
    kept
}

fn keep_against<'a>(
    base: &Entries<'a>,
    keeper: &Entries<'a>,
    deleter: &Entries<'a>,
    side: Side,
    decisions: &mut Decisions<'_>,
) -> HashSet<Key<'a>> {
    let gone: HashSet<Key<'a>> =
        base.order.iter().copied().filter(|key| !deleter.has(*key) && keeper.has(*key)).collect();
    if gone.is_empty() {
        return HashSet::new();
    }
    let roots = roots(base, keeper, &gone);
    let mut chosen = Vec::new();
    for key in base.order.iter().copied().filter(|key| roots.contains(key)) {
        let entry = keeper.get(key).map(|node| node.json().clone());
        let (mine, theirs) = if side == Side::Mine { (entry, None) } else { (None, entry) };
        let node = key.id.unwrap_or_default().into();
        if decisions.ask(Conflict { node, key: None, mine, theirs }) == side {
            chosen.push(key);
        }
    }
    with_what_they_need(keeper, &gone, chosen)
}

/// What was deleted and is disputed. A node is not disputed for itself where its tab or template went with it.
fn roots<'a>(base: &Entries<'a>, keeper: &Entries<'a>, gone: &HashSet<Key<'a>>) -> HashSet<Key<'a>> {
    let mut touched: Vec<Key<'a>> = Vec::new();
    for key in &keeper.order {
        let (Some(node), before) = (keeper.get(*key), base.get(*key)) else { continue };
        if before.is_some_and(|before| before == node || !is_weighty(before, node)) {
            continue;
        }
        let known = before.map(named).unwrap_or_default();
        let newly_named =
            named(node).difference(&known).copied().chain(node.z()).map(first).collect::<Vec<_>>();
        touched.extend(newly_named.into_iter().chain([*key]).filter(|key| gone.contains(key)));
    }
    let (mut seen, mut roots) = (HashSet::new(), HashSet::new());
    while let Some(key) = touched.pop() {
        if !seen.insert(key) {
            continue;
        }
        let Some(node) = keeper.get(key) else { continue };
        let owners: Vec<Key<'a>> =
            owners(node).filter(|owner| gone.contains(owner) && *owner != key).collect();
        if owners.is_empty() {
            roots.insert(key);
        }
        touched.extend(owners);
    }
    roots
}

/// What was chosen to stay, with what is inside, its instances, and the config nodes that these use.
fn with_what_they_need<'a>(
    keeper: &Entries<'a>,
    gone: &HashSet<Key<'a>>,
    chosen: Vec<Key<'a>>,
) -> HashSet<Key<'a>> {
    let mut owned: HashMap<Key<'a>, Vec<Key<'a>>> = HashMap::new();
    for key in keeper.order.iter().filter(|key| gone.contains(key)) {
        for owner in keeper.get(*key).into_iter().flat_map(owners) {
            owned.entry(owner).or_default().push(*key);
        }
    }
    let mut kept = HashSet::new();
    let mut waiting = chosen;
    while let Some(key) = waiting.pop() {
        if !kept.insert(key) {
            continue;
        }
        waiting.extend(owned.get(&key).into_iter().flatten().copied());
        let Some(node) = keeper.get(key) else { continue };
        let used = named(node).into_iter().map(first).filter(|used| gone.contains(used));
        waiting.extend(used.filter(|used| keeper.get(*used).is_some_and(Node::is_config)));
        waiting.extend(owners(node).filter(|owner| gone.contains(owner)));
    }
    kept
}

fn first(id: &str) -> Key<'_> {
    Key { id: Some(id), turn: 0 }
}

/// The tab or template that a node is in, and the template that it is an instance of: it cannot be without them.
fn owners(node: &Node) -> impl Iterator<Item = Key<'_>> {
    node.z().into_iter().chain(node.subflow_id()).map(first)
}

/// Every text in an entry that may be an id; its own type's template too.
fn named(node: &Node) -> HashSet<&str> {
    let mut found = HashSet::new();
    found.extend(node.subflow_id());
    for (_, value) in
        node.fields().iter().filter(|(key, _)| !matches!(*key, "id" | "name" | "label" | "info"))
    {
        collect(value, &mut found);
    }
    found
}

fn collect<'a>(value: &'a Json, found: &mut HashSet<&'a str>) {
    match value {
        Json::String(text) => {
            found.insert(text);
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Json::Object(object) => object.iter().for_each(|(_, item)| collect(item, found)),
        _ => {}
    }
}

/// Whether a change is worth a question to who deleted the entry: a new place, or references that are gone because
/// their targets are, are not.
fn is_weighty(before: &Node, after: &Node) -> bool {
    let keys = before.fields().keys().chain(after.fields().keys());
    let is_group = after.kind() == Kind::Group;
    keys.into_iter().any(|key| {
        let (old, new) = (before.field(key), after.field(key));
        let is_lost = match key.as_str() {
            "x" | "y" | "w" | "h" => true,
            "g" => new.is_none(),
            "wires" | "links" | "scope" => has_only_lost(old, new),
            "nodes" if is_group => has_only_lost(old, new),
            _ => false,
        };
        old != new && !is_lost
    })
}

/// Whether the new list holds nothing that the old one did not.
fn has_only_lost(old: Option<&Json>, new: Option<&Json>) -> bool {
    match (old, new) {
        (Some(Json::Array(old)), Some(Json::Array(new)))
            if old.iter().chain(new).all(|item| item.as_array().is_some()) =>
        {
            new.len() == old.len()
                && old.iter().zip(new).all(|(old, new)| has_only_lost(Some(old), Some(new)))
        }
        (Some(Json::Array(old)), Some(Json::Array(new))) => new.iter().all(|item| old.contains(item)),
        _ => false,
    }
}
