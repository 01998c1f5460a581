//! Finding the difference of two documents.

use std::collections::HashMap;

use ecow::EcoString;

use super::align::{Step, align};
use super::{Change, Diff};
use crate::document::{Document, Node};
use crate::json::Object;

impl Diff {
    /// The changes that lead from `old` to `new`: entries removed, moved and inserted, then properties.
    /// Entries match by id; those that share an id, or have none, by their turn among these.
    pub fn between(old: &Document, new: &Document) -> Self {
        let old_keys = keys(old.nodes());
        let new_keys = keys(new.nodes());
        let places: HashMap<Key<'_>, usize> =
            old_keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        let sources: Vec<Option<usize>> = new_keys.iter().map(|key| places.get(key).copied()).collect();

        let mut changes = Vec::new();
        let mut current: Vec<&Node> = Vec::new();
        let steps = align(old.len(), &sources);
        if !steps.is_empty() {
            current.extend(old.nodes());
        }
        for step in steps {
            changes.push(match step {
                Step::Remove { at } => Change::Remove { index: at, node: current.remove(at).clone() },
                Step::Move { from, to } => {
                    let node = current.remove(from);
                    current.insert(to, node);
                    Change::Move { id: node.id().into(), from, to }
                }
                Step::Insert { at, element } => {
                    let node = &new.nodes()[element];
                    current.insert(at, node);
                    Change::Insert { index: at, node: node.clone() }
                }
            });
        }

        let shared = |keys: &[Key<'_>]| -> HashMap<EcoString, ()> {
            keys.iter().filter(|key| key.turn > 0).filter_map(|key| Some((key.id?.into(), ()))).collect()
        };
        let (old_shared, new_shared) = (shared(&old_keys), shared(&new_keys));
        for (index, (after, source)) in new.nodes().iter().zip(&sources).enumerate() {
            let Some(before) = source.map(|source| &old.nodes()[source]) else { continue };
            if before == after {
                continue;
            }
            let id =
                after.own_id().filter(|id| !old_shared.contains_key(*id) && !new_shared.contains_key(*id));
            match id {
                Some(id) => field_changes(id, before.fields(), after.fields(), &mut changes),
                None => {
                    changes.push(Change::Replace { index, before: before.clone(), after: after.clone() });
                }
            }
        }
        Self { changes }
    }
}

/// What an entry is matched by: its id, and which of those with the same id (or with none) it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) turn: usize,
}

pub(super) fn keys(nodes: &[Node]) -> Vec<Key<'_>> {
    let mut turns: HashMap<Option<&str>, usize> = HashMap::with_capacity(nodes.len());
    nodes
        .iter()
        .map(|node| {
            let id = node.own_id().map(EcoString::as_str);
            let next = turns.entry(id).or_default();
            let turn = *next;
            *next += 1;
            Key { id, turn }
        })
        .collect()
}

/// The changes of one node's properties: keys removed, moved and added, then values.
pub(crate) fn field_changes(id: &EcoString, old: &Object, new: &Object, changes: &mut Vec<Change>) {
    let places: HashMap<&str, usize> = old.keys().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let sources: Vec<Option<usize>> = new.keys().map(|key| places.get(key.as_str()).copied()).collect();
    let mut current: Vec<&EcoString> = old.keys().collect();
    for step in align(old.len(), &sources) {
        match step {
            Step::Remove { at } => {
                let key = current.remove(at);
                let before = old.get(key).cloned();
                changes.push(set(id, key, at, before, None));
            }
            Step::Move { from, to } => {
                let key = current.remove(from);
                current.insert(to, key);
                changes.push(Change::MoveField { id: id.clone(), key: key.clone(), from, to });
            }
            Step::Insert { at, element } => {
                let Some(key) = new.keys().nth(element) else { continue };
                current.insert(at, key);
                changes.push(set(id, key, at, None, new.get(key).cloned()));
            }
        }
    }
    for (position, ((key, after), source)) in new.iter().zip(&sources).enumerate() {
        let before = source.and_then(|source| old.at(source)).map(|(_, before)| before);
        if let Some(before) = before.filter(|before| *before != after) {
            changes.push(set(id, &key.into(), position, Some(before.clone()), Some(after.clone())));
        }
    }
}

fn set(
    id: &EcoString,
    key: &EcoString,
    position: usize,
    before: Option<crate::json::Json>,
    after: Option<crate::json::Json>,
) -> Change {
    Change::SetField { id: id.clone(), key: key.clone(), position, before, after }
}
