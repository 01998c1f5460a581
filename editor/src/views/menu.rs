//! A menu over the page, at the pointer.

use leptos::ev;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::app::editor;
use super::canvas;
use super::shortcuts::is_mac;
use crate::actions;
use crate::commands::{self, Command, command};
use crate::net::browser;
use crate::state::{Editor, Menu};
use crate::store::history::Step;
use crate::store::offered::{self, offered};
use crate::store::workspace::Workspace;
use crate::texts::say;

/// What stays free between a menu and the window's edge, in pixels.
const ROOM: f64 = 4.0;

/// The menu.
#[component]
pub fn MenuView(
    /// What it offers.
    menu: Menu,
) -> impl IntoView {
    let editor = editor();
    let whole = NodeRef::<Div>::new();
    whole.on_load(move |whole| {
        request_animation_frame(move || {
            keep_inside(&whole);
            focus(&whole, 0);
        });
    });
    let close = move |takes_focus: bool| {
        editor.bench.menu.set(None);
        if takes_focus {
            canvas::focus();
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => step(whole, 1),
            "ArrowUp" => step(whole, -1),
            "Escape" | "Tab" => close(true),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let left = move |event: ev::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        let stays = whole.get_untracked().is_some_and(|whole| whole.contains(to.as_ref()) && to.is_some());
        if !stays {
            close(false);
        }
    };
    let is_mac = is_mac();
    let item = move |key: &'static str| match command(key) {
        None => view! { <hr/> }.into_any(),
        Some(command) => {
            let keys = commands::words(editor, command, is_mac).into_iter().next();
            view! {
                <button type="button" role="menuitem" class="menu-item" tabindex="-1" data-command=command.key on:click=move |_| {
                    close(true);
                    run(editor, command);
                }>
                    <span>{say(command.title)}</span>
                    {keys.map(|keys| view! { <span class="shortcut">{keys}</span> })}
                </button>
            }
            .into_any()
        }
    };
    let (x, y) = menu.at;
    view! {
        <div
            class="menu context-menu"
            role="menu"
            tabindex="-1"
            style=format!("left:{x}px;top:{y}px")
            node_ref=whole
            on:keydown=key
            on:focusout=left
            on:contextmenu=|event| event.prevent_default()
        >
            {offered(menu.commands, |key| is_of_use(editor, key)).into_iter().map(item).collect_view()}
        </div>
    }
}

/// Whether a command can do something now.
fn is_of_use(editor: Editor, key: &str) -> bool {
    let document = editor.document.get_untracked().unwrap_or_default();
    let (drawing, selection) = (editor.drawing.get_untracked(), editor.selection.get_untracked());
    let can = |step: fn(&Workspace) -> Option<&Step>| {
        editor.workspace.with_untracked(|workspace| workspace.as_ref().and_then(step).is_some())
    };
    match key {
        "edit.undo" => can(Workspace::to_undo),
        "edit.redo" => can(Workspace::to_redo),
        "tab.show-all" => editor.bench.preferences.with_untracked(|now| !now.hidden_tabs.is_empty()),
        _ => offered::is_of_use(key, &document, &drawing, &selection),
    }
}

/// Commands that the browser does of its own accord need its help here.
fn run(editor: Editor, command: &'static Command) {
    match command.key {
        "edit.copy" | "edit.cut" => {
            if actions::copy(editor).is_some_and(|text| browser::copy(&text)) && command.key == "edit.cut" {
                actions::delete_selected(editor);
            }
        }
        "edit.paste" => leptos::task::spawn_local(async move {
            match browser::pasted().await {
                Some(text) => drop(actions::paste(editor, &text, None)),
                None => drop(editor.notify(&crate::texts::text("menu.paste-by-key"), false)),
            }
        }),
        _ => command.run(editor),
    }
}

/// Moves the menu to where all of it is seen.
fn keep_inside(whole: &web_sys::HtmlElement) {
    let frame = whole.get_bounding_client_rect();
    let length = |length: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        length.ok().and_then(|length| length.as_f64()).unwrap_or(f64::INFINITY)
    };
    let (width, height) = (length(window().inner_width()), length(window().inner_height()));
    let x = frame.left().min(width - frame.width() - ROOM).max(0.0);
    let y = frame.top().min(height - frame.height() - ROOM).max(0.0);
    // Attributes of this name are never refused.
    let _ = whole.set_attribute("style", &format!("left:{x:.0}px;top:{y:.0}px"));
}

fn focus(whole: &web_sys::HtmlElement, at: u32) {
    let Ok(items) = whole.query_selector_all("[role=menuitem]") else { return };
    let item = items.get(at.min(items.length().saturating_sub(1)));
    if let Some(item) = item.and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A menu's item takes the focus.
        let _ = item.focus();
    }
}

fn step(whole: NodeRef<Div>, step: i32) {
    let Some(whole) = whole.get_untracked() else { return };
    let Ok(items) = whole.query_selector_all("[role=menuitem]") else { return };
    let focused = document().active_element();
    let is_focused = |at: &u32| {
        let item = items.get(*at).and_then(|item| item.dyn_into::<web_sys::Element>().ok());
        item.is_some() && item == focused
    };
    let count = i64::from(items.length().max(1));
    let at = (0..items.length()).find(is_focused).map_or(-1, i64::from);
    let next = (at + i64::from(step)).rem_euclid(count);
    focus(&whole, u32::try_from(next).unwrap_or_default());
}
