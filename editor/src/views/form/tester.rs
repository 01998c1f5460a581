//! Trying a JSONata expression: a message, what the expression makes of it, and the functions that there are.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::json::Json;

use super::Part;
use crate::net::{api, browser};
use crate::state::Editor;
use crate::store::Id;
use crate::store::form::value::text_of;
use crate::store::live::{Outlet, Seen};
use crate::store::trial::{FUNCTIONS, Function, Outcome, body};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;
use crate::views::tree::ValueView;

/// The server is asked this long after the last key.
const SETTLES_AFTER: Duration = Duration::from_millis(150);
/// How often, and how many times, a message of the wire is looked for.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);
const LOOKS: usize = 30;
/// What is there before any message came.
const MESSAGE: &str = "{\n  \"payload\": \"\"\n}";

/// What stands under an expression. `insert` puts words into it.
pub(super) fn tester(part: &Part, expression: Memo<Json>, insert: Callback<String>) -> AnyView {
    let (editor, node, id) = (part.scope.editor, part.scope.node.clone(), part.id.clone());
    let message = RwSignal::new(MESSAGE.to_owned());
    let is_own = RwSignal::new(false);
    let is_seen = RwSignal::new(false);
    let take = {
        let node = node.clone();
        move || {
            is_own.set(false);
            look(editor, node.clone(), message, is_own, is_seen);
        }
    };
    take();
    let outcome = outcome(editor, node, expression, message);
    let hint = move || say(if is_seen.get() { "tester.seen" } else { "tester.unseen" });
    view! {
        <details class="fold tester" open=true>
            <summary>{say("tester.title")}</summary>
            <div class="fold-inside">
                <div class="field">
                    <label class="label" for=format!("{id}-message")>{say("tester.message")}</label>
                    <textarea
                        class="input mono"
                        id=format!("{id}-message")
                        data-do="message"
                        rows="5"
                        spellcheck="false"
                        autocomplete="off"
                        aria-describedby=format!("{id}-message-hint")
                        prop:value=message
                        on:input=move |event| {
                            is_own.set(true);
                            is_seen.set(false);
                            message.set(event_target_value(&event));
                        }
                    ></textarea>
                    <p class="hint" id=format!("{id}-message-hint")>{hint}</p>
                    <button class="quiet" type="button" data-do="last" on:click=move |_| take()>
                        <Icon name="refresh-cw" size=14.0/>
                        {say("tester.last")}
                    </button>
                </div>
                <div class="field">
                    <span class="label">{say("tester.result")}</span>
                    <div class="result" role="status">{move || outcome.get().map(shown)}</div>
                </div>
            </div>
        </details>
        {functions(&id, insert)}
    }
    .into_any()
}

/// What the server makes of the expression, each time it or the message changes.
fn outcome(
    editor: Editor,
    node: Id,
    expression: Memo<Json>,
    message: RwSignal<String>,
) -> RwSignal<Option<Outcome>> {
    let outcome = RwSignal::new(None);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let source = expression.with(text_of);
        let asked = message.with(|message| body(&source, message, &node));
        turn.update_value(|turn| *turn = turn.wrapping_add(1));
        let own = turn.get_value();
        if source.trim().is_empty() {
            return outcome.set(None);
        }
        let Some(asked) = asked else { return outcome.set(Some(Outcome::Failed(say("tester.no-message")))) };
        spawn_local(async move {
            browser::sleep(SETTLES_AFTER).await;
            let is_last = || turn.try_get_value() == Some(own);
            if !is_last() {
                return;
            }
            let answer = api::try_expression(editor, asked).await;
            if is_last() {
                let words = |failure: api::Failure| Outcome::Failed(show(&failure.text()));
                outcome.try_set(Some(answer.unwrap_or_else(words)));
            }
        });
    });
    outcome
}

fn shown(outcome: Outcome) -> AnyView {
    match outcome {
        Outcome::Value(value) => view! { <div data-state="value"><ValueView value/></div> }.into_any(),
        Outcome::Nothing => {
            view! { <p class="hint" data-state="nothing">{say("tester.nothing")}</p> }.into_any()
        }
        Outcome::Failed(words) => view! { <p class="error" data-state="failed">{words}</p> }.into_any(),
    }
}

/// Takes the last message that came to the node, as soon as there is one; not over one that the user wrote.
fn look(
    editor: Editor,
    node: Id,
    message: RwSignal<String>,
    is_own: RwSignal<bool>,
    is_seen: RwSignal<bool>,
) {
    let outlets: Vec<Outlet> = editor.drawing.with_untracked(|drawing| {
        let into = drawing.wires.iter().filter(|wire| wire.to == node);
        into.map(|wire| Outlet { node: wire.from.clone(), port: wire.port }).collect()
    });
    if outlets.is_empty() {
        return;
    }
    spawn_local(async move {
        for _ in 0..LOOKS {
            let seen = last(editor, &outlets).await;
            if is_own.try_get_untracked() != Some(false) {
                return;
            }
            if let Some(seen) = seen {
                message.try_set(seen.message.pretty(2));
                is_seen.try_set(true);
                return;
            }
            browser::sleep(LOOKS_AGAIN).await;
        }
    });
}

async fn last(editor: Editor, outlets: &[Outlet]) -> Option<Seen> {
    let mut last: Option<Seen> = None;
    for outlet in outlets {
        // An output that is not deployed yet has no messages.
        let seen = api::peek(editor, outlet).await.unwrap_or_default().pop();
        if seen.as_ref().is_some_and(|seen| last.as_ref().is_none_or(|last| seen.timestamp >= last.timestamp))
        {
            last = seen;
        }
    }
    last
}

/// The functions that there are; a click inserts one.
fn functions(id: &str, insert: Callback<String>) -> AnyView {
    let filter = RwSignal::new(String::new());
    let found = move || {
        let filter = filter.get();
        let found = FUNCTIONS.iter().filter(|one| one.is_found(&filter, &say(one.does)));
        found.map(|function| function_view(function, insert)).collect_view()
    };
    view! {
        <details class="fold functions">
            <summary>{say("tester.functions")}</summary>
            <div class="fold-inside">
                <input
                    class="input"
                    type="search"
                    id=format!("{id}-filter")
                    aria-label=say("tester.filter")
                    placeholder=say("tester.filter")
                    on:input=move |event| filter.set(event_target_value(&event))
                />
                <div class="function-list">{found}</div>
            </div>
        </details>
    }
    .into_any()
}

fn function_view(function: &'static Function, insert: Callback<String>) -> impl IntoView {
    let label = show(&text("tester.insert").with("function", function.name));
    view! {
        <button
            class="quiet function"
            type="button"
            data-function=function.name
            title=label
            on:click=move |_| insert.run(function.call())
        >
            <code>{function.call()}</code>
            <span>{say(function.does)}</span>
        </button>
    }
}
