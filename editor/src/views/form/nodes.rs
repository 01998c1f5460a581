//! Nodes to watch or to link to: a list with a filter and check boxes.

use std::sync::Arc;

use leptos::prelude::*;
use model::edit::link_nodes;
use model::json::Json;

use super::Part;
use crate::store::Id;
use crate::store::form::NodesKind;
use crate::store::form::candidates::{self, Candidate};
use crate::store::form::value::write;
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// A filter appears from so many nodes on.
const MANY: usize = 8;

/// Which nodes, in one of three ways where the schema has them: all, those of the group, those chosen.
pub(super) fn nodes(part: &Part, kind: NodesKind) -> AnyView {
    let Part { scope, field, id, .. } = part.clone();
    let value = scope.value(&field);
    let way = Memo::new(move |_| {
        value.with(|value| match value {
            Json::Null if kind.may_be_all => Way::All,
            Json::String(_) if kind.may_be_group => Way::Group,
            _ => Way::Chosen,
        })
    });
    let ways = (kind.may_be_all || kind.may_be_group).then(|| {
        let offered = [
            (kind.may_be_all, Way::All, "nodes.all"),
            (kind.may_be_group, Way::Group, "nodes.group"),
            (true, Way::Chosen, "nodes.chosen"),
        ];
        let options = offered.into_iter().filter(|(is_offered, ..)| *is_offered).map(|(_, one, key)| {
            let (scope, field, name) = (scope.clone(), Arc::clone(&field), format!("{id}-way"));
            let choose = move |_| {
                let written = match one {
                    Way::All => None,
                    Way::Group => Some(Json::from("group")),
                    Way::Chosen => Some(Json::Array(Vec::new())),
                };
                scope.write(&field, vec![(field.key.clone(), Some(written.unwrap_or_default()))]);
                scope.editor.settle();
            };
            view! {
                <label class="check">
                    <input type="radio" name=name prop:checked=Signal::derive(move || way.get() == one) on:change=choose/>
                    {say(key)}
                </label>
            }
        });
        view! { <div class="ways" role="radiogroup" aria-labelledby=format!("{id}-label")>{options.collect_view()}</div> }
    });
    let part = part.clone();
    let list = move || (way.get() == Way::Chosen).then(|| list(&part));
    view! { {ways}{list} }.into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    All,
    Group,
    Chosen,
}

fn list(part: &Part) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let crate::store::form::Kind::Nodes(kind) = field.kind.clone() else { return ().into_any() };
    let is_single = kind.most == Some(1);
    let editor = scope.editor;
    let value = scope.value(&field);
    let chosen = Memo::new(move |_| value.with(ids));
    let (node, wanted) = (scope.node.clone(), kind.clone());
    let offered = Memo::new(move |_| {
        let types = editor.types.get();
        editor.document.with(|document| {
            let document = document.as_ref()?;
            Some(candidates::nodes(document, &types, &node, &wanted))
        })
    });
    let filter = RwSignal::new(String::new());
    let shown = move || {
        let filter = filter.get();
        let offered = offered.get().unwrap_or_default();
        offered.into_iter().filter(|one| one.matches(&filter)).collect::<Vec<Candidate>>()
    };
    let is_long =
        Memo::new(move |_| offered.with(|offered| offered.as_ref().is_some_and(|all| all.len() >= MANY)));
    let is_empty = Memo::new(move |_| offered.with(|offered| offered.as_ref().is_none_or(Vec::is_empty)));
    let gone = move || {
        let gone = chosen.with(|chosen| {
            offered.with(|offered| {
                let known = |id: &&String| offered.iter().flatten().any(|one| *one.id == ***id);
                chosen.iter().filter(|id| !known(id)).count()
            })
        });
        (gone > 0).then(|| view! { <p class="hint">{show(&text("nodes.gone").with("count", gone))}</p> })
    };
    let set = {
        let (scope, field) = (scope.clone(), Arc::clone(&field));
        Callback::new(move |(id, is_chosen): (Id, bool)| {
            let mut ids: Vec<String> = if is_single { Vec::new() } else { chosen.get_untracked() };
            ids.retain(|known| **known != *id);
            if is_chosen {
                ids.push(id.to_string());
            }
            if field.kind == crate::store::form::Kind::Nodes(NodesKind { types: Vec::new(), ..kind.clone() })
            {
                scope.write(&field, write(&field, ids.iter().map(String::as_str).collect::<Json>()));
            } else {
                let types = editor.types.get_untracked();
                editor.edit(scope.step(&field), |document| {
                    let ids = Some(ids.iter().map(String::as_str).collect());
                    link_nodes(document, types.as_ref(), &scope.node, &field.key, ids)
                });
            }
            editor.settle();
        })
    };
    let name = format!("{id}-node");
    let children = move |one: Candidate| {
        let id = one.id.clone();
        let is_chosen = {
            let id = id.clone();
            move || chosen.with(|chosen| chosen.iter().any(|known| **known == *id))
        };
        let types = editor.types.get_untracked();
        let icon =
            types.get(&one.type_name).map_or_else(|| "circle-help".to_owned(), |known| known.icon.clone());
        view! {
            <label class="check node-choice" class:off=one.is_disabled>
                <input
                    type=if is_single { "radio" } else { "checkbox" }
                    name=name.clone()
                    value=id.to_string()
                    prop:checked=is_chosen
                    on:change=move |event| set.run((id.clone(), event_target_checked(&event)))
                />
                <Icon name=icon size=14.0/>
                <span class="name">{one.label}</span>
                <span class="hint">{one.tab}</span>
            </label>
        }
    };
    view! {
        <div class="node-list" role="group" aria-labelledby=format!("{id}-label") aria-describedby=described_by>
            <div class="search" hidden=Signal::derive(move || !is_long.get())>
                <Icon name="search" size=14.0/>
                <input
                    type="search"
                    aria-label=say("nodes.filter")
                    placeholder=say("nodes.filter")
                    on:input=move |event| filter.set(event_target_value(&event))
                />
            </div>
            <div class="choices"><For each=shown key=Candidate::clone children/></div>
            <p class="hint" hidden=Signal::derive(move || !is_empty.get())>{say("nodes.none")}</p>
            {gone}
        </div>
    }
    .into_any()
}

fn ids(value: &Json) -> Vec<String> {
    value.as_array().unwrap_or_default().iter().filter_map(Json::as_str).map(str::to_owned).collect()
}
