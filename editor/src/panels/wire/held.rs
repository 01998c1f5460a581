//! What is held at breakpoints, and how it goes on.

use leptos::prelude::*;

use crate::net::breakpoints;
use crate::panels::debug::named;
use crate::panels::message::{parts, time_of};
use crate::store::Id;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// The button that sets a breakpoint at what is selected, in the tools of the panel.
#[component]
pub fn BreakpointButton() -> impl IntoView {
    let editor = editor();
    let is_set = move || {
        let chosen = editor.selection.with(|selection| selection.single().cloned());
        chosen.is_some_and(|id| editor.live.held.with(|held| held.contains_key(&id)))
    };
    view! {
        <button
            class="button small"
            data-do="breakpoint"
            title=say("command.breakpoint")
            aria-pressed=Signal::derive(move || if is_set() { "true" } else { "false" })
            on:click=move |_| breakpoints::toggle(editor)
        >
            <Icon name="circle-pause" size=14.0/>
            {say("breakpoint.set")}
        </button>
    }
}

/// All breakpoints, each with the message that goes on next.
#[component]
pub fn HeldView() -> impl IntoView {
    let editor = editor();
    let live = editor.live;
    let nodes = move || live.held.with(|held| held.keys().cloned().collect::<Vec<_>>());
    // What a step brought somewhere is shown there.
    let stepped_to = Memo::new(move |_| {
        live.breakpoints.with(|own| {
            own.iter()
                .find(|(id, is_passing)| **is_passing && editor.held_at(id) > 0)
                .map(|(id, _)| id.clone())
        })
    });
    Effect::new(move || {
        if let Some(id) = stepped_to.get() {
            editor.reveal(&id);
        }
    });
    view! { <For each=nodes key=Clone::clone children=|id| view! { <BreakpointView id/> }/> }
}

#[component]
fn BreakpointView(
    /// The node.
    id: Id,
) -> impl IntoView {
    let editor = editor();
    let held = {
        let id = id.clone();
        Memo::new(move |_| editor.live.held.with(|held| held.get(&id).cloned().unwrap_or_default()))
    };
    let is_empty = move || held.with(|held| held.messages.is_empty());
    let words = move || {
        let (count, crowded_out) = held.with(|held| (held.messages.len(), held.crowded_out));
        let words = show(&text("breakpoint.count").with("count", count));
        match crowded_out {
            0 => words,
            _ => format!("{words} {}", show(&text("breakpoint.crowded-out").with("count", crowded_out))),
        }
    };
    let first = move || {
        held.with(|held| {
            held.messages
                .first()
                .map(|seen| view! { <time>{time_of(seen.timestamp)}</time> {parts(&seen.message)} })
        })
    };
    let (name, stepped, resumed, ended) = (named(editor, &id, ""), id.clone(), id.clone(), id.clone());
    let (shown, label) = (id.clone(), show(&text("breakpoint.at").with("name", &name)));
    view! {
        <section class="trace held" data-held=id.to_string() aria-label=label>
            <header>
                <button class="quiet small" data-do="go-to" on:click=move |_| editor.reveal(&shown)>
                    <Icon name="circle-pause" size=13.0/>
                    <strong>{name}</strong>
                </button>
                <span class="hint" role="status">{words}</span>
                <button class="button small" data-do="step-on" title=say("breakpoint.step.hint") disabled=Signal::derive(is_empty) on:click=move |_| breakpoints::step(editor, stepped.clone())>
                    <Icon name="step-forward" size=13.0/>
                    {say("breakpoint.step")}
                </button>
                <button class="button small" data-do="resume" title=say("breakpoint.resume.hint") disabled=Signal::derive(is_empty) on:click=move |_| breakpoints::resume(editor, resumed.clone())>
                    <Icon name="play" size=13.0/>
                    {say("breakpoint.resume")}
                </button>
                <button class="quiet square" data-do="end-hold" title=say("breakpoint.end") aria-label=say("breakpoint.end") on:click=move |_| breakpoints::end(editor, &ended)>
                    <Icon name="x" size=13.0/>
                </button>
            </header>
            <div class="entry">{first}</div>
        </section>
    }
}
