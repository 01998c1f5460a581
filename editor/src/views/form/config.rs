//! Config nodes: chosen, added and opened where they are used.

use leptos::prelude::*;
use model::edit::add_config_node;
use model::json::Json;

use super::Part;
use crate::ids;
use crate::store::form::candidates::{self, Candidate};
use crate::store::form::value::{Writes, write};
use crate::texts::{say, show, text};
use crate::views::icon::Icon;

/// The menu of config nodes of a type, and buttons to open the chosen one and to add another.
pub(super) fn config_node(part: &Part, type_name: String) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let editor = scope.editor;
    let value = scope.value(&field);
    let chosen = Memo::new(move |_| value.with(|value| value.as_str().unwrap_or_default().to_owned()));
    let (wanted, node) = (type_name.clone(), scope.node.clone());
    let offered = Memo::new(move |_| {
        let types = editor.types.get();
        editor.document.with(|document| {
            let document = document.as_ref()?;
            let mut offered = candidates::config_variables(document, &node, &wanted);
            offered.extend(candidates::config_nodes(document, &types, &wanted));
            Some(offered)
        })
    });
    let options = move || {
        let offered = offered.get().unwrap_or_default();
        let is_odd =
            chosen.with(|chosen| !chosen.is_empty() && !offered.iter().any(|one| *one.id == **chosen));
        let odd = is_odd.then(|| {
            let id = chosen.get();
            view! { <option value=id.clone() prop:selected=true>{id.clone()}</option> }
        });
        let known = offered.into_iter().map(|one| {
            let id = one.id.to_string();
            let is_chosen = {
                let id = id.clone();
                move || chosen.with(|chosen| *chosen == id)
            };
            view! { <option value=id prop:selected=is_chosen>{title(&one)}</option> }
        });
        view! {
            <option value="" prop:selected=Signal::derive(move || chosen.with(String::is_empty))>{say("config.none")}</option>
            {odd}
            {known.collect_view()}
        }
    };
    let choose = {
        let (scope, field) = (scope.clone(), field.clone());
        move |event| {
            scope.write(&field, write(&field, Json::from(event_target_value(&event))));
            editor.settle();
        }
    };
    let is_installed = {
        let wanted = type_name.clone();
        Memo::new(move |_| editor.types.with(|types| types.get(&wanted).is_some()))
    };
    let can_open = Memo::new(move |_| {
        editor.document.with(|document| {
            chosen.with(|id| document.as_ref().is_some_and(|document| document.get(id).is_some()))
        })
    });
    let title = field.title.clone();
    let add_label = show(&text("config.add").with("type", &type_name));
    let open_label = show(&text("config.open").with("field", &title));
    let add = move |_| {
        let Some(descriptor) = editor.types.with_untracked(|types| types.get(&type_name).cloned()) else {
            return;
        };
        let fresh = ids::fresh();
        let what = text("config.added").with("type", &type_name);
        let named: Writes = vec![(field.key.clone(), Some(Json::from(fresh.as_str())))];
        let named = scope.as_own.map_or(named.clone(), |as_own| as_own.run(named));
        let Some((key, value)) = named.into_iter().next() else { return };
        if editor
            .edit(what, |document| add_config_node(document, &descriptor, &fresh, (&scope.node, &key, value)))
        {
            editor.inspect(&fresh);
            editor.focus_form();
        }
    };
    let open = move |_| {
        editor.inspect(&chosen.get_untracked());
        editor.focus_form();
    };
    view! {
        <div class="beside config">
            <select
                class="input"
                id=id
                aria-describedby=described_by
                aria-invalid=part.invalid()
                on:change=choose
            >
                {options}
            </select>
            <button class="quiet square" type="button" title=open_label.clone() aria-label=open_label disabled=Signal::derive(move || !can_open.get()) on:click=open>
                <Icon name="pencil" size=14.0/>
            </button>
            <button class="quiet square" type="button" title=add_label.clone() aria-label=add_label disabled=Signal::derive(move || !is_installed.get()) on:click=add>
                <Icon name="plus" size=15.0/>
            </button>
        </div>
    }
    .into_any()
}

fn title(candidate: &Candidate) -> String {
    match candidate.is_disabled {
        true => show(&text("config.disabled").with("name", &candidate.label)),
        false => candidate.label.clone(),
    }
}
