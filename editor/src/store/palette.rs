//! What can be put on a tab: the server's node types, and the subflows of the document.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::descriptor::NodeDescriptor;
use model::document::{Document, Kind};

use super::edits::subflows::{as_type, would_recur};
use super::node_types::{Group, NodeTypes, category_title, type_label};

/// The subflows of a document as types of nodes, but not those that cannot stand on `container`.
pub fn subflow_types(document: &Document, container: Option<&str>) -> Vec<Arc<NodeDescriptor>> {
    let fits = |id: &str| container.is_none_or(|container| !would_recur(document, id, container));
    document.subflows().filter(|one| fits(one.id())).map(|one| Arc::new(as_type(one))).collect()
}

/// The palette's groups for what was typed: subflows first, as in Node-RED, then [`NodeTypes::palette`].
pub fn groups(types: &NodeTypes, subflows: &[Arc<NodeDescriptor>], filter: &str) -> Vec<Group> {
    let mut groups = types.palette(filter);
    for one in subflows.iter().filter(|one| holds(one, filter)) {
        match groups.iter_mut().find(|group| group.category == one.category) {
            Some(group) => group.types.push(Arc::clone(one)),
            None => groups.insert(0, Group { category: one.category.clone(), types: vec![Arc::clone(one)] }),
        }
    }
    groups
}

/// The types that a list to choose from shows for what was typed, best first.
pub fn ranked(types: &NodeTypes, subflows: &[Arc<NodeDescriptor>], filter: &str) -> Vec<Arc<NodeDescriptor>> {
    let mut found = types.ranked(filter);
    let typed = filter.trim().to_lowercase();
    for one in subflows.iter().filter(|one| holds(one, filter)) {
        let is_first = !typed.is_empty() && type_label(one).to_lowercase().starts_with(&typed);
        let begins = |known: &Arc<NodeDescriptor>| known.type_name.to_lowercase().starts_with(&typed);
        let at = if is_first { found.iter().position(|known| !begins(known)) } else { None };
        found.insert(at.unwrap_or(found.len()), Arc::clone(one));
    }
    found
}

/// The types that stand most often behind (`is_behind`) or before a node of a type in a document, most frequent first.
pub fn neighbours(document: &Document, type_name: &str, is_behind: bool) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for node in document.nodes() {
        for target in node.wires().into_iter().flatten().filter_map(|id| document.get(id)) {
            let (own, other) = if is_behind { (node, target) } else { (target, node) };
            if own.type_name() == type_name && other.kind() != Kind::Junction {
                *counts.entry(other.type_name()).or_default() += 1;
            }
        }
    }
    let mut found: Vec<(&str, usize)> = counts.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found.into_iter().map(|(name, _)| name.to_owned()).take(MOST_SUGGESTED).collect()
}

/// Types that are suggested.
const MOST_SUGGESTED: usize = 5;

/// The types with these first.
pub fn with_first(mut types: Vec<Arc<NodeDescriptor>>, first: &[String]) -> Vec<Arc<NodeDescriptor>> {
    let place = |one: &Arc<NodeDescriptor>| first.iter().position(|name| *name == one.type_name);
    types.sort_by_key(|one| place(one).unwrap_or(first.len()));
    types
}

fn holds(one: &NodeDescriptor, filter: &str) -> bool {
    let filter = filter.trim().to_lowercase();
    [type_label(one), one.category.clone(), category_title(&one.category)]
        .iter()
        .any(|text| text.to_lowercase().contains(&filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn what_is_often_wired_together_is_suggested() {
        let document = Document::parse(
            r#"[{"id":"a","type":"inject","z":"t","x":1,"y":1,"wires":[["b","c","d"]]},{"id":"b","type":"json","z":"t","x":1,"y":1},
                {"id":"c","type":"switch","z":"t","x":1,"y":1},{"id":"d","type":"switch","z":"t","x":1,"y":1,"wires":[["b"]]}]"#,
        )
        .unwrap();
        assert_eq!(neighbours(&document, "inject", true), ["switch", "json"]);
        assert_eq!(neighbours(&document, "json", false), ["inject", "switch"]);
        let all = ranked(&sample(), &[], "");
        let first = with_first(all.clone(), &["json".to_owned()]);
        assert_eq!((first[0].type_name.as_str(), first.len()), ("json", all.len()));
    }

    #[test]
    fn subflows_are_listed_but_never_inside_themselves() {
        let document = Document::parse(
            r#"[{"id":"s","type":"subflow","name":"Invert","in":[{}],"out":[]},
                {"id":"o","type":"subflow","name":"Outer","category":"function"},{"id":"i","type":"subflow:s","z":"o","x":1,"y":1}]"#,
        )
        .unwrap();
        let names = |container| {
            subflow_types(&document, container).iter().map(|one| type_label(one)).collect::<Vec<_>>()
        };
        assert_eq!(names(None), ["Invert", "Outer"]);
        assert_eq!((names(Some("s")).len(), names(Some("o"))), (0, vec!["Invert".to_owned()]));
        let all = subflow_types(&document, None);
        let shown = groups(&sample(), &all, "");
        assert_eq!(shown[0].category, "subflows");
        assert!(shown.iter().any(|group| group.category == "function" && group.types.len() > 2));
        assert_eq!(groups(&sample(), &all, "invert").len(), 1);
        // Names that begin with what was typed come first.
        let best: Vec<String> =
            ranked(&sample(), &all, "in").iter().map(|one| type_label(one)).take(2).collect();
        assert_eq!(best, ["inject", "Invert"]);
    }
}
