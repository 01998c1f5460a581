//! A form that somebody else edits: read-only, until its user insists.

use leptos::ev::{FocusEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Node;

use super::called;
use crate::store::Id;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Whether the form around is read-only for now; for what no `fieldset` disables.
#[derive(Clone, Copy)]
pub struct HeldForm(pub Memo<bool>);

/// The form of a node inside. Whoever has the keyboard focus in it edits the node, and is not held up by others who do.
#[component]
pub fn HeldFormView(
    /// The node.
    node: Id,
    /// The form.
    children: Children,
) -> impl IntoView {
    let editor = editor();
    let by = editor.edited_by(node.clone());
    let insists = RwSignal::new(false);
    let is_held = {
        let node = node.clone();
        Memo::new(move |_| {
            let is_mine = editor.presence.form_in_use.with(|now| now.as_ref() == Some(&node));
            by.with(Option::is_some) && !insists.get() && !is_mine
        })
    };
    provide_context(HeldForm(is_held));
    let insist = move |_: MouseEvent| {
        insists.set(true);
        editor.focus_form();
    };
    let notice = move || {
        let name = by.with(|by| by.as_ref().map(called))?;
        Some(view! {
            <p class="held-by">
                <Icon name="pencil" size=14.0/>
                <span>{show(&text("presence.editing").with("name", name))}</span>
                <Show when=move || is_held.get()>
                    <button class="button" type="button" data-do="edit-anyway" on:click=insist>{say("presence.edit-anyway")}</button>
                </Show>
            </p>
        })
    };
    let (entered, left) = (node.clone(), node.clone());
    let enter = move |_: FocusEvent| {
        // What can be folded open can be focused all the same.
        if !is_held.get_untracked() {
            editor.use_form(&entered, true);
        }
    };
    let leave = move |event: FocusEvent| {
        // Another window came to the front: the user comes back.
        let is_away = !document().has_focus().unwrap_or(true);
        if !is_away && !stays_inside(&event) {
            editor.use_form(&left, false);
        }
    };
    on_cleanup(move || editor.use_form(&node, false));
    view! {
        <div aria-live="polite">{notice}</div>
        <fieldset class="held" disabled=is_held on:focusin=enter on:focusout=leave>{children()}</fieldset>
    }
}

/// Whether the focus goes from one thing inside to another.
fn stays_inside(event: &FocusEvent) -> bool {
    let form = event.current_target().and_then(|form| form.dyn_into::<Node>().ok());
    let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
    form.zip(next).is_some_and(|(form, next)| form.contains(Some(&next)))
}
