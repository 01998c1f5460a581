//! Taking in flows that somebody else deployed, while there are edits.

use std::sync::Arc;

use model::diff::{Conflict, Diff, Merge, Side, merge_with};
use model::document::Document;

use super::Workspace;
use crate::store::deploy::without_credentials;
use crate::store::history::Step;

/// Entries merged at most to carry the history over: a page must not stand still for it.
const MOST_ENTRIES: usize = 60_000;

impl Workspace {
    /// What taking these flows in would come to.
    pub fn merge(&self, theirs: &Document, choose: &dyn Fn(&Conflict) -> Side) -> Merge {
        merge_with(&self.deployed, &self.document, theirs, choose)
    }

    /// Takes in flows that are deployed now: they become what is deployed, and the edits are put on top of them.
    ///
    /// The history is carried over: every earlier state is merged with the new flows as well, and the steps are
    /// what lies between them. So undo takes back what was done here, and never what somebody else deployed; with
    /// everything undone, the flows are exactly theirs. Steps that change nothing any more are dropped, and of a
    /// long history of large flows the oldest steps.
    pub fn take(
        &mut self,
        theirs: Arc<Document>,
        revision: impl Into<String>,
        choose: &dyn Fn(&Conflict) -> Side,
    ) -> Merge {
        let merge = self.merge(&theirs, choose);
        let (states, done) = self.states(MOST_ENTRIES / theirs.len().max(1));
        let merged = |state: &Document| merge_with(&self.deployed, state, &theirs, choose).document;

        let (mut steps, mut steps_done) = (Vec::new(), 0);
        let mut states = states.into_iter().enumerate();
        let mut before = states.next().map(|(_, (state, _))| merged(&state));
        for (place, (state, step)) in states {
            let after = if place == done { merge.document.clone() } else { merged(&state) };
            let diff = before.as_ref().map(|before| Diff::between(before, &after)).unwrap_or_default();
            if let Some(step) = step.filter(|_| !diff.is_empty()) {
                steps.push(Step::new(step.what, diff));
            }
            before = Some(after);
            if place == done {
                steps_done = steps.len();
            }
        }
        self.history.replace(steps, steps_done);
        let document = Arc::new(merge.document.clone());
        self.document = if document == theirs { theirs.clone() } else { document };
        self.deployed = theirs;
        self.revision = revision.into();
        merge
    }

    /// These flows were deployed from here. The server keeps passwords apart: they leave the flows here too, the
    /// history included. Those that were typed since stay: they are yet to be deployed.
    pub fn was_deployed(&mut self, sent: Arc<Document>, revision: impl Into<String>) {
        let kept = without_credentials(&sent);
        if kept == *sent {
            self.deployed = if sent == self.document { self.document.clone() } else { sent };
            self.revision = revision.into();
            return;
        }
        self.deployed = sent;
        let now = self.document.clone();
        let is_stale = |conflict: &Conflict| {
            let typed = || now.get(&conflict.node)?.field("credentials");
            conflict.key.as_deref() == Some("credentials") && conflict.mine.as_ref() != typed()
        };
        self.take(Arc::new(kept), revision, &|conflict| {
            if is_stale(conflict) { Side::Theirs } else { Side::Mine }
        });
    }

    /// The documents before and after each step, each with the step that led to it, oldest first; at most so many
    /// steps. Also the place of the present one.
    fn states(&self, most: usize) -> (Vec<(Document, Option<Step>)>, usize) {
        let (steps, done) = self.history.steps();
        let (past, future) = steps.split_at(done);
        let past = &past[past.len().saturating_sub(most.max(1))..];
        let future = &future[..future.len().min(most.saturating_sub(past.len()))];
        let mut states = Vec::with_capacity(past.len() + future.len() + 1);
        let mut state = (*self.document).clone();
        for step in past.iter().rev() {
            let after = state.clone();
            if step.diff.invert().apply(&mut state).is_err() {
                break;
            }
            states.push((after, Some(step.clone())));
        }
        states.push((state, None));
        states.reverse();
        let place = states.len() - 1;
        let mut state = (*self.document).clone();
        for step in future {
            if step.diff.apply(&mut state).is_err() {
                break;
            }
            states.push((state.clone(), Some(step.clone())));
        }
        (states, place)
    }
}

#[cfg(test)]
mod tests {
    use model::edit::{delete_nodes, set_property};
    use model::json::Json;
    use model::text::Text;

    use super::*;

    const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"T"},
        {"id":"a","type":"x","z":"t","x":1,"y":2,"wires":[["b"]]},{"id":"b","type":"x","z":"t","x":9,"y":2,"wires":[]}]"#;

    fn flows(from: &str, to: &str) -> Arc<Document> {
        assert!(FLOWS.contains(from));
        Arc::new(Document::parse(&FLOWS.replacen(from, to, 1)).unwrap())
    }

    fn set(workspace: &mut Workspace, id: &str, key: &str, value: &str) {
        let edit = |document: &Document| set_property(document, id, key, Some(value.into()));
        workspace.edit(Text::literal(format!("{key}={value}")), edit).unwrap();
    }

    fn mine(_: &Conflict) -> Side {
        Side::Mine
    }

    #[test]
    fn edits_go_on_top_of_what_was_deployed_and_undo_takes_back_edits_alone() {
        let mut workspace = Workspace::open((*flows("", "")).clone(), "r1");
        set(&mut workspace, "a", "name", "first");
        set(&mut workspace, "a", "name", "second");
        set(&mut workspace, "b", "p", "mine");
        workspace.undo().unwrap();
        let theirs = flows(r#""label":"T""#, r#""label":"Theirs""#);
        let merge = workspace.take(theirs.clone(), "r2", &mine);
        assert!(merge.conflicts.is_empty());
        assert_eq!(workspace.document().get("t").unwrap().name(), "Theirs");
        assert_eq!(workspace.document().get("a").unwrap().name(), "second");
        assert_eq!((workspace.revision(), workspace.is_changed()), ("r2", true));
        workspace.redo().unwrap();
        assert_eq!(workspace.document().get("b").unwrap().text("p"), Some("mine"));
        for _ in 0..3 {
            workspace.undo().unwrap();
        }
        assert!(workspace.to_undo().is_none() && !workspace.is_changed());
        assert_eq!(**workspace.document(), *theirs);
        workspace.redo().unwrap();
        assert_eq!(workspace.document().get("a").unwrap().name(), "first");
    }

    #[test]
    fn the_choice_counts_and_steps_that_do_nothing_any_more_go() {
        let mut workspace = Workspace::open((*flows("", "")).clone(), "r1");
        set(&mut workspace, "b", "x", "mine");
        set(&mut workspace, "a", "name", "A");
        let theirs = flows(r#""x":9"#, r#""x":10"#);
        let conflicts = workspace.merge(&theirs, &mine).conflicts;
        assert_eq!(conflicts.len(), 1);
        let mut other = workspace.clone();
        workspace.take(theirs.clone(), "r2", &mine);
        assert_eq!(workspace.document().get("b").unwrap().text("x"), Some("mine"));
        other.take(theirs, "r2", &|_| Side::Theirs);
        assert_eq!(other.document().get("b").unwrap().x(), Some(10.0));
        assert_eq!(other.undo().unwrap().what, Text::literal("name=A"));
        assert!(other.to_undo().is_none(), "the other step changes nothing any more");
    }

    #[test]
    fn what_both_did_is_no_change_any_more() {
        let mut workspace = Workspace::open((*flows("", "")).clone(), "r1");
        workspace.edit(Text::literal("delete"), |document| delete_nodes(document, ["b"])).unwrap();
        let theirs = workspace.document().clone();
        workspace.take(theirs, "r2", &mine);
        assert!(!workspace.is_changed() && workspace.to_undo().is_none());
    }

    #[test]
    fn passwords_leave_with_the_deploy() {
        let mut workspace = Workspace::open((*flows("", "")).clone(), "r1");
        for typed in ["s", "se", "sesame"] {
            let value = Json::parse(&format!(r#"{{"password":"{typed}"}}"#)).unwrap();
            let edit = |document: &Document| set_property(document, "a", "credentials", Some(value));
            workspace.edit(Text::literal("type"), edit).unwrap();
        }
        set(&mut workspace, "a", "name", "A");
        let sent = workspace.document().clone();
        set(&mut workspace, "a", "name", "B");
        workspace.was_deployed(sent, "r2");
        assert_eq!(workspace.document().get("a").unwrap().name(), "B");
        assert!(!workspace.document().to_json().to_js_string().contains("sesame"));
        while let Some(step) = workspace.undo() {
            assert!(!format!("{step:?}").contains("sesame"), "{step:?}");
        }
        assert_eq!(workspace.document().get("a").unwrap().name(), "");
        assert!(workspace.document().get("a").unwrap().field("credentials").is_none());
    }

    #[test]
    fn a_password_that_was_corrected_while_a_deploy_was_under_way_is_deployed_next() {
        let mut workspace = Workspace::open((*flows("", "")).clone(), "r1");
        let type_one = |workspace: &mut Workspace, id: &str, typed: &str| {
            let value = Json::parse(&format!(r#"{{"password":"{typed}"}}"#)).unwrap();
            let edit = |document: &Document| set_property(document, id, "credentials", Some(value));
            workspace.edit(Text::literal("type"), edit).unwrap();
        };
        type_one(&mut workspace, "a", "sesma");
        type_one(&mut workspace, "b", "other");
        let sent = workspace.document().clone();
        type_one(&mut workspace, "a", "sesam");
        type_one(&mut workspace, "a", "sesame");
        workspace.was_deployed(sent, "r2");
        let password = |workspace: &Workspace, id: &str| {
            let credentials = workspace.document().get(id)?.field("credentials")?;
            Some(credentials.get("password")?.as_str()?.to_owned())
        };
        assert_eq!(password(&workspace, "a").as_deref(), Some("sesame"));
        assert_eq!(password(&workspace, "b"), None, "this one was deployed");
        assert!(workspace.is_changed());
        // What was typed before leaves the history all the same.
        workspace.undo().unwrap();
        assert_eq!(password(&workspace, "a"), None);
        assert!(workspace.to_undo().is_none() && !workspace.is_changed());
        workspace.redo().unwrap();
        let sent = workspace.document().clone();
        workspace.was_deployed(sent, "r3");
        assert!(!workspace.is_changed());
    }
}
