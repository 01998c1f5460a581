//! Credentials: the server tells of a secret only that there is one, and gets only what was typed anew.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::json::{Json, Object};
use model::text::Text;

use super::{Part, Scope};
use crate::net::api;
use crate::store::form::value::{Writes, text_of};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// The property that carries what was typed to the server, which takes it out.
const CREDENTIALS: &str = "credentials";

/// The scope of a node's credentials: what was typed, over what the server shows.
pub(super) fn credentials_scope(node: &Scope) -> Scope {
    let (editor, properties, id) = (node.editor, node.properties, node.node.clone());
    let told = RwSignal::new(Object::new());
    let type_name =
        properties.with_untracked(|properties| properties.get("type").map(text_of).unwrap_or_default());
    Effect::new(move || {
        // What was typed leaves the flows with a deploy: from then on the server tells of it.
        let asked_at = editor.deploying.news.get();
        let (type_name, id) = (type_name.clone(), id.clone());
        spawn_local(async move {
            // A node that is not deployed has none; one that cannot be asked for shows none.
            if let Ok(answer) = api::credentials(editor, &type_name, &id).await
                && editor.deploying.news.get_untracked() == asked_at
            {
                told.try_set(answer);
            }
        });
    });
    let typed = Memo::new(move |_| {
        let typed =
            properties.with(|properties| properties.get(CREDENTIALS).and_then(Json::as_object).cloned());
        typed.unwrap_or_default()
    });
    let all = Memo::new(move |_| {
        let mut all = told.get();
        for (key, value) in typed.get() {
            all.insert(key, value);
        }
        // What shows or hides a credential is a property of the node.
        properties.with(|properties| {
            for (key, value) in properties.iter().filter(|(key, _)| *key != CREDENTIALS) {
                if !all.contains_key(key) {
                    all.insert(key, value.clone());
                }
            }
        });
        all
    });
    let outer = node.write;
    let write = Callback::new(move |(tag, what, writes): (String, Text, Writes)| {
        let mut typed = typed.get_untracked();
        for (key, value) in writes {
            match value {
                Some(value) => typed.insert(key, value),
                None => typed.remove(&key),
            };
        }
        let written = (!typed.is_empty()).then_some(Json::Object(typed));
        outer.run((tag, what, vec![(CREDENTIALS.to_owned(), written)]));
    });
    Scope {
        properties: all,
        prefix: Signal::stored("credentials.".into()),
        dom: "credential".into(),
        write,
        ..node.clone()
    }
}

/// A secret. What is stored shows as dots and stays until something else is typed; it can be forgotten.
pub(super) fn secret(part: &Part, has_lines: bool) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let editor = scope.editor;
    let (properties, key) = (scope.properties, field.key.clone());
    let label = scope.is_row.then(|| field.title.clone());
    let typed = Memo::new(move |_| properties.with(|properties| properties.get(&key).map(text_of)));
    let has = format!("has_{}", field.key);
    let is_stored = Memo::new(move |_| {
        properties.with(|properties| properties.get(&has).and_then(Json::as_bool).unwrap_or(false))
    });
    let shown = move || typed.get().unwrap_or_default();
    let placeholder = move || match (is_stored.get(), typed.get()) {
        (true, Some(empty)) if empty.is_empty() => say("secret.forgotten"),
        (true, _) => "\u{2022}".repeat(10),
        (false, _) => String::new(),
    };
    let forget_label = show(&text("secret.forget").with("field", &field.title));
    let set = {
        let (scope, field) = (scope.clone(), field.clone());
        move |text: String| {
            // Emptied again, what is stored stays.
            let value = (!text.is_empty()).then(|| Json::from(text));
            scope.write(&field, vec![(field.key.clone(), value)]);
        }
    };
    let forget = move |_| {
        scope.write(&field, vec![(field.key.clone(), Some("".into()))]);
        editor.settle();
    };
    let is_forgettable = move || is_stored.get() && typed.with(Option::is_none);
    let input = match has_lines {
        true => view! {
            <textarea
                class="input mono secret"
                id=id
                aria-label=label
                rows="3"
                spellcheck="false"
                autocomplete="off"
                aria-describedby=described_by
                placeholder=placeholder
                prop:value=shown
                on:input=move |event| set(event_target_value(&event))
                on:blur=move |_| editor.settle()
            ></textarea>
        }
        .into_any(),
        false => view! {
            <input
                class="input"
                type="password"
                autocomplete="new-password"
                id=id
                aria-label=label
                aria-describedby=described_by
                placeholder=placeholder
                prop:value=shown
                on:input=move |event| set(event_target_value(&event))
                on:blur=move |_| editor.settle()
            />
        }
        .into_any(),
    };
    view! {
        <div class="beside">
            {input}
            <button
                class="quiet square"
                type="button"
                title=forget_label.clone()
                aria-label=forget_label
                hidden=Signal::derive(move || !is_forgettable())
                on:click=forget
            >
                <Icon name="x" size=14.0/>
            </button>
        </div>
    }
    .into_any()
}
