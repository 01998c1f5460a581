//! Import in place: what has the same id becomes what comes in.

use std::collections::BTreeSet;

use ecow::EcoString;
use model::diff::Diff;
use model::document::{Document, Kind, Node};
use model::edit::{self, Pasted};
use model::json::Json;
use model::text::Text;

use super::Import;
use crate::texts::text;

impl Import {
    /// How many entries of a document it would replace.
    pub fn replaced(&self, document: &Document) -> usize {
        self.document.nodes().iter().filter(|node| is_same(document, node)).count()
    }

    /// Brings it into a document as one change. An entry with an id that is there replaces the one that has it; what
    /// stood on a flow or in a subflow that comes in, and does not come with it, goes. All else comes in as it is, on
    /// the tab `open` where its own is not there.
    ///
    /// # Errors
    /// There is no tab for what comes without one.
    pub fn replacing(&self, document: &Document, open: Option<&str>) -> Result<Pasted, Text> {
        let coming: BTreeSet<&str> = self
            .document
            .nodes()
            .iter()
            .filter(|node| node.kind() != Kind::Malformed)
            .map(Node::id)
            .collect();
        let is_container = |node: &Node| matches!(node.kind(), Kind::Tab | Kind::Subflow);
        let containers: BTreeSet<&str> =
            self.document.nodes().iter().filter(|node| is_container(node)).map(Node::id).collect();
        let goes =
            |node: &&Node| node.z().is_some_and(|z| containers.contains(z)) && !coming.contains(node.id());
        let gone: Vec<&str> = document.nodes().iter().filter(goes).map(Node::id).collect();
        let mut after = document.clone();
        edit::delete_nodes(&after, gone)?.apply(&mut after).map_err(|mismatch| mismatch.reason)?;

        let mut entries: Vec<Json> = Vec::new();
        for node in after.nodes() {
            let new = self.document.get(node.id()).filter(|new| is_same(document, new));
            entries.push(new.unwrap_or(node).json().clone());
        }
        for node in self.document.nodes() {
            if node.kind() == Kind::Malformed || is_same(document, node) {
                continue;
            }
            entries.push(self.placed(document, node, open)?);
        }
        let after = Document::from_entries(entries);
        if edit::invariants(document).is_empty() && !edit::invariants(&after).is_empty() {
            return Err(text("import.contradicts"));
        }
        let ids = self.document.nodes().iter().map(|node| EcoString::from(node.id()));
        let ids = ids.filter(|id| after.get(id).is_some()).collect();
        Ok(Pasted { diff: Diff::between(document, &after), ids })
    }

    /// The entry on its tab, or on the open one where its own is nowhere.
    fn placed(&self, document: &Document, node: &Node, open: Option<&str>) -> Result<Json, Text> {
        let is_there = |z: &str| document.get(z).is_some() || self.document.get(z).is_some();
        match node.z() {
            Some(z) if !is_there(z) => {
                let open = open.ok_or_else(|| Text::key("edit.no-container").with("id", z))?;
                let mut fields = node.fields().clone();
                fields.insert("z", open);
                Ok(Json::Object(fields))
            }
            _ => Ok(node.json().clone()),
        }
    }
}

/// Whether an entry is there under its id, as the same kind of thing.
fn is_same(document: &Document, node: &Node) -> bool {
    node.kind() != Kind::Malformed
        && document
            .get(node.id())
            .is_some_and(|own| own.kind() == node.kind() && own.type_name() == node.type_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = r#"[{"id":"t","type":"tab","label":"Old"},{"id":"u","type":"tab","label":"Other"},
        {"id":"a","type":"x","z":"t","x":1,"y":1,"wires":[["b"]]},{"id":"b","type":"x","z":"t","x":1,"y":1,"wires":[]},
        {"id":"k","type":"conf","host":"old"},{"id":"m","type":"x","z":"u","x":1,"y":1,"conf":"k","wires":[]}]"#;

    #[test]
    fn what_is_there_becomes_what_comes() {
        let here = Document::parse(HERE).unwrap();
        let import = Import::parse(
            r#"[{"id":"t","type":"tab","label":"New"},{"id":"a","type":"x","z":"t","x":5,"y":1,"wires":[["c"]]},
                {"id":"c","type":"x","z":"t","x":9,"y":1,"wires":[]},{"id":"k","type":"conf","host":"new"}]"#,
        )
        .unwrap();
        assert_eq!(import.replaced(&here), 3);
        let made = import.replacing(&here, Some("u")).unwrap();
        let mut after = here.clone();
        made.diff.apply(&mut after).unwrap();
        assert_eq!(after.get("t").unwrap().name(), "New");
        assert!(after.get("b").is_none());
        assert_eq!(after.get("a").unwrap().wires(), [["c"]]);
        assert_eq!(
            (after.get("k").unwrap().text("host"), after.get("m").unwrap().z()),
            (Some("new"), Some("u"))
        );
        assert!(edit::invariants(&after).is_empty());
    }

    #[test]
    fn what_would_be_broken_is_refused() {
        let here = Document::parse(HERE).unwrap();
        let loose = Import::parse(r#"[{"id":"z","type":"x","z":"gone","x":1,"y":1,"wires":[]}]"#).unwrap();
        assert!(loose.replacing(&here, None).is_err());
        assert!(loose.replacing(&here, Some("u")).is_ok());
        let wired =
            Import::parse(r#"[{"id":"a","type":"x","z":"t","x":5,"y":1,"wires":[["nowhere"]]}]"#).unwrap();
        assert!(wired.replacing(&here, Some("u")).is_err());
    }
}
