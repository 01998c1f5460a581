//! The event log: what happened to the flows as a whole since the page was opened, newest first.

use std::sync::Arc;

use leptos::prelude::*;

use super::Panel;
use super::debug::go_to;
use crate::later::{Part, later};
use crate::store::debug_log::clock;
use crate::store::event_log::{Entry, Kind, Shown};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "events", title: "events.title", icon: "scroll-text", view: || later(Part::Events) };

/// Its content.
#[component]
pub fn Events() -> impl IntoView {
    let editor = editor();
    let shown = RwSignal::new(Shown::All);
    let entries = move || editor.live.events.with(|log| log.newest(shown.get()));
    let is_empty = move || editor.live.events.with(|log| log.newest(shown.get()).is_empty());
    let chosen =
        move || Shown::ALL.iter().find(|(one, ..)| *one == shown.get()).map_or("", |(_, name, _)| *name);
    let options = Shown::ALL.map(|(_, name, title)| view! { <option value=name>{say(title)}</option> });
    view! {
        <div class="tools">
            <select
                class="input"
                aria-label=say("events.shown")
                title=say("events.shown")
                prop:value=chosen
                on:change=move |event| shown.set(Shown::named(&event_target_value(&event)))
            >
                {options.collect_view()}
            </select>
            <button
                class="quiet square"
                data-do="clear-events"
                title=say("debug.clear")
                aria-label=say("debug.clear")
                on:click=move |_| editor.live.events.update(|log| log.clear())
            >
                <Icon name="trash-2"/>
            </button>
        </div>
        <div class="scroll events" role="log" aria-live="off" tabindex="0">
            <For each=entries key=|entry| entry.number children=|entry| view! { <EventView entry/> }/>
            <Show when=is_empty><p class="hint">{say("events.none")}</p></Show>
        </div>
    }
}

#[component]
fn EventView(entry: Arc<Entry>) -> impl IntoView {
    let editor = editor();
    let what = &entry.what;
    let node = what.node.clone().map(|(id, name)| {
        let jump = show(&text("debug.jump").with("name", &name));
        view! { <button class="link" title=jump on:click=move |_| go_to(editor, &id)>{name}</button> }
    });
    view! {
        <article
            class="event"
            class:warning=matches!(what.kind, Kind::Warning)
            class:error=matches!(what.kind, Kind::Error | Kind::Lost)
            data-event=format!("{:?}", what.kind).to_lowercase()
        >
            <Icon name=what.kind.icon() size=14.0/>
            <div class="event-words">{node}<p>{show(&what.words)}</p></div>
            {(entry.count > 1).then(|| view! { <span class="badge" title=say("debug.again")>"×"{entry.count}</span> })}
            <time>{clock(entry.time_ms)}</time>
        </article>
    }
}
