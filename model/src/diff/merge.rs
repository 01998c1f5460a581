//! Three-way merge: two documents that were made from a third become one, property by property.
//!
//! What only one side changed is taken; what both changed alike is taken once. Lists of references (wires, links,
//! scopes, group members) merge item by item. What both changed differently is a [`Conflict`], and so is what one
//! side deleted while the other changed it or began to use it.

mod deletions;
mod fields;
mod order;
mod repair;

use std::collections::HashMap;

use ecow::EcoString;

use super::between::{Key, keys};
use crate::check::Problem;
use crate::document::{Document, Node};
use crate::json::Json;

/// Whose version of a conflict counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// The second argument's.
    #[default]
    Mine,
    /// The third argument's.
    Theirs,
}

/// Something that both sides changed, each in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The id of the entry.
    pub node: EcoString,
    /// The property; none where it is about the whole entry, which one side deleted (with all that is in it, where
    /// it is a tab or a subflow template).
    pub key: Option<EcoString>,
    /// My value; none where I deleted it.
    pub mine: Option<Json>,
    /// Their value; none where they deleted it.
    pub theirs: Option<Json>,
}

/// What came of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// The document of both.
    pub document: Document,
    /// What was to be decided, in document order, whatever was decided.
    pub conflicts: Vec<Conflict>,
    /// What had to be taken out because it made sense on neither side's own: a wire to a node that the other side
    /// moved to another tab, and so on. Each is the problem that it would have been.
    pub repaired: Vec<Problem>,
}

/// Merges with my version of every conflict; see [`merge_with`].
pub fn merge(base: &Document, mine: &Document, theirs: &Document) -> Merge {
    merge_with(base, mine, theirs, &|_| Side::Mine)
}

/// Merges what `mine` and `theirs` changed since `base`; `choose` says whose version of a conflict counts.
///
/// Where one side changed nothing the result is exactly the other. The result satisfies
/// [`crate::edit::invariants`] where both sides do. Entries stand in my order, and in theirs where only they
/// changed it.
pub fn merge_with(
    base: &Document,
    mine: &Document,
    theirs: &Document,
    choose: &dyn Fn(&Conflict) -> Side,
) -> Merge {
    if theirs == base || mine == theirs {
        return Merge { document: mine.clone(), ..Merge::default() };
    }
    if mine == base {
        return Merge { document: theirs.clone(), ..Merge::default() };
    }
    let sides = Sides { base: Entries::of(base), mine: Entries::of(mine), theirs: Entries::of(theirs) };
    let mut decisions = Decisions { choose, conflicts: Vec::new() };
    let kept = deletions::kept(&sides, &mut decisions);
    let order = order::merge(&sides.base.order, &sides.mine.order, &sides.theirs.order);

    let mut nodes: Vec<Node> = Vec::with_capacity(order.len());
    for key in order {
        let (before, own, other) = sides.get(key);
        match (own, other) {
            (Some(own), Some(other)) => {
                nodes.push(fields::merge(key, before, own, other, &mut decisions));
            }
            (Some(only), None) | (None, Some(only)) => {
                if before.is_none() || kept.contains(&key) {
                    nodes.push(only.clone());
                }
            }
            (None, None) => {}
        }
    }
    let document = Document::from_nodes(nodes);
    let (document, repaired) = repair::repair(document, base, mine, theirs);
    let mut conflicts = decisions.conflicts;
    conflicts.sort_by_key(|conflict| {
        let place = |document: &Document| document.position(&conflict.node);
        place(mine).or_else(|| place(theirs)).unwrap_or(usize::MAX)
    });
    Merge { document, conflicts, repaired }
}

/// One document's entries by what they are matched by.
struct Entries<'a> {
    order: Vec<Key<'a>>,
    nodes: HashMap<Key<'a>, &'a Node>,
}

impl<'a> Entries<'a> {
    fn of(document: &'a Document) -> Self {
        let order = keys(document.nodes());
        let nodes = order.iter().copied().zip(document.nodes()).collect();
        Self { order, nodes }
    }

    fn get(&self, key: Key<'a>) -> Option<&'a Node> {
        self.nodes.get(&key).copied()
    }

    fn has(&self, key: Key<'a>) -> bool {
        self.nodes.contains_key(&key)
    }
}

struct Sides<'a> {
    base: Entries<'a>,
    mine: Entries<'a>,
    theirs: Entries<'a>,
}

impl<'a> Sides<'a> {
    fn get(&self, key: Key<'a>) -> (Option<&'a Node>, Option<&'a Node>, Option<&'a Node>) {
        (self.base.get(key), self.mine.get(key), self.theirs.get(key))
    }
}

/// Asks whose version counts, and keeps what was asked.
struct Decisions<'a> {
    choose: &'a dyn Fn(&Conflict) -> Side,
    conflicts: Vec<Conflict>,
}

impl Decisions<'_> {
    fn ask(&mut self, conflict: Conflict) -> Side {
        let side = (self.choose)(&conflict);
        self.conflicts.push(conflict);
        side
    }
}

#[cfg(test)]
mod tests;
