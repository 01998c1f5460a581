//! The flows being edited: the document, what of it is deployed, and how it came to be.

mod rebase;

use std::sync::Arc;

use model::diff::{Changes, Diff, changed};
use model::document::Document;
use model::edit::Edit;
use model::text::Text;

use super::history::{History, Step};
use super::lock::locked_flow;

/// The document and its history. Every change goes through it as one invertible diff.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    document: Arc<Document>,
    deployed: Arc<Document>,
    revision: String,
    history: History,
}

impl Workspace {
    /// The deployed flows, nothing edited yet.
    pub fn open(deployed: Document, revision: impl Into<String>) -> Self {
        let document = Arc::new(deployed);
        Self { deployed: document.clone(), document, revision: revision.into(), history: History::default() }
    }

    /// The flows as they were edited.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The flows as the server has them.
    pub fn deployed(&self) -> &Arc<Document> {
        &self.deployed
    }

    /// The server's name for what is deployed.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Makes an edit; one step to undo. Gives back whether it changed anything; an error leaves all as it was.
    /// What a locked flow holds is not changed.
    pub fn edit(&mut self, what: Text, edit: impl FnOnce(&Document) -> Edit) -> Result<bool, Text> {
        self.apply(what, None, |document| unlocked(document, edit(document)?))
    }

    /// Makes an edit that belongs to the step before it where that has the same tag: all that is typed into
    /// one field is one step.
    pub fn edit_going_on(
        &mut self,
        tag: &str,
        what: Text,
        edit: impl FnOnce(&Document) -> Edit,
    ) -> Result<bool, Text> {
        self.apply(what, Some(tag), |document| unlocked(document, edit(document)?))
    }

    /// Makes the flows those of another document; one step to undo.
    pub fn replace(&mut self, what: Text, document: &Document) -> Result<bool, Text> {
        self.apply(what, None, |now| Ok(Diff::between(now, document)))
    }

    /// What goes on with a tag has ended.
    pub fn settle(&mut self) {
        self.history.settle();
    }

    /// Takes the last step back; gives back the step.
    pub fn undo(&mut self) -> Option<Step> {
        let step = self.history.to_undo()?.clone();
        self.change(&step.diff.invert()).ok()?;
        self.history.undone();
        Some(step)
    }

    /// Does again what was taken back; gives back the step.
    pub fn redo(&mut self) -> Option<Step> {
        let step = self.history.to_redo()?.clone();
        self.change(&step.diff).ok()?;
        self.history.redone();
        Some(step)
    }

    /// What [`Workspace::undo`] would take back.
    pub fn to_undo(&self) -> Option<&Step> {
        self.history.to_undo()
    }

    /// What [`Workspace::redo`] would do again.
    pub fn to_redo(&self) -> Option<&Step> {
        self.history.to_redo()
    }

    /// How many steps are done.
    pub fn history_place(&self) -> usize {
        self.history.steps().1
    }

    /// Whether anything differs from what is deployed, looks included.
    pub fn is_changed(&self) -> bool {
        !Arc::ptr_eq(&self.document, &self.deployed) && self.document != self.deployed
    }

    /// What differs from what is deployed.
    pub fn changes(&self) -> Changes {
        match Arc::ptr_eq(&self.document, &self.deployed) {
            true => Changes::default(),
            false => changed(&self.deployed, &self.document),
        }
    }

    fn apply(
        &mut self,
        what: Text,
        tag: Option<&str>,
        edit: impl FnOnce(&Document) -> Edit,
    ) -> Result<bool, Text> {
        let diff = edit(&self.document)?;
        if diff.is_empty() {
            return Ok(false);
        }
        self.change(&diff)?;
        self.history.push(what, diff, tag);
        Ok(true)
    }

    fn change(&mut self, diff: &Diff) -> Result<(), Text> {
        let mut document = (*self.document).clone();
        diff.apply(&mut document).map_err(|mismatch| mismatch.reason)?;
        self.document = if document == *self.deployed { self.deployed.clone() } else { Arc::new(document) };
        Ok(())
    }
}

fn unlocked(document: &Document, diff: Diff) -> Edit {
    match locked_flow(document, &diff) {
        Some(flow) => Err(Text::key("flow.locked").with("name", flow.name())),
        None => Ok(diff),
    }
}

#[cfg(test)]
mod tests {
    use model::edit::{delete_nodes, set_property};

    use super::*;

    fn open() -> Workspace {
        let text = r#"[{"id":"t","type":"tab","label":"T"},{"id":"a","type":"x","z":"t","x":1,"y":2,"wires":[["b"]]},
            {"id":"b","type":"x","z":"t","x":9,"y":2,"wires":[]}]"#;
        Workspace::open(Document::parse(text).unwrap(), "r1")
    }

    fn name(workspace: &mut Workspace, tag: &str, name: &str) {
        let edit = |document: &Document| set_property(document, "a", "name", Some(name.into()));
        workspace.edit_going_on(tag, Text::literal("type"), edit).unwrap();
    }

    #[test]
    fn typing_in_a_field_is_one_step() {
        let mut workspace = open();
        let before = workspace.document().clone();
        for text in ["T", "Th", "The"] {
            name(&mut workspace, "a/name", text);
        }
        workspace.settle();
        name(&mut workspace, "a/name", "Then");
        workspace.undo().unwrap();
        assert_eq!(workspace.document().get("a").unwrap().name(), "The");
        workspace.undo().unwrap();
        assert_eq!(*workspace.document(), before);
        assert!(workspace.undo().is_none());
        workspace.redo().unwrap();
        assert_eq!(workspace.document().get("a").unwrap().name(), "The");
        // Something else was done: what was undone is gone.
        workspace.edit(Text::literal("delete"), |document| delete_nodes(document, ["b"])).unwrap();
        assert!(workspace.redo().is_none());
    }

    #[test]
    fn what_cannot_be_done_changes_nothing() {
        let mut workspace = open();
        assert!(workspace.edit(Text::literal("x"), |document| delete_nodes(document, ["gone"])).is_err());
        assert_eq!(workspace.edit(Text::literal("x"), |_| Ok(Diff::default())), Ok(false));
        assert!(workspace.to_undo().is_none() && !workspace.is_changed());
    }

    #[test]
    fn knows_what_is_not_deployed() {
        let mut workspace = open();
        name(&mut workspace, "t", "A");
        assert!(workspace.is_changed());
        assert_eq!(workspace.changes().changed.len(), 1);
        let sent = workspace.document().clone();
        name(&mut workspace, "u", "B");
        workspace.was_deployed(sent, "r2");
        assert!(workspace.is_changed() && workspace.revision() == "r2");
        workspace.undo();
        assert!(!workspace.is_changed() && workspace.changes().is_idle());
    }

    #[test]
    fn another_document_is_a_step_too() {
        let mut workspace = open();
        let theirs = Document::parse(r#"[{"id":"t","type":"tab","label":"Theirs"}]"#).unwrap();
        assert_eq!(workspace.replace(Text::literal("take theirs"), &theirs), Ok(true));
        assert_eq!(**workspace.document(), theirs);
        workspace.undo();
        assert!(!workspace.is_changed());
    }
}
