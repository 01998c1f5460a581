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
    // Where they are changes all the time; the badges stay, with the keyboard focus that one may have.
    let people: Memo<Vec<Person>> =
        Memo::new(move |_| editor.presence.others.with(|others| others.iter().map(Person::of).collect()));
    move || {
        let people = people.get();
        (!people.is_empty()).then(|| {
            let badges = people.iter().take(BADGES).map(|person| badge(editor, person)).collect_view();
            let rest: Vec<&str> = people.iter().skip(BADGES).map(|person| person.name.as_str()).collect();
            let rest = (!rest.is_empty()).then(|| {
                view! { <span class="hint" title=rest.join(", ")>{format!("+{}", rest.len())}</span> }
            });
            view! { <div class="others" role="group" aria-label=say("presence.label")>{badges}{rest}</div> }
        })
    }
}

/// What of somebody stays the same wherever they go.
#[derive(Clone, PartialEq)]
struct Person {
    client: String,
    name: String,
    colour: u8,
}

impl Person {
    fn of(other: &Other) -> Self {
        Self { client: other.client.clone(), name: called(other), colour: other.colour }
    }
}

fn badge(editor: Editor, person: &Person) -> impl IntoView + use<> {
    let Person { client, name, colour } = person.clone();
    let letters = initials(&name);
    let tab = {
        let client = client.clone();
        // A flow that they did not deploy yet is not here.
        Memo::new(move |_| {
            let id = editor.presence.others.with(|others| {
                others.iter().find(|other| other.client == client).and_then(|other| other.tab.clone())
            });
            editor.tabs.with(|tabs| tabs.iter().find(|tab| Some(&tab.id) == id.as_ref()).cloned())
        })
    };
    let title = Memo::new(move |_| match tab.get() {
        Some(tab) => {
            let tab = if tab.name.is_empty() { say("tabs.unnamed") } else { tab.name };
            show(&text("presence.on-tab").with("name", &name).with("tab", tab))
        }
        None => name.clone(),
    });
    let go = move |_| {
        if let Some(tab) = tab.get_untracked() {
            editor.show_tab(&tab.id);
        }
    };
    view! {
        <button
            type="button"
            class="person"
            data-client=client
            data-person=colour.to_string()
            title=title
            aria-label=title
            on:click=go
        >
            {letters}
        </button>
    }
}
