//! A value with a type beside it.

mod wide;

use std::sync::Arc;

use leptos::prelude::*;

use super::credentials::{credentials_scope, secret};
use super::{Part, Scope};
use crate::store::form::candidates;
use crate::store::form::completion::completions;
use crate::store::form::typed::{Input, TypedValue};
use crate::store::form::value::text_of;
use crate::store::form::{Field, Kind, NodesKind, ValueTypes};
use crate::texts::{say, show, text};

/// The menu of types and what the chosen type needs.
pub(super) fn typed(part: &Part, types: ValueTypes) -> AnyView {
    let Part { scope, field, id, .. } = part.clone();
    let types = Arc::new(types);
    let value = {
        let (types, field) = (Arc::clone(&types), Arc::clone(&field));
        let (properties, node) = (scope.properties, scope.node_properties);
        Memo::new(move |_| {
            properties.with(|properties| {
                node.with(|node| types.value(&field.key, field.default.as_ref(), properties, node))
            })
        })
    };
    let input = {
        let types = Arc::clone(&types);
        Memo::new(move |_| value.with(|value| types.of(&value.type_name).input))
    };
    let write = {
        let (scope, field, types) = (scope.clone(), Arc::clone(&field), Arc::clone(&types));
        Callback::new(move |value: TypedValue| scope.write(&field, types.write(&field.key, &value)))
    };
    let menu = types.type_key.is_some().then(|| menu(part, &types, value, write));
    let room = wide::room(part, value, write);
    let part = part.clone();
    let is_secret = Memo::new(move |_| value.with(|value| value.type_name == SECRET));
    let control = move || match is_secret.get() && holds_secrets(&part) {
        true => secret_of_row(&part),
        false => control(&part, &input.get(), value, write),
    };
    view! { <div class="typed" id=format!("{id}-typed")>{menu}{control}{room}</div> }.into_any()
}

/// The type of a variable that is secret.
const SECRET: &str = "cred";

/// Whether this is the list of variables of an entry that keeps the secret ones among its credentials.
fn holds_secrets(part: &Part) -> bool {
    let type_name = part.scope.node_properties.with_untracked(|node| node.get("type").map(text_of));
    let is_own = type_name.is_some_and(|name| matches!(name.as_str(), "tab" | "group" | "subflow"));
    part.scope.is_row && is_own
}

/// A secret variable: what is typed is a credential of the entry, under the variable's name.
fn secret_of_row(part: &Part) -> AnyView {
    let row = &part.scope;
    let node = Scope::of_node(row.editor, row.node.clone(), Arc::clone(&row.form), row.problems);
    let scope = Scope { is_row: true, ..credentials_scope(&node) };
    let properties = row.properties;
    let name = Memo::new(move |_| properties.with(|row| row.get("name").map(text_of).unwrap_or_default()));
    let part = part.clone();
    let control = move || {
        let name = name.get();
        if name.is_empty() {
            return view! { <input class="input" disabled placeholder=say("typed.cred.name")/> }.into_any();
        }
        let field = Field::new(&name, part.field.title.clone(), Kind::Secret { has_lines: false });
        secret(&Part { scope: scope.clone(), field: Arc::new(field), ..part.clone() }, false)
    };
    control.into_any()
}

fn menu(
    part: &Part,
    types: &Arc<ValueTypes>,
    value: Memo<TypedValue>,
    write: Callback<TypedValue>,
) -> AnyView {
    let name = Memo::new(move |_| value.with(|value| value.type_name.clone()));
    let offered: Vec<(String, String)> =
        types.types.iter().map(|one| (one.name.clone(), one.title())).collect();
    let options = offered.iter().map(|(one, title)| {
        let one = one.clone();
        let value = one.clone();
        view! { <option value=value prop:selected=Signal::derive(move || name.with(|name| *name == one))>{title.clone()}</option> }
    });
    let options = options.collect_view();
    let known = Arc::clone(types);
    let odd = move || {
        let name = name.get();
        let is_odd = !known.types.iter().any(|one| one.name == name);
        is_odd.then(|| {
            let title = known.of(&name).title();
            view! { <option value=name prop:selected=true>{title}</option> }
        })
    };
    let label = show(&text("typed.type").with("field", &part.field.title));
    let editor = part.scope.editor;
    let types = Arc::clone(types);
    let choose = move |event| {
        let now = value.get_untracked();
        let mut next = types.retyped(&now, &event_target_value(&event));
        if next.type_name == SECRET {
            // What stood there is none, and a secret does not stand there.
            next.text.clear();
        }
        write.run(next);
        editor.settle();
    };
    view! { <select class="input type" aria-label=label on:change=choose>{odd}{options}</select> }.into_any()
}

fn control(part: &Part, input: &Input, value: Memo<TypedValue>, write: Callback<TypedValue>) -> AnyView {
    let editor = part.scope.editor;
    let set = move |text: String| {
        let type_name = value.with_untracked(|value| value.type_name.clone());
        write.run(TypedValue { type_name, text });
    };
    let shown = move || value.with(|value| value.text.clone());
    let label = part.scope.is_row.then(|| part.field.title.clone());
    let (id, described_by) = (part.id.clone(), part.described_by.clone());
    match input {
        Input::Fixed(_) => {
            // The label belongs to something, even where there is nothing to enter.
            view! { <input class="input fixed" id=id aria-label=label disabled value="" /> }.into_any()
        }
        Input::Truth => {
            let is = move |truth: &'static str| move || value.with(|value| value.text == truth);
            view! {
                <select
                    class="input"
                    id=id
                    aria-label=label
                    aria-describedby=described_by
                    on:change=move |event| {
                        set(event_target_value(&event));
                        editor.settle();
                    }
                >
                    <option value="true" prop:selected=is("true")>"true"</option>
                    <option value="false" prop:selected=is("false")>"false"</option>
                    {move || {
                        let odd = value.with(|value| value.text.clone());
                        let is_odd = odd != "true" && odd != "false";
                        is_odd.then(|| view! { <option prop:selected=true>{odd}</option> })
                    }}
                </select>
            }
            .into_any()
        }
        Input::Node => {
            let scope = part.scope.clone();
            let choices = move || {
                let found = scope.editor.document.with(|document| {
                    let document = document.as_ref()?;
                    let kind = NodesKind::default();
                    let types = scope.editor.types.get();
                    Some(candidates::nodes(document, &types, &scope.node, &kind))
                });
                let found = found.unwrap_or_default().into_iter().map(|one| {
                    let id = one.id.clone();
                    let is_chosen = move || value.with(|value| value.text.as_str() == id.as_ref());
                    view! { <option value=one.id.to_string() prop:selected=is_chosen>{one.label}</option> }
                });
                found.collect_view()
            };
            view! {
                <select
                    class="input"
                    id=id
                    aria-label=label
                    aria-describedby=described_by
                    on:change=move |event| set(event_target_value(&event))
                >
                    <option value="">{say("form.choose")}</option>
                    {choices}
                </select>
            }
            .into_any()
        }
        Input::Property(_) | Input::Text | Input::Number | Input::Code => {
            // Where there is a menu, it shows the prefix.
            let has_menu = matches!(&part.field.kind, crate::store::form::Kind::Typed(types) if types.type_key.is_some());
            let prefix = match input {
                Input::Property(prefix) if !has_menu => Some(view! { <span class="prefix">{*prefix}</span> }),
                _ => None,
            };
            let is_mono = matches!(input, Input::Property(_) | Input::Code);
            let (list, offered) = (format!("{id}-offers"), RwSignal::new(Vec::<String>::new()));
            let node = part.scope.node.clone();
            // Looked for when the field is come to, not with every key.
            let offer = move |_| {
                let kind = value.with_untracked(|value| value.type_name.clone());
                let found = editor.document.with_untracked(|document| {
                    document.as_ref().map(|document| completions(document, &node, &kind)).unwrap_or_default()
                });
                // What was seen on its wires comes first: it is known to come.
                let seen = if kind == "msg" { editor.paths_into(&node) } else { Default::default() };
                let rest = found.into_iter().filter(|path| !seen.contains(path)).collect::<Vec<_>>();
                offered.set(seen.iter().cloned().chain(rest).collect());
            };
            let options = move || {
                offered.get().into_iter().map(|one| view! { <option value=one></option> }).collect_view()
            };
            view! {
                {prefix}
                <input
                    class="input"
                    class:mono=is_mono
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    id=id
                    aria-label=label
                    aria-describedby=described_by
                    aria-invalid=part.invalid()
                    placeholder=part.scope.is_row.then(|| part.field.title.clone())
                    list=list.clone()
                    prop:value=shown
                    on:focus=offer
                    on:input=move |event| set(event_target_value(&event))
                    on:blur=move |_| editor.settle()
                />
                <datalist id=list>{options}</datalist>
            }
            .into_any()
        }
    }
}
