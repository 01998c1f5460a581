//! The list to choose a new node from, over the canvas: type, choose, Enter.

use std::sync::Arc;

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use model::descriptor::NodeDescriptor;

use crate::actions;
use crate::state::{Editor, QuickAdd};
use crate::store::colour;
use crate::store::node_types::type_label;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Most types that are listed at once.
const MOST_LISTED: usize = 60;
/// Width of the list and its largest height, in pixels.
const SIZE: (f64, f64) = (260.0, 320.0);

/// The list, while it is open.
#[component]
pub fn QuickAddList() -> impl IntoView {
    let editor = editor();
    move || editor.canvas.quick_add.get().map(|wanted| view! { <List wanted/> })
}

#[component]
fn List(wanted: QuickAdd) -> impl IntoView {
    let editor = editor();
    let (filter, chosen) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let needs_input = wanted.port.as_ref().is_some_and(|port| port.output.is_some());
    let needs_output = wanted.port.as_ref().is_some_and(|port| port.output.is_none());
    let found = Memo::new(move |_| {
        let fits = |one: &Arc<NodeDescriptor>| {
            (!needs_input || one.inputs > 0)
                && (!needs_output || !matches!(one.outputs, model::descriptor::Outputs::Fixed(0)))
        };
        editor.types.with(|types| {
            let found = types.ranked(&filter.get()).into_iter().filter(fits);
            found.take(MOST_LISTED).collect::<Vec<_>>()
        })
    });
    let input = NodeRef::<Input>::new();
    input.on_load(|input| {
        // An input in the page takes the focus.
        let _ = input.focus();
    });

    let take = {
        let wanted = wanted.clone();
        move |one: &NodeDescriptor| {
            close(editor);
            match (&wanted.port, wanted.at) {
                (Some(port), Some(at)) => actions::insert_wired(editor, &one.type_name, at, port),
                (_, at) => actions::insert(editor, &one.type_name, at),
            };
        }
    };
    let key = {
        let take = take.clone();
        move |event: ev::KeyboardEvent| {
            let count = found.with_untracked(Vec::len).max(1);
            match event.key().as_str() {
                "ArrowDown" => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
                "ArrowUp" => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
                "Enter" => {
                    let one = found.with_untracked(|found| found.get(chosen.get_untracked()).cloned());
                    if let Some(one) = one {
                        take(&one);
                    }
                }
                "Escape" => close(editor),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let (left, top) = place(editor, wanted.at);
    let options = move || {
        let take = take.clone();
        let options = found.get().into_iter().enumerate().map(move |(at, one)| {
            let take = take.clone();
            let (label, category) = (type_label(&one), one.category.clone());
            view! {
                <li
                    role="option"
                    id=format!("quick-add-{at}")
                    class="item"
                    class:chosen=move || chosen.get() == at
                    aria-selected=move || if chosen.get() == at { "true" } else { "false" }
                    data-type=one.type_name.clone()
                    style=colour::checked(&one.colour).map(colour::style)
                    on:pointerdown=|event| event.prevent_default()
                    on:click={
                        let one = one.clone();
                        move |_| take(&one)
                    }
                >
                    <span class="block"><Icon name=one.icon.clone() size=14.0/></span>
                    <span class="name">{label}</span>
                    <span class="hint">{category}</span>
                </li>
            }
        });
        options.collect_view()
    };
    let nothing = move || {
        let words = text("quick-add.nothing").with("filter", filter.get().trim());
        found.with(Vec::is_empty).then(|| view! { <p class="hint">{show(&words)}</p> })
    };
    view! {
        <div class="quick-add" style=format!("left:{left:.0}px;top:{top:.0}px")>
            <label class="search">
                <Icon name="search" size=14.0/>
                <input
                    node_ref=input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="quick-add-options"
                    aria-activedescendant=move || format!("quick-add-{}", chosen.get())
                    aria-label=say("quick-add.filter")
                    placeholder=say("quick-add.filter")
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=filter
                    on:input=move |event| {
                        filter.set(event_target_value(&event));
                        chosen.set(0);
                    }
                    on:keydown=key
                    on:blur=move |_| editor.canvas.quick_add.set(None)
                />
            </label>
            <ul id="quick-add-options" role="listbox" aria-label=say("quick-add.list")>{options}</ul>
            {nothing}
        </div>
    }
}

fn close(editor: Editor) {
    editor.canvas.quick_add.set(None);
    super::focus();
}

/// The list's upper left corner on the canvas: at the place, but all of it inside.
fn place(editor: Editor, at: Option<(f64, f64)>) -> (f64, f64) {
    let (size, viewport) = (editor.canvas_size.get_untracked(), editor.viewport.get_untracked());
    let (x, y) = match at {
        Some((x, y)) => (x * viewport.scale + viewport.x, y * viewport.scale + viewport.y),
        None => ((size.width - SIZE.0) / 2.0, size.height * 0.2),
    };
    (x.min(size.width - SIZE.0 - 8.0).max(8.0), y.min(size.height - SIZE.1 - 8.0).max(8.0))
}
