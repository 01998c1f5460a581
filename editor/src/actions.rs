//! What the user can do to the flows: each is one step to undo. Called by gestures, commands and panels alike.

mod clipboard;
mod dropping;
mod import;
mod walk;
mod wiring;

use leptos::prelude::*;
use model::document::{Document, Kind, Node};
use model::edit::{self, Batch};
use model::text::Text;

use crate::ids;
use crate::state::Editor;
use crate::store::Id;
use crate::store::drawing::Wire;
use crate::store::edits::subflows::would_recur;
use crate::store::edits::wires::splice;
use crate::store::gestures::{Port, wire_between};
use crate::store::insert::{self, Insertion};
use crate::store::moving::{GRID, carried, moved};
use crate::store::neighbours::Direction;
use crate::store::node_types::type_title;
use crate::store::selection::Selection;
use crate::texts::{say, show, text};

pub use clipboard::{copy, paste};
pub use dropping::{add_junction, drop_moved, end_moved, end_wired, preview, rewire, slice};
pub use import::import;
pub use walk::walk;
pub use wiring::{aim_wire, cancel_wire, finish_wire, start_wire, walk_wire};

/// Puts a node of a type at a place in the open flow, or where it suggests itself, and selects it.
pub fn insert(editor: Editor, type_name: &str, at: Option<(f64, f64)>) -> Option<Id> {
    let descriptor = editor.descriptor(type_name)?;
    let insertion = match at {
        Some((x, y)) => insert::dropped(&descriptor, x, y),
        None => {
            let seen = editor.viewport.get_untracked().shown(editor.canvas_size.get_untracked());
            editor.drawing.with_untracked(|drawing| {
                editor
                    .selection
                    .with_untracked(|selection| insert::suggested(drawing, selection, &descriptor, seen))
            })
        }
    };
    insert_as(editor, type_name, insertion, None)
}

/// Puts a node of a type at a place in the open flow, into the wire that is there.
pub fn insert_over(editor: Editor, type_name: &str, (x, y): (f64, f64)) -> Option<Id> {
    let descriptor = editor.descriptor(type_name)?;
    let insertion = insert::dropped(&descriptor, x, y);
    let wire = dropping::wire_for(editor, &descriptor, insertion.at);
    insert_as(editor, type_name, insertion, wire.as_ref())
}

/// Puts a node of a type at a place in the open flow and wires it to a port.
pub fn insert_wired(editor: Editor, type_name: &str, at: (f64, f64), port: &Port) -> Option<Id> {
    let descriptor = editor.descriptor(type_name)?;
    let mut insertion = insert::dropped(&descriptor, at.0, at.1);
    insertion.from = port.output.filter(|_| descriptor.inputs > 0).map(|output| (port.node.clone(), output));
    let id = insert_as(editor, type_name, insertion, None)?;
    if port.output.is_none() {
        let output = Port { node: id.clone(), output: Some(0) };
        let has_output =
            editor.drawing.with_untracked(|drawing| drawing.node(&id).is_some_and(|n| n.outputs > 0));
        if let Some(wire) = wire_between(&output, port).filter(|_| has_output) {
            connect(editor, &wire);
        }
    }
    Some(id)
}

fn insert_as(editor: Editor, type_name: &str, insertion: Insertion, wire: Option<&Wire>) -> Option<Id> {
    let descriptor = editor.descriptor(type_name)?;
    let tab = tab_to_draw_on(editor)?;
    if let Some(template) = type_name.strip_prefix("subflow:")
        && editor
            .document
            .with_untracked(|document| document.as_ref().is_some_and(|it| would_recur(it, template, &tab)))
    {
        editor.notify(&text("subflows.recursive"), false);
        return None;
    }
    let id: Id = ids::fresh().as_str().into();
    let what = text("step.add").with("type", type_title(&descriptor));
    let is_done = editor.edit(what, |document| {
        let mut batch = Batch::on(document);
        batch.make(|document| insert::insert(document, &descriptor, &id, &tab, &insertion))?;
        if let Some(wire) = wire {
            batch.make(|document| splice(document, wire, &id))?;
        }
        Ok(batch.finish())
    });
    is_done.then(|| {
        editor.show(std::slice::from_ref(&id));
        id
    })
}

/// The open tab; a new one where there is none.
fn tab_to_draw_on(editor: Editor) -> Option<Id> {
    if editor.open_tab.with_untracked(Option::is_none) {
        add_tab(editor);
    }
    editor.open_tab.get_untracked()
}

/// Moves things by a distance in the flow.
pub fn shift(editor: Editor, ids: &std::collections::BTreeSet<Id>, dx: f64, dy: f64) {
    let what = text("step.move").with("count", ids.len());
    let drawing = editor.drawing.get_untracked();
    editor.edit(what, |document| moved(document, &drawing, ids, dx, dy));
}

/// Moves what is selected by one line of the grid; a row of such moves is one step.
pub fn nudge(editor: Editor, direction: Direction) {
    let (x, y) = direction.step();
    let Some(ids) = selected_to_move(editor) else { return };
    let what = text("step.move").with("count", ids.len());
    let drawing = editor.drawing.get_untracked();
    editor.edit_going_on("nudge", what, |document| moved(document, &drawing, &ids, x * GRID, y * GRID));
}

fn selected_to_move(editor: Editor) -> Option<std::collections::BTreeSet<Id>> {
    let document = editor.document.get_untracked()?;
    let ids = editor.selection.with_untracked(|selection| carried(&document, selection.nodes()));
    (!ids.is_empty()).then_some(ids)
}

/// Draws a wire.
pub fn connect(editor: Editor, wire: &Wire) {
    editor.edit(say_step("step.connect"), |document| {
        edit::connect(document, &wire.from, usize::from(wire.port), &wire.to)
    });
}

/// Deletes what is selected: nodes, groups with all that is in them, wires.
pub fn delete_selected(editor: Editor) {
    let selection = editor.selection.get_untracked();
    let Some(document) = editor.document.get_untracked().filter(|_| !selection.is_empty()) else { return };
    let ids = carried(&document, selection.nodes());
    let what = match ids.len() {
        0 => text("step.delete-wires").with("count", selection.wires().len()),
        count => text("step.delete").with("count", count),
    };
    editor.edit(what, |document| delete(document, &selection, ids.iter().map(AsRef::as_ref).collect()));
}

fn delete(document: &Document, selection: &Selection, ids: Vec<&str>) -> edit::Edit {
    let mut batch = Batch::on(document);
    for wire in selection.wires() {
        batch.make(|document| edit::disconnect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    }
    batch.make(|document| edit::delete_nodes(document, ids))?;
    Ok(batch.finish())
}

/// Selects all of the open tab.
pub fn select_all(editor: Editor) {
    let ids = editor.drawing.with_untracked(|drawing| {
        let nodes = drawing.nodes.iter().map(|node| node.id.clone());
        nodes.chain(drawing.groups.iter().map(|group| group.id.clone())).collect::<Vec<_>>()
    });
    editor.select(Selection::of(ids));
}

/// Switches the selected nodes off, or on where all of them are off.
pub fn toggle_enabled(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let ids = editor.selection.with_untracked(|selection| carried(&document, selection.nodes()));
    let switchable = |node: &&Node| matches!(node.kind(), Kind::Node | Kind::SubflowInstance);
    let nodes: Vec<&Node> = ids.iter().filter_map(|id| document.get(id)).filter(switchable).collect();
    if nodes.is_empty() {
        return;
    }
    let is_enabled = nodes.iter().all(|node| node.is_disabled());
    let what = text(if is_enabled { "step.enable" } else { "step.disable" }).with("count", nodes.len());
    editor
        .edit(what, |document| edit::enable_nodes(document, nodes.iter().map(|node| node.id()), is_enabled));
}

/// Adds a flow behind the others and opens it.
pub fn add_tab(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let count = document.tabs().count();
    let is_taken = |name: &str| document.tabs().any(|tab| tab.name() == name);
    let names = (count + 1..).map(|number| show(&text("tabs.new").with("number", number)));
    let name = names.into_iter().find(|name| !is_taken(name)).unwrap_or_default();
    let id = ids::fresh();
    if editor.edit(say_step("step.add-tab"), |document| edit::add_tab(document, &id, &name, count)) {
        editor.show_tab(&Id::from(id.as_str()));
    }
}

/// Deletes the open flow with all that is on it; a subflow with its uses.
pub fn delete_tab(editor: Editor) {
    let Some(id) = editor.open_tab.get_untracked() else { return };
    editor.edit(say_step("step.delete-tab"), |document| {
        match document.get(&id).is_some_and(|node| node.kind() == Kind::Subflow) {
            true => edit::delete_nodes(document, [id.as_ref()]),
            false => edit::delete_tab(document, &id),
        }
    });
}

/// Gives the open flow another place among the flows: `step` places further.
pub fn move_tab(editor: Editor, step: isize) {
    let Some(id) = editor.open_tab.get_untracked() else { return };
    let place = editor
        .document
        .with_untracked(|document| document.as_ref()?.tabs().position(|tab| tab.id() == id.as_ref()));
    if let Some(place) = place.and_then(|place| place.checked_add_signed(step)) {
        editor.edit(say_step("step.move-tab"), |document| edit::move_tab(document, &id, place));
    }
}

/// Puts a flow where another stands among the flows.
pub fn place_tab(editor: Editor, moved: &str, target: &str) {
    let place = editor
        .document
        .with_untracked(|document| document.as_ref()?.tabs().position(|tab| tab.id() == target));
    if let Some(place) = place.filter(|_| moved != target) {
        editor.edit(say_step("step.move-tab"), |document| edit::move_tab(document, moved, place));
    }
}

/// Opens the next flow (`step` 1) or the one before (-1); after the last comes the first.
pub fn next_tab(editor: Editor, step: isize) {
    let next = editor.tabs.with_untracked(|tabs| {
        let open = editor.open_tab.get_untracked()?;
        let place = tabs.iter().position(|tab| tab.id == open)?;
        let next = (place as isize + step).rem_euclid(tabs.len() as isize) as usize;
        Some(tabs[next].id.clone())
    });
    if let Some(next) = next {
        editor.show_tab(&next);
        announce(
            editor,
            &editor.tabs.with_untracked(|tabs| {
                tabs.iter().find(|tab| tab.id == next).map(|tab| tab.name.clone()).unwrap_or_default()
            }),
        );
    }
}

/// Says something to those who do not see the canvas.
pub fn announce(editor: Editor, words: &str) {
    editor.canvas.announcement.set(words.to_owned());
}

fn say_step(key: &'static str) -> Text {
    Text::literal(say(key))
}

#[cfg(test)]
mod tests;
