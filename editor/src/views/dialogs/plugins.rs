//! The palette manager: the plugins of the server, and the way for new ones.

mod review;
mod row;

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::text::Text;

use crate::net::{api, browser};
use crate::state::PluginFile;
use crate::store::plugins::{Candidate, Installed, row_key};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::dialog::{Modal, close};
use crate::views::icon::Icon;

use review::Review;
use row::Row;

const NAME: &str = "plugins-dialog";

/// What the parts of the dialog share. Handles only.
#[derive(Clone, Copy)]
struct Manager {
    /// The plugins of the server; none before the first answer.
    list: RwSignal<Option<Vec<Installed>>>,
    /// The one that is looked at before it comes in.
    candidate: RwSignal<Option<Candidate>>,
    /// What is going on, in words.
    busy: RwSignal<Option<Text>>,
    /// What went wrong, and what went well.
    trouble: RwSignal<Option<Text>>,
    done: RwSignal<Option<Text>>,
}

impl Manager {
    /// Something begins: what was told before is over.
    fn begin(self, what: Text) {
        self.trouble.try_set(None);
        self.done.try_set(None);
        self.busy.try_set(Some(what));
    }

    /// It ended.
    fn end(self, result: Result<Option<Text>, api::Failure>) {
        self.busy.try_set(None);
        match result {
            Ok(done) => drop(self.done.try_set(done)),
            Err(failure) => drop(self.trouble.try_set(Some(failure.text()))),
        }
    }
}

/// The dialog.
#[component]
pub fn PluginsDialog(
    /// What is looked at first: a component that was dropped.
    file: Option<PluginFile>,
) -> impl IntoView {
    let editor = editor();
    let manager = Manager {
        list: RwSignal::new(None),
        candidate: RwSignal::new(None),
        busy: RwSignal::new(None),
        trouble: RwSignal::new(None),
        done: RwSignal::new(None),
    };
    Effect::new(move || {
        editor.plugin_news.track();
        spawn_local(async move {
            match api::plugins(editor).await {
                Ok(list) => drop(manager.list.try_set(Some(list))),
                Err(failure) => drop(manager.trouble.try_set(Some(failure.text()))),
            }
        });
    });
    let upload = move |file: PluginFile| {
        manager.candidate.set(None);
        manager.begin(text("plugins.uploading").with("name", &file.name));
        spawn_local(async move {
            let looked = api::upload_plugin(editor, &file).await;
            manager.end(looked.map(|candidate| {
                manager.candidate.try_set(Some(candidate));
                None
            }));
        });
    };
    if let Some(file) = file {
        upload(file);
    }
    let input = NodeRef::<Input>::new();
    let choose = move |_| {
        let chosen = input.get_untracked().and_then(|input| input.files()?.get(0));
        let Some(chosen) = chosen else { return };
        spawn_local(async move {
            let bytes = browser::read_bytes(&chosen).await;
            if let Some(bytes) = bytes {
                upload(PluginFile { name: chosen.name(), bytes });
            }
            // The same file can be chosen again, after it was built anew.
            if let Some(input) = input.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
    };
    let is_busy = move || manager.busy.with(Option::is_some);
    view! {
        <Modal name=NAME title=say("plugins.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body plugins">
                <div class="field">
                    <label for="plugin-file">{say("plugins.file")}</label>
                    <input
                        id="plugin-file"
                        type="file"
                        accept=".wasm,application/wasm"
                        node_ref=input
                        disabled=is_busy
                        on:change=choose
                    />
                    <p class="hint">{say("plugins.file.hint")}</p>
                </div>
                <div class="told" aria-live="polite">
                    {move || manager.busy.get().map(|words| view! {
                        <p class="busy" data-state="busy"><progress aria-label=show(&words)></progress>" "{show(&words)}</p>
                    })}
                    {move || manager.trouble.get().map(|words| view! {
                        <p class="callout error" role="alert" data-state="trouble">{show(&words)}</p>
                    })}
                    {move || manager.done.get().map(|words| view! {
                        <p class="callout well" data-state="done">{show(&words)}</p>
                    })}
                </div>
                {move || manager.candidate.get().map(|candidate| view! { <Review manager candidate/> })}
                <List manager/>
            </div>
            <footer>
                <button type="button" class="button" on:click=|_| close(NAME)>{say("dialog.close")}</button>
            </footer>
        </Modal>
    }
}

#[component]
fn List(manager: Manager) -> impl IntoView {
    let is_empty = move || manager.list.with(|list| list.as_ref().is_some_and(Vec::is_empty));
    view! {
        <section aria-labelledby="plugins-installed">
            <h3 id="plugins-installed">{say("plugins.installed")}</h3>
            <ul class="row-list">
                <For
                    each=move || manager.list.get().unwrap_or_default().into_iter().map(Arc::new)
                    key=|one| row_key(one)
                    children=move |one| view! { <Row manager one/> }
                />
            </ul>
            <Show when=is_empty>
                <div class="empty-state">
                    <Icon name="puzzle" size=24.0/>
                    <strong>{say("plugins.none")}</strong>
                    <p>{say("plugins.none.hint")}</p>
                </div>
            </Show>
        </section>
    }
}
