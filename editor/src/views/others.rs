//! The others who have the flows open: their badges in the header, what they selected, and the form that they edit.

mod held;
mod outlines;

use leptos::prelude::*;

use super::app::editor;
use crate::state::Editor;
use crate::store::presence::{Other, initials};
use crate::texts::{say, show, text};

pub use held::{HeldForm, HeldFormView};
pub use outlines::Outlines;

/// So many badges are shown; how many more there are is a number.
const BADGES: usize = 5;

/// What somebody is called.
fn called(other: &Other) -> String {
    match other.name.as_str() {
        "" => show(&text("presence.guest").with("number", &other.client)),
        name => name.to_owned(),
    }
}

/// A badge for each of the others; a click goes to their flow.
#[component]
pub fn Badges() -> impl IntoView {
    let editor = editor();
    move || {
        let others = editor.presence.others.get();
        (!others.is_empty()).then(|| {
            let badges = others.iter().take(BADGES).map(|other| badge(editor, other)).collect_view();
            let rest: Vec<String> = others.iter().skip(BADGES).map(called).collect();
            let rest = (!rest.is_empty()).then(|| {
                view! { <span class="hint" title=rest.join(", ")>{format!("+{}", rest.len())}</span> }
            });
            view! { <div class="others" role="group" aria-label=say("presence.label")>{badges}{rest}</div> }
        })
    }
}

fn badge(editor: Editor, other: &Other) -> impl IntoView + use<> {
    let name = called(other);
    let letters = initials(&name);
    let tab = other.tab.clone();
    let title = {
        let tab = tab.clone();
        Memo::new(move |_| {
            let found = editor.tabs.with(|tabs| {
                let found = tabs.iter().find(|one| Some(&one.id) == tab.as_ref())?;
                Some(if found.name.is_empty() { say("tabs.unnamed") } else { found.name.clone() })
            });
            // A flow that they did not deploy yet is not here.
            match found {
                Some(tab) => show(&text("presence.on-tab").with("name", &name).with("tab", tab)),
                None => name.clone(),
            }
        })
    };
    let go = move |_| {
        let is_here =
            |tab: &crate::store::Id| editor.tabs.with_untracked(|tabs| tabs.iter().any(|one| one.id == *tab));
        if let Some(tab) = tab.as_ref().filter(|tab| is_here(tab)) {
            editor.show_tab(tab);
        }
    };
    view! {
        <button
            type="button"
            class="badge"
            data-client=other.client.clone()
            data-person=other.colour.to_string()
            title=title
            aria-label=title
            on:click=go
        >
            {letters}
        </button>
    }
}
