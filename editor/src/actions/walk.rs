//! Walking over the flow with the arrow keys.

use leptos::prelude::*;

use super::announce;
use crate::state::Editor;
use crate::store::Id;
use crate::store::drawing::DrawnNode;
use crate::store::neighbours::{self, Direction};
use crate::texts::{show, text};

/// Selects the next node in a direction; the one nearest to the middle where none is selected.
pub fn walk(editor: Editor, direction: Direction) {
    let next = editor.drawing.with_untracked(|drawing| {
        let from = editor.selection.with_untracked(|selection| selection.nodes().next().cloned());
        match from.and_then(|id| drawing.frame(&id)) {
            Some(frame) => neighbours::next(drawing, frame.centre(), direction, |_| true),
            None => {
                let seen = editor.viewport.get_untracked().shown(editor.canvas_size.get_untracked());
                neighbours::nearest(drawing, seen.centre(), |_| true)
            }
        }
    });
    if let Some(next) = next {
        go_to(editor, &next);
    }
}

fn go_to(editor: Editor, id: &Id) {
    editor.show(std::slice::from_ref(id));
    if let Some(node) = editor.drawing.with_untracked(|drawing| drawing.node(id).cloned()) {
        announce(editor, &describe(&node));
    }
}

/// What a node is, in words.
pub(super) fn describe(node: &DrawnNode) -> String {
    show(&text("node.words").with("name", &node.label).with("type", &node.type_name))
}
