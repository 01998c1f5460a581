//! The revisions that the server keeps: what each differs from now in, and the way back to it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::document::Document;

use crate::net::{api, browser, session};
use crate::state::Editor;
use crate::store::revisions::Revision;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::changes::ChangesView;
use crate::views::dialog::{Modal, close};

const NAME: &str = "revisions-dialog";

/// A revision and its flows.
type Shown = (String, Arc<Document>);

/// The dialog.
#[component]
pub fn RevisionsDialog() -> impl IntoView {
    let editor = editor();
    let (list, shown) = (RwSignal::new(None::<Vec<Revision>>), RwSignal::new(None::<Shown>));
    spawn_local(async move {
        match api::revisions(editor).await {
            Ok(found) => {
                let first = found.first().map(|one| one.id.clone());
                // The dialog may be closed by now.
                list.try_set(Some(found));
                if let Some(first) = first {
                    look_at(editor, first, shown).await;
                }
            }
            Err(failure) => session::fail(editor, &failure),
        }
    });
    let row = move |one: Revision| {
        let (id, shown_id) = (one.id.clone(), one.id.clone());
        let is_shown = move || shown.with(|shown| shown.as_ref().is_some_and(|(id, _)| *id == shown_id));
        let time = one.time_ms.map_or_else(|| one.id.clone(), browser::local_time);
        view! {
            <li>
                <button
                    type="button"
                    class="revision"
                    data-revision=one.id.clone()
                    aria-pressed=Signal::derive(move || if is_shown() { "true" } else { "false" })
                    on:click=move |_| {
                        let id = id.clone();
                        spawn_local(async move { look_at(editor, id, shown).await });
                    }
                >
                    {time}
                </button>
            </li>
        }
    };
    let rows = move || match list.get() {
        None => view! { <li class="hint">{say("later.loading")}</li> }.into_any(),
        Some(list) if list.is_empty() => view! { <li class="hint">{say("revisions.none")}</li> }.into_any(),
        Some(list) => list.into_iter().map(row).collect_view().into_any(),
    };
    let changes = move || {
        let (_, after) = shown.get()?;
        let before = editor.document.get_untracked()?;
        Some(view! { <ChangesView before after/> })
    };
    let restore = move |_| {
        let Some((_, document)) = shown.get_untracked() else { return };
        close(NAME);
        if editor.replace(text("step.restore"), &document) {
            session::notify_shortly(editor, text("revisions.restored"));
        }
    };
    view! {
        <Modal name=NAME title=say("revisions.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body revisions">
                <ul class="scroll" aria-label=say("revisions.list")>{rows}</ul>
                <div class="scroll" role="region" tabindex="0" aria-label=say("revisions.changes")>{changes}</div>
            </div>
            <footer>
                <p class="hint">{show(&text("revisions.hint"))}</p>
                <button type="button" class="button" autofocus on:click=move |_| close(NAME)>{say("dialog.close")}</button>
                <button
                    type="button"
                    class="button primary"
                    data-do="restore"
                    disabled=Signal::derive(move || shown.with(Option::is_none))
                    on:click=restore
                >
                    {say("revisions.restore")}
                </button>
            </footer>
        </Modal>
    }
}

async fn look_at(editor: Editor, id: String, shown: RwSignal<Option<Shown>>) {
    match api::revision(editor, &id).await {
        Ok(document) => drop(shown.try_set(Some((id, Arc::new(document))))),
        Err(failure) => session::fail(editor, &failure),
    }
}
