//! What comes of things that are let go over wires, groups and the ends of subflows.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::descriptor::{NodeDescriptor, Outputs};
use model::edit::{Batch, Edit};

use super::tab_to_draw_on;
use crate::ids;
use crate::state::{Editor, QuickAdd, Sketch};
use crate::store::Id;
use crate::store::drawing::subflow::End;
use crate::store::drawing::{Drawing, Shape, Wire};
use crate::store::edits::{ends, groups, wires};
use crate::store::geometry::{NODE_HEIGHT, Rect, wire_path};
use crate::store::gestures::{Port, Slice, rewired};
use crate::store::insert::size_of;
use crate::store::moving::moved;
use crate::store::selection::Selection;
use crate::store::slicing::{crossed, group_under, wire_under};
use crate::texts::text;

/// What things would go into where they are let go.
enum Over {
    /// Into this wire.
    Wire(Wire),
    /// Into this group.
    Group(Id),
}

/// What moved things are over: a wire, for one node alone without wires; a group, for what is in none.
fn over(
    drawing: &Drawing,
    ids: &BTreeSet<Id>,
    (dx, dy): (f64, f64),
    is_in_group: impl Fn(&Id) -> bool,
) -> Option<Over> {
    let frames: Vec<Rect> =
        ids.iter().filter_map(|id| drawing.frame(id)).map(|frame| frame.shifted(dx, dy)).collect();
    let frame = frames.iter().copied().reduce(Rect::with)?;
    if let Some(node) = ids.first().filter(|_| ids.len() == 1).and_then(|id| drawing.node(id)) {
        let is_wired = drawing.wires.iter().any(|wire| wire.from == node.id || wire.to == node.id);
        let fits = node.has_input && node.outputs > 0 && node.shape != Shape::Comment && !is_wired;
        if let Some(wire) = fits.then(|| wire_under(drawing, frame, &node.id)).flatten() {
            return Some(Over::Wire(wire));
        }
    }
    if ids.iter().any(is_in_group) {
        return None;
    }
    group_under(drawing, frame, |group| ids.contains(group)).map(Over::Group)
}

fn over_now(editor: Editor, ids: &BTreeSet<Id>, way: (f64, f64)) -> Option<Over> {
    let document = editor.document.get_untracked()?;
    // What stands in a group that moves along is in one on purpose.
    let is_in_group =
        |id: &Id| document.get(id).and_then(|node| node.g()).is_some_and(|group| !ids.contains(group));
    editor.drawing.with_untracked(|drawing| over(drawing, ids, way, is_in_group))
}

/// Shows what things on their way would go into.
pub fn preview(editor: Editor, ids: &BTreeSet<Id>, way: (f64, f64)) {
    let sketch = over_now(editor, ids, way).and_then(|over| {
        editor.drawing.with_untracked(|drawing| match over {
            Over::Wire(wire) => {
                let (from, to) = (drawing.node(&wire.from)?, drawing.node(&wire.to)?);
                Some(Sketch::Path { path: wire_path(from.output(wire.port), to.input()), cuts: false })
            }
            Over::Group(group) => drawing.frame(&group).map(Sketch::Lasso),
        })
    });
    if editor.canvas.sketch.with_untracked(|shown| *shown != sketch) {
        editor.canvas.sketch.set(sketch);
    }
}

/// Things were moved and let go: they go into the wire or group below them.
pub fn drop_moved(editor: Editor, ids: &BTreeSet<Id>, dx: f64, dy: f64) {
    let (drawing, over) = (editor.drawing.get_untracked(), over_now(editor, ids, (dx, dy)));
    let types = editor.types.get_untracked();
    let what = text("step.move").with("count", ids.len());
    editor.edit(what, |document| {
        let mut batch = Batch::on(document);
        batch.make(|document| moved(document, &drawing, ids, dx, dy))?;
        match &over {
            Some(Over::Wire(wire)) => {
                for id in ids {
                    batch.make(|document| wires::splice(document, wire, id))?;
                }
            }
            Some(Over::Group(group)) => {
                let tab = document.get(group).and_then(|group| group.z()).unwrap_or_default();
                let now = Drawing::new(batch.document(), &types, tab);
                let ids: Vec<Id> = ids.iter().cloned().collect();
                batch.make(|document| groups::join(document, &now, &ids, group))?;
            }
            None => {}
        }
        Ok(batch.finish())
    });
}

/// The wire that a new node at a place goes into.
pub(super) fn wire_for(editor: Editor, descriptor: &NodeDescriptor, (x, y): (f64, f64)) -> Option<Wire> {
    if descriptor.inputs == 0 || descriptor.outputs == Outputs::Fixed(0) {
        return None;
    }
    let (width, height) = size_of(descriptor);
    editor.drawing.with_untracked(|drawing| wire_under(drawing, Rect::around(x, y, width, height), ""))
}

/// Wires that were taken off a port go to another; to none, they are taken away.
pub fn rewire(editor: Editor, old: &[Wire], to: Option<&Port>) {
    let new = to.map(|to| rewired(old, to)).unwrap_or_default();
    let what = match to {
        Some(_) => text("step.rewire").with("count", old.len()),
        None => text("step.delete-wires").with("count", old.len()),
    };
    editor.edit(what, |document| wires::redraw(document, old, &new));
}

/// A stroke was drawn across wires.
pub fn slice(editor: Editor, slice: Slice, stroke: &[(f64, f64)]) {
    let found = editor.drawing.with_untracked(|drawing| crossed(drawing, stroke));
    if found.is_empty() {
        return;
    }
    match slice {
        Slice::Join => editor
            .edit(text("step.junction"), |document| wires::add_junctions(document, &found, &mut ids::fresh)),
        Slice::Cut => editor.edit(text("step.delete-wires").with("count", found.len()), |document| {
            wires::cut(document, found.iter().map(|(wire, _)| wire))
        }),
    };
}

/// Puts a junction where a node was wanted, wired to the port that it was wanted for.
pub fn add_junction(editor: Editor, wanted: &QuickAdd) -> Option<Id> {
    let tab = tab_to_draw_on(editor)?;
    let middle = || editor.viewport.get_untracked().shown(editor.canvas_size.get_untracked()).centre();
    let (id, at) = (ids::fresh(), wanted.at.unwrap_or_else(middle));
    let wire = wanted.is_over_wire.then(|| {
        let frame = Rect::around(at.0, at.1, NODE_HEIGHT, NODE_HEIGHT);
        editor.drawing.with_untracked(|drawing| wire_under(drawing, frame, ""))
    });
    let is_done = editor.edit(text("step.junction"), |document| {
        let mut batch = Batch::on(document);
        batch.make(|document| wires::add_junction(document, &id, &tab, at))?;
        if let Some(wire) = wire.flatten() {
            batch.make(|document| wires::splice(document, &wire, &id))?;
        }
        if let Some(port) = &wanted.port {
            batch.make(|document| match port.output {
                Some(output) => model::edit::connect(document, &port.node, usize::from(output), &id),
                None => model::edit::connect(document, &id, 0, &port.node),
            })?;
        }
        Ok(batch.finish())
    });
    let id = Id::from(id.as_str());
    is_done.then(|| {
        editor.select(Selection::one(id.clone()));
        id
    })
}

/// An end of the open subflow was moved.
pub fn end_moved(editor: Editor, end: End, dx: f64, dy: f64) {
    if dx != 0.0 || dy != 0.0 {
        on_subflow(editor, "step.end-move", |document, tab| ends::move_end(document, tab, end, dx, dy));
    }
}

/// A wire was drawn between an end of the open subflow and a port; one that was there is taken away.
pub fn end_wired(editor: Editor, end: End, port: &Port) {
    on_subflow(editor, "step.connect", |document, tab| ends::toggle_end_wire(document, tab, end, port));
}

fn on_subflow(
    editor: Editor,
    what: &'static str,
    edit: impl FnOnce(&model::document::Document, &str) -> Edit,
) {
    if let Some(tab) = editor.open_tab.get_untracked() {
        editor.edit(text(what), |document| edit(document, &tab));
    }
}
