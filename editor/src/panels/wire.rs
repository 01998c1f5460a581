//! The messages of one wire: seen live, held as a clip, looked into, sent again as they were or otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::json::Json;

pub mod held;
pub mod save;
pub mod step;

use held::{BreakpointButton, HeldView};
use save::{SaveButton, SaveForm};
use step::{StepButton, TraceView};

use super::Panel;
use super::message::{EditButton, Written, parts, time_of};
use crate::later::{Part, later};
use crate::net::{api, session};
use crate::state::Editor;
use crate::store::Id;
use crate::store::live::{Outlet, Seen, Shape, short};
use crate::store::node_types::called;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "wire", title: "wire.title", icon: "activity", view: || later(Part::Wire) };

/// Its content.
#[component]
pub fn WirePanel() -> impl IntoView {
    let editor = editor();
    follow_selection(editor);
    let live = editor.live;
    let is_empty = Memo::new(move |_| live.log.with(|log| log.messages().len() == 0));
    let is_saved = RwSignal::new(false);
    let again = move |_| {
        let seen: Vec<_> = live.log.with_untracked(|log| log.messages().cloned().collect());
        send_again(editor, &seen);
    };
    view! {
        <div class="tools">
            <button
                class="button small"
                data-do="hold"
                aria-pressed=Signal::derive(move || if live.is_held.get() { "true" } else { "false" })
                on:click=move |_| live.is_held.update(|held| *held = !*held)
            >
                <Icon name="pause" size=14.0/>
                {say("wire.hold")}
            </button>
            <button class="button small" data-do="replay" title=say("wire.replay.hint") disabled=is_empty on:click=again>
                <Icon name="repeat" size=14.0/>
                {say("wire.replay")}
            </button>
            <StepButton is_empty/>
            <BreakpointButton/>
            <SaveButton is_empty is_open=is_saved/>
            <button class="button small" data-do="forget" disabled=is_empty on:click=move |_| live.log.set(Default::default())>
                {say("wire.clear")}
            </button>
        </div>
        <div class="scroll wire-panel">
            <SaveForm is_open=is_saved/>
            <HeldView/>
            <TraceView/>
            {move || match live.watched.get() {
                None => view! { <p class="hint">{say("wire.none")}</p> }.into_any(),
                Some(outlet) => view! { <Heading outlet/> }.into_any(),
            }}
            <ShapeView/>
            <Show when=move || live.watched.with(Option::is_some) && is_empty.get()>
                <p class="hint">{say("wire.waiting")}</p>
            </Show>
            <For each=newest_first key=|seen| (seen.source.clone(), seen.number, seen.timestamp as u64) children=|seen| view! { <SeenView seen/> }/>
        </div>
    }
}

/// The wire that is selected, or the first output of the node that is selected alone, is watched. Selecting something
/// else, or nothing, leaves it as it is: so one can look at a node while its messages come.
fn follow_selection(editor: Editor) {
    Effect::new(move || {
        let (wire, node) = editor.selection.with(|selection| {
            let wire = selection.wires().next().cloned().filter(|_| selection.wires().len() == 1);
            (wire, selection.single().cloned())
        });
        let of_node = |node: Id| {
            let sends = editor
                .drawing
                .with_untracked(|drawing| drawing.node(&node).is_some_and(|node| node.outputs > 0));
            sends.then_some(Outlet { node, port: 0 })
        };
        let outlet =
            wire.map(|wire| Outlet { node: wire.from, port: wire.port }).or_else(|| node.and_then(of_node));
        if outlet.is_some() {
            editor.watch(outlet);
        }
    });
}

fn newest_first() -> Vec<Arc<Seen>> {
    editor().live.log.with(|log| log.messages().rev().cloned().collect())
}

/// Whose messages these are, and how many there are a second.
#[component]
fn Heading(
    /// The output.
    outlet: Outlet,
) -> impl IntoView {
    let editor = editor();
    let live = editor.live;
    let outputs =
        editor.drawing.with_untracked(|drawing| drawing.node(&outlet.node).map_or(1, |node| node.outputs));
    let title = {
        let watched = outlet.node.clone();
        // The node may be on another tab than the one that is shown; its name is what it is called now.
        let name = Memo::new(move |_| {
            let types = editor.types.get();
            editor.document.with(|document| {
                let document = document.as_deref()?;
                document.get(&watched).map(|node| called(document, node, &types))
            })
        });
        let words = text("wire.of").with("output", outlet.port + 1);
        let id = outlet.node.to_string();
        move || show(&words.clone().with("name", name.get().unwrap_or_else(|| id.clone())))
    };
    let node = outlet.node.clone();
    let ports = (outputs > 1).then(|| {
        let options = (0..outputs).map(|port| {
            let is_this = port == outlet.port;
            view! { <option value=port.to_string() selected=is_this>{show(&text("wire.output").with("output", port + 1))}</option> }
        });
        let choose = move |event| {
            let port = event_target_value(&event).parse().unwrap_or_default();
            editor.watch(Some(Outlet { node: node.clone(), port }));
        };
        view! { <select class="input" aria-label=say("wire.choose") on:change=choose>{options.collect_view()}</select> }
    });
    let skipped = move || {
        let skipped = live.log.with(|log| log.skipped);
        (skipped > 0).then(|| show(&text("wire.skipped").with("count", short(skipped as f64))))
    };
    view! {
        <div class="wire-head">
            <strong>{title}</strong>
            {ports}
            <span class="hint">{skipped}</span>
        </div>
    }
}

/// What the messages have in them, and what nodes that get them read in vain.
#[component]
fn ShapeView() -> impl IntoView {
    let editor = editor();
    let shape = Memo::new(move |_| {
        editor.live.log.track();
        editor.live.watched.get().map(|outlet| editor.shape(&outlet)).unwrap_or_default()
    });
    let rows = move || {
        let shape: Shape = shape.get();
        let row = |(path, kinds): (String, BTreeSet<&'static str>)| {
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(" | ");
            view! { <tr><td class="mono">{path}</td><td class="value word">{kinds}</td></tr> }
        };
        shape.into_iter().map(row).collect_view()
    };
    view! {
        <Show when=move || shape.with(|shape| !shape.is_empty())>
            <details class="shape">
                <summary>{say("wire.shape")}</summary>
                <table>{rows}</table>
            </details>
        </Show>
    }
}

/// A message.
#[component]
fn SeenView(
    /// It.
    seen: Arc<Seen>,
) -> impl IntoView {
    let editor = editor();
    let edited = RwSignal::new(None::<String>);
    let parts = parts(&seen.message);
    let (again, followed) = (seen.clone(), seen.clone());
    view! {
        <article class="entry seen">
            <header>
                <span class="number">"#"{seen.number}</span>
                {seen.is_cut.then(|| view! { <span class="hint">{say("wire.cut")}</span> })}
                <time>{time_of(seen.timestamp)}</time>
                <button class="quiet square" data-do="again" title=say("wire.again") aria-label=say("wire.again") on:click=move |_| send_again(editor, std::slice::from_ref(&again))>
                    <Icon name="send" size=13.0/>
                </button>
                <button class="quiet square" data-do="follow" title=say("wire.step.one") aria-label=say("wire.step.one") on:click=move |_| step::send(editor, followed.clone())>
                    <Icon name="step-forward" size=13.0/>
                </button>
                <EditButton message=seen.message.clone() is_cut=seen.is_cut edited/>
            </header>
            {parts}
            {move || edited.with(Option::is_some).then(|| {
                let send = Callback::new(move |message| send_written(editor, message));
                view! { <Written edited send/> }
            })}
        </article>
    }
}

/// Where messages of the watched output arrive, as deployed: the selected wire's end, else the ends of all of its wires.
fn targets(editor: Editor) -> Option<(Outlet, Vec<Id>)> {
    let outlet = editor.live.watched.get_untracked()?;
    let chosen = editor.selection.with_untracked(|selection| selection.wires().next().cloned());
    if let Some(wire) = chosen.filter(|wire| wire.from == outlet.node && wire.port == outlet.port) {
        return Some((outlet, vec![wire.to]));
    }
    let ends = editor.workspace.with_untracked(|workspace| {
        let node = workspace.as_ref()?.deployed().get(&outlet.node)?;
        let ends = node.wires().into_iter().nth(outlet.port.into())?;
        Some(ends.into_iter().map(Id::from).collect())
    });
    Some((outlet, ends.unwrap_or_default()))
}

fn send_again(editor: Editor, seen: &[Arc<Seen>]) {
    let messages: Vec<_> = seen.iter().map(|seen| (seen.source.clone(), seen.number)).collect();
    send(editor, messages, None);
}

fn send_written(editor: Editor, message: Json) {
    send(editor, Vec::new(), Some(message));
}

fn send(editor: Editor, messages: Vec<(String, u64)>, written: Option<Json>) {
    let Some((outlet, to)) = targets(editor) else { return };
    if to.is_empty() {
        editor.notify(&text("wire.no-target"), false);
        return;
    }
    spawn_local(async move {
        match api::replay(editor, &outlet, &to, &messages, written).await {
            Ok(sent) => session::notify_shortly(editor, text("wire.sent").with("count", sent)),
            Err(failure) => session::fail(editor, &failure),
        }
    });
}
