//! Saving the messages of a wire, and what comes of them, as a flow test.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::targets;
use crate::net::{api, flow_tests, session};
use crate::panels::debug::named;
use crate::state::Editor;
use crate::store::Id;
use crate::store::flow_tests::subject;
use crate::store::live::Outlet;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// What a test would be about.
#[derive(Clone, PartialEq)]
struct Draft {
    from: Outlet,
    nodes: Vec<Id>,
    to: Vec<Id>,
    name: String,
}

/// The button that begins a test, in the tools of the panel.
#[component]
pub fn SaveButton(
    /// There is nothing to save.
    is_empty: Memo<bool>,
    /// Whether its form is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let editor = editor();
    let toggle = move |_| {
        // What is saved stays what is shown.
        editor.live.is_held.set(true);
        is_open.update(|open| *open = !*open);
    };
    view! {
        <button
            class="button small"
            data-do="save-test"
            title=say("wire.test.hint")
            disabled=is_empty
            aria-expanded=Signal::derive(move || if is_open.get() { "true" } else { "false" })
            on:click=toggle
        >
            <Icon name="flask-conical" size=14.0/>
            {say("wire.test")}
        </button>
    }
}

/// Name and subject of a new test.
#[component]
pub fn SaveForm(
    /// Whether it is open.
    is_open: RwSignal<bool>,
) -> impl IntoView {
    let editor = editor();
    let draft = Memo::new(move |_| is_open.get().then(|| draft(editor)).flatten());
    move || {
        let draft = draft.get().filter(|_| is_open.get())?;
        if draft.nodes.is_empty() {
            return Some(view! { <p class="hint">{say("wire.no-target")}</p> }.into_any());
        }
        let nodes = draft.nodes.iter().map(|id| named(editor, id, "")).collect::<Vec<_>>().join(", ");
        let name = RwSignal::new(draft.name.clone());
        let words = text("wire.test.about").with("nodes", nodes).with("count", draft.nodes.len());
        let lends = RwSignal::new(false);
        let submit = move |event: SubmitEvent| {
            event.prevent_default();
            save(editor, draft.clone(), name.get_untracked(), lends.get_untracked(), is_open);
        };
        let form = view! {
            <form class="save-test" on:submit=submit>
                <label>
                    {say("wire.test.name")}
                    <input class="input" type="text" required prop:value=move || name.get() on:input=move |event| name.set(event_target_value(&event))/>
                </label>
                <p class="hint">{show(&words)}</p>
                <label class="check" title=say("wire.test.credentials.hint")>
                    <input type="checkbox" data-do="lend" prop:checked=lends on:change=move |event| lends.set(event_target_checked(&event))/>
                    {say("wire.test.credentials")}
                </label>
                <button class="button small primary" type="submit" data-do="keep-test">{say("wire.test.save")}</button>
            </form>
        };
        Some(form.into_any())
    }
}

/// What a test of these messages is about, with a name that none has.
fn draft(editor: Editor) -> Option<Draft> {
    let (from, ends) = targets(editor)?;
    let (nodes, to) = subject(&ends, &editor.selected(), &from.node);
    let name = nodes.first().map(|id| named(editor, id, "")).unwrap_or_default();
    let is_taken = |name: &str| {
        editor.tested.list.with_untracked(|list| list.tests.iter().any(|test| test.name == name))
    };
    let others = (2..).map(|number| format!("{name} {number}"));
    let name = std::iter::once(name.clone()).chain(others).find(|name| !is_taken(name)).unwrap_or_default();
    Some(Draft { from, nodes, to, name })
}

fn save(editor: Editor, draft: Draft, name: String, credentials: bool, is_open: RwSignal<bool>) {
    let seen: Vec<_> = editor.live.log.with_untracked(|log| log.messages().cloned().collect());
    spawn_local(async move {
        let new = api::NewTest {
            name: name.trim(),
            nodes: &draft.nodes,
            to: &draft.to,
            from: &draft.from,
            messages: &seen,
            credentials,
        };
        if flow_tests::shown(editor, api::add_flow_test(editor, new).await) {
            is_open.set(false);
            session::notify_shortly(editor, text("wire.test.saved").with("name", name));
            editor.show_panel("tests");
        }
    });
}
