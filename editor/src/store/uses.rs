//! Where a subflow is used, as it runs: in each place once, inside other subflows in each of their places.

use model::document::{Document, Kind};

use super::Id;
use super::edits::subflows::instances;

/// Subflows stand in each other no deeper than this.
const DEPTH: usize = 32;
/// More uses than anybody looks through.
const MOST: usize = 200;

/// A use of a subflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Id of what runs there: the instance's own, behind those of the instances around it.
    pub running: Id,
    /// The instances from the tab inwards, by their ids in the document.
    pub path: Vec<Id>,
}

/// The uses of a subflow in what runs, 200 at most.
pub fn uses(document: &Document, subflow: &str) -> Vec<Use> {
    let mut found = Vec::new();
    look(document, subflow, "", &[], DEPTH, &mut found);
    found
}

fn look(document: &Document, subflow: &str, behind: &str, inner: &[Id], depth: usize, found: &mut Vec<Use>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for id in instances(document, subflow) {
        if found.len() >= MOST {
            return;
        }
        let Some(container) = document.get(&id).and_then(|node| document.get(node.z()?)) else { continue };
        let path: Vec<Id> = std::iter::once(id.clone()).chain(inner.iter().cloned()).collect();
        let running = format!("{id}{behind}");
        match container.kind() {
            Kind::Tab => found.push(Use { running: running.as_str().into(), path }),
            _ => look(document, container.id(), &format!("-{running}"), &path, depth, found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subflow_inside_another_is_used_wherever_that_is() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"in","type":"subflow"},{"id":"out","type":"subflow"},
                {"id":"n","type":"subflow:in","z":"out","x":1,"y":1},{"id":"a","type":"subflow:out","z":"t","x":1,"y":1},
                {"id":"b","type":"subflow:out","z":"t","x":1,"y":1},{"id":"c","type":"subflow:in","z":"t","x":1,"y":1},
                {"id":"gone","type":"subflow:in","z":"nowhere","x":1,"y":1}]"#,
        )
        .unwrap();
        let found = uses(&document, "in");
        let running: Vec<&str> = found.iter().map(|one| one.running.as_ref()).collect();
        assert_eq!(running, ["a-n", "b-n", "c"]);
        assert_eq!(found[0].path, [Id::from("a"), Id::from("n")]);
        assert!(uses(&document, "gone").is_empty());
    }
}
