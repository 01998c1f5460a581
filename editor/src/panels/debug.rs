//! The debug panel: what debug nodes receive, live, newest last.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use model::json::Json;

use super::Panel;
use crate::later::{Part, later};
use crate::net::{browser, session};
use crate::store::debug_log::{Entry, Level, Scope, clock};
use crate::texts::{say, show, text};
use crate::views::app::{DEBUG_ADDRESS, editor};
use crate::views::icon::Icon;
use crate::views::search::SearchField;
use crate::views::tree::{ValueView, tools};

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "debug", title: "debug.title", icon: "bug", view: || later(Part::Debug) };

/// Whose messages are shown: a name and the key of its title.
const SCOPES: [(&str, &str); 3] =
    [("all", "debug.scope.all"), ("tab", "debug.scope.tab"), ("nodes", "debug.scope.nodes")];

/// This near to the end, the list follows the newest entry; in pixels.
const AT_THE_END: i32 = 40;

/// Its content.
#[component]
pub fn Debug() -> impl IntoView {
    let editor = editor();
    let filter = RwSignal::new(String::new());
    let chosen = RwSignal::new("all");
    let scope = Memo::new(move |_| match chosen.get() {
        "tab" => editor.open_tab.get().map_or(Scope::All, Scope::Tab),
        "nodes" => Scope::Nodes(editor.selection.with(|selection| selection.nodes().cloned().collect())),
        _ => Scope::All,
    });
    let choose = move |event| {
        let value = event_target_value(&event);
        chosen.set(SCOPES.into_iter().find(|(name, _)| *name == value).map_or("all", |(name, _)| name));
    };
    let options = SCOPES.map(|(name, title)| view! { <option value=name>{say(title)}</option> });
    let entries = Memo::new(move |_| {
        let entries = editor.debug.with(|log| scope.with(|scope| log.filtered(&filter.get(), scope)));
        Entries(entries)
    });
    let list = NodeRef::<Div>::new();
    let is_following = StoredValue::new(true);
    let scrolled = move |_| {
        if let Some(list) = list.get_untracked() {
            let below = list.scroll_height() - list.scroll_top() - list.client_height();
            is_following.set_value(below < AT_THE_END);
        }
    };
    Effect::new(move |_| {
        entries.track();
        // Its rows are in the page by then.
        request_animation_frame(move || {
            if let (Some(list), Some(true)) =
                (list.try_get_untracked().flatten(), is_following.try_get_value())
            {
                list.set_scroll_top(list.scroll_height());
            }
        });
    });
    let count = move || {
        let all = editor.debug.with(|log| log.len());
        let shown = entries.with(|entries| entries.0.len());
        match (editor.is_paused.get(), shown == all) {
            (true, _) => show(&text("debug.paused").with("count", editor.waiting.get())),
            (false, true) => String::new(),
            (false, false) => show(&text("debug.matches").with("shown", shown).with("count", all)),
        }
    };
    let pause_label = move || say(if editor.is_paused.get() { "debug.resume" } else { "debug.pause" });
    let pause_icon = Signal::derive(move || if editor.is_paused.get() { "play" } else { "pause" }.to_owned());
    view! {
        <div class="tools">
            <SearchField title="debug.filter" filter/>
            <select class="input scope" aria-label=say("debug.scope") title=say("debug.scope") prop:value=chosen on:change=choose>
                {options.collect_view()}
            </select>
            <button
                class="quiet square"
                title=pause_label
                aria-label=pause_label
                aria-pressed=Signal::derive(move || if editor.is_paused.get() { "true" } else { "false" })
                on:click=move |_| editor.set_paused(!editor.is_paused.get_untracked())
            >
                <Icon name=pause_icon/>
            </button>
            <Show when=move || !editor.bench.is_apart.get_value()>
                <button
                    class="quiet square"
                    data-do="window"
                    title=say("debug.window")
                    aria-label=say("debug.window")
                    on:click=move |_| browser::open_window(DEBUG_ADDRESS)
                >
                    <Icon name="external-link"/>
                </button>
            </Show>
            <button
                class="quiet square"
                title=say("debug.clear")
                aria-label=say("debug.clear")
                on:click=move |_| editor.debug.update(|log| log.clear())
            >
                <Icon name="trash-2"/>
            </button>
        </div>
        <div class="scroll entries" node_ref=list on:scroll=scrolled role="log" aria-live="off" tabindex="0">
            <For
                each=move || entries.get().0
                key=|entry| entry.number
                children=|entry| view! { <EntryView entry/> }
            />
            <Show when=move || editor.debug.with(|log| log.is_empty())>
                <p class="hint">{say("debug.empty")}</p>
            </Show>
        </div>
        <footer class="hint" class:shown=Signal::derive(move || !count().is_empty())>{count}</footer>
    }
}

/// The shown entries; equal when they are the same ones, without looking inside.
#[derive(Clone)]
struct Entries(Vec<Arc<Entry>>);

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        let ends = |entries: &Self| {
            (entries.0.len(), entries.0.first().map(|one| one.number), entries.0.last().map(|one| one.number))
        };
        ends(self) == ends(other)
    }
}

#[component]
fn EntryView(entry: Arc<Entry>) -> impl IntoView {
    let editor = editor();
    let message = &entry.message;
    let (id, name) = (message.id.clone(), named(editor, &message.id, &message.name));
    let jump = show(&text("debug.jump").with("name", &name));
    let topic =
        (!message.topic.is_empty()).then(|| view! { <span class="topic">{message.topic.clone()}</span> });

    let parsed = message.is_structured().then(|| Json::parse(&message.text).ok()).flatten();
    let value = match parsed {
        Some(value) => {
            view! { <ValueView key=message.property.clone() value path=message.property.clone()/> }.into_any()
        }
        None => {
            let key = (!message.property.is_empty())
                .then(|| view! { <span class="key">{message.property.clone()}</span> });
            let tools = tools(message.property.clone(), Json::from(message.text.as_str()));
            view! { <div class="row-line"><pre class="plain">{key}{message.text.clone()}</pre>{tools}</div> }
                .into_any()
        }
    };
    view! {
        <article
            class="entry"
            class:warning=message.level == Level::Warning
            class:error=message.level == Level::Error
        >
            <header>
                <button class="link" title=jump.clone() on:click=move |_| go_to(editor, &id)>{name}</button>
                {topic}
                {(entry.count > 1).then(|| view! { <span class="badge" title=say("debug.again")>"×"{entry.count}</span> })}
                <time>{clock(entry.time_ms)}</time>
            </header>
            <div title=message.format.clone()>{value}</div>
        </article>
    }
}

/// Shows the node, or says that it is gone; what it said stays.
pub(super) fn go_to(editor: crate::state::Editor, id: &str) {
    let is_there = editor
        .document
        .with_untracked(|document| document.as_ref().is_some_and(|document| document.get(id).is_some()));
    match is_there {
        true if editor.bench.is_apart.get_value() => session::show_in_editor(id),
        true => editor.jump_to(id),
        false => session::notify_shortly(editor, text("debug.gone")),
    }
}

/// What the user calls the node: its name, else its label on the canvas, else its id.
pub(super) fn named(editor: crate::state::Editor, id: &str, name: &str) -> String {
    if !name.is_empty() {
        return name.to_owned();
    }
    let label = editor.document.with_untracked(|document| {
        let node = document.as_ref()?.get(id)?.clone();
        let label = editor.types.with_untracked(|types| {
            types.get(node.type_name()).map(|descriptor| crate::store::node_types::label(descriptor, &node))
        });
        Some(label.unwrap_or_else(|| node.type_name().to_owned()))
    });
    label.unwrap_or_else(|| id.to_owned())
}
