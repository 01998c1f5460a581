//! The list to choose a new node from.

use std::sync::Arc;

use leptos::prelude::*;
use model::descriptor::{NodeDescriptor, Outputs};

use super::picker::{MOST_LISTED, Picker, Row};
use crate::actions;
use crate::state::{Editor, QuickAdd};
use crate::store::node_types::{category_title, type_title};
use crate::store::palette;
use crate::texts::say;

/// The list, while it is open.
pub(super) fn quick_add_list(editor: Editor) -> impl IntoView {
    move || editor.canvas.quick_add.get().map(|wanted| list(editor, wanted))
}

fn list(editor: Editor, wanted: QuickAdd) -> impl IntoView {
    let needs_input = wanted.port.as_ref().is_some_and(|port| port.output.is_some());
    let needs_output = wanted.port.as_ref().is_some_and(|port| port.output.is_none());
    let near = wanted.port.clone();
    let fits = move |one: &Arc<NodeDescriptor>| {
        (!needs_input || one.inputs > 0) && (!needs_output || one.outputs != Outputs::Fixed(0))
    };
    let rows = Callback::new(move |filter: String| {
        let open = editor.open_tab.get();
        let subflows = editor.document.with(|document| {
            document
                .as_ref()
                .map(|document| palette::subflow_types(document, open.as_deref()))
                .unwrap_or_default()
        });
        let mut found = editor.types.with(|types| palette::ranked(types, &subflows, &filter));
        if let Some((port, document)) =
            near.as_ref().zip(editor.document.get()).filter(|_| filter.trim().is_empty())
        {
            let type_name =
                document.get(&port.node).map(|node| node.type_name().to_owned()).unwrap_or_default();
            found = palette::with_first(
                found,
                &palette::neighbours(&document, &type_name, port.output.is_some()),
            );
        }
        let nodes = found.into_iter().filter(fits).take(MOST_LISTED).map(|one| row(&one));
        let typed = filter.trim().to_lowercase();
        let junction = JUNCTION.starts_with(&typed).then(junction);
        match typed.is_empty() {
            true => nodes.chain(junction).collect::<Vec<_>>(),
            false => junction.into_iter().chain(nodes).collect(),
        }
    });
    let viewport = editor.viewport.get_untracked();
    let at = wanted.at.map(|(x, y)| (x * viewport.scale + viewport.x, y * viewport.scale + viewport.y));
    let choose = Callback::new(move |type_name: String| {
        match (&wanted.port, wanted.at) {
            _ if type_name == JUNCTION => actions::add_junction(editor, &wanted),
            (Some(port), Some(at)) => actions::insert_wired(editor, &type_name, at, port),
            (None, Some(at)) if wanted.is_over_wire => actions::insert_over(editor, &type_name, at),
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

/// The type of junctions, which have no descriptor of their own kind in the list.
const JUNCTION: &str = "junction";

fn junction() -> Row {
    Row {
        key: JUNCTION.to_owned(),
        label: say("quick-add.junction"),
        hint: say("quick-add.junction.hint"),
        icon: "dot".to_owned(),
        colour: String::new(),
    }
}

fn row(one: &NodeDescriptor) -> Row {
    Row {
        key: one.type_name.clone(),
        label: type_title(one),
        hint: category_title(&one.category),
        icon: one.icon.clone(),
        colour: one.colour.clone(),
    }
}
