//! Before flows with errors are deployed.

use leptos::prelude::*;
use model::check::Severity;

use crate::net::deploy;
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::deploy::ProblemList;
use crate::views::dialog::{Modal, close};

const NAME: &str = "errors-dialog";

/// The dialog.
#[component]
pub fn ErrorsDialog() -> impl IntoView {
    let editor = editor();
    let is_told_enough = RwSignal::new(false);
    let count = editor.problems.with_untracked(|problems| problems.counts().0);
    let go_on = move |_| {
        editor.deploying.accepts_errors.set_value(is_told_enough.get_untracked());
        close(NAME);
        deploy::deploy_now(editor);
    };
    view! {
        <Modal name=NAME title=say("errors.title") closed=move || editor.dialog.set(None)>
            <div class="dialog-body">
                <p>{show(&text("errors.words").with("count", count))}</p>
                <ProblemList least=Severity::Error jumped=|| close(NAME)/>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=is_told_enough
                        on:change=move |event| is_told_enough.set(event_target_checked(&event))
                    />
                    {say("errors.no-more")}
                </label>
            </div>
            <footer>
                <button type="button" class="button" autofocus on:click=|_| close(NAME)>{say("dialog.cancel")}</button>
                <button type="button" class="button primary" data-do="deploy" on:click=go_on>{say("errors.deploy")}</button>
            </footer>
        </Modal>
    }
}
