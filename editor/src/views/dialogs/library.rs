//! The library of flows: chosen from in the import dialog, kept into from the export dialog.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::net::{api, session};
use crate::state::{Editor, Source};
use crate::store::library::{FLOWS, File, Folder, joined, tidy_path};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::icon::Icon;

/// What is in the library, a folder at a time.
#[component]
pub fn Library(
    /// Takes what was chosen.
    take: Callback<Source>,
) -> impl IntoView {
    let editor = editor();
    let (path, folder) = (RwSignal::new(String::new()), RwSignal::new(Folder::default()));
    look(editor, String::new(), path, folder);
    let is_empty = move || path.with(String::is_empty) && folder.with(|folder| *folder == Folder::default());
    let open = move |name: String| look(editor, joined(&path.get_untracked(), &name), path, folder);
    let up = move |_| {
        let above = path.with_untracked(|path| {
            path.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default()
        });
        look(editor, above, path, folder);
    };
    let choose = move |name: String| {
        let file = joined(&path.get_untracked(), &name);
        spawn_local(async move {
            match api::library_file(editor, FLOWS, &file).await {
                Ok(text) => take.run(Source { name, text: text.into() }),
                Err(failure) => session::fail(editor, &failure),
            }
        });
    };
    let entries = move || {
        let folder = folder.get();
        let folders = folder.folders.into_iter().map(move |name| {
            let (label, target) = (name.clone(), name.clone());
            view! {
                <button type="button" class="button small" data-folder=name on:click=move |_| open(target.clone())>
                    <Icon name="folder" size=14.0/>
                    {label}
                </button>
            }
        });
        let files = folder.files.into_iter().map(move |File { name, .. }| {
            let (label, target) = (name.clone(), name.clone());
            view! {
                <button type="button" class="button small" data-file=name on:click=move |_| choose(target.clone())>
                    <Icon name="file-json" size=14.0/>
                    {label}
                </button>
            }
        });
        view! { {folders.collect_view()}{files.collect_view()} }
    };
    view! {
        <div class="field" class:hidden=is_empty>
            <span class="label" id="import-library">{say("library.take")}</span>
            <div class="button-row library" role="group" aria-labelledby="import-library">
                <Show when=move || path.with(|path| !path.is_empty())>
                    <button type="button" class="button small" data-do="up" aria-label=say("library.up") on:click=up>
                        <Icon name="arrow-left" size=14.0/>
                        {move || path.get()}
                    </button>
                </Show>
                {entries}
            </div>
        </div>
    }
}

fn look(editor: Editor, wanted: String, path: RwSignal<String>, folder: RwSignal<Folder>) {
    spawn_local(async move {
        // Without a library there is nothing to choose.
        if let Ok(found) = api::library_folder(editor, FLOWS, &wanted).await {
            path.try_set(wanted);
            folder.try_set(found);
        }
    });
}

/// Keeps flows in the library under a name; folders in it stand before a slash.
#[component]
pub fn Keep(
    /// The flows as text.
    #[prop(into)]
    flows: Signal<String>,
) -> impl IntoView {
    let editor = editor();
    let name = RwSignal::new(String::new());
    let path = Memo::new(move |_| name.with(|name| tidy_path(name)));
    let keep = move |_| {
        let Some(path) = path.get_untracked() else { return };
        let flows = flows.get_untracked();
        spawn_local(async move {
            match api::keep_in_library(editor, &path, &flows).await {
                Ok(()) => session::notify_shortly(editor, text("library.kept").with("name", &path)),
                Err(failure) => session::fail(editor, &failure),
            }
        });
    };
    view! {
        <div class="field">
            <label for="library-name">{say("library.keep")}</label>
            <div class="button-row">
                <input
                    id="library-name"
                    class="input"
                    placeholder=show(&text("library.example"))
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button type="button" class="button" data-do="keep" disabled=Signal::derive(move || path.with(Option::is_none)) on:click=keep>
                    <Icon name="save" size=14.0/>
                    {say("library.do")}
                </button>
            </div>
        </div>
    }
}
