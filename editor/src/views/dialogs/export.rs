//! Export: to the clipboard or into a file.

use std::collections::BTreeSet;

use leptos::prelude::*;

use crate::net::{browser, session};
use crate::store::export::{Extent, extract, file_name, to_text};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::dialog::{Modal, close};
use crate::views::dialogs::library::Keep;

const NAME: &str = "export-dialog";

/// The dialog.
#[component]
pub fn ExportDialog() -> impl IntoView {
    let editor = editor();
    let selected: BTreeSet<String> =
        editor.selection.with_untracked(|selection| selection.nodes().map(|id| id.to_string()).collect());
    let tab = editor.open_tab.get_untracked().map(|id| id.to_string());
    let tab_name = editor.document.with_untracked(|document| {
        let (document, tab) = document.as_ref().zip(tab.as_ref())?;
        Some(document.get(tab)?.name().to_owned())
    });
    let first = match (&tab, selected.is_empty()) {
        (_, false) => Extent::Nodes(selected.clone()),
        (Some(tab), true) => Extent::Tab(tab.clone()),
        (None, true) => Extent::All,
    };
    let (extent, is_indented) = (RwSignal::new(first), RwSignal::new(true));
    let exported = Memo::new(move |_| {
        editor.document.with(|document| document.as_deref().map(|document| extract(document, &extent.get())))
    });
    let words = Memo::new(move |_| {
        exported
            .with(|exported| exported.as_ref().map(|one| to_text(one, is_indented.get())).unwrap_or_default())
    });
    let count = move || exported.with(|exported| exported.as_ref().map_or(0, |exported| exported.len()));
    let option = move |title: &'static str, value: Option<Extent>| {
        let (is_there, value) = (value.is_some(), value.unwrap_or_default());
        let is_chosen = {
            let value = value.clone();
            move || is_there && extent.with(|extent| *extent == value)
        };
        let name = title.rsplit('.').next().unwrap_or_default();
        view! {
            <button
                type="button"
                role="radio"
                data-extent=name
                disabled=!is_there
                aria-checked=Signal::derive(move || if is_chosen() { "true" } else { "false" })
                on:click=move |_| extent.set(value.clone())
            >
                {say(title)}
            </button>
        }
    };
    let copy = move |_| match browser::copy(&words.get_untracked()) {
        true => session::notify_shortly(editor, text("export.copied").with("count", count())),
        false => drop(editor.notify(&text("export.not-copied"), true)),
    };
    let download = move |_| {
        let name = match extent.get_untracked() {
            Extent::All => say("app.name"),
            Extent::Tab(_) | Extent::Nodes(_) => tab_name.clone().unwrap_or_default(),
        };
        browser::download(&file_name(&name), &words.get_untracked());
        close(NAME);
    };
    let nodes = (!selected.is_empty()).then_some(Extent::Nodes(selected));
    view! {
        <Modal name=NAME title=say("export.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body">
                <div class="button-row">
                    <div class="segments" role="radiogroup" aria-label=say("export.what")>
                        {option("export.nodes", nodes)}
                        {option("export.tab", tab.map(Extent::Tab))}
                        {option("export.all", Some(Extent::All))}
                    </div>
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=is_indented
                            on:change=move |event| is_indented.set(event_target_checked(&event))
                        />
                        {say("export.indented")}
                    </label>
                </div>
                <textarea class="input mono" readonly aria-label=say("export.json") rows="14" prop:value=words></textarea>
                <p class="hint">{move || show(&text("export.words").with("count", count()))}</p>
                <Keep flows=words/>
            </div>
            <footer>
                <button type="button" class="button" data-do="download" on:click=download>{say("export.download")}</button>
                <button type="button" class="button primary" data-do="copy" autofocus on:click=copy>{say("export.copy")}</button>
            </footer>
        </Modal>
    }
}
