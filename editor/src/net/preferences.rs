//! The user's settings: taken from the server, put in force, and kept there.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{api, browser, session};
use crate::state::Editor;
use crate::store::preferences::{Preferences, Theme};
use crate::texts::{self, Language};

/// Where the theme is remembered for the first paint.
const THEME: &str = "wireloom-theme";
/// Where the language is: its code, or nothing for that of the browser.
const LANGUAGE: &str = "wireloom-language";
/// What the system says of a user who needs more contrast.
const MORE_CONTRAST: &str = "(prefers-contrast: more)";

thread_local! {
    /// Whether this page had the server's settings once.
    static WAS_LOADED: Cell<bool> = const { Cell::new(false) };
}

/// Takes what the server keeps; what was set up before it answered is not lost.
pub async fn load(editor: Editor) {
    let before = editor.bench.preferences.get_untracked();
    // Without an answer the usual settings hold; whatever else is asked for tells of the trouble.
    let Ok(kept) = api::preferences(editor).await else { return };
    let is_first = !WAS_LOADED.replace(true);
    if editor.bench.preferences.with_untracked(|now| *now == before) {
        show_theme(kept.theme);
        let language = kept.language;
        editor.bench.preferences.set(kept);
        let is_remembered = remember_language(language);
        // Chosen in another browser: a page that was just opened has nothing to lose by another start, any other shows
        // it when it is opened again; so does one with a log-in, which would be asked for twice. A browser that keeps
        // nothing would load for ever.
        let may_reload = is_first && is_remembered && editor.token.with_value(Option::is_none);
        if may_reload && meant(language) != texts::language() {
            browser::reload();
        }
    }
}

/// Changes the settings and keeps them.
pub fn change(editor: Editor, change: impl FnOnce(&mut Preferences)) {
    editor.bench.preferences.update(change);
    let now = editor.bench.preferences.get_untracked();
    show_theme(now.theme);
    browser::remember(THEME, now.theme.name());
    spawn_local(async move {
        if let Err(failure) = api::keep_preferences(editor, &now).await {
            session::fail(editor, &failure);
        }
    });
}

/// Changes the language, keeps it, and shows the page in it. What is edited is kept as whenever the page is left.
pub fn change_language(editor: Editor, language: Option<Language>) {
    editor.bench.preferences.update(|now| now.language = language);
    let now = editor.bench.preferences.get_untracked();
    spawn_local(async move {
        // Before the server has it, the page that comes would be given the former one.
        if let Err(failure) = api::keep_preferences(editor, &now).await {
            return session::fail(editor, &failure);
        }
        if remember_language(language) && meant(language) != texts::language() {
            browser::reload();
        }
    });
}

/// Puts the remembered language in force. To be called before any view is made.
pub fn recall_language() {
    texts::set_language(meant(remembered_language()));
    if let Some(page) = document().document_element() {
        // An attribute name without forbidden characters is never refused.
        let _ = page.set_attribute("lang", texts::language().code());
    }
}

/// The language of a choice: without one that of the browser, if there are texts in it.
fn meant(language: Option<Language>) -> Language {
    language.or_else(|| Language::from_code(&browser::own_language())).unwrap_or_default()
}

fn remembered_language() -> Option<Language> {
    Language::from_code(&browser::remembered(LANGUAGE)?)
}

/// Gives back whether the browser took it.
fn remember_language(language: Option<Language>) -> bool {
    browser::keep(LANGUAGE, language.map(Language::code).unwrap_or_default())
}

/// Puts the remembered theme in force, before the server answers, and takes the remembered language as chosen. From
/// then on the theme follows the system, where the user lets it.
pub fn recall_theme(editor: Editor) {
    let theme = Theme::named(&browser::remembered(THEME).unwrap_or_default());
    show_theme(theme);
    editor.bench.preferences.update(|preferences| {
        preferences.theme = theme;
        preferences.language = remembered_language();
    });
    browser::on_media(MORE_CONTRAST, move || {
        show_theme(editor.bench.preferences.with_untracked(|now| now.theme));
    });
}

fn show_theme(theme: Theme) {
    let Some(page) = document().document_element() else { return };
    let set = |name: &str, value: Option<&str>| {
        // An attribute name without forbidden characters is never refused.
        let _ = match value {
            None => page.remove_attribute(name),
            Some(value) => page.set_attribute(name, value),
        };
    };
    set("data-theme", matches!(theme, Theme::Light | Theme::Dark).then(|| theme.name()));
    let has_more_contrast = theme == Theme::Contrast || browser::has_media(MORE_CONTRAST);
    set("data-contrast", has_more_contrast.then_some("more"));
}
