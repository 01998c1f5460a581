//! The list of keyboard shortcuts.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::app::editor;
use super::icon::Icon;
use crate::commands::{COMMANDS, Command};
use crate::later::{Part, later};
use crate::texts::say;

/// The list, while it is open.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let editor = editor();
    view! {
        <Show when=move || editor.canvas.shows_shortcuts.get()>
            {later(Part::Shortcuts)}
        </Show>
    }
}

/// The list itself.
#[component]
pub fn List() -> impl IntoView {
    let editor = editor();
    let dialog = NodeRef::<Dialog>::new();
    dialog.on_load(|dialog| {
        request_animation_frame(move || {
            // A dialog that is open already stays so.
            let _ = dialog.show_modal();
        });
    });
    let is_mac = window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"));
    let row = move |command: &'static Command| {
        let keys = command.shortcuts.iter().map(|shortcut| view! { <kbd>{shortcut.words(is_mac)}</kbd> });
        view! { <dt>{say(command.title)}</dt><dd>{keys.collect_view()}</dd> }
    };
    let close = move || {
        editor.canvas.shows_shortcuts.set(false);
        super::canvas::focus();
    };
    view! {
        <dialog
            class="dialog shortcuts"
            node_ref=dialog
            aria-labelledby="shortcuts-title"
            on:close=move |_| close()
            on:click=move |event| {
                // Only the backdrop is the dialog itself.
                let is_backdrop = event.target() == dialog.get_untracked().map(Into::into);
                if is_backdrop {
                    close();
                }
            }
        >
            <header>
                <h2 id="shortcuts-title">{say("command.shortcuts")}</h2>
                <button class="quiet square" aria-label=say("notice.close") on:click=move |_| close()>
                    <Icon name="x"/>
                </button>
            </header>
            <dl class="scroll" tabindex="0">{COMMANDS.iter().map(row).collect_view()}</dl>
        </dialog>
    }
}
