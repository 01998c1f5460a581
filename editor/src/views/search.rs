//! A field that filters a list.

use leptos::prelude::*;

use super::icon::Icon;
use crate::texts::say;

/// A field whose text is `filter`.
#[component]
pub fn SearchField(
    /// Key of what it is for, shown while it is empty.
    title: &'static str,
    /// What is typed into it.
    filter: RwSignal<String>,
    /// The dialog that it is in begins with it.
    #[prop(optional)]
    takes_focus: bool,
) -> impl IntoView {
    view! {
        <label class="search">
            <Icon name="search" size=14.0/>
            <input
                type="search"
                autofocus=takes_focus
                placeholder=say(title)
                aria-label=say(title)
                prop:value=filter
                on:input=move |event| filter.set(event_target_value(&event))
            />
        </label>
    }
}
