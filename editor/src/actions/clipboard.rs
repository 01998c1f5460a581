//! Copying and pasting, as text that Node-RED understands.

use leptos::prelude::*;
use model::document::{Document, Node};
use model::edit::{self, Paste};

use super::tab_to_draw_on;
use crate::ids;
use crate::state::Editor;
use crate::store::Id;
use crate::store::clipboard::copied;
use crate::store::edits::subflows::would_recur;
use crate::store::geometry::Rect;
use crate::store::moving::{carried, snapped};
use crate::store::selection::Selection;
use crate::texts::text;

/// What is selected, as a flow file's text; none where nothing is.
pub fn copy(editor: Editor) -> Option<String> {
    let document = editor.document.get_untracked()?;
    let ids = editor.selection.with_untracked(|selection| carried(&document, selection.nodes()));
    let copy = copied(&document, ids.iter().map(AsRef::as_ref));
    (!ids.is_empty()).then(|| copy.to_json().to_js_string())
}

/// Puts a flow file's text on the open tab, around a place in the flow (or the middle of what is seen), and
/// selects what came. Gives back whether the text was one; another text is no error, for people paste all sorts.
pub fn paste(editor: Editor, clipboard: &str, at: Option<(f64, f64)>) -> bool {
    let Ok(clipboard) = Document::parse(clipboard.trim()) else { return false };
    let Some(tab) = tab_to_draw_on(editor).filter(|_| !clipboard.is_empty()) else { return false };
    let recurs = editor.document.with_untracked(|document| {
        let document = document.as_ref()?;
        let mut used = clipboard.nodes().iter().filter_map(Node::subflow_id);
        Some(used.any(|template| would_recur(document, template, &tab)))
    });
    if recurs == Some(true) {
        editor.notify(&text("subflows.recursive"), false);
        return true;
    }
    let at = at.unwrap_or_else(|| {
        editor.viewport.get_untracked().shown(editor.canvas_size.get_untracked()).centre()
    });
    let mut pasted: Vec<Id> = Vec::new();
    let what =
        text("step.paste").with("count", clipboard.nodes().iter().filter(|node| has_place(node)).count());
    editor.edit(what, |document| {
        let options = Paste { z: &tab, shift: shift_to(document, &clipboard, at), keeps_free_ids: false };
        let paste = edit::paste(document, &clipboard, options, &mut ids::fresh)?;
        pasted = paste.ids.iter().map(|id| Id::from(id.as_str())).collect();
        Ok(paste.diff)
    });
    if !pasted.is_empty() {
        editor.show(&pasted);
        let on_tab = editor.drawing.with_untracked(|drawing| {
            pasted.into_iter().filter(|id| drawing.frame(id).is_some()).collect::<Vec<_>>()
        });
        editor.select(Selection::of(on_tab));
    }
    true
}

/// How far the copies go: to the place, on the grid, and not onto nodes that stand just there.
fn shift_to(document: &Document, clipboard: &Document, (x, y): (f64, f64)) -> (f64, f64) {
    let places = clipboard.nodes().iter().filter(|node| has_place(node) && node.g().is_none());
    let frames = places.filter_map(|node| Some(Rect::around(node.x()?, node.y()?, 0.0, 0.0)));
    let Some(bounds) = frames.reduce(Rect::with) else { return (0.0, 0.0) };
    let (centre_x, centre_y) = bounds.centre();
    let (mut dx, mut dy) = snapped(Rect::around(0.0, 0.0, 0.0, 0.0), x - centre_x, y - centre_y);
    let is_taken = |dx: f64, dy: f64| {
        let corner = clipboard.nodes().iter().find(|node| has_place(node));
        corner.and_then(|node| Some((node.x()? + dx, node.y()? + dy))).is_some_and(|(x, y)| {
            document.nodes().iter().any(|node| node.x() == Some(x) && node.y() == Some(y))
        })
    };
    while is_taken(dx, dy) {
        (dx, dy) = (dx + super::GRID, dy + super::GRID);
    }
    (dx, dy)
}

fn has_place(node: &Node) -> bool {
    node.x().is_some() && node.y().is_some()
}
