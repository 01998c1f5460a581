//! Locked flows: what stands on one is not changed until it is unlocked.

use model::diff::{Change, Diff};
use model::document::{Document, Node};
use model::json::Json;

/// The locked flow that a diff would change; none where it leaves all of them as they are. To unlock is no change.
pub fn locked_flow<'a>(document: &'a Document, diff: &Diff) -> Option<&'a Node> {
    diff.changes().iter().find_map(|change| {
        let containers = match change {
            Change::Insert { node, .. } => vec![node.z()],
            Change::Remove { node, .. } => vec![node.z(), Some(node.id())],
            Change::SetField { id, key, .. } if key == "locked" => vec![holder(document, id)],
            Change::SetField { id, key, after, .. } => {
                let goes_to = after.as_ref().filter(|_| key == "z").and_then(Json::as_str);
                vec![holder(document, id), Some(id.as_str()), goes_to]
            }
            Change::MoveField { id, .. } => vec![holder(document, id), Some(id.as_str())],
            Change::Replace { before, after, .. } => vec![before.z(), after.z()],
            // The order of tabs and nodes is how they are shown, not what they are.
            Change::Move { .. } => vec![],
        };
        let flows = containers.into_iter().flatten().filter_map(|id| document.get(id));
        flows.into_iter().find(|flow| is_locked(flow))
    })
}

/// Whether a flow is locked.
pub fn is_locked(flow: &Node) -> bool {
    flow.field("locked").and_then(Json::as_bool).unwrap_or(false)
}

fn holder<'a>(document: &'a Document, id: &str) -> Option<&'a str> {
    document.get(id)?.z()
}

#[cfg(test)]
mod tests {
    use model::edit::{Edit, delete_nodes, set_property};

    use super::*;

    fn document() -> Document {
        Document::parse(
            r#"[{"id":"t","type":"tab","label":"Shut","locked":true},{"id":"u","type":"tab","label":"Open"},
                {"id":"a","type":"x","z":"t","x":1,"y":2,"wires":[]},{"id":"b","type":"x","z":"u","x":1,"y":2,"wires":[]},
                {"id":"c","type":"broker"}]"#,
        )
        .unwrap()
    }

    fn refused(edit: impl FnOnce(&Document) -> Edit) -> Option<String> {
        let document = document();
        let diff = edit(&document).unwrap();
        assert!(!diff.is_empty());
        locked_flow(&document, &diff).map(|flow| flow.name().to_owned())
    }

    #[test]
    fn what_stands_on_a_locked_flow_stays() {
        let shut = Some("Shut".to_owned());
        assert_eq!(refused(|document| set_property(document, "a", "name", Some("n".into()))), shut);
        assert_eq!(refused(|document| delete_nodes(document, ["a"])), shut);
        assert_eq!(refused(|document| set_property(document, "b", "z", Some("t".into()))), shut);
        assert_eq!(refused(|document| set_property(document, "t", "label", Some("n".into()))), shut);
    }

    #[test]
    fn all_else_changes_and_a_flow_is_unlocked() {
        assert_eq!(refused(|document| set_property(document, "b", "name", Some("n".into()))), None);
        assert_eq!(refused(|document| set_property(document, "c", "name", Some("n".into()))), None);
        assert_eq!(refused(|document| set_property(document, "t", "locked", Some(Json::Bool(false)))), None);
    }
}
