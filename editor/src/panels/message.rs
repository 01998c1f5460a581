//! A whole message in a panel: looked into, or written anew.

use leptos::prelude::*;
use model::json::Json;

use crate::store::debug_log::clock;
use crate::store::encoded::editable;
use crate::texts::say;
use crate::views::icon::Icon;
use crate::views::tree::ValueView;

/// Its properties, each a value that can be unfolded.
pub(super) fn parts(message: &Json) -> AnyView {
    match message.as_object() {
        Some(object) => object
            .iter()
            .map(|(key, value)| view! { <ValueView key=key.to_string() value=value.clone() path=key.to_string()/> })
            .collect_view()
            .into_any(),
        None => view! { <ValueView value=message.clone()/> }.into_any(),
    }
}

/// The time of day of milliseconds since 1970, where the browser is.
pub(super) fn time_of(timestamp: f64) -> String {
    let time = js_sys::Date::new(&timestamp.into());
    let seconds = (time.get_hours() * 60 + time.get_minutes()) * 60 + time.get_seconds();
    clock(seconds * 1_000 + time.get_milliseconds())
}

/// The button that opens a message to be written anew, and closes it again.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn EditButton(
    /// The message.
    message: Json,
    /// Some of it is not shown: then it cannot be edited.
    is_cut: bool,
    /// Its text, as long as it is open.
    edited: RwSignal<Option<String>>,
) -> impl IntoView {
    let edit = move |_| {
        let is_open = edited.with_untracked(Option::is_some);
        edited.set((!is_open).then(|| editable(&message).pretty(2)));
    };
    view! {
        <button
            class="quiet square"
            data-do="edit"
            disabled=is_cut
            title=say(if is_cut { "wire.edit.cut" } else { "wire.edit" })
            aria-label=say("wire.edit")
            on:click=edit
        >
            <Icon name="pencil" size=13.0/>
        </button>
    }
}

/// A message that is written anew, from one that was seen.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn Written(
    /// Its text, as long as it is open.
    edited: RwSignal<Option<String>>,
    /// Sends it.
    send: Callback<Json>,
) -> impl IntoView {
    let problem = RwSignal::new(None::<String>);
    let submit = move |_| match Json::parse(&edited.get_untracked().unwrap_or_default()) {
        Ok(message) if message.as_object().is_some() => {
            problem.set(None);
            send.run(message);
        }
        Ok(_) => problem.set(Some(say("wire.no-object"))),
        Err(error) => problem.set(Some(error.to_string())),
    };
    view! {
        <textarea
            class="input mono"
            rows="8"
            spellcheck="false"
            aria-label=say("wire.edit")
            prop:value=move || edited.get().unwrap_or_default()
            on:input=move |event| edited.set(Some(event_target_value(&event)))
        ></textarea>
        {move || problem.get().map(|problem| view! { <p class="problem error" role="alert">{problem}</p> })}
        <button class="button small primary" data-do="send" on:click=submit>{say("wire.send")}</button>
    }
}
