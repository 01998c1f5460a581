//! Invertible differences between documents: one form for undo, dirty marks, deploys and revisions.
//!
//! A [`Diff`] is a list of [`Change`]s applied in order. Each carries what was there before, so that it can be
//! checked and turned round: `apply(between(a, b), a)` is exactly `b`, key order and literals included, and the
//! inverse gives exactly `a`.

mod align;
mod apply;
mod between;
mod changed;
mod merge;

use std::collections::HashMap;
use std::fmt;

use ecow::EcoString;
use serde::{Deserialize, Deserializer, Serialize};

use crate::document::Node;
use crate::json::Json;
use crate::text::{Catalogue, Text};

pub(crate) use between::field_changes;
pub use changed::{Affected, Changes, affected, changed};
pub use merge::{Conflict, Merge, Side, merge, merge_with};

/// The texts of a change that does not fit.
pub const TEXTS: Catalogue = &[
    ("diff.index", "position {index} is past the end: the document has {length} entries"),
    ("diff.entry", "the entry at position {index} is another one"),
    ("diff.node", "there is no node with the id {id}"),
    ("diff.value", "`{key}` of {id} has another value"),
    ("diff.position", "`{key}` of {id} does not fit at position {position}"),
    ("diff.id", "the id of {id} cannot be changed in place: remove the node and insert it with its new id"),
];

/// One change. Positions count from 0 and hold at the moment the change is applied, after those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// An entry comes in and stands at `index`.
    Insert {
        /// Where it stands afterwards.
        index: usize,
        /// The entry.
        node: Node,
    },
    /// The entry at `index` goes.
    Remove {
        /// Where it stood.
        index: usize,
        /// The entry.
        node: Node,
    },
    /// An entry changes its place in the list.
    Move {
        /// Its id; empty for an entry without one.
        id: EcoString,
        /// Where it stood.
        from: usize,
        /// Where it stands afterwards.
        to: usize,
    },
    /// An entry without an id of its own (malformed, or a duplicate) becomes another.
    Replace {
        /// Where it stands.
        index: usize,
        /// What it was.
        before: Node,
        /// What it is then.
        after: Node,
    },
    /// A property is set, added (`before` is none) or removed (`after` is none).
    SetField {
        /// The node.
        id: EcoString,
        /// The property.
        key: EcoString,
        /// Where the key stands among the node's keys.
        position: usize,
        /// The value it had.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        before: Option<Json>,
        /// The value it gets.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        after: Option<Json>,
    },
    /// A property changes its place among the node's keys.
    MoveField {
        /// The node.
        id: EcoString,
        /// The property.
        key: EcoString,
        /// Where the key stood.
        from: usize,
        /// Where it stands afterwards.
        to: usize,
    },
}

/// A list of changes that leads from one document to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Diff {
    changes: Vec<Change>,
}

/// A change that does not fit the document it was applied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which change of the diff, from 0.
    pub change: usize,
    /// Why it does not fit.
    pub reason: Text,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "change {}: {}", self.change, self.reason.render_with(crate::CATALOGUES))
    }
}

impl std::error::Error for Mismatch {}

impl Diff {
    /// A diff of these changes, in this order.
    pub fn new(changes: Vec<Change>) -> Self {
        Self { changes }
    }

    /// The changes in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The diff that undoes this one.
    #[must_use]
    pub fn invert(&self) -> Self {
        Self { changes: self.changes.iter().rev().map(Change::invert).collect() }
    }

    /// This diff and then the other, as one. New values for the same property at the end of this and the start of
    /// the other become one change, so that a long drag stays one small diff.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        let run = self.changes.iter().rev().take_while(|change| change.new_value_of().is_some()).count();
        let start = self.changes.len() - run;
        let mut places: HashMap<(EcoString, EcoString), usize> = HashMap::new();
        for (place, change) in self.changes.iter().enumerate().skip(start) {
            places.extend(change.new_value_of().map(|field| (field, place)));
        }
        let mut mergeable = true;
        for change in other.changes {
            let field = change.new_value_of();
            mergeable &= field.is_some();
            let place = field.filter(|_| mergeable).and_then(|field| places.get(&field).copied());
            match (place.and_then(|place| self.changes.get_mut(place)), change) {
                (Some(Change::SetField { after, .. }), Change::SetField { before, after: newer, .. })
                    if *after == before =>
                {
                    *after = newer;
                }
                (_, change) => self.changes.push(change),
            }
        }
        let mut place = 0;
        self.changes.retain(|change| {
            place += 1;
            place <= start || !change.is_idle()
        });
        self
    }
}

impl Change {
    /// The change that undoes this one.
    #[must_use]
    pub fn invert(&self) -> Self {
        match self.clone() {
            Change::Insert { index, node } => Change::Remove { index, node },
            Change::Remove { index, node } => Change::Insert { index, node },
            Change::Move { id, from, to } => Change::Move { id, from: to, to: from },
            Change::Replace { index, before, after } => {
                Change::Replace { index, before: after, after: before }
            }
            Change::SetField { id, key, position, before, after } => {
                Change::SetField { id, key, position, before: after, after: before }
            }
            Change::MoveField { id, key, from, to } => Change::MoveField { id, key, from: to, to: from },
        }
    }

    /// The id of the node it is about; empty for an entry without one.
    pub fn id(&self) -> &str {
        match self {
            Change::Insert { node, .. } | Change::Remove { node, .. } => node.id(),
            Change::Replace { after, .. } => after.id(),
            Change::Move { id, .. } | Change::SetField { id, .. } | Change::MoveField { id, .. } => id,
        }
    }

    /// Node and key, where it only gives a property that is there another value.
    fn new_value_of(&self) -> Option<(EcoString, EcoString)> {
        match self {
            Change::SetField { id, key, before: Some(_), after: Some(_), .. } => {
                Some((id.clone(), key.clone()))
            }
            _ => None,
        }
    }

    fn is_idle(&self) -> bool {
        matches!(self, Change::SetField { before: Some(before), after: Some(after), .. } if before == after)
    }
}

/// A value that is there, even where it is `null`; an absent key is none by its default.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

#[cfg(test)]
pub(crate) mod tests;
