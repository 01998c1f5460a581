//! The dialogs about flows as a whole, one at a time.

pub mod changes;
pub mod conflict;
pub mod errors;
pub mod export;
pub mod import;
pub mod library;
pub mod plugins;
pub mod revisions;
pub mod settings;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::editor;
use crate::later::{Part, later};
use crate::net::browser;
use crate::state::{Dialog, Editor, PluginFile, Source};

/// The dialog that is open.
#[component]
pub fn Dialogs() -> impl IntoView {
    let editor = editor();
    move || editor.dialog.get().map(|dialog| later(Part::Dialog(dialog)))
}

/// An open dialog.
pub fn open(dialog: Dialog) -> AnyView {
    match dialog {
        Dialog::Import(source) => view! { <import::ImportDialog source/> }.into_any(),
        Dialog::Export => view! { <export::ExportDialog/> }.into_any(),
        Dialog::Changes => view! { <changes::ChangesDialog/> }.into_any(),
        Dialog::Revisions => view! { <revisions::RevisionsDialog/> }.into_any(),
        Dialog::Settings => view! { <settings::SettingsDialog/> }.into_any(),
        Dialog::Plugins(file) => view! { <plugins::PluginsDialog file/> }.into_any(),
        Dialog::Errors => view! { <errors::ErrorsDialog/> }.into_any(),
        Dialog::Conflict { is_deploying } => view! { <conflict::ConflictDialog is_deploying/> }.into_any(),
    }
}

/// A file that is dropped anywhere on the page is looked at: a component as a plugin, others for import.
pub fn accept_files(editor: Editor) {
    let file = |event: &web_sys::DragEvent| event.data_transfer()?.files()?.get(0);
    window_event_listener(ev::dragover, |event| {
        let types = event.data_transfer().map(|data| data.types());
        if types.is_some_and(|types| types.includes(&"Files".into(), 0)) {
            // Else the browser would leave the page and show the file.
            event.prevent_default();
        }
    });
    window_event_listener(ev::drop, move |event| {
        let Some(file) = file(&event) else { return };
        event.prevent_default();
        spawn_local(async move {
            if file.name().to_lowercase().ends_with(".wasm") {
                if let Some(bytes) = browser::read_bytes(&file).await {
                    let file = PluginFile { name: file.name(), bytes };
                    editor.dialog.set(Some(Dialog::Plugins(Some(file))));
                }
                return;
            }
            if let Some(text) = browser::read_file(&file).await {
                let source = Source { name: file.name(), text: text.into() };
                editor.dialog.set(Some(Dialog::Import(Some(source))));
            }
        });
    });
}
