//! What is selected: nodes, groups and wires of the open tab.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::document::Document;

use super::Id;
use super::drawing::Wire;

/// The selection. Clones share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    nodes: Arc<BTreeSet<Id>>,
    wires: Arc<BTreeSet<Wire>>,
}

impl Selection {
    /// One node or group alone.
    pub fn one(id: Id) -> Self {
        Self::of([id])
    }

    /// These nodes and groups.
    pub fn of(ids: impl IntoIterator<Item = Id>) -> Self {
        Self { nodes: Arc::new(ids.into_iter().collect()), ..Self::default() }
    }

    /// One wire alone.
    pub fn wire(wire: Wire) -> Self {
        Self { wires: Arc::new(BTreeSet::from([wire])), ..Self::default() }
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.wires.is_empty()
    }

    /// Whether the node or group is selected.
    pub fn holds(&self, id: &str) -> bool {
        self.nodes.contains(id)
    }

    /// Whether the wire is selected.
    pub fn holds_wire(&self, wire: &Wire) -> bool {
        self.wires.contains(wire)
    }

    /// The node or group, where it is the only thing selected.
    pub fn single(&self) -> Option<&Id> {
        self.nodes.first().filter(|_| self.nodes.len() == 1 && self.wires.is_empty())
    }

    /// The nodes and groups.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Id> {
        self.nodes.iter()
    }

    /// The wires.
    pub fn wires(&self) -> impl ExactSizeIterator<Item = &Wire> {
        self.wires.iter()
    }

    /// With a node or group that was not selected, or without one that was.
    #[must_use]
    pub fn toggled(mut self, id: &Id) -> Self {
        let nodes = Arc::make_mut(&mut self.nodes);
        if !nodes.remove(id) {
            nodes.insert(id.clone());
        }
        self
    }

    /// With a wire that was not selected, or without one that was.
    #[must_use]
    pub fn toggled_wire(mut self, wire: &Wire) -> Self {
        let wires = Arc::make_mut(&mut self.wires);
        if !wires.remove(wire) {
            wires.insert(wire.clone());
        }
        self
    }

    /// With these nodes and groups too.
    #[must_use]
    pub fn with(mut self, ids: impl IntoIterator<Item = Id>) -> Self {
        Arc::make_mut(&mut self.nodes).extend(ids);
        self
    }

    /// Without what the document no longer holds.
    #[must_use]
    pub fn kept_by(&self, document: &Document) -> Self {
        let is_there = |id: &Id| document.get(id).is_some();
        let is_wired = |wire: &Wire| {
            let node = document.get(&wire.from);
            node.is_some_and(|node| {
                node.wires().get(usize::from(wire.port)).is_some_and(|to| to.contains(&wire.to.as_ref()))
            })
        };
        if self.nodes.iter().all(is_there) && self.wires.iter().all(is_wired) {
            return self.clone();
        }
        Self {
            nodes: Arc::new(self.nodes.iter().filter(|id| is_there(id)).cloned().collect()),
            wires: Arc::new(self.wires.iter().filter(|wire| is_wired(wire)).cloned().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_not_selected() {
        let document = Document::parse(
            r#"[{"id":"a","type":"x","z":"t","x":1,"y":2,"wires":[["b"]]},{"id":"b","type":"x","z":"t","x":1,"y":2}]"#,
        )
        .unwrap();
        let wire = |from: &str, to: &str| Wire { from: from.into(), port: 0, to: to.into() };
        let selection = Selection::of(["a".into(), "gone".into()])
            .toggled_wire(&wire("a", "b"))
            .toggled_wire(&wire("b", "a"));
        let kept = selection.kept_by(&document);
        assert!(kept.holds("a") && !kept.holds("gone"));
        assert!(kept.holds_wire(&wire("a", "b")) && !kept.holds_wire(&wire("b", "a")));
        assert_eq!(kept.single(), None);
        assert_eq!(Selection::one("a".into()).single().unwrap().as_ref(), "a");
        assert!(Selection::one("a".into()).toggled(&"a".into()).is_empty());
    }
}
