//! The flow tests: how each stands, what was other than expected, running, accepting and deleting them.

use ecow::EcoString;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::{Difference, FlowTest, Mismatch};

mod context;

use self::context::ContextView;
use super::Panel;
use super::debug::named;
use crate::later::{Part, later};
use crate::net::{api, flow_tests, session};
use crate::state::Editor;
use crate::store::flow_tests::{Standing, worded};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "tests", title: "tests.title", icon: "flask-conical", view: || later(Part::Tests) };

/// Its content.
#[component]
pub fn TestsPanel() -> impl IntoView {
    let editor = editor();
    let tested = editor.tested;
    let is_empty = Memo::new(move |_| tested.list.with(|list| list.tests.is_empty()));
    let is_held_up = move || is_empty.get() || tested.is_running.get();
    let count = move || {
        let standings = tested.standings.get();
        let of = |wanted| standings.tests.values().filter(|it| **it == wanted).count();
        let words = text("tests.count").with("passed", of(Standing::Passed));
        show(&words.with("failed", of(Standing::Failed)).with("stale", of(Standing::Stale)))
    };
    view! {
        <div class="tools">
            <button class="button small" data-do="run-tests" disabled=is_held_up on:click=move |_| flow_tests::run(editor, None)>
                <Icon name="play" size=14.0/>
                {say("tests.run-all")}
            </button>
            <span class="hint" role="status">{move || (!is_empty.get()).then(count)}</span>
        </div>
        <div class="scroll tests-panel">
            <Show when=move || is_empty.get()><p class="hint">{say("tests.none")}</p></Show>
            <For
                each=move || tested.list.with(|list| list.tests.clone())
                // A result is shown as long as it is the last one.
                key=|test| (test.name.clone(), test.nodes.clone(), test.before.clone(), test.after.clone(), test.result.as_ref().map(|result| result.time))
                children=|test| view! { <TestView test/> }
            />
        </div>
    }
}

/// A test.
#[component]
fn TestView(
    /// It.
    test: FlowTest,
) -> impl IntoView {
    let editor = editor();
    let name = test.name.to_string();
    let standing = {
        let name = name.clone();
        Memo::new(move |_| {
            let standing = editor.tested.standings.with(|standings| standings.tests.get(&name).copied());
            standing.unwrap_or(Standing::Stale)
        })
    };
    let (run, accept, delete) = (name.clone(), name.clone(), name.clone());
    let mismatch = test.result.as_ref().and_then(|result| result.mismatch.clone());
    let has_failed = mismatch.is_some();
    let context = view! { <ContextView test=test.clone()/> };
    let nodes = test.nodes.iter().map(|id| {
        let (id, name) = (id.clone(), named(editor, id, ""));
        view! { <button class="link" on:click=move |_| editor.jump_to(&id)>{name}</button> }
    });
    view! {
        <article class=move || format!("entry test {}", standing.get().name()) data-test=name.clone()>
            <header>
                {move || mark(standing.get())}
                <strong class="topic">{name.clone()}</strong>
                <button class="quiet square" data-do="run-test" title=say("tests.run") aria-label=say("tests.run") on:click=move |_| flow_tests::run(editor, Some(vec![run.clone()]))>
                    <Icon name="play" size=13.0/>
                </button>
                {has_failed.then(|| view! {
                    <button class="quiet square" data-do="accept-test" title=say("tests.accept") aria-label=say("tests.accept") on:click=move |_| accept_one(editor, accept.clone())>
                        <Icon name="check" size=13.0/>
                    </button>
                })}
                <button class="quiet square" data-do="delete-test" title=say("tests.delete") aria-label=say("tests.delete") on:click=move |_| delete_one(editor, delete.clone())>
                    <Icon name="trash-2" size=13.0/>
                </button>
            </header>
            <p class="about">
                {nodes.collect_view()}
                <span class="hint">{show(&text("tests.messages").with("count", test.messages))}</span>
                {test.credentials.then(|| view! { <span class="hint" data-credentials="">{say("tests.credentials")}</span> })}
            </p>
            {context}
            {mismatch.map(|mismatch| view! { <MismatchView mismatch/> })}
        </article>
    }
}

fn mark(standing: Standing) -> AnyView {
    let (icon, key) = match standing {
        Standing::Passed => ("circle-check", "tests.passed"),
        Standing::Failed => ("circle-x", "tests.failed"),
        Standing::Stale => ("circle-minus", "tests.stale"),
    };
    view! { <span class="standing" role="img" title=say(key) aria-label=say(key)><Icon name=icon size=15.0/></span> }
        .into_any()
}

/// What was other than expected.
#[component]
fn MismatchView(
    /// It.
    mismatch: Mismatch,
) -> impl IntoView {
    let editor = editor();
    let name = |id: &str| named(editor, id, "");
    let output = |id: &str, port: u16| {
        show(&text("wire.of").with("name", named(editor, id, "")).with("output", port + 1))
    };
    let words = show(&worded(&mismatch.text, name, output));
    let row = |Difference { path, expected, got }: Difference| {
        let words = |value: Option<EcoString>| value.map_or_else(|| say("tests.nothing"), Into::into);
        view! {
            <tr>
                <th scope="row" class="mono">{path.to_string()}</th>
                <td class="value expected">{words(expected)}</td>
                <td class="value got">{words(got)}</td>
            </tr>
        }
    };
    let table = (!mismatch.differences.is_empty()).then(|| {
        view! {
            <table class="differences">
                <thead><tr><th scope="col">{say("tests.where")}</th><th scope="col">{say("tests.expected")}</th><th scope="col">{say("tests.got")}</th></tr></thead>
                <tbody>{mismatch.differences.into_iter().map(row).collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <p class="words">{words}</p>
        {table}
    }
}

fn accept_one(editor: Editor, name: String) {
    spawn_local(async move {
        flow_tests::shown(editor, api::accept_flow_test(editor, &name).await);
    });
}

fn delete_one(editor: Editor, name: String) {
    spawn_local(async move {
        match api::delete_flow_test(editor, &name).await {
            Ok(()) => session::notify_shortly(editor, text("tests.deleted").with("name", name)),
            Err(failure) => session::fail(editor, &failure),
        }
        flow_tests::shown(editor, api::flow_tests(editor).await);
    });
}
