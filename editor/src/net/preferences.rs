//! The user's settings: taken from the server, put in force, and kept there.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{api, browser, session};
use crate::state::Editor;
use crate::store::preferences::{Preferences, Theme};

/// Where the theme is remembered for the first paint.
const THEME: &str = "wireloom-theme";

/// Takes what the server keeps; what was set up before it answered is not lost.
pub async fn load(editor: Editor) {
    let before = editor.bench.preferences.get_untracked();
    // Without an answer the usual settings hold; whatever else is asked for tells of the trouble.
    let Ok(kept) = api::preferences(editor).await else { return };
    if editor.bench.preferences.with_untracked(|now| *now == before) {
        show_theme(kept.theme);
        editor.bench.preferences.set(kept);
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

/// Puts the remembered theme in force, before the server answers.
pub fn recall_theme(editor: Editor) {
    let theme = Theme::named(&browser::remembered(THEME).unwrap_or_default());
    show_theme(theme);
    editor.bench.preferences.update(|preferences| preferences.theme = theme);
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
    set("data-contrast", (theme == Theme::Contrast).then_some("more"));
}
