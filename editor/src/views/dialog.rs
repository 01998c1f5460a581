//! Dialogs: what they all have. The browser keeps the focus inside and closes them with Escape.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::canvas;
use super::icon::Icon;
use crate::texts::say;

/// A dialog over everything else, open while it is in the page. When it goes, the focus goes back to where it was.
#[component]
pub fn Modal(
    /// Names it, for tests and styles.
    name: &'static str,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// Wider than others.
    #[prop(optional)]
    is_wide: bool,
    /// It was closed: by its button, by Escape, or by the caller through [`close`].
    closed: impl Fn() + 'static,
    /// What is under the heading: a `.dialog-body`, and a `<footer>` with what can be done.
    children: Children,
) -> impl IntoView {
    let focused = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let focused = StoredValue::new_local(focused);
    on_cleanup(move || {
        let before = focused.try_get_value().flatten().filter(|element| element.is_connected());
        // After the dialog is out of the page, for until then it holds the focus. What took it meanwhile keeps it.
        request_animation_frame(move || {
            let is_free = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
            if let Some(before) = before.filter(|_| is_free) {
                // Of what is not shown any more, such as an item of a menu, the next look tells.
                let _ = before.focus();
            }
            if document().active_element().is_none_or(|element| element.tag_name() == "BODY") {
                canvas::focus();
            }
        });
    });
    let dialog = NodeRef::<Dialog>::new();
    dialog.on_load(|dialog| {
        request_animation_frame(move || {
            // One that is open already stays so.
            let _ = dialog.show_modal();
        });
    });
    let (labelled_by, title_id) = (format!("{name}-title"), format!("{name}-title"));
    view! {
        <dialog
            class="dialog"
            class:wide=is_wide
            id=name
            node_ref=dialog
            aria-labelledby=labelled_by
            on:close=move |_| closed()
        >
            <header>
                <h2 id=title_id>{title}</h2>
                <button
                    type="button"
                    class="button quiet square"
                    aria-label=say("dialog.close")
                    title=say("dialog.close")
                    on:click=move |_| close(name)
                >
                    <Icon name="x"/>
                </button>
            </header>
            {children()}
        </dialog>
    }
}

/// Closes the dialog of this name.
pub fn close(name: &str) {
    let dialog = document().get_element_by_id(name);
    if let Some(dialog) = dialog.and_then(|dialog| dialog.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
        dialog.close();
    }
}
