//! The bar above everything: name, tabs, connection, theme.

use leptos::ev;
use leptos::prelude::*;

use super::app::editor;
use super::deploy::{DeployButton, ProblemsButton, StoppedFlows};
use super::icon::Icon;
use super::others::Badges;
use crate::actions;
use crate::commands::{self, command};
use crate::net::preferences;
use crate::state::{Connection, Menu};
use crate::store::history::Step;
use crate::store::preferences::Theme;
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
            <TabsButton/>
            <Tabs/>
            <HistoryButtons/>
            <TransferButtons/>
            <Badges/>
            <ConnectionState/>
            <StoppedFlows/>
            <ProblemsButton/>
            <DeployButton/>
            <ThemeButton/>
            <MoreButton/>
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
    // The open one is shown, hidden or not.
    let shown = move || {
        let open = editor.open_tab.get();
        editor.bench.preferences.with(|now| {
            let is_shown = |tab: &&Tab| !now.hidden_tabs.contains(&tab.id) || Some(&tab.id) == open.as_ref();
            editor.tabs.with(|tabs| tabs.iter().filter(is_shown).cloned().collect::<Vec<_>>())
        })
    };
    view! {
        <nav class="tabs" class:listed=editor.bench.lists_tabs role="tablist" aria-label=say("tabs.label")>
            <For
                each=shown
                key=Tab::clone
                children=move |tab| view! { <TabButton tab/> }
            />
        </nav>
        <button class="quiet square wide-only" data-command="tab.add" title=say("tabs.add") aria-label=say("tabs.add") on:click=move |_| actions::add_tab(editor)>
            <Icon name="plus"/>
        </button>
    }
}

/// Where there is no room for all tabs: the open one, and the way to the list of all.
#[component]
fn TabsButton() -> impl IntoView {
    let editor = editor();
    let is_open = editor.bench.lists_tabs;
    let name = move || {
        let open = editor.open_tab.get();
        let name = editor
            .tabs
            .with(|tabs| tabs.iter().find(|tab| Some(&tab.id) == open.as_ref()).map(|tab| tab.name.clone()));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| say("tabs.unnamed"))
    };
    view! {
        <button
            type="button"
            class="tabs-button"
            aria-haspopup="true"
            aria-label=move || show(&text("tabs.open").with("name", name()))
            aria-expanded=Signal::derive(move || if is_open.get() { "true" } else { "false" })
            on:click=move |_| is_open.update(|open| *open = !*open)
        >
            <span>{name}</span>
            <Icon name="chevron-down" size=14.0/>
        </button>
    }
}

/// What the bar has no room for.
#[component]
fn MoreButton() -> impl IntoView {
    let editor = editor();
    let open = move |event: ev::MouseEvent| {
        editor.bench.menu.set(Some(Menu { at: (event.client_x(), event.client_y()), commands: MORE_MENU }));
    };
    view! {
        <button
            type="button"
            class="quiet square narrow-only"
            data-do="more"
            aria-haspopup="menu"
            title=say("header.more")
            aria-label=say("header.more")
            on:click=open
        >
            <Icon name="ellipsis-vertical"/>
        </button>
    }
}

/// What stands in the bar where there is room, and what one has no keys for without a keyboard.
const MORE_MENU: &[&str] = &[
    "edit.undo",
    "edit.redo",
    "",
    "node.find",
    "actions.list",
    "",
    "tab.edit",
    "tab.add",
    "",
    "flows.import",
    "flows.export",
    "flows.revisions",
    "settings.open",
];

/// Import and export.
#[component]
fn TransferButtons() -> impl IntoView {
    let editor = editor();
    [("flows.import", "file-down"), ("flows.export", "file-up"), ("settings.open", "settings")]
        .map(|(key, icon)| {
            let label = command(key).map(|command| say(command.title)).unwrap_or_default();
            view! {
                <button
                    class="quiet square wide-only"
                    data-command=key
                    title=label.clone()
                    aria-label=label
                    on:click=move |_| if let Some(command) = command(key) { command.run(editor) }
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
                class="quiet square wide-only"
                title=label
                aria-label=label
                disabled=Signal::derive(move || what.with(Option::is_none))
                on:click=move |_| if let Some(command) = command(key) { command.run(editor) }
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

/// The menu of a flow's tab, and that of a subflow's.
const TAB_MENU: &[&str] = &[
    "tab.edit",
    "",
    "tab.toggle",
    "tab.lock",
    "tab.hide",
    "tab.show-all",
    "",
    "tab.left",
    "tab.right",
    "",
    "tab.add",
    "flows.export",
    "tab.delete",
];
const SUBFLOW_MENU: &[&str] =
    &["tab.edit", "", "tab.hide", "tab.show-all", "", "subflow.dissolve", "flows.export", "tab.delete"];

#[component]
fn TabButton(tab: Tab) -> impl IntoView {
    let editor = editor();
    let name = if tab.name.is_empty() { say("tabs.unnamed") } else { tab.name.clone() };
    let label = if tab.is_disabled { show(&text("tabs.disabled").with("name", &name)) } else { name };
    let lock = tab.is_locked.then(|| {
        view! { <Icon name="lock" size=14.0/><span class="unseen">{say("tabs.locked")}</span> }
    });
    let id = tab.id.clone();
    let tab_id = tab.id.to_string();
    let is_changed = {
        let id = tab.id.clone();
        move || editor.dirty.with(|dirty| dirty.holds_tab(&id))
    };
    let (dragged, dropped, menu_id) = (tab.id.clone(), tab.id.clone(), tab.id.clone());
    let is_open = move || editor.open_tab.with(|open| open.as_ref() == Some(&tab.id));
    let is_subflow = tab.is_subflow;
    let drag = move |event: ev::DragEvent| {
        if let Some(data) = event.data_transfer() {
            // A drag without data is none in some browsers.
            let _ = data.set_data("text/plain", &dragged);
        }
        editor.bench.dragged_tab.set_value(Some(dragged.clone()));
    };
    let over = move |event: ev::DragEvent| {
        if editor.bench.dragged_tab.with_value(Option::is_some) {
            event.prevent_default();
        }
    };
    let drop_here = move |event: ev::DragEvent| {
        if let Some(moved) = editor.bench.dragged_tab.get_value() {
            event.prevent_default();
            editor.bench.dragged_tab.set_value(None);
            actions::place_tab(editor, &moved, &dropped);
        }
    };
    let menu = move |event: ev::MouseEvent| {
        event.prevent_default();
        editor.show_tab(&menu_id);
        let commands = if is_subflow { SUBFLOW_MENU } else { TAB_MENU };
        editor.bench.menu.set(Some(Menu { at: (event.client_x(), event.client_y()), commands }));
    };
    view! {
        <button
            role="tab"
            class="tab"
            class:disabled=tab.is_disabled
            class:changed=is_changed
            aria-selected=Signal::derive(move || if is_open() { "true" } else { "false" })
            draggable="true"
            data-tab=tab_id
            on:click=move |_| {
                editor.bench.lists_tabs.set(false);
                editor.show_tab(&id);
            }
            on:dblclick=move |_| commands::run(editor, "tab.edit")
            on:contextmenu=menu
            on:dragstart=drag
            on:dragover=over
            on:drop=drop_here
            on:dragend=move |_| editor.bench.dragged_tab.set_value(None)
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
    view! {
        <div class=class title=hint>
            <span class="lamp" aria-hidden="true"></span>
            <span role="status">{words}</span>
        </div>
    }
}

/// Every theme with its title and icon.
const THEMES: [(Theme, &str, &str); 4] = [
    (Theme::System, "theme.system", "sun-moon"),
    (Theme::Light, "theme.light", "sun"),
    (Theme::Dark, "theme.dark", "moon"),
    (Theme::Contrast, "theme.contrast", "contrast"),
];

#[component]
fn ThemeButton() -> impl IntoView {
    let editor = editor();
    let chosen = Memo::new(move |_| {
        let theme = editor.bench.preferences.with(|now| now.theme);
        THEMES.iter().position(|(one, ..)| *one == theme).unwrap_or(0)
    });
    let next = move |_| {
        let (theme, ..) = THEMES[(chosen.get_untracked() + 1) % THEMES.len()];
        preferences::change(editor, |now| now.theme = theme);
    };
    let label = move || show(&text("theme.title").with("theme", show(&text(THEMES[chosen.get()].1))));
    view! {
        <button class="quiet square theme-button wide-only" title=label aria-label=label on:click=next>
            <Icon name=Signal::derive(move || THEMES[chosen.get()].2.to_owned())/>
        </button>
    }
}
