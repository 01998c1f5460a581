//! The palette: the node types that the server has.

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::descriptor::NodeDescriptor;
use wasm_bindgen::JsCast;

use super::Panel;
use crate::actions;
use crate::net::{browser, preferences};
use crate::state::{Dialog, Editor, Placing, Sheet};
use crate::store::colour;
use crate::store::node_types::{Group, category_title, type_title};
use crate::store::palette;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::canvas;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel = Panel {
    key: "palette",
    title: "palette.title",
    icon: "shapes",
    view: || view! { <Palette/> }.into_any(),
};

#[component]
fn Palette() -> impl IntoView {
    let editor = editor();
    let filter = RwSignal::new(String::new());
    let subflows = Memo::new(move |_| {
        let open = editor.open_tab.get();
        editor.document.with(|document| {
            document
                .as_ref()
                .map(|document| palette::subflow_types(document, open.as_deref()))
                .unwrap_or_default()
        })
    });
    // The first flows are painted before it.
    let is_due = RwSignal::new(false);
    Effect::new(move || {
        if editor.types.with(|types| types.listed() > 0) && !is_due.get_untracked() {
            spawn_local(async move {
                browser::painted().await;
                // The page may be gone.
                is_due.try_set(true);
            });
        }
    });
    let groups = Memo::new(move |_| {
        if !is_due.get() {
            return Vec::new();
        }
        editor.types.with(|types| subflows.with(|subflows| palette::groups(types, subflows, &filter.get())))
    });
    let nothing = move || {
        let finds_nothing = groups.with(Vec::is_empty) && filter.with(|filter| !filter.trim().is_empty());
        finds_nothing.then(|| view! { <p class="hint">{show(&text("palette.nothing").with("filter", filter.get().trim()))}</p> })
    };
    view! {
        <section class="palette" id=PANEL.key aria-label=say(PANEL.title)>
            <label class="search">
                <Icon name="search" size=14.0/>
                <input
                    type="search"
                    placeholder=say("palette.filter")
                    aria-label=say("palette.filter")
                    prop:value=filter
                    on:input=move |event| filter.set(event_target_value(&event))
                    on:keydown=move |event| match event.key().as_str() {
                        "ArrowDown" => step(&event, 1),
                        "Enter" => {
                            let best = editor.types.with_untracked(|types| {
                                subflows.with_untracked(|subflows| palette::ranked(types, subflows, &filter.get_untracked()))
                            });
                            if let Some(best) = best.first() {
                                actions::insert(editor, &best.type_name, None);
                                canvas::focus();
                            }
                        }
                        "Escape" => canvas::focus(),
                        _ => {}
                    }
                />
            </label>
            <div class="scroll">
                <For each=move || groups.get() key=key children=move |group| group_view(editor, filter, group)/>
                {nothing}
            </div>
            <footer class="hint">
                <span>{move || show(&text("palette.count").with("count", editor.types.with(|types| types.listed())))}</span>
                <button
                    type="button"
                    class="button quiet small"
                    data-command="palette.manage"
                    title=say("command.plugins")
                    on:click=move |_| editor.dialog.set(Some(Dialog::Plugins(None)))
                >
                    <Icon name="puzzle" size=14.0/>
                    {say("palette.manage")}
                </button>
            </footer>
        </section>
    }
}

/// A group is the same while it lists the same types.
fn key(group: &Group) -> Vec<Arc<str>> {
    std::iter::once(&group.category)
        .chain(group.types.iter().map(|one| &one.type_name))
        .map(|text| text.as_str().into())
        .collect()
}

/// A category: its title folds it. What is searched for is shown in any case.
fn group_view(editor: Editor, filter: RwSignal<String>, group: Group) -> impl IntoView {
    let category = StoredValue::new(group.category.clone());
    let is_open = Memo::new(move |_| {
        let is_folded = editor
            .bench
            .preferences
            .with(|now| category.with_value(|category| now.folded_categories.contains(category)));
        !is_folded || filter.with(|filter| !filter.trim().is_empty())
    });
    let fold = move |_| {
        preferences::change(editor, |now| {
            let category = category.get_value();
            if !now.folded_categories.remove(&category) {
                now.folded_categories.insert(category);
            }
        });
    };
    let items = group.types.into_iter().map(|one| view! { <Item one/> });
    view! {
        <section class="category">
            <h2>
                <button
                    type="button"
                    data-category=category.get_value()
                    aria-expanded=Signal::derive(move || if is_open.get() { "true" } else { "false" })
                    on:click=fold
                >
                    <Icon name="chevron-right" size=12.0/>
                    {category_title(&group.category)}
                </button>
            </h2>
            <ul hidden=Signal::derive(move || !is_open.get())>{items.collect_view()}</ul>
        </section>
    }
}

/// A type is dragged once the pointer went this far, in pixels.
const SLACK: f64 = 4.0;

/// A type: dragged onto the canvas, or added by click or Enter.
#[component]
fn Item(one: Arc<NodeDescriptor>) -> impl IntoView {
    let editor = editor();
    let first_line = one.help.lines().map(|line| line.trim_matches(['#', ' '])).find(|line| !line.is_empty());
    let title = show(&text("palette.drag").with("help", first_line.unwrap_or_default()));
    let name = type_title(&one);
    let pressed_at = StoredValue::new(None::<(f64, f64)>);
    let type_name = StoredValue::new(one.type_name.clone());
    let press = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            pressed_at.set_value(Some(place(&event)));
            if let Some(item) =
                event.current_target().and_then(|item| item.dyn_into::<web_sys::Element>().ok())
            {
                // Without it, dragging ends at the palette's edge.
                let _ = item.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let drag = move |event: ev::PointerEvent| {
        let (at, placing) = (place(&event), editor.canvas.placing);
        let is_far = |from: (f64, f64)| (at.0 - from.0).hypot(at.1 - from.1) > SLACK;
        if placing.with_untracked(Option::is_some) || pressed_at.get_value().is_some_and(is_far) {
            placing.set(Some(Placing { type_name: type_name.get_value(), at }));
        }
    };
    let release = move |event: ev::PointerEvent| {
        let was_pressed = pressed_at.get_value().is_some();
        pressed_at.set_value(None);
        let placing = editor.canvas.placing.get_untracked();
        editor.canvas.placing.set(None);
        match placing {
            Some(placing) => drop(canvas_place(editor, place(&event)).map(|at| {
                actions::insert_over(editor, &placing.type_name, at);
                canvas::focus();
            })),
            None if was_pressed => add(editor, type_name),
            None => {}
        }
    };
    let cancel = move |_: ev::PointerEvent| {
        pressed_at.set_value(None);
        editor.canvas.placing.set(None);
    };
    let key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" | " " => {
            event.prevent_default();
            add(editor, type_name);
        }
        "ArrowDown" => step(&event, 1),
        "ArrowUp" => step(&event, -1),
        "Escape" => cancel_by_key(editor, pressed_at),
        _ => {}
    };
    view! {
        <li>
            <div
                class="item"
                role="button"
                tabindex="-1"
                data-type=one.type_name.clone()
                style=colour::checked(&one.colour).map(colour::style)
                title=title
                on:pointerdown=press
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=cancel
                on:keydown=key
            >
                <span class="block"><Icon name=one.icon.clone() size=14.0/></span>
                <span class="name">{name}</span>
            </div>
        </li>
    }
}

fn add(editor: Editor, type_name: StoredValue<String>) {
    // Its sheet would lie over what was added.
    if editor.bench.sheet.get_untracked() == Sheet::Palette {
        editor.open_sheet(Sheet::Closed);
    }
    actions::insert(editor, &type_name.get_value(), None);
    canvas::focus();
}

fn cancel_by_key(editor: Editor, pressed_at: StoredValue<Option<(f64, f64)>>) {
    pressed_at.set_value(None);
    editor.canvas.placing.set(None);
    canvas::focus();
}

/// Moves the keyboard focus to the next item, or the one before; before the first comes the filter.
fn step(event: &ev::KeyboardEvent, step: i32) {
    event.prevent_default();
    let Ok(items) = document().query_selector_all(".palette ul:not([hidden]) .item, .palette input") else {
        return;
    };
    let focused = document().active_element();
    let item = |at: u32| items.get(at).and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok());
    let place = (0..items.length()).find(|at| item(*at).map(Into::into) == focused);
    let next = place.and_then(|place| place.checked_add_signed(step)).and_then(item);
    if let Some(next) = next {
        // An item of the palette takes the focus.
        let _ = next.focus();
    }
}

fn place(event: &ev::PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

/// The place in the flow under a place in the window; none outside the canvas.
fn canvas_place(editor: Editor, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    let area = document().get_element_by_id(canvas::SURFACE)?.get_bounding_client_rect();
    let (x, y) = (x - area.left(), y - area.top());
    let is_inside = (0.0..area.width()).contains(&x) && (0.0..area.height()).contains(&y);
    is_inside.then(|| editor.viewport.get_untracked().to_flow(x, y))
}
