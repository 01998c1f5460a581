//! Keys and clipboard of the whole page: they become commands.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::canvas::SURFACE;
use crate::actions;
use crate::commands::{Meaning, pressed};
use crate::state::Editor;
use crate::store::shortcut::{Pressed, Shortcut};

/// Listens for the time that the app is shown.
pub fn listen(editor: Editor) {
    window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let key = event.key();
        let key = Pressed {
            key: &key,
            primary: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            alt: event.alt_key(),
        };
        let focus = Focus::now();
        let before = editor.bench.first_key.get_value();
        let meaning = editor.bench.preferences.with_untracked(|preferences| {
            pressed(preferences, before, key, focus == Focus::Text, focus == Focus::Canvas)
        });
        // A modifier on its way to the second key ends nothing.
        if before.is_some() && Shortcut::of(key).is_some() {
            editor.bench.first_key.set_value(None);
        }
        match meaning {
            Some(Meaning::Command(command)) => {
                event.prevent_default();
                command.run(editor);
            }
            Some(Meaning::Begins(shortcut)) => {
                event.prevent_default();
                editor.bench.first_key.set_value(Some(shortcut));
            }
            None => {}
        }
    });
    document_event_listener("copy", move |event| {
        if copied(editor, event).is_some() {
            event.prevent_default();
        }
    });
    document_event_listener("cut", move |event| {
        if copied(editor, event).is_some() {
            event.prevent_default();
            actions::delete_selected(editor);
        }
    });
    document_event_listener("paste", move |event| {
        if Focus::now() == Focus::Text {
            return;
        }
        let Some(text) = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()) else {
            return;
        };
        let at = editor.canvas.pointer.get_value();
        let at = at.map(|(x, y)| editor.viewport.get_untracked().to_flow(x, y));
        if actions::paste(editor, &text, at) {
            event.prevent_default();
        }
    });
}

/// Puts what is selected on the clipboard, unless text is meant.
fn copied(editor: Editor, event: &web_sys::ClipboardEvent) -> Option<()> {
    let has_text = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    if Focus::now() == Focus::Text || has_text {
        return None;
    }
    let text = actions::copy(editor)?;
    event.clipboard_data()?.set_data("text/plain", &text).ok()
}

/// Where the keyboard focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    /// In something that one types into.
    Text,
    /// On the canvas, or on nothing.
    Canvas,
    /// On a button or the like.
    Other,
}

impl Focus {
    fn now() -> Self {
        let Some(focused) = document().active_element() else { return Self::Canvas };
        let on_canvas = focused.closest(&format!("#{SURFACE}")).is_ok_and(|surface| surface.is_some());
        if focused.tag_name() == "BODY" || on_canvas {
            // A dialog that is open takes all keys.
            let is_covered = document().query_selector("dialog[open]").ok().flatten().is_some();
            return if is_covered { Self::Other } else { Self::Canvas };
        }
        let is_text =
            focused.closest("input, textarea, select, [contenteditable], .cm-editor").ok().flatten();
        if is_text.is_some() { Self::Text } else { Self::Other }
    }
}

fn document_event_listener(name: &'static str, listen: impl Fn(&web_sys::ClipboardEvent) + 'static) {
    let listener = wasm_bindgen::closure::Closure::<dyn Fn(web_sys::ClipboardEvent)>::new(
        move |event: web_sys::ClipboardEvent| listen(&event),
    );
    // The document is there as long as the page is.
    let _ = document().add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    listener.forget();
}
