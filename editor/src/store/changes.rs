//! What differs between two versions of the flows, as a list to read and as a picture of each tab.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::document::{Document, Kind, Node};
use model::json::Json;

use super::Id;
use super::drawing::{Drawing, DrawnNode};
use super::node_types::{NodeTypes, called, type_called};

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It came.
    Added,
    /// It went.
    Removed,
    /// Properties of it, or its wires, changed.
    Changed,
    /// It only stands elsewhere.
    Moved,
}

impl Fate {
    /// How it is named in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// One entry that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its id.
    pub id: Id,
    /// What the user calls it.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// What became of it.
    pub fate: Fate,
    /// The properties that differ: key, before, after.
    pub fields: Vec<(String, Option<Json>, Option<Json>)>,
}

/// What differs on one tab; without a tab, among the config nodes of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The tab or subflow.
    pub tab: Option<Id>,
    /// Its name.
    pub name: String,
    /// What differs, in document order, what went last.
    pub differences: Vec<Difference>,
}

/// What leads from one version to another, by tab.
pub fn sections(before: &Document, after: &Document, types: &NodeTypes) -> Vec<Section> {
    let mut by_tab: BTreeMap<Option<usize>, Section> = BTreeMap::new();
    let mut add = |node: &Node, fate: Fate, fields| {
        let own = matches!(node.kind(), Kind::Tab | Kind::Subflow).then(|| node.id());
        let tab = own.or(node.z());
        let found = tab.and_then(|tab| after.get(tab).or(before.get(tab)));
        let place = tab.map(|tab| after.position(tab).or(before.position(tab)).unwrap_or(usize::MAX));
        let section = by_tab.entry(place).or_insert_with(|| Section {
            tab: tab.map(Id::from),
            name: found.map(|tab| tab.name().to_owned()).unwrap_or_default(),
            differences: Vec::new(),
        });
        let document = if after.get(node.id()).is_some() { after } else { before };
        section.differences.push(Difference {
            id: node.id().into(),
            name: called(document, node, types),
            type_name: type_called(node).to_owned(),
            fate,
            fields,
        });
    };
    for node in after.nodes() {
        match before.get(node.id()) {
            None => add(node, Fate::Added, Vec::new()),
            Some(old) if old != node => {
                let fields = fields(old, node);
                let is_place = |(key, ..): &(String, Option<Json>, Option<Json>)| {
                    matches!(key.as_str(), "x" | "y" | "w" | "h")
                };
                let fate = if fields.iter().all(is_place) { Fate::Moved } else { Fate::Changed };
                if !fields.is_empty() {
                    add(node, fate, fields);
                }
            }
            Some(_) => {}
        }
    }
    for node in before.nodes().iter().filter(|node| after.get(node.id()).is_none()) {
        add(node, Fate::Removed, Vec::new());
    }
    by_tab.into_values().collect()
}

fn fields(before: &Node, after: &Node) -> Vec<(String, Option<Json>, Option<Json>)> {
    let mut keys: Vec<&str> = after.fields().iter().map(|(key, _)| key).collect();
    keys.extend(before.fields().iter().map(|(key, _)| key).filter(|key| !after.fields().contains_key(key)));
    let differs = |key: &&str| match (before.field(key), after.field(key)) {
        (Some(old), Some(new)) => !old.semantic_eq(new),
        (None, None) => false,
        _ => true,
    };
    let field = |key: &str| (key.to_owned(), before.field(key).cloned(), after.field(key).cloned());
    keys.into_iter().filter(differs).map(field).collect()
}

/// A tab with both versions on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The tab as it is after; what went is beside it.
    pub after: Arc<Drawing>,
    /// Nodes that went, where they were.
    pub gone: Vec<Arc<DrawnNode>>,
    /// What became of those that differ.
    pub fates: BTreeMap<Id, Fate>,
}

/// Draws a tab with what differs on it.
pub fn picture(before: &Document, after: &Document, types: &NodeTypes, section: &Section) -> Option<Picture> {
    let tab = section.tab.as_deref()?;
    let (old, new) = (Drawing::new(before, types, tab), Drawing::new(after, types, tab));
    let fates: BTreeMap<Id, Fate> =
        section.differences.iter().map(|one| (one.id.clone(), one.fate)).collect();
    let gone = old.nodes.iter().filter(|node| fates.get(&node.id) == Some(&Fate::Removed)).cloned().collect();
    Some(Picture { after: Arc::new(new), gone, fates })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn differences_are_listed_by_tab_and_drawn() {
        let parse = |text: &str| Document::parse(text).unwrap();
        let before = parse(
            r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
                {"id":"a","type":"inject","z":"t","x":1,"y":1,"name":"A","wires":[]},{"id":"b","type":"debug","z":"t","x":9,"y":9},
                {"id":"k","type":"mqtt-broker","broker":"x"},{"id":"m","type":"debug","z":"u","x":1,"y":1}]"#,
        );
        let after = parse(
            r#"[{"id":"t","type":"tab","label":"One"},{"id":"u","type":"tab","label":"Two"},
                {"id":"a","type":"inject","z":"t","x":1,"y":1,"name":"B","wires":[["c"]]},{"id":"c","type":"debug","z":"t","x":9,"y":9},
                {"id":"k","type":"mqtt-broker","broker":"y"},{"id":"m","type":"debug","z":"u","x":5,"y":1}]"#,
        );
        let sections = sections(&before, &after, &sample());
        let shown: Vec<_> = sections
            .iter()
            .map(|section| {
                (
                    section.name.as_str(),
                    section.differences.iter().map(|one| (one.id.as_ref(), one.fate)).collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("", vec![("k", Fate::Changed)]),
                ("One", vec![("a", Fate::Changed), ("c", Fate::Added), ("b", Fate::Removed)]),
                ("Two", vec![("m", Fate::Moved)])
            ]
        );
        let fields: Vec<&str> =
            sections[1].differences[0].fields.iter().map(|(key, ..)| key.as_str()).collect();
        assert_eq!(fields, ["name", "wires"]);
        let picture = picture(&before, &after, &sample(), &sections[1]).unwrap();
        assert_eq!((picture.after.nodes.len(), picture.gone.len(), picture.fates.len()), (2, 1, 3));
        assert!(super::sections(&after, &after, &sample()).is_empty());
    }
}
