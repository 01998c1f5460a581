//! What a copy of some nodes holds: the nodes, and all that they cannot do without.

use std::collections::BTreeSet;

use model::document::{Document, Kind, Node};
use model::json::Json;

use super::Id;

/// The entries of these ids in document order, with the config nodes that they name and the subflows that they
/// use (and what those use). Credentials are not in a document, and so not in its copies.
pub fn copied<'a>(document: &Document, ids: impl IntoIterator<Item = &'a str>) -> Document {
    let mut taken: BTreeSet<Id> = BTreeSet::new();
    let mut open: Vec<Id> = ids.into_iter().map(Id::from).collect();
    while let Some(id) = open.pop() {
        let Some(node) = document.get(&id) else { continue };
        if !taken.insert(id) {
            continue;
        }
        if let Some(template) = node.subflow_id() {
            open.push(template.into());
        }
        if node.kind() == Kind::Subflow {
            open.extend(document.nodes_on(node.id()).map(|inside| Id::from(inside.id())));
        }
        let needed = |value: &Json| used_configs(document, value);
        open.extend(properties(node).flat_map(needed));
    }
    let entries = document.nodes().iter().filter(|node| taken.contains(node.id()));
    Document::from_entries(entries.map(|node| node.json().clone()))
}

fn properties(node: &Node) -> impl Iterator<Item = &Json> {
    let fields = node.fields().iter();
    fields
        .filter(|(key, _)| !matches!(*key, "id" | "type" | "z" | "g" | "wires" | "nodes"))
        .map(|(_, value)| value)
}

/// Ids of config nodes that stand anywhere in a value.
fn used_configs(document: &Document, value: &Json) -> Vec<Id> {
    match value {
        Json::String(text) => {
            let config = document.get(text).filter(|node| node.is_config());
            config.map(|node| node.id().into()).into_iter().collect()
        }
        Json::Array(items) => items.iter().flat_map(|item| used_configs(document, item)).collect(),
        Json::Object(object) => object.iter().flat_map(|(_, item)| used_configs(document, item)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_along_what_is_needed() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"b","type":"mqtt-broker","tls":"c"},{"id":"c","type":"tls-config"},
                {"id":"other","type":"tls-config"},
                {"id":"s","type":"subflow"},{"id":"in","type":"mqtt in","z":"s","x":1,"y":1,"broker":"b"},
                {"id":"a","type":"subflow:s","z":"t","x":1,"y":1,"wires":[["d"]]},
                {"id":"d","type":"debug","z":"t","x":1,"y":1}]"#,
        )
        .unwrap();
        let copy = copied(&document, ["a"]);
        let ids: Vec<&str> = copy.nodes().iter().map(Node::id).collect();
        assert_eq!(ids, ["b", "c", "s", "in", "a"]);
        assert!(copied(&document, ["gone"]).is_empty());
    }
}
