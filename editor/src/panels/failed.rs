//! Messages that nodes failed with and that no catch node heard of: looked at, mended, sent again, let go.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Panel;
use super::message::{EditButton, Written, parts, time_of};
use crate::later::{Part, later};
use crate::net::{api, session};
use crate::state::{Connection, Editor};
use crate::store::failed::{FailedList, FailedOne};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// Its row in the table.
pub(super) const PANEL: Panel =
    Panel { key: "failed", title: "failed.title", icon: "inbox", view: || later(Part::Failed) };

/// Its content. Asked for as long as it is shown, whenever the server says that there are others.
#[component]
pub fn FailedPanel() -> impl IntoView {
    let editor = editor();
    let list = RwSignal::new(FailedList::default());
    // A lost connection counts seconds; there is nobody to ask until it is back.
    let is_live = Memo::new(move |_| editor.connection.get() == Connection::Live);
    Effect::new(move || {
        editor.live.failed.track();
        if is_live.get() && editor.live.panel.get() == PANEL.key {
            load(editor, list);
        }
    });
    let is_empty = Memo::new(move |_| list.with(|list| list.failed.is_empty()));
    let clear = move |_| let_go(editor, list, None);
    let lost = move || {
        let lost = list.with(|list| list.lost);
        (lost > 0).then(|| view! { <p class="hint">{show(&text("failed.lost").with("count", lost))}</p> })
    };
    view! {
        <div class="tools">
            <button class="button small" data-do="clear-failed" disabled=is_empty on:click=clear>
                <Icon name="trash-2" size=14.0/>
                {say("failed.clear")}
            </button>
        </div>
        <div class="scroll wire-panel">
            <Show when=move || is_empty.get()><p class="hint">{say("failed.none")}</p></Show>
            {lost}
            <For
                each=move || list.with(|list| list.failed.iter().rev().cloned().collect::<Vec<_>>())
                // A server that was started again counts from the beginning.
                key=|one| (one.number, one.timestamp as u64)
                children=move |one| view! { <FailedView one list/> }
            />
        </div>
    }
}

#[component]
fn FailedView(
    /// The message.
    one: FailedOne,
    /// All of them.
    list: RwSignal<FailedList>,
) -> impl IntoView {
    let editor = editor();
    let (number, node) = (one.number, one.node.clone());
    let edited = RwSignal::new(None::<String>);
    let again = move |_| send(editor, list, number, None);
    let jump = show(&text("debug.jump").with("name", &one.name));
    view! {
        <article class="entry seen error" data-failed=number>
            <header>
                <button class="link" title=jump on:click=move |_| editor.jump_to(&node)>{one.name.clone()}</button>
                {one.is_cut.then(|| view! { <span class="hint">{say("wire.cut")}</span> })}
                <time>{time_of(one.timestamp)}</time>
                <button class="quiet square" data-do="again" title=say("failed.again") aria-label=say("failed.again") on:click=again>
                    <Icon name="send" size=13.0/>
                </button>
                <EditButton message=one.message.clone() is_cut=one.is_cut edited/>
                <button class="quiet square" data-do="let-go" title=say("failed.let-go") aria-label=say("failed.let-go") on:click=move |_| let_go(editor, list, Some(number))>
                    <Icon name="x" size=13.0/>
                </button>
            </header>
            <p class="words">{one.error.clone()}</p>
            {parts(&one.message)}
            {move || edited.with(Option::is_some).then(|| {
                let send = Callback::new(move |message| send(editor, list, number, Some(message)));
                view! { <Written edited send/> }
            })}
        </article>
    }
}

fn load(editor: Editor, list: RwSignal<FailedList>) {
    spawn_local(async move {
        match api::failed(editor).await {
            Ok(found) => {
                let found = found.named(|id, name| super::debug::named(editor, id, name));
                if list.try_with_untracked(|list| *list != found).unwrap_or(false) {
                    list.set(found);
                }
            }
            Err(failure) => session::fail(editor, &failure),
        }
    });
}

fn send(editor: Editor, list: RwSignal<FailedList>, number: u64, message: Option<model::json::Json>) {
    spawn_local(async move {
        match api::send_failed(editor, number, message).await {
            Ok(()) => session::notify_shortly(editor, text("wire.sent").with("count", 1)),
            Err(failure) => session::fail(editor, &failure),
        }
        load(editor, list);
    });
}

fn let_go(editor: Editor, list: RwSignal<FailedList>, number: Option<u64>) {
    spawn_local(async move {
        if let Err(failure) = api::let_go_failed(editor, number).await {
            session::fail(editor, &failure);
        }
        load(editor, list);
    });
}
