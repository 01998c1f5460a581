//! Breakpoints: messages held at a node, let go one by one or all.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{api, session};
use crate::state::Editor;
use crate::store::Id;
use crate::store::trace::next_nodes;
use crate::texts::text;

/// Sets breakpoints at the selected nodes; where each of them has one, takes them away.
pub fn toggle(editor: Editor) {
    let takes = |id: &Id| {
        editor.drawing.with_untracked(|drawing| drawing.node(id).is_some_and(|node| node.has_input))
    };
    let chosen: Vec<Id> = editor.selected().into_iter().filter(takes).collect();
    if chosen.is_empty() {
        editor.notify(&text("breakpoint.select"), false);
        return;
    }
    editor.show_panel("wire");
    let is_set = move |id: &Id| editor.live.held.with_untracked(|held| held.contains_key(id));
    match chosen.iter().all(is_set) {
        true => chosen.iter().for_each(|id| end(editor, id)),
        false => spawn_local(async move {
            for id in chosen.iter().filter(|id| !is_set(id)) {
                if let Err(failure) = set(editor, id, false).await {
                    session::fail(editor, &failure);
                }
            }
        }),
    }
}

/// Sets a breakpoint, which stays while it is subscribed to from here.
async fn set(editor: Editor, id: &Id, is_passing: bool) -> Result<(), api::Failure> {
    api::let_go_held(editor, id, 0).await?;
    editor.live.breakpoints.update(|own| {
        own.insert(id.clone(), is_passing);
    });
    editor.show_held(id.clone(), Some(Default::default()));
    Ok(())
}

/// Lets the oldest message at a node go on, and holds what it becomes at the next nodes.
pub fn step(editor: Editor, id: Id) {
    let next: BTreeSet<Id> = editor.workspace.with_untracked(|workspace| {
        let Some(workspace) = workspace else { return BTreeSet::new() };
        editor.types.with_untracked(|types| next_nodes(workspace.deployed(), types, &id))
    });
    spawn_local(async move {
        let is_set = move |id: &Id| editor.live.held.with_untracked(|held| held.contains_key(id));
        for node in next.iter().filter(|node| !is_set(node)) {
            // What does not run gets no message.
            let _ = set(editor, node, true).await;
        }
        if let Err(failure) = api::let_go_held(editor, &id, 1).await {
            session::fail(editor, &failure);
        }
        // Where the message went by it is no longer waited for.
        let passed: Vec<Id> = editor.live.breakpoints.with_untracked(|own| {
            let left = |node: &Id| {
                let count = untrack(|| editor.held_at(node));
                !next.contains(node) && if *node == id { count <= 1 } else { count == 0 }
            };
            own.iter()
                .filter(|(node, is_passing)| **is_passing && left(node))
                .map(|(node, _)| node.clone())
                .collect()
        });
        passed.iter().for_each(|node| end(editor, node));
    });
}

/// Lets all messages at a node go on; later ones are held again, unless the breakpoint was set by a step.
pub fn resume(editor: Editor, id: Id) {
    if editor.live.breakpoints.with_untracked(|own| own.get(&id).copied().unwrap_or_default()) {
        return end(editor, &id);
    }
    spawn_local(async move {
        if let Err(failure) = api::let_go_held(editor, &id, untrack(|| editor.held_at(&id)).max(1)).await {
            session::fail(editor, &failure);
        }
    });
}

/// Takes a breakpoint away: all messages go on.
pub fn end(editor: Editor, id: &Id) {
    let id = id.clone();
    spawn_local(async move {
        match api::end_held(editor, &id).await {
            Ok(()) => editor.show_held(id, None),
            Err(failure) => session::fail(editor, &failure),
        }
    });
}
