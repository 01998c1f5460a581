//! The bar above everything: name, tabs, connection, theme.

use leptos::prelude::*;

use super::app::editor;
use super::deploy::{DeployButton, ProblemsButton};
use super::icon::Icon;
use crate::actions;
use crate::commands::command;
use crate::net::{browser, session};
use crate::state::Connection;
use crate::store::history::Step;
use crate::store::tabs::Tab;
use crate::store::workspace::Workspace;
use crate::texts::{say, show, text};

/// The bar.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="bar">
            <h1 class="brand">
                <Mark/>
                <span>{say("app.name")}</span>
            </h1>
            <Tabs/>
            <HistoryButtons/>
            <TransferButtons/>
            <ConnectionState/>
            <ProblemsButton/>
            <DeployButton/>
            <ThemeButton/>
        </header>
    }
}

/// The sign: two threads that cross.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <path class="warp" d="M3 10c7 0 7 12 13 12s6-12 13-12"/>
            <path class="weft" d="M3 22c7 0 7-12 13-12"/>
            <path class="weft" d="M20.500 15.500C22.500 19 24 22 29 22"/>
        </svg>
    }
}

#[component]
fn Tabs() -> impl IntoView {
    let editor = editor();
    view! {
        <nav class="tabs" role="tablist" aria-label=say("tabs.label")>
            <For
                each=move || editor.tabs.get().as_ref().clone()
                key=Tab::clone
                children=move |tab| view! { <TabButton tab/> }
            />
        </nav>
        <button class="quiet square" data-command="tab.add" title=say("tabs.add") aria-label=say("tabs.add") on:click=move |_| actions::add_tab(editor)>
            <Icon name="plus"/>
        </button>
    }
}

/// Import and export.
#[component]
fn TransferButtons() -> impl IntoView {
    let editor = editor();
    [("flows.import", "file-down"), ("flows.export", "file-up")]
        .map(|(key, icon)| {
            let label = command(key).map(|command| say(command.title)).unwrap_or_default();
            view! {
                <button
                    class="quiet square"
                    data-command=key
                    title=label.clone()
                    aria-label=label
                    on:click=move |_| if let Some(command) = command(key) { (command.run)(editor) }
                >
                    <Icon name=icon/>
                </button>
            }
        })
        .collect_view()
}

/// Undo and redo, each saying of what.
#[component]
fn HistoryButtons() -> impl IntoView {
    let editor = editor();
    let what = move |step: fn(&Workspace) -> Option<&Step>| {
        editor.workspace.with(|workspace| workspace.as_ref().and_then(step).map(|step| show(&step.what)))
    };
    let button = move |key: &'static str, icon: &'static str, what: Memo<Option<String>>| {
        let label = move || match what.get() {
            Some(what) => show(
                &text(if key == "edit.undo" { "command.undo-step" } else { "command.redo-step" })
                    .with("what", what),
            ),
            None => command(key).map(|command| say(command.title)).unwrap_or_default(),
        };
        view! {
            <button
                class="quiet square"
                title=label
                aria-label=label
                disabled=Signal::derive(move || what.with(Option::is_none))
                on:click=move |_| if let Some(command) = command(key) { (command.run)(editor) }
            >
                <Icon name=icon/>
            </button>
        }
    };
    let (undo, redo) =
        (Memo::new(move |_| what(Workspace::to_undo)), Memo::new(move |_| what(Workspace::to_redo)));
    view! {
        {button("edit.undo", "undo-2", undo)}
        {button("edit.redo", "redo-2", redo)}
    }
}

#[component]
fn TabButton(tab: Tab) -> impl IntoView {
    let editor = editor();
    let name = if tab.name.is_empty() { say("tabs.unnamed") } else { tab.name.clone() };
    let label = if tab.is_disabled { show(&text("tabs.disabled").with("name", &name)) } else { name };
    let lock = tab.is_locked.then(|| {
        view! { <Icon name="lock" size=14.0/><span class="unseen">{say("tabs.locked")}</span> }
    });
    let id = tab.id.clone();
    let is_changed = {
        let id = tab.id.clone();
        move || editor.dirty.with(|dirty| dirty.holds_tab(&id))
    };
    let is_open = move || editor.open_tab.with(|open| open.as_ref() == Some(&tab.id));
    view! {
        <button
            role="tab"
            class="tab"
            class:disabled=tab.is_disabled
            class:changed=is_changed
            aria-selected=Signal::derive(move || if is_open() { "true" } else { "false" })
            on:click=move |_| editor.show_tab(&id)
            on:keydown=move |event| {
                let is_moved = event.alt_key().then_some(event.key());
                match (event.key().as_str(), is_moved.as_deref()) {
                    (_, Some("ArrowLeft")) => actions::move_tab(editor, -1),
                    (_, Some("ArrowRight")) => actions::move_tab(editor, 1),
                    ("Delete", None) => actions::delete_tab(editor),
                    _ => return,
                }
                event.prevent_default();
            }
        >
            {tab.is_subflow.then(|| view! { <Icon name="workflow" size=14.0/> })}
            {label}
            {lock}
        </button>
    }
}

#[component]
fn ConnectionState() -> impl IntoView {
    let editor = editor();
    let class = move || match editor.connection.get() {
        Connection::Connecting => "connection connecting",
        Connection::Live => "connection live",
        Connection::Lost { .. } => "connection lost",
    };
    let words = Memo::new(move |_| match editor.connection.get() {
        Connection::Connecting => say("connection.connecting"),
        Connection::Live => say("connection.live"),
        Connection::Lost { .. } => say("connection.lost"),
    });
    let hint = move || match editor.connection.get() {
        Connection::Lost { seconds } => show(&text("connection.lost.hint").with("seconds", seconds)),
        _ => String::new(),
    };
    let is_lost = move || matches!(editor.connection.get(), Connection::Lost { .. });
    view! {
        <div class=class title=hint>
            <span class="lamp" aria-hidden="true"></span>
            <span role="status">{words}</span>
            <Show when=is_lost>
                <button class="quiet" on:click=move |_| session::try_now(editor)>{say("connection.now")}</button>
            </Show>
        </div>
    }
}

/// Where the chosen theme is remembered.
const THEME: &str = "wireloom-theme";
/// As `data-theme` on the page; the empty one follows the system.
const THEMES: [(&str, &str, &str); 3] =
    [("", "theme.system", "sun-moon"), ("light", "theme.light", "sun"), ("dark", "theme.dark", "moon")];

#[component]
fn ThemeButton() -> impl IntoView {
    let remembered = browser::remembered(THEME).unwrap_or_default();
    let chosen = RwSignal::new(THEMES.iter().position(|(name, ..)| *name == remembered).unwrap_or(0));
    apply_theme(THEMES[chosen.get_untracked()].0);
    let next = move |_| {
        let theme = (chosen.get_untracked() + 1) % THEMES.len();
        chosen.set(theme);
        apply_theme(THEMES[theme].0);
        browser::remember(THEME, THEMES[theme].0);
    };
    let label = move || show(&text("theme.title").with("theme", show(&text(THEMES[chosen.get()].1))));
    view! {
        <button class="quiet square theme-button" title=label aria-label=label on:click=next>
            <Icon name=Signal::derive(move || THEMES[chosen.get()].2.to_owned())/>
        </button>
    }
}

fn apply_theme(name: &str) {
    if let Some(page) = document().document_element() {
        // An attribute name without forbidden characters is never refused.
        let _ = match name {
            "" => page.remove_attribute("data-theme"),
            name => page.set_attribute("data-theme", name),
        };
    }
}
