//! The list to find a node in; while a wire is drawn, to find the node that it goes to.

use leptos::prelude::*;
use model::document::Node;

use super::picker::{MOST_LISTED, Picker, Row};
use crate::actions;
use crate::state::Editor;
use crate::store::Id;
use crate::store::find::query::{Facts, Query};
use crate::store::find::{Found, find};

/// The list, while it is open.
pub(super) fn find_list(editor: Editor) -> impl IntoView {
    move || editor.canvas.finds.get().then(|| list(editor))
}

fn list(editor: Editor) -> impl IntoView {
    let is_wiring = editor.canvas.wiring.with_untracked(Option::is_some);
    let drawing = editor.drawing.get_untracked();
    let is_wanted =
        move |node: &Node| !is_wiring || drawing.node(node.id()).is_some_and(|node| node.has_input);
    let rows = Callback::new(move |filter: String| {
        let query = Query::parse(&filter);
        let found = editor.document.with(|document| {
            let document = document.as_ref()?;
            let (types, problems, dirty) = (editor.types.get(), editor.problems.get(), editor.dirty.get());
            if !query.is_filtered() {
                return Some(find(document, &types, &query.words, &is_wanted));
            }
            let hidden = editor.bench.preferences.with(|now| now.hidden_tabs.clone());
            let open = editor.open_tab.get();
            let facts = Facts::new(document, &types, (&problems, &dirty), &hidden, open.as_deref());
            Some(find(document, &types, &query.words, |node| is_wanted(node) && query.fits(node, &facts)))
        });
        found.unwrap_or_default().into_iter().take(MOST_LISTED).map(row).collect::<Vec<_>>()
    });
    let choose = Callback::new(move |id: String| match is_wiring {
        true => actions::aim_wire(editor, Id::from(id.as_str())),
        false => editor.jump_to(&id),
    });
    let close = Callback::new(move |takes_focus: bool| {
        editor.canvas.finds.set(false);
        if takes_focus {
            super::focus();
        }
    });
    view! { <Picker title="find.filter" at=None editor rows choose close/> }
}

fn row(found: Found) -> Row {
    let hint = if found.flow.is_empty() {
        found.type_name
    } else {
        format!("{} · {}", found.type_name, found.flow)
    };
    Row { key: found.id.to_string(), label: found.label, hint, icon: found.icon, colour: found.colour }
}
