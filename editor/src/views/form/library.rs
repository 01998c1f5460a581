//! The library beside a field of code: texts of its kind are opened from there and kept there.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::json::Json;

use super::Part;
use crate::net::{api, session};
use crate::store::form::Library;
use crate::store::form::value::text_of;
use crate::store::library::{File, Folder, file_name, joined, kept, taken};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// What the views of one library share. Handles only.
#[derive(Clone)]
struct Shelf {
    part: Part,
    library: Library,
    /// The text of the field.
    value: Memo<Json>,
    /// The folder that is looked into.
    path: RwSignal<String>,
    folder: RwSignal<Folder>,
}

/// A foldable part under the field. The server is asked when it is first opened.
pub(super) fn library(part: &Part, library: Library, value: Memo<Json>) -> AnyView {
    let shelf = Shelf {
        part: part.clone(),
        library,
        value,
        path: RwSignal::new(String::new()),
        folder: RwSignal::new(Folder::default()),
    };
    // The page may keep the element for the form of another node: it is closed there.
    let is_open = RwSignal::new(false);
    let toggled = {
        let shelf = shelf.clone();
        move |event: leptos::ev::Event| {
            let details = event_target::<web_sys::HtmlDetailsElement>(&event);
            is_open.set(details.open());
            if details.open() {
                shelf.look(shelf.path.get_untracked());
            }
        }
    };
    let inside = move || is_open.get().then(|| view! { {open_view(&shelf)}{keep_view(&shelf)} });
    view! {
        <details class="fold shelf" prop:open=is_open on:toggle=toggled>
            <summary>{say("shelf.title")}</summary>
            <div class="fold-inside">{inside}</div>
        </details>
    }
    .into_any()
}

impl Shelf {
    /// Looks into a folder.
    fn look(&self, wanted: String) {
        let (editor, kind) = (self.part.scope.editor, self.library.kind.clone());
        let (path, folder) = (self.path, self.folder);
        spawn_local(async move {
            match api::library_folder(editor, &kind, &wanted).await {
                Ok(found) => {
                    path.try_set(wanted);
                    folder.try_set(found);
                }
                Err(failure) => session::fail(editor, &failure),
            }
        });
    }

    /// Puts a file's text, and what was kept with it, into the node: one step to undo.
    fn take(&self, file: File) {
        let shelf = self.clone();
        let (editor, kind) = (self.part.scope.editor, self.library.kind.clone());
        let path = joined(&self.path.get_untracked(), &file.name);
        spawn_local(async move {
            match api::library_file(editor, &kind, &path).await {
                Ok(words) => {
                    let (scope, field) = (&shelf.part.scope, &shelf.part.field);
                    let writes = taken(&scope.form, &shelf.library, field, &file, &words);
                    scope.write(field, writes);
                    editor.settle();
                    session::notify_shortly(editor, text("shelf.taken").with("name", &file.name));
                }
                Err(failure) => session::fail(editor, &failure),
            }
        });
    }

    /// Keeps the field's text under a path.
    fn keep(&self, path: String) {
        let shelf = self.clone();
        let (editor, kind) = (self.part.scope.editor, self.library.kind.clone());
        let words = self.value.with_untracked(text_of);
        let entry = self.part.scope.properties.with_untracked(|own| kept(&self.library, own, &words));
        spawn_local(async move {
            match api::keep_text(editor, &kind, &path, entry).await {
                Ok(()) => {
                    session::notify_shortly(editor, text("library.kept").with("name", &path));
                    shelf.look(shelf.path.get_untracked());
                }
                Err(failure) => session::fail(editor, &failure),
            }
        });
    }
}

/// What is there to open, a folder at a time.
fn open_view(shelf: &Shelf) -> AnyView {
    let (path, folder, id) = (shelf.path, shelf.folder, shelf.part.id.clone());
    let up = {
        let shelf = shelf.clone();
        move |_: leptos::ev::MouseEvent| {
            let path = shelf.path.get_untracked();
            shelf.look(path.rsplit_once('/').map(|(above, _)| above.to_owned()).unwrap_or_default());
        }
    };
    let up = StoredValue::new(up);
    let shelf = shelf.clone();
    let entries = move || {
        let found = folder.get();
        if found == Folder::default() && path.with(String::is_empty) {
            return view! { <p class="hint">{say("shelf.empty")}</p> }.into_any();
        }
        let opener = shelf.clone();
        let folders = found.folders.into_iter().map(move |name| {
            let (label, inner, shelf) = (name.clone(), name.clone(), opener.clone());
            let open = move |_| shelf.look(joined(&shelf.path.get_untracked(), &inner));
            view! {
                <button type="button" class="button small" data-folder=name on:click=open>
                    <Icon name="folder" size=14.0/>
                    {label}
                </button>
            }
        });
        let taker = shelf.clone();
        let files = found.files.into_iter().map(move |file| {
            let (name, shown, shelf) = (file.name.clone(), file.name.clone(), taker.clone());
            let label = show(&text("shelf.take").with("name", &name));
            view! {
                <button type="button" class="button small" data-file=name title=label on:click=move |_| shelf.take(file.clone())>
                    <Icon name="file-text" size=14.0/>
                    {shown}
                </button>
            }
        });
        view! { {folders.collect_view()}{files.collect_view()} }.into_any()
    };
    view! {
        <div class="field">
            <span class="label" id=format!("{id}-shelf")>{say("shelf.open")}</span>
            <div class="button-row library" role="group" aria-labelledby=format!("{id}-shelf")>
                <Show when=move || path.with(|path| !path.is_empty())>
                    <button type="button" class="button small" data-do="up" aria-label=say("library.up") on:click=move |event| up.with_value(|up| up(event))>
                        <Icon name="arrow-left" size=14.0/>
                        {move || path.get()}
                    </button>
                </Show>
                {entries}
            </div>
        </div>
    }
    .into_any()
}

/// A name to keep the text under; one that is there already is asked about.
fn keep_view(shelf: &Shelf) -> AnyView {
    let (path, folder, id) = (shelf.path, shelf.folder, shelf.part.id.clone());
    let name = RwSignal::new(String::new());
    let asks = RwSignal::new(false);
    let library = shelf.library.clone();
    let file = Memo::new(move |_| name.with(|name| file_name(name, &library)));
    let shelf = shelf.clone();
    let keep = move |_| {
        let Some(file) = file.get_untracked() else { return };
        let is_there = folder.with_untracked(|folder| folder.files.iter().any(|known| known.name == file));
        if is_there && !asks.get_untracked() {
            return asks.set(true);
        }
        asks.set(false);
        shelf.keep(joined(&path.get_untracked(), &file));
    };
    let question = move || {
        let file = file.get().filter(|_| asks.get())?;
        Some(view! { <p class="warning">{show(&text("shelf.is-there").with("name", file))}</p> })
    };
    view! {
        <div class="field">
            <label class="label" for=format!("{id}-shelf-name")>{say("shelf.keep")}</label>
            <div class="button-row">
                <input
                    id=format!("{id}-shelf-name")
                    class="input"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=say("library.example")
                    prop:value=name
                    on:input=move |event| {
                        asks.set(false);
                        name.set(event_target_value(&event));
                    }
                />
                <button type="button" class="button" data-do="keep" disabled=Signal::derive(move || file.with(Option::is_none)) on:click=keep>
                    <Icon name="save" size=14.0/>
                    {move || say(if asks.get() { "shelf.overwrite" } else { "library.do" })}
                </button>
            </div>
            <div class="field-problems" role="status">{question}</div>
        </div>
    }
    .into_any()
}
