//! The config nodes: what there is, who uses it, and what nobody does.

use leptos::prelude::*;
use model::edit::delete_nodes;

use super::Panel;
use crate::later::{Part, later};
use crate::state::Editor;
use crate::store::Id;
use crate::store::outline::{Config, configs};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;
use crate::views::search::SearchField;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "configs", title: "configs.title", icon: "settings-2", view: || later(Part::Configs) };

/// Its content.
#[component]
pub fn Configs() -> impl IntoView {
    let editor = editor();
    let (filter, is_unused) = (RwSignal::new(String::new()), RwSignal::new(false));
    let all = Memo::new(move |_| {
        let found = editor.document.with(|document| {
            let document = document.as_ref()?;
            Some(editor.types.with(|types| configs(document, types)))
        });
        found.unwrap_or_default()
    });
    let shown = Memo::new(move |_| {
        let typed = filter.with(|filter| filter.trim().to_lowercase());
        let holds = |one: &Config| {
            [&one.name, &one.type_name].iter().any(|text| text.to_lowercase().contains(&typed))
        };
        all.get()
            .into_iter()
            .filter(|one| (!is_unused.get() || one.users == 0) && holds(one))
            .collect::<Vec<_>>()
    });
    let unused = Memo::new(move |_| {
        let unused = all.get().into_iter().filter(|one| one.users == 0).map(|one| one.id);
        unused.collect::<Vec<Id>>()
    });
    let delete_unused = move |_| {
        let ids = unused.get_untracked();
        editor.edit(text("configs.deleted").with("count", ids.len()), |document| {
            delete_nodes(document, ids.iter().map(AsRef::as_ref))
        });
    };
    view! {
        <div class="tools">
            <SearchField title="configs.filter" filter/>
            <button
                type="button"
                class="quiet"
                data-do="unused"
                aria-pressed=Signal::derive(move || if is_unused.get() { "true" } else { "false" })
                on:click=move |_| is_unused.update(|on| *on = !*on)
            >
                {move || show(&text("configs.unused").with("count", unused.with(Vec::len)))}
            </button>
            <button
                type="button"
                class="quiet square"
                data-do="delete-unused"
                title=say("configs.delete-unused")
                aria-label=say("configs.delete-unused")
                disabled=Signal::derive(move || unused.with(Vec::is_empty))
                on:click=delete_unused
            >
                <Icon name="trash-2"/>
            </button>
        </div>
        <ul class="scroll configs" aria-label=say("configs.title")>
            <For each=move || shown.get() key=Config::clone children=move |one| config_view(editor, one)/>
            <Show when=move || shown.with(Vec::is_empty)>
                <li class="hint">{say("configs.none")}</li>
            </Show>
        </ul>
    }
}

fn config_view(editor: Editor, one: Config) -> impl IntoView {
    let id = one.id.clone();
    let tab = one.tab.as_ref().and_then(|tab| {
        editor.document.with_untracked(|document| Some(document.as_ref()?.get(tab)?.name().to_owned()))
    });
    let users = show(&text("configs.users").with("count", one.users));
    view! {
        <li>
            <button
                type="button"
                class="config"
                class:unused={ one.users == 0 }
                data-config=one.id.to_string()
                on:click=move |_| {
                    editor.jump_to(&id);
                    editor.focus_form();
                }
            >
                <span class="name">{one.name.clone()}</span>
                <span class="hint">{one.type_name.clone()}{tab.map(|tab| format!(" · {tab}"))}</span>
                <span class="count" title=users.clone() aria-label=users>{one.users}</span>
            </button>
        </li>
    }
}
