//! What a deploy would change.

use leptos::prelude::*;

use crate::net::deploy;
use crate::texts::say;
use crate::views::app::editor;
use crate::views::changes::ChangesView;
use crate::views::dialog::{Modal, close};

const NAME: &str = "changes-dialog";

/// The dialog.
#[component]
pub fn ChangesDialog() -> impl IntoView {
    let editor = editor();
    let versions = editor.workspace.with_untracked(|workspace| {
        let workspace = workspace.as_ref()?;
        Some((workspace.deployed().clone(), workspace.document().clone(), workspace.is_changed()))
    });
    let is_changed = versions.as_ref().is_some_and(|(.., is_changed)| *is_changed);
    let shown = versions.map(|(before, after, _)| view! { <ChangesView before after/> });
    view! {
        <Modal name=NAME title=say("changes.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body">{shown}</div>
            <footer>
                <button type="button" class="button" autofocus on:click=move |_| close(NAME)>{say("dialog.close")}</button>
                <button
                    type="button"
                    class="button primary"
                    data-do="deploy"
                    disabled=!is_changed
                    on:click=move |_| {
                        close(NAME);
                        deploy::deploy(editor);
                    }
                >
                    {say("deploy.do")}
                </button>
            </footer>
        </Modal>
    }
}
