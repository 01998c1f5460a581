//! The user's settings. Each is in force at once; the language by loading the page again.

use leptos::prelude::*;

use crate::net::{preferences, presence};
use crate::store::preferences::{Preferences, Theme};
use crate::texts::{Language, say};
use crate::views::app::editor;
use crate::views::dialog::{Modal, close};

const NAME: &str = "settings-dialog";

/// The dialog.
#[component]
pub fn SettingsDialog() -> impl IntoView {
    let editor = editor();
    let now = editor.bench.preferences;
    let theme = move |theme: Theme| {
        let title = match theme {
            Theme::System => "theme.system",
            Theme::Light => "theme.light",
            Theme::Dark => "theme.dark",
            Theme::Contrast => "theme.contrast",
        };
        let is_chosen = move || now.with(|now| now.theme == theme);
        view! {
            <button
                type="button"
                role="radio"
                data-theme-name=title
                aria-checked=Signal::derive(move || if is_chosen() { "true" } else { "false" })
                on:click=move |_| preferences::change(editor, |now| now.theme = theme)
            >
                {say(title)}
            </button>
        }
    };
    let language = move |language: Option<Language>| {
        let title = match language {
            Some(language) => language.name().to_owned(),
            None => say("settings.language.browser"),
        };
        let is_chosen = move || now.with(|now| now.language == language);
        view! {
            <button
                type="button"
                role="radio"
                data-language=language.map(Language::code).unwrap_or_default()
                lang=language.map(Language::code)
                aria-checked=Signal::derive(move || if is_chosen() { "true" } else { "false" })
                on:click=move |_| preferences::change_language(editor, language)
            >
                {title}
            </button>
        }
    };
    let languages = std::iter::once(None).chain(Language::all().map(Some)).map(language).collect_view();
    let flag = move |key: &'static str,
                     title: &'static str,
                     get: fn(&Preferences) -> bool,
                     set: fn(&mut Preferences, bool)| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    data-setting=key
                    prop:checked=Signal::derive(move || now.with(get))
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        preferences::change(editor, |now| set(now, is_on));
                    }
                />
                {say(title)}
            </label>
        }
    };
    let keys = move |_| {
        close(NAME);
        editor.canvas.shows_shortcuts.set(true);
    };
    view! {
        <Modal name=NAME title=say("command.settings") closed=move || editor.dialog.set(None)>
            <div class="dialog-body settings">
                <h3>{say("settings.theme")}</h3>
                <div class="segments" role="radiogroup" aria-label=say("settings.theme")>{Theme::ALL.map(theme).collect_view()}</div>
                <h3>{say("settings.language")}</h3>
                <div class="segments" role="radiogroup" aria-label=say("settings.language")>{languages}</div>
                <p class="hint">{say("settings.language.hint")}</p>
                <h3><label for="settings-name">{say("settings.name")}</label></h3>
                <input
                    class="input"
                    id="settings-name"
                    maxlength="60"
                    autocomplete="nickname"
                    aria-describedby="settings-name-hint"
                    prop:value=move || editor.presence.name.get()
                    on:change=move |event| presence::rename(editor, event_target_value(&event).trim())
                />
                <p class="hint" id="settings-name-hint">{say("settings.name.hint")}</p>
                <h3>{say("settings.canvas")}</h3>
                {flag("grid", "settings.grid", |now| now.shows_grid, |now, is_on| now.shows_grid = is_on)}
                {flag("snap", "settings.snap", |now| now.snaps, |now, is_on| now.snaps = is_on)}
                <h3>{say("command.shortcuts")}</h3>
                <button type="button" class="button" data-do="keys" on:click=keys>{say("settings.keys")}</button>
            </div>
            <footer>
                <button type="button" class="button primary" autofocus on:click=move |_| close(NAME)>{say("dialog.close")}</button>
            </footer>
        </Modal>
    }
}
