//! The outline: flows, subflows, groups and nodes as a tree, to find one and to go there.

use std::collections::BTreeSet;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::Panel;
use crate::later::{Part, later};
use crate::net::preferences;
use crate::state::Editor;
use crate::store::Id;
use crate::store::outline::{Line, outline};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;
use crate::views::search::SearchField;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "outline", title: "outline.title", icon: "list-tree", view: || later(Part::Outline) };

/// Lines that are shown at once.
const MOST_LINES: usize = 500;

/// Its content.
#[component]
pub fn Outline() -> impl IntoView {
    let editor = editor();
    let filter = RwSignal::new(String::new());
    let opened = RwSignal::new(BTreeSet::<Id>::new());
    let lines = Memo::new(move |_| {
        let found = editor.document.with(|document| {
            let document = document.as_ref()?;
            let open = opened.get();
            Some(editor.types.with(|types| outline(document, types, &filter.get(), |id| open.contains(id))))
        });
        found.unwrap_or_default()
    });
    let more = move || lines.with(Vec::len).saturating_sub(MOST_LINES);
    view! {
        <div class="tools">
            <SearchField title="outline.filter" filter/>
        </div>
        <div class="scroll outline" role="tree" aria-label=say("outline.title")>
            <For
                each=move || lines.with(|lines| lines.iter().take(MOST_LINES).cloned().collect::<Vec<_>>())
                key=Line::clone
                children=move |line| line_view(editor, line, opened, filter)
            />
            <Show when=move || lines.with(Vec::is_empty)>
                <p class="hint">{move || show(&text("outline.nothing").with("filter", filter.get().trim()))}</p>
            </Show>
            <Show when=move || { more() > 0 }>
                <p class="hint">{move || show(&text("import.more").with("count", more()))}</p>
            </Show>
        </div>
    }
}

fn line_view(
    editor: Editor,
    line: Line,
    opened: RwSignal<BTreeSet<Id>>,
    filter: RwSignal<String>,
) -> impl IntoView {
    let id = StoredValue::new(line.id.clone());
    let is_open = move || {
        filter.with(|filter| !filter.trim().is_empty()) || opened.with(|open| open.contains(&id.get_value()))
    };
    let toggle = move || {
        opened.update(|open| {
            let id = id.get_value();
            if !open.remove(&id) {
                open.insert(id);
            }
        });
    };
    let is_selected = move || {
        let id = id.get_value();
        editor.selection.with(|selection| selection.holds(&id))
            || editor.open_tab.with(|open| open.as_ref() == Some(&id))
    };
    let is_hidden = move || {
        editor.bench.preferences.with(|preferences| preferences.hidden_tabs.contains(&id.get_value()))
    };
    let key = move |event: ev::KeyboardEvent| {
        let is_open_now = opened.with_untracked(|open| open.contains(&id.get_value()));
        match event.key().as_str() {
            "ArrowDown" => step(&event, 1),
            "ArrowUp" => step(&event, -1),
            "ArrowRight" if !is_open_now => toggle(),
            "ArrowLeft" if is_open_now => toggle(),
            _ => return,
        }
        event.prevent_default();
    };
    let fold = line.is_branch.then(|| {
        view! {
            <button
                type="button"
                class="quiet square fold-button"
                tabindex="-1"
                aria-label=show(&text("outline.unfold").with("name", &line.name))
                aria-expanded=Signal::derive(move || if is_open() { "true" } else { "false" })
                on:click=move |_| toggle()
            >
                <Icon name="chevron-right" size=12.0/>
            </button>
        }
    });
    let unhide = move || {
        is_hidden().then(|| {
            view! {
                <button
                    type="button"
                    class="quiet square"
                    title=say("outline.show-tab")
                    aria-label=say("outline.show-tab")
                    on:click=move |_| preferences::change(editor, |preferences| {
                        preferences.hidden_tabs.remove(&id.get_value());
                    })
                >
                    <Icon name="eye-off" size=14.0/>
                </button>
            }
        })
    };
    let level = (line.depth + 1).to_string();
    view! {
        <div
            class="outline-line"
            class:chosen=is_selected
            class:disabled=line.is_disabled
            style=format!("--depth:{}", line.depth)
            role="treeitem"
            attr:aria-level=level
            aria-selected=Signal::derive(move || if is_selected() { "true" } else { "false" })
        >
            {fold}
            <button type="button" class="outline-name" data-goto=line.id.to_string() title=line.type_name.clone() on:click=move |_| editor.jump_to(&id.get_value()) on:keydown=key>
                <Icon name=line.icon.clone() size=14.0/>
                <span>{line.name.clone()}</span>
            </button>
            {unhide}
        </div>
    }
}

/// Moves the keyboard focus to the next line, or to the one before.
fn step(event: &ev::KeyboardEvent, step: i32) {
    let Ok(items) = document().query_selector_all(".outline-name") else { return };
    let focused = event.current_target().and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok());
    let item = |at: u32| items.get(at).and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok());
    let place = (0..items.length()).find(|at| item(*at) == focused);
    if let Some(next) = place.and_then(|place| place.checked_add_signed(step)).and_then(item) {
        // A line's button takes the focus.
        let _ = next.focus();
    }
}
