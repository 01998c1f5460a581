//! The list of keyboard shortcuts, where each can be given another key.

use leptos::ev;
use leptos::prelude::*;

use super::app::editor;
use super::dialog::{Modal, close};
use super::icon::Icon;
use super::search::SearchField;
use crate::commands::{self, Command, Place};
use crate::later::{Part, later};
use crate::net::preferences;
use crate::state::Editor;
use crate::store::shortcut::{Pressed, Shortcut};
use crate::texts::{say, show, text};

const NAME: &str = "shortcuts";

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

/// Whether keys are called as on a Mac.
pub fn is_mac() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
}

/// The list itself.
#[component]
pub fn List() -> impl IntoView {
    let editor = editor();
    let filter = RwSignal::new(String::new());
    // The command whose new key is waited for.
    let waiting = RwSignal::new(None::<&'static str>);
    let rows = move || {
        let typed = filter.with(|filter| filter.trim().to_lowercase());
        let holds = move |command: &&Command| {
            typed.is_empty() || searched(editor, command).to_lowercase().contains(&typed)
        };
        commands::all().filter(holds).map(|command| row(editor, command, waiting)).collect_view()
    };
    view! {
        <Modal name=NAME title=say("command.shortcuts") closed=move || editor.canvas.shows_shortcuts.set(false)>
            <div class="dialog-body">
                <SearchField title="shortcuts.filter" takes_focus=true filter/>
                <ul class="shortcut-list" tabindex="0" aria-label=say("command.shortcuts")>{rows}</ul>
            </div>
            <footer>
                <p class="hint">{say("shortcuts.hint")}</p>
                <button type="button" class="button primary" on:click=move |_| close(NAME)>{say("dialog.close")}</button>
            </footer>
        </Modal>
    }
}

/// What a command is found by: its title, name and keys.
fn searched(editor: Editor, command: &Command) -> String {
    format!("{} {} {}", say(command.title), command.key, commands::words(editor, command, is_mac()).join(" "))
}

fn row(editor: Editor, command: &'static Command, waiting: RwSignal<Option<&'static str>>) -> impl IntoView {
    let is_mac = is_mac();
    let keys = move || {
        let keys = commands::words(editor, command, is_mac).into_iter();
        keys.map(|words| view! { <kbd>{words}</kbd> }).collect_view()
    };
    let is_waiting = move || waiting.get() == Some(command.key);
    let is_own = move || editor.bench.preferences.with(|now| now.keys.contains_key(command.key));
    let press = move |event: ev::KeyboardEvent| {
        if is_waiting() {
            event.prevent_default();
            event.stop_propagation();
            take(editor, command, waiting, &event);
        }
    };
    let buttons = (command.place != Place::Browser).then(|| {
        view! {
            <button
                type="button"
                class="quiet square"
                data-do="change"
                title=say("shortcuts.change")
                aria-label=show(&text("shortcuts.change-one").with("command", say(command.title)))
                on:click=move |_| waiting.set(Some(command.key))
                on:keydown=press
                on:blur=move |_| if is_waiting() { waiting.set(None) }
            >
                <Icon name="pencil" size=14.0/>
            </button>
            <button
                type="button"
                class="quiet square"
                data-do="reset"
                title=say("shortcuts.reset")
                aria-label=show(&text("shortcuts.reset-one").with("command", say(command.title)))
                disabled=Signal::derive(move || !is_own())
                on:click=move |_| preferences::change(editor, |now| {
                    now.keys.remove(command.key);
                })
            >
                <Icon name="rotate-ccw" size=14.0/>
            </button>
        }
    });
    view! {
        <li data-command=command.key>
            <span>{say(command.title)}</span>
            <span class="keys">
                {move || match is_waiting() {
                    true => view! { <em>{say("shortcuts.press")}</em> }.into_any(),
                    false => keys().into_any(),
                }}
            </span>
            {buttons}
        </li>
    }
}

/// The pressed key becomes the command's; Escape leaves it as it is, Backspace takes it away. A command that had the
/// key loses it.
fn take(
    editor: Editor,
    command: &'static Command,
    waiting: RwSignal<Option<&'static str>>,
    event: &ev::KeyboardEvent,
) {
    let key = event.key();
    let pressed = Pressed {
        key: &key,
        primary: event.ctrl_key() || event.meta_key(),
        shift: event.shift_key(),
        alt: event.alt_key(),
    };
    let chosen = match key.as_str() {
        "Escape" => return waiting.set(None),
        "Backspace" => None,
        _ => match Shortcut::of(pressed) {
            Some(shortcut) => Some(shortcut),
            // A modifier on its way.
            None => return,
        },
    };
    waiting.set(None);
    preferences::change(editor, |now| {
        for other in commands::all().filter(|other| other.key != command.key && chosen.is_some()) {
            let had = now.shortcuts(other.key, other.shortcuts).to_vec();
            if had.iter().any(|one| Some(*one) == chosen) {
                let left = had.into_iter().find(|one| Some(*one) != chosen);
                now.keys.insert(other.key.to_owned(), left);
            }
        }
        now.keys.insert(command.key.to_owned(), chosen);
    });
}
