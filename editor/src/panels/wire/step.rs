//! One message of the clip, followed through the flow node by node.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::targets;
use crate::net::{session, trace};
use crate::panels::debug::named;
use crate::panels::message::parts;
use crate::state::Editor;
use crate::store::live::Seen;
use crate::store::trace::{Step, Trace, changed, id_of};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// The button that sends the next message of the clip, in the tools of the panel.
#[component]
pub fn StepButton(
    /// There is nothing to send.
    is_empty: Memo<bool>,
) -> impl IntoView {
    let editor = editor();
    view! {
        <button class="button small" data-do="step" title=say("wire.step.hint") disabled=is_empty on:click=move |_| step(editor)>
            <Icon name="step-forward" size=14.0/>
            {say("wire.step")}
        </button>
    }
}

/// Goes on to the next node; behind the last one to the next message.
fn step(editor: Editor) {
    let mut has_more = false;
    editor.live.trace.maybe_update(|trace| {
        let Some(trace) = trace else { return false };
        has_more = trace.is_going_on || trace.shown < trace.steps.len();
        let goes_on = trace.shown < trace.steps.len();
        trace.shown += usize::from(goes_on);
        goes_on
    });
    match has_more {
        true => reveal(editor),
        false => match next_message(editor) {
            Some(seen) => send(editor, seen),
            None => session::notify_shortly(editor, text("wire.step.end")),
        },
    }
}

/// The message of the clip behind the one that was followed last; the oldest to begin with.
fn next_message(editor: Editor) -> Option<Arc<Seen>> {
    let last = editor.live.trace.with_untracked(|trace| trace.as_ref().map(|trace| trace.sent.clone()));
    editor.live.log.with_untracked(|log| match last {
        None => log.messages().next().cloned(),
        Some(last) => log.messages().skip_while(|seen| !Arc::ptr_eq(seen, &last)).nth(1).cloned(),
    })
}

/// Sends a message and follows it.
pub(super) fn send(editor: Editor, seen: Arc<Seen>) {
    let Some((from, to)) = targets(editor) else { return };
    if to.is_empty() || id_of(&seen.message).is_none() {
        let key = if to.is_empty() { "wire.no-target" } else { "wire.step.no-id" };
        editor.notify(&text(key), false);
        return;
    }
    // What is gone through stays.
    editor.live.is_held.set(true);
    spawn_local(async move {
        match trace::follow(editor, &from, &to, seen).await {
            Ok(()) => reveal(editor),
            Err(failure) => session::fail(editor, &failure),
        }
    });
}

/// The node that is looked at comes into view.
fn reveal(editor: Editor) {
    let current = editor.live.trace.with_untracked(|trace| trace.as_ref()?.current().cloned());
    if let Some(id) = current {
        editor.reveal(&id);
    }
}

/// The message that is followed, and the nodes that were gone through.
#[component]
pub fn TraceView() -> impl IntoView {
    let editor = editor();
    let trace = editor.live.trace;
    move || {
        let shown = trace.get()?;
        let is_over = shown.shown >= shown.steps.len();
        let end = match (is_over, shown.is_going_on) {
            (true, false) => Some(say("wire.step.over")),
            (true, true) => Some(say("wire.step.waiting")),
            (false, _) => None,
        };
        let heading = text("wire.step.of").with("number", shown.sent.number);
        let place = text("wire.step.place")
            .with("at", shown.shown.min(shown.steps.len()))
            .with("count", shown.steps.len());
        let steps = shown.steps.iter().take(shown.shown).enumerate();
        let steps =
            steps.map(|(at, step)| step_view(editor, &shown, step, at + 1 == shown.shown)).collect_view();
        Some(view! {
            <section class="trace" aria-label=show(&heading)>
                <header>
                    <strong>{show(&heading)}</strong>
                    <span class="hint" role="status">{show(&place)}</span>
                    <button class="button small" data-do="next-node" disabled=is_over on:click=move |_| step(editor)>
                        {say("wire.step.next")}
                    </button>
                    <button class="quiet square" data-do="end-trace" title=say("wire.step.close") aria-label=say("wire.step.close") on:click=move |_| trace.set(None)>
                        <Icon name="x" size=13.0/>
                    </button>
                </header>
                <ol>{steps}</ol>
                <p class="hint">{end}</p>
            </section>
        })
    }
}

fn step_view(editor: Editor, trace: &Trace, step: &Step, is_current: bool) -> AnyView {
    let name = named(editor, &step.node, "");
    // What came in is what the node before gave, or what was sent.
    let came = came_to(editor, trace, step);
    let gave = step.gave.iter().map(|(port, seen)| {
        let differences = changed(&came.message, &seen.message).join(", ");
        let words = match differences.is_empty() {
            true => text("wire.step.same").with("output", port + 1),
            false => text("wire.step.gave").with("output", port + 1).with("names", differences),
        };
        view! { <p class="words">{show(&words)}</p> {parts(&seen.message)} }
    });
    let nothing = step.gave.is_empty().then(|| {
        let words = match (&step.error, step.others) {
            (Some(error), _) => error.clone(),
            (None, 0) => say("wire.step.nothing"),
            (None, others) => show(&text("wire.step.others").with("count", others)),
        };
        view! { <p class="words" class:error=step.error.is_some()>{words}</p> }
    });
    view! {
        <li class="entry" class:current=is_current aria-current=is_current.then_some("step") data-step=step.node.to_string()>
            <strong>{name}</strong>
            {gave.collect_view()}
            {nothing}
        </li>
    }
    .into_any()
}

/// The first message that a step before gave and that reached this node; what was sent where none did.
fn came_to(editor: Editor, trace: &Trace, step: &Step) -> Arc<Seen> {
    let found = editor.workspace.with_untracked(|workspace| {
        let document = workspace.as_ref()?.deployed();
        let before = trace.steps.iter().take_while(|one| one.node != step.node);
        let gave = before.flat_map(|one| one.gave.iter().map(|(port, seen)| (one.node.clone(), *port, seen)));
        let mut reaching = gave.filter(|(node, port, _)| {
            let outlet = crate::store::live::Outlet { node: node.clone(), port: *port };
            crate::store::trace::targets(document, &outlet).contains(&step.node)
        });
        reaching.next().map(|(_, _, seen)| seen.clone())
    });
    found.unwrap_or_else(|| trace.sent.clone())
}
