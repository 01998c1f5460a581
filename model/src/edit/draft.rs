//! An edit in the making.

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;

use crate::diff::{Change, Diff, field_changes};
use crate::document::{Document, Node};
use crate::json::{Json, Object};

/// Collects what an edit changes, by position in the document, and turns it into a diff. Costs what it
/// touches, however large the document is.
pub(super) struct Draft<'a> {
    document: &'a Document,
    edited: BTreeMap<usize, Object>,
    removed: BTreeSet<usize>,
    /// Entries and where they stand among those that remain.
    inserted: Vec<(usize, Node)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, edited: BTreeMap::new(), removed: BTreeSet::new(), inserted: Vec::new() }
    }

    /// The properties of the entry at a position, to change; none where it is no object.
    pub(super) fn fields(&mut self, position: usize) -> Option<&mut Object> {
        let original = self.document.nodes().get(position)?.json().as_object()?;
        Some(self.edited.entry(position).or_insert_with(|| original.clone()))
    }

    /// Sets a property of the entry at a position, or takes it out.
    pub(super) fn set(&mut self, position: usize, key: &str, value: Option<Json>) {
        if let Some(fields) = self.fields(position) {
            match value {
                Some(value) => fields.insert(key, value),
                None => fields.remove(key),
            };
        }
    }

    /// Takes the entry at a position out.
    pub(super) fn remove(&mut self, position: usize) {
        self.removed.insert(position);
    }

    /// Puts an entry at the end.
    pub(super) fn push(&mut self, entry: Object) {
        self.inserted.push((usize::MAX, Node::new(Json::Object(entry))));
    }

    /// Puts an entry before the one that now stands at `position`.
    pub(super) fn insert(&mut self, position: usize, entry: Object) {
        self.inserted.push((position, Node::new(Json::Object(entry))));
    }

    /// The diff: properties first, so that undo finds every entry in its place, then removals, then what is new.
    pub(super) fn finish(self) -> Diff {
        let nodes = self.document.nodes();
        let mut changes = Vec::new();
        for (position, fields) in
            self.edited.into_iter().filter(|(position, _)| !self.removed.contains(position))
        {
            let before = &nodes[position];
            let id: EcoString = before.id().into();
            if before.own_id().is_some() && self.document.position(&id) == Some(position) {
                field_changes(&id, before.fields(), &fields, &mut changes);
            } else if before.fields() != &fields {
                let after = Node::new(Json::Object(fields));
                changes.push(Change::Replace { index: position, before: before.clone(), after });
            }
        }
        let mut length = nodes.len();
        for position in self.removed.iter().rev() {
            changes.push(Change::Remove { index: *position, node: nodes[*position].clone() });
            length -= 1;
        }
        for (count, (position, node)) in self.inserted.into_iter().enumerate() {
            let index = match position {
                usize::MAX => length + count,
                position => position - self.removed.range(..position).count() + count,
            };
            changes.push(Change::Insert { index, node });
        }
        Diff::new(changes)
    }
}
