//! Edits that the canvas offers beyond the model's own: each a pure function from a document to a diff.

pub mod arrange;
pub mod ends;
pub mod expand;
pub mod groups;
pub mod order;
pub mod subflows;
pub mod wires;

use model::diff::{Change, Diff};
use model::document::{Document, Node};
use model::edit::Edit;
use model::json::{Json, Object};
use model::text::Text;

/// Puts entries at the end of a document.
pub fn put(document: &Document, entries: impl IntoIterator<Item = Object>) -> Edit {
    let mut changes = Vec::new();
    for entry in entries {
        let node = Node::new(Json::Object(entry));
        if document.get(node.id()).is_some() {
            return Err(Text::key("edit.taken-id").with("id", node.id()));
        }
        changes.push(Change::Insert { index: document.len() + changes.len(), node });
    }
    Ok(Diff::new(changes))
}

/// The texts in a list property, such as the members of a group.
fn listed(node: &Node, key: &str) -> Vec<String> {
    let items = node.field(key).and_then(Json::as_array).unwrap_or_default();
    items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Such a list as a value.
fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Json {
    Json::Array(items.into_iter().map(|item| Json::from(item.as_ref())).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use model::document::Document;
    use model::edit::{Edit, invariants};

    use crate::store::Id;
    use crate::store::drawing::Drawing;
    use crate::store::node_types::tests::sample;

    /// The document after an edit, which breaks nothing and can be taken back.
    pub(crate) fn after(document: &Document, edit: Edit) -> Document {
        let diff = edit.unwrap();
        let mut after = document.clone();
        diff.apply(&mut after).unwrap();
        let broken = invariants(&after);
        assert!(broken.is_empty(), "{broken:?}");
        let mut back = after.clone();
        diff.invert().apply(&mut back).unwrap();
        assert_eq!(back, *document);
        after
    }

    pub(crate) fn draw(document: &Document) -> Drawing {
        Drawing::new(document, &sample(), "t")
    }

    pub(crate) fn ids(list: &[&str]) -> Vec<Id> {
        list.iter().map(|id| Id::from(*id)).collect()
    }

    /// Counts: the same ids each time.
    pub(crate) fn counted() -> impl FnMut() -> ecow::EcoString {
        let mut count = 0;
        move || {
            count += 1;
            ecow::eco_format!("n{count}")
        }
    }
}
