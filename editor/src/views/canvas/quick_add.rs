//! The list to choose a new node from.

use std::sync::Arc;

use leptos::prelude::*;
use model::descriptor::{NodeDescriptor, Outputs};

use super::picker::{MOST_LISTED, Picker, Row};
use crate::actions;
use crate::state::{Editor, QuickAdd};
use crate::store::node_types::type_label;

/// The list, while it is open.
pub(super) fn quick_add_list(editor: Editor) -> impl IntoView {
    move || editor.canvas.quick_add.get().map(|wanted| list(editor, wanted))
}

fn list(editor: Editor, wanted: QuickAdd) -> impl IntoView {
    let needs_input = wanted.port.as_ref().is_some_and(|port| port.output.is_some());
    let needs_output = wanted.port.as_ref().is_some_and(|port| port.output.is_none());
    let fits = move |one: &Arc<NodeDescriptor>| {
        (!needs_input || one.inputs > 0) && (!needs_output || one.outputs != Outputs::Fixed(0))
    };
    let rows = Callback::new(move |filter: String| {
        let found = editor.types.with(|types| types.ranked(&filter));
        found.into_iter().filter(fits).take(MOST_LISTED).map(|one| row(&one)).collect::<Vec<_>>()
    });
    let viewport = editor.viewport.get_untracked();
    let at = wanted.at.map(|(x, y)| (x * viewport.scale + viewport.x, y * viewport.scale + viewport.y));
    let choose = Callback::new(move |type_name: String| {
        match (&wanted.port, wanted.at) {
            (Some(port), Some(at)) => actions::insert_wired(editor, &type_name, at, port),
            (_, at) => actions::insert(editor, &type_name, at),
        };
    });
    let close = Callback::new(move |takes_focus: bool| {
        editor.canvas.quick_add.set(None);
        if takes_focus {
            super::focus();
        }
    });
    view! { <Picker title="quick-add.filter" at editor rows choose close/> }
}

fn row(one: &NodeDescriptor) -> Row {
    Row {
        key: one.type_name.clone(),
        label: type_label(one),
        hint: one.category.clone(),
        icon: one.icon.clone(),
        colour: one.colour.clone(),
    }
}
