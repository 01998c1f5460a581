//! Who else has the flows open, and what the others are told of this editor.

use std::sync::Arc;

use leptos::prelude::*;

use super::Editor;
use crate::store::Id;
use crate::store::presence::{Other, Own, editor_of};

/// Signals of it. Handles only.
#[derive(Clone, Copy)]
pub struct Presence {
    /// The others, as the server told last; nobody without a connection.
    pub others: RwSignal<Arc<Vec<Other>>>,
    /// What the user of this browser wants to be called.
    pub name: RwSignal<String>,
    /// The node whose form has the keyboard focus.
    pub form_in_use: RwSignal<Option<Id>>,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            others: RwSignal::new(Arc::default()),
            name: RwSignal::new(String::new()),
            form_in_use: RwSignal::new(None),
        }
    }
}

impl Editor {
    /// Shows who else is here.
    pub fn show_others(self, others: Vec<Other>) {
        if self.presence.others.with_untracked(|shown| **shown != others) {
            self.presence.others.set(Arc::new(others));
        }
    }

    /// What the others are to be told, now and from now on.
    pub fn own_presence(self) -> Own {
        let in_use = self.presence.form_in_use.get();
        Own {
            tab: self.open_tab.get(),
            selection: self.selection.with(|selection| selection.nodes().cloned().collect()),
            editing: self.inspected.with(|inspected| in_use.filter(|id| inspected.as_ref() == Some(id))),
            name: self.presence.name.get(),
        }
    }

    /// Who else edits the form of a node.
    pub fn edited_by(self, id: Id) -> Memo<Option<Other>> {
        Memo::new(move |_| self.presence.others.with(|others| editor_of(others, &id).cloned()))
    }

    /// The form of a node has the keyboard focus, or has it no more.
    pub fn use_form(self, id: &Id, is_used: bool) {
        let was_used = self.presence.form_in_use.with_untracked(|now| now.as_ref() == Some(id));
        if was_used != is_used {
            self.presence.form_in_use.set(is_used.then(|| id.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::selection::Selection;

    #[test]
    fn a_form_counts_as_edited_while_it_is_shown_and_used() {
        let owner = Owner::new();
        owner.set();
        let editor = Editor::new();
        let flows = r#"[{"id":"t","type":"tab","label":"T"},{"id":"a","type":"x","z":"t","x":1,"y":1,"wires":[]},
            {"id":"b","type":"x","z":"t","x":1,"y":90,"wires":[]}]"#;
        editor.open(Document::parse(flows).unwrap(), "r".into());
        let (a, b): (Id, Id) = ("a".into(), "b".into());
        editor.select(Selection::one(a.clone()));
        let own = || untrack(|| editor.own_presence());
        assert_eq!(own(), Own { tab: Some("t".into()), selection: vec![a.clone()], ..Own::default() });
        editor.use_form(&a, true);
        assert_eq!(own().editing, Some(a.clone()));
        // Of another node nothing is said, whatever had the focus before.
        editor.select(Selection::one(b.clone()));
        assert_eq!(own().editing, None);
        editor.use_form(&b, false);
        editor.select(Selection::one(a.clone()));
        assert_eq!(own().editing, Some(a.clone()));
        editor.use_form(&a, false);
        assert_eq!(own().editing, None);

        let by = editor.edited_by(a.clone());
        assert_eq!(by.get_untracked(), None);
        let ann = Other { client: "1".into(), editing: Some(a), ..Other::default() };
        editor.show_others(vec![ann.clone()]);
        assert_eq!(by.get_untracked(), Some(ann));
        editor.show_others(vec![]);
        assert_eq!(by.get_untracked(), None);
    }
}
