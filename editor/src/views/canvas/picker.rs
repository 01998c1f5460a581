//! A list over the canvas to choose from: type, choose, Enter.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;

use crate::state::Editor;
use crate::store::colour;
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// Most rows that are listed at once.
pub const MOST_LISTED: usize = 60;
/// Width of the list at a place and its largest height, in pixels.
const SIZE: (f64, f64) = (280.0, 320.0);
/// Width of the list in the middle, where sentences are chosen from.
const WIDE: f64 = 520.0;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Stands for what is chosen.
    pub key: String,
    /// What it is called.
    pub label: String,
    /// Said beside it.
    pub hint: String,
    /// Its icon's name.
    pub icon: String,
    /// Its colour, as `#rrggbb`.
    pub colour: String,
}

/// The list, at its place on the canvas.
#[component]
pub fn Picker(
    /// Key of the text that says what to type.
    title: &'static str,
    /// Upper left corner on the canvas, in pixels; in the middle where there is none.
    at: Option<(f64, f64)>,
    /// The editor.
    editor: Editor,
    /// The rows for what was typed.
    rows: Callback<String, Vec<Row>>,
    /// Takes the key of the chosen row.
    choose: Callback<String>,
    /// Closes the list; told whether the canvas is to have the keyboard focus again.
    close: Callback<bool>,
) -> impl IntoView {
    let (filter, chosen) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let found = Memo::new(move |_| rows.run(filter.get()));
    let input = NodeRef::<Input>::new();
    input.on_load(|input| {
        // An input in the page takes the focus.
        let _ = input.focus();
    });
    let take = move |key: String| {
        close.run(true);
        choose.run(key);
    };
    let key = move |event: ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|chosen| *chosen = (*chosen + 1) % count),
            "ArrowUp" => chosen.update(|chosen| *chosen = (*chosen + count - 1) % count),
            "Enter" => {
                let row = found
                    .with_untracked(|found| found.get(chosen.get_untracked()).map(|row| row.key.clone()));
                if let Some(row) = row {
                    take(row);
                }
            }
            "Escape" => close.run(true),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let row_view = move |(at, row): (usize, Row)| {
        let key = row.key.clone();
        view! {
            <li
                role="option"
                id=format!("picker-{at}")
                class="item"
                class:chosen=Signal::derive(move || chosen.get() == at)
                aria-selected=Signal::derive(move || if chosen.get() == at { "true" } else { "false" })
                data-key=row.key.clone()
                style=colour::checked(&row.colour).map(colour::style)
                on:pointerdown=|event| event.prevent_default()
                on:click=move |_| take(key.clone())
            >
                <span class="block"><Icon name=row.icon.clone() size=14.0/></span>
                <span class="name">{row.label.clone()}</span>
                <span class="hint">{row.hint.clone()}</span>
            </li>
        }
    };
    // The chosen row is in view.
    Effect::new(move |_| {
        let chosen = chosen.get();
        request_animation_frame(move || {
            if let Some(row) = document().get_element_by_id(&format!("picker-{chosen}")) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    });
    let nothing = move || {
        let words = text("picker.nothing").with("filter", filter.get().trim());
        found.with(Vec::is_empty).then(|| view! { <p class="hint">{show(&words)}</p> })
    };
    let width = if at.is_some() { SIZE.0 } else { WIDE };
    let (left, top) = place(editor, at, width);
    view! {
        <div class="picker" style=format!("left:{left:.0}px;top:{top:.0}px;width:{width:.0}px")>
            <label class="search">
                <Icon name="search" size=14.0/>
                <input
                    node_ref=input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="picker-rows"
                    aria-activedescendant=Signal::derive(move || format!("picker-{}", chosen.get()))
                    aria-label=say(title)
                    placeholder=say(title)
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=filter
                    on:input=move |event| {
                        filter.set(event_target_value(&event));
                        chosen.set(0);
                    }
                    on:keydown=key
                    on:blur=move |_| close.run(false)
                />
            </label>
            <ul id="picker-rows" role="listbox" aria-label=say(title)>
                {move || found.get().into_iter().enumerate().map(row_view).collect_view()}
            </ul>
            {nothing}
        </div>
    }
}

/// The list's upper left corner on the canvas: at the place, but all of it inside.
fn place(editor: Editor, at: Option<(f64, f64)>, width: f64) -> (f64, f64) {
    let size = editor.canvas_size.get_untracked();
    let (x, y) = at.unwrap_or(((size.width - width) / 2.0, size.height * 0.2));
    (x.min(size.width - width - 8.0).max(8.0), y.min(size.height - SIZE.1 - 8.0).max(8.0))
}
