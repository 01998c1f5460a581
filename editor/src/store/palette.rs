//! What can be put on a tab: the server's node types, and the subflows of the document.

use std::sync::Arc;

use model::descriptor::NodeDescriptor;
use model::document::Document;

use super::edits::subflows::{as_type, would_recur};
use super::node_types::{Group, NodeTypes, type_label};

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

fn holds(one: &NodeDescriptor, filter: &str) -> bool {
    let filter = filter.trim().to_lowercase();
    [type_label(one), one.category.clone()].iter().any(|text| text.to_lowercase().contains(&filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

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
