//! Somebody else deployed what contradicts the edits: whose version counts?

use leptos::prelude::*;
use model::diff::Side;

use crate::net::deploy;
use crate::store::conflict::{Choices, Row, rows};
use crate::texts::{say, show, text};
use crate::views::app::editor;
use crate::views::dialog::{Modal, close};

const NAME: &str = "conflict-dialog";

#[component]
pub fn ConflictDialog(
    /// A deploy waits for the decision.
    is_deploying: bool,
) -> impl IntoView {
    let editor = editor();
    let choices = RwSignal::new(Choices::default());
    let rows = Memo::new(move |_| {
        let theirs = editor.deploying.theirs.get()?.document;
        editor.workspace.with(|workspace| {
            let workspace = workspace.as_ref()?;
            let merge = workspace.merge(&theirs, &|_| Side::Mine);
            Some(editor.types.with(|types| rows(&merge.conflicts, workspace.document(), &theirs, types)))
        })
    });
    let shown = move || rows.get().unwrap_or_default();
    let choose_all = move |side: Side| {
        choices.update(|choices| shown().iter().for_each(|row| choices.choose(&row.places, side)));
    };
    let decide = move |_| {
        close(NAME);
        deploy::decide(editor, &choices.get_untracked(), is_deploying);
    };
    let words = if is_deploying { "conflict.words-deploying" } else { "conflict.words" };
    let done = if is_deploying { "conflict.apply-deploy" } else { "conflict.apply" };
    view! {
        <Modal name=NAME title=say("conflict.title") is_wide=true closed=move || editor.dialog.set(None)>
            <div class="dialog-body">
                <p>{say(words)}</p>
                <div class="button-row">
                    <button type="button" class="button small" data-do="mine" on:click=move |_| choose_all(Side::Mine)>
                        {say("conflict.all-mine")}
                    </button>
                    <button type="button" class="button small" data-do="theirs" on:click=move |_| choose_all(Side::Theirs)>
                        {say("conflict.all-theirs")}
                    </button>
                </div>
                <div class="conflicts">
                    <For each=shown key=Row::clone children=move |row| view! { <RowView row choices/> }/>
                </div>
            </div>
            <footer>
                <button type="button" class="button" on:click=|_| close(NAME)>{say("conflict.later")}</button>
                <button type="button" class="button primary" data-do="apply" autofocus on:click=decide>{say(done)}</button>
            </footer>
        </Modal>
    }
}

#[component]
fn RowView(row: Row, choices: RwSignal<Choices>) -> impl IntoView {
    let heading = match &row.property {
        Some(property) => show(&text("conflict.property").with("name", &row.name).with("property", property)),
        None => show(&text("conflict.entry").with("name", &row.name)),
    };
    let group = format!("conflict-{}-{}", row.node, row.property.as_deref().unwrap_or_default());
    let option = |side: Side, title: &'static str, value: String| {
        let (places, place) = (row.places.clone(), row.places.first().cloned());
        let is_chosen = Memo::new(move |_| {
            choices.with(|choices| place.as_ref().is_some_and(|place| choices.of(place) == side))
        });
        view! {
            <label class="version" class:chosen=is_chosen>
                <input
                    type="radio"
                    name=group.clone()
                    data-side=if side == Side::Mine { "mine" } else { "theirs" }
                    prop:checked=is_chosen
                    on:change=move |_| choices.update(|choices| choices.choose(&places, side))
                />
                <strong>{say(title)}</strong>
                <span class="value">{value}</span>
            </label>
        }
    };
    view! {
        <fieldset class="conflict" data-id=row.node.to_string()>
            <legend>{heading}" "<small>{row.type_name.clone()}</small></legend>
            {option(Side::Mine, "conflict.mine", row.mine.clone())}
            {option(Side::Theirs, "conflict.theirs", row.theirs.clone())}
        </fieldset>
    }
}
