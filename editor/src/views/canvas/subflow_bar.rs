//! What can be done with the subflow that is open: its ends, its instances, its end.

use leptos::prelude::*;
use model::json::Json;

use super::use_picker::UsePicker;
use crate::actions;
use crate::commands;
use crate::state::Editor;
use crate::store::drawing::subflow::End;
use crate::store::edits::ends::{add_end, remove_end};
use crate::store::edits::subflows::instances;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// How many ends of each kind there are, and how many instances.
#[derive(Clone, Copy, Default, PartialEq)]
struct Counts {
    inputs: usize,
    outputs: usize,
    has_status: bool,
    instances: usize,
}

/// The bar over the canvas.
#[component]
pub fn SubflowBar() -> impl IntoView {
    let editor = editor();
    let counts = Memo::new(move |_| {
        let open = editor.open_tab.get();
        editor.document.with(|document| {
            let (document, id) = document.as_ref().zip(open.as_deref())?;
            let template = document.get(id)?;
            let count = |key: &str| template.field(key).and_then(Json::as_array).map_or(0, <[Json]>::len);
            Some(Counts {
                inputs: count("in"),
                outputs: count("out"),
                has_status: template.field("status").is_some_and(|status| status.as_object().is_some()),
                instances: instances(document, id).len(),
            })
        })
    });
    let counts = move || counts.get().unwrap_or_default();
    view! {
        <div class="subflow-bar" role="toolbar" aria-label=say("subflow.bar")>
            <span class="label">{say("subflow.inputs")}</span>
            <button
                type="button"
                class="quiet"
                data-do="input"
                aria-pressed=Signal::derive(move || if counts().inputs > 0 { "true" } else { "false" })
                on:click=move |_| match counts().inputs {
                    0 => change(editor, End::Input(0), true),
                    _ => change(editor, End::Input(0), false),
                }
            >
                {move || counts().inputs}
            </button>
            <span class="label">{say("subflow.outputs")}</span>
            <button
                type="button"
                class="quiet square"
                data-do="fewer"
                aria-label=say("subflow.fewer-outputs")
                title=say("subflow.fewer-outputs")
                disabled=Signal::derive(move || counts().outputs == 0)
                on:click=move |_| change(editor, End::Output(counts().outputs.saturating_sub(1)), false)
            >
                <Icon name="minus" size=14.0/>
            </button>
            <span class="outputs">{move || counts().outputs}</span>
            <button
                type="button"
                class="quiet square"
                data-do="more"
                aria-label=say("subflow.more-outputs")
                title=say("subflow.more-outputs")
                on:click=move |_| change(editor, End::Output(counts().outputs), true)
            >
                <Icon name="plus" size=14.0/>
            </button>
            <button
                type="button"
                class="quiet"
                data-do="status"
                aria-pressed=Signal::derive(move || if counts().has_status { "true" } else { "false" })
                on:click=move |_| change(editor, End::Status, !counts().has_status)
            >
                {say("subflow.status")}
            </button>
            <span class="hint">{move || show(&text("subflow.instances").with("count", counts().instances))}</span>
            <UsePicker/>
            <button type="button" class="quiet" data-do="dissolve" title=say("command.subflow-dissolve") on:click=move |_| commands::run(editor, "subflow.dissolve")>
                <Icon name="ungroup" size=14.0/>
                {say("subflow.dissolve")}
            </button>
            <button type="button" class="quiet" data-do="delete" on:click=move |_| actions::delete_tab(editor)>
                <Icon name="trash-2" size=14.0/>
                {say("subflow.delete")}
            </button>
        </div>
    }
}

fn change(editor: Editor, end: End, comes: bool) {
    let Some(open) = editor.open_tab.get_untracked() else { return };
    let what = text(if comes { "step.end-add" } else { "step.end-remove" });
    editor.edit(what, |document| match comes {
        true => add_end(document, &open, end),
        false => remove_end(document, &open, end),
    });
}
