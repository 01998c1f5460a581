//! Room for a typed value that is code: the code editor under the line, and what a buffer holds.

use std::sync::Arc;

use leptos::prelude::*;
use model::json::{Json, Object};
use model::text::Text;

use super::super::{Part, Scope, code};
use crate::store::form::typed::TypedValue;
use crate::store::form::value::{Writes, text_of};
use crate::store::form::{Field, Kind, Language};
use crate::store::tree::buffer_preview;
use crate::texts::{show, text};
use crate::views::icon::Icon;

/// The language of the values of a type that are code.
pub(super) fn language(type_name: &str) -> Option<Language> {
    match type_name {
        "json" | "bin" => Some(Language::Json),
        "jsonata" => Some(Language::Jsonata),
        "str" => Some(Language::Text),
        _ => None,
    }
}

/// The button that makes room, and the code editor while there is some.
pub(super) fn room(part: &Part, value: Memo<TypedValue>, write: Callback<TypedValue>) -> AnyView {
    let is_wide = RwSignal::new(false);
    let part = part.clone();
    let label = show(&text("typed.room").with("field", &part.field.title));
    let kind = Memo::new(move |_| value.with(|value| value.type_name.clone()));
    let can_be = move || kind.with(|kind| language(kind).is_some());
    let button = move || {
        let label = label.clone();
        can_be().then(|| {
            view! {
                <button
                    type="button"
                    class="quiet square room"
                    data-do="room"
                    title=label.clone()
                    aria-label=label
                    aria-pressed=Signal::derive(move || if is_wide.get() { "true" } else { "false" })
                    on:click=move |_| is_wide.update(|is_wide| *is_wide = !*is_wide)
                >
                    <Icon name="code-xml" size=14.0/>
                </button>
            }
        })
    };
    let inside = move || {
        let language = kind.with(|kind| language(kind)).filter(|_| is_wide.get())?;
        Some(code::code(&as_code(&part, value, write, language), language))
    };
    let bytes = move || {
        value.with(|value| {
            let is_buffer = value.type_name == "bin" && !value.text.trim().is_empty();
            is_buffer.then(|| view! { <p class="hint bytes">{buffer_preview(&value.text)}</p> })
        })
    };
    view! { {button}<div class="room-inside">{inside}{bytes}</div> }.into_any()
}

/// The value's text as a field of code.
fn as_code(part: &Part, value: Memo<TypedValue>, write: Callback<TypedValue>, language: Language) -> Part {
    let key = part.field.key.clone();
    let properties = Memo::new(move |_| {
        value.with(|value| Object::from_iter([(key.as_str(), Json::from(value.text.as_str()))]))
    });
    let written = Callback::new(move |(_, _, writes): (String, Text, Writes)| {
        let type_name = value.with_untracked(|value| value.type_name.clone());
        let text = writes.into_iter().find_map(|(_, value)| value).as_ref().map(text_of).unwrap_or_default();
        write.run(TypedValue { type_name, text });
    });
    let scope =
        Scope { properties, write: written, dom: format!("{}-room", part.id).into(), ..part.scope.clone() };
    let field = Arc::new(Field::new(&part.field.key, part.field.title.clone(), Kind::Code(language)));
    Part { scope, field, id: format!("{}-room", part.id), ..part.clone() }
}
