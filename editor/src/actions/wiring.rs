//! Drawing wires with the keyboard: start at a node, walk to another, and connect.

use leptos::prelude::*;
use model::edit;

use super::walk::describe;
use super::{announce, say_step};
use crate::state::{Editor, KeyWire, Sketch};
use crate::store::Id;
use crate::store::insert::free_output;
use crate::store::neighbours::{self, Direction};
use crate::texts::{show, text};

/// Starts a wire at the selected node's first free output; called again, goes on to its next output.
pub fn start_wire(editor: Editor) {
    let drawing = editor.drawing.get_untracked();
    let going_on = editor.canvas.wiring.get_untracked();
    let from = going_on.as_ref().map(|wire| wire.from.clone());
    let from = from.or_else(|| editor.selection.with_untracked(|selection| selection.single().cloned()));
    let Some(from) = from.and_then(|id| drawing.node(&id).cloned()).filter(|node| node.outputs > 0) else {
        editor.notify(&text("wiring.no-output"), false);
        return;
    };
    let wire = match going_on {
        Some(wire) => KeyWire { port: (wire.port + 1) % from.outputs, ..wire },
        None => {
            let ahead = neighbours::next(&drawing, (from.x, from.y), Direction::Right, |node| node.has_input);
            let near = || {
                neighbours::nearest(&drawing, (from.x, from.y), |node| node.has_input && node.id != from.id)
            };
            KeyWire { port: free_output(&drawing, &from), to: ahead.or_else(near), from: from.id.clone() }
        }
    };
    set(editor, wire);
}

/// Goes on to the next node in a direction that the wire could arrive at.
pub fn walk_wire(editor: Editor, direction: Direction) {
    let Some(wire) = editor.canvas.wiring.get_untracked() else { return };
    let drawing = editor.drawing.get_untracked();
    let at = wire.to.as_ref().or(Some(&wire.from)).and_then(|id| drawing.node(id));
    let next = at.and_then(|at| {
        neighbours::next(&drawing, (at.x, at.y), direction, |node| node.has_input && node.id != at.id)
    });
    if next.is_some() {
        set(editor, KeyWire { to: next, ..wire });
    }
}

/// The wire would arrive at this node.
pub fn aim_wire(editor: Editor, to: Id) {
    if let Some(wire) = editor.canvas.wiring.get_untracked() {
        set(editor, KeyWire { to: Some(to), ..wire });
    }
}

/// Draws the wire, or takes it away where it is there already.
pub fn finish_wire(editor: Editor) {
    let Some(wire) = editor.canvas.wiring.get_untracked() else { return };
    cancel_wire(editor);
    let Some(to) = wire.to else { return };
    let port = usize::from(wire.port);
    let is_there = editor.document.with_untracked(|document| {
        let node = document.as_ref().and_then(|document| document.get(&wire.from));
        node.is_some_and(|node| node.wires().get(port).is_some_and(|to_ids| to_ids.contains(&to.as_ref())))
    });
    match is_there {
        true => editor
            .edit(say_step("step.disconnect"), |document| edit::disconnect(document, &wire.from, port, &to)),
        false => {
            editor.edit(say_step("step.connect"), |document| edit::connect(document, &wire.from, port, &to))
        }
    };
}

/// Draws no wire.
pub fn cancel_wire(editor: Editor) {
    if editor.canvas.wiring.with_untracked(Option::is_some) {
        editor.canvas.wiring.set(None);
        editor.canvas.sketch.set(None);
    }
}

fn set(editor: Editor, wire: KeyWire) {
    let drawing = editor.drawing.get_untracked();
    if let Some(from) = drawing.node(&wire.from) {
        let to = wire.to.as_ref().and_then(|id| drawing.node(id));
        let (start, end) = (from.output(wire.port), to.map(|to| to.input()));
        let sketch = Sketch::Wire {
            from: start,
            to: end.unwrap_or((start.0 + 60.0, start.1)),
            is_held: end.is_some(),
        };
        editor.canvas.sketch.set(Some(sketch));
        let words = text("wiring.words").with("from", describe(from)).with("output", wire.port + 1);
        announce(editor, &show(&words.with("to", to.map(|to| describe(to)).unwrap_or_default())));
    }
    editor.canvas.wiring.set(Some(wire));
}
