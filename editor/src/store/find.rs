//! Finding a node by what it is called.

pub mod query;

use std::sync::Arc;

use model::document::{Document, Kind, Node};
use model::json::Json;

use super::Id;
use super::node_types::{NodeTypes, called, type_called};

/// A node that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub label: String,
    /// Its type.
    pub type_name: String,
    /// The name of the flow it is on; empty for a config node that is on none.
    pub flow: String,
    /// Icon and colour of its type; empty where it is not known.
    pub icon: String,
    /// As `#rrggbb`.
    pub colour: String,
}

/// The entries whose label, type, id or any text in them holds what was typed (any case), in document order; those
/// whose label begins with it first, those that only hold it somewhere last.
pub fn find(
    document: &Document,
    types: &NodeTypes,
    filter: &str,
    is_wanted: impl Fn(&Node) -> bool,
) -> Vec<Found> {
    let filter = filter.trim().to_lowercase();
    let is_findable =
        |node: &&Node| !matches!(node.kind(), Kind::Malformed | Kind::Junction) && is_wanted(node);
    let rank = |found: &Found, node: &Node| {
        let label = found.label.to_lowercase();
        let is_named = label.contains(&filter) || found.type_name.to_lowercase().contains(&filter);
        if label.starts_with(&filter) {
            Some(0)
        } else if is_named || *found.id == *filter {
            Some(1)
        } else {
            node.fields().iter().any(|(_, value)| holds(value, &filter)).then_some(2)
        }
    };
    let found = document.nodes().iter().filter(is_findable).filter_map(|node| {
        let found = found(document, types, node);
        Some((rank(&found, node)?, found))
    });
    let mut found: Vec<(u8, Found)> = found.collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Whether a text anywhere in a value holds what was typed.
fn holds(value: &Json, filter: &str) -> bool {
    match value {
        Json::String(text) => text.to_lowercase().contains(filter),
        Json::Array(items) => items.iter().any(|item| holds(item, filter)),
        Json::Object(object) => object.iter().any(|(_, item)| holds(item, filter)),
        Json::Number(_) => value.to_js_string() == filter,
        _ => false,
    }
}

fn found(document: &Document, types: &NodeTypes, node: &Node) -> Found {
    let descriptor: Option<&Arc<_>> = types.get(node.type_name());
    Found {
        id: node.id().into(),
        label: called(document, node, types),
        type_name: type_called(node).to_owned(),
        flow: node.z().and_then(|z| document.get(z)).map(|flow| flow.name().to_owned()).unwrap_or_default(),
        icon: descriptor.map(|descriptor| descriptor.icon.clone()).unwrap_or_default(),
        colour: descriptor.map(|descriptor| descriptor.colour.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn finds_by_label_type_and_id() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab","label":"Home"},
                {"id":"a","type":"switch","z":"t","x":1,"y":1,"name":"Over the inject limit","wires":[]},
                {"id":"b","type":"inject","z":"t","x":1,"y":1,"props":[{"v":"Status/lamp"}],"wires":[]},
                {"id":"c","type":"mqtt-broker","name":"Here"}]"#,
        )
        .unwrap();
        let find = |filter: &str| {
            let found = find(&document, &sample(), filter, |_| true);
            found.into_iter().map(|found| found.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(find(""), ["t", "a", "b", "c"]);
        // Its label begins with it.
        assert_eq!(find("INJ"), ["b", "a"]);
        assert_eq!(find("here"), ["c"]);
        // Somewhere in it.
        assert_eq!(find("status/"), ["b"]);
        assert!(find("nowhere").is_empty());
    }
}
