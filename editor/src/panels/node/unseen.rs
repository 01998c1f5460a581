//! Finds what nodes of the open flow read and never came, and what has to be asked for to find it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leptos::prelude::*;

use crate::state::Editor;
use crate::store::Id;
use crate::store::drawing::Drawing;
use crate::store::form::Form;
use crate::store::live::{Known, MOST_SEEN, Outlet};
use crate::store::reads::{Read, Unseen, never_came, reads};

/// Wires into one node that are looked at for its form, at most.
const MOST_ASKED: usize = 8;

/// Keeps both in step with the flows and with what was seen.
pub(super) fn follow(editor: Editor) {
    let forms = StoredValue::new(BTreeMap::<String, Arc<Form>>::new());
    Effect::new(move || {
        editor.types.track();
        forms.set_value(BTreeMap::new());
    });
    Effect::new(move || {
        editor.live.news.track();
        let found = editor.drawing.with(|drawing| found(editor, drawing, forms));
        if editor.live.unseen.with_untracked(|known| **known != found) {
            editor.live.unseen.set(Arc::new(found));
        }
    });
    Effect::new(move || {
        editor.live.news.track();
        let asked = editor.inspected.get().map(|id| asked(editor, &id, forms)).unwrap_or_default();
        if editor.live.asked.with_untracked(|known| *known != asked) {
            editor.live.asked.set(asked);
        }
    });
}

type Forms = StoredValue<BTreeMap<String, Arc<Form>>>;

/// What nodes read in vain; none of those that something before them is not deployed of.
fn found(editor: Editor, drawing: &Drawing, forms: Forms) -> BTreeMap<Id, Vec<Unseen>> {
    let mut found = BTreeMap::new();
    let mut inputs: BTreeMap<&Id, BTreeSet<Outlet>> = BTreeMap::new();
    // Most of the time nobody looked at anything.
    if editor.knows_any() {
        for wire in &drawing.wires {
            let outlet = Outlet { node: wire.from.clone(), port: wire.port };
            inputs.entry(&wire.to).or_default().insert(outlet);
        }
    }
    for (node, inputs) in inputs {
        if !inputs.iter().all(|outlet| editor.knows(outlet)) {
            continue;
        }
        let Some(node) = drawing.node(node) else { continue };
        let wires: Vec<Known> = inputs.iter().map(|outlet| editor.known(outlet)).collect();
        let unseen = never_came(&reads_of(editor, &node.id, forms), &wires.iter().collect::<Vec<_>>());
        if !unseen.is_empty() && !is_changed_before(editor, drawing, &node.id) {
            found.insert(node.id.clone(), unseen);
        }
    }
    found
}

/// The outputs to look at for a node: those that lead to it, where it reads something, until enough is known. Where
/// something did not come yet, they are looked at on.
fn asked(editor: Editor, id: &Id, forms: Forms) -> BTreeSet<Outlet> {
    let into = editor.drawing.with(|drawing| into(drawing, id));
    if into.len() > MOST_ASKED || reads_of(editor, id, forms).is_empty() {
        return BTreeSet::new();
    }
    let is_missed = editor.live.unseen.with(|unseen| unseen.contains_key(id));
    into.into_iter().filter(|outlet| is_missed || editor.known(outlet).count < MOST_SEEN).collect()
}

fn into(drawing: &Drawing, id: &Id) -> BTreeSet<Outlet> {
    let wires = drawing.wires.iter().filter(|wire| wire.to == *id);
    wires.map(|wire| Outlet { node: wire.from.clone(), port: wire.port }).collect()
}

fn reads_of(editor: Editor, id: &Id, forms: Forms) -> Vec<Read> {
    let found = editor.document.with(|document| {
        let node = document.as_ref()?.get(id)?;
        let known = forms.with_value(|forms| forms.get(node.type_name()).cloned());
        let form = known.or_else(|| {
            let form =
                editor.types.with_untracked(|types| types.get(node.type_name()).map(|it| Form::of(it)))?;
            let form = Arc::new(form);
            forms.update_value(|forms| {
                forms.insert(node.type_name().to_owned(), form.clone());
            });
            Some(form)
        })?;
        Some(reads(&form, node.fields()))
    });
    found.unwrap_or_default()
}

/// Whether something on the way to a node is not deployed as it is: what comes then was not seen yet.
fn is_changed_before(editor: Editor, drawing: &Drawing, id: &Id) -> bool {
    let dirty = editor.dirty.get();
    let (mut open, mut seen) = (vec![id.clone()], BTreeSet::new());
    while let Some(id) = open.pop() {
        for wire in drawing.wires.iter().filter(|wire| wire.to == id) {
            if dirty.holds(&wire.from) {
                return true;
            }
            if seen.insert(wire.from.clone()) {
                open.push(wire.from.clone());
            }
        }
    }
    false
}
