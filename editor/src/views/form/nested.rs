//! Fields whose values stand inside one property of the node: the look of a group, the variables of a subflow's use.

use leptos::prelude::*;
use model::document::Node;
use model::json::Json;
use model::text::Text;

use super::Scope;
use crate::store::form::instance;
use crate::store::form::value::Writes;

/// The property of a group that holds its look.
const STYLE: &str = "style";

/// The scope of a group's look.
pub(super) fn style_scope(node: &Scope) -> Scope {
    let properties = node.properties;
    let style = Memo::new(move |_| {
        properties
            .with(|properties| properties.get(STYLE).and_then(Json::as_object).cloned().unwrap_or_default())
    });
    let outer = node.write;
    let write = Callback::new(move |(tag, what, writes): (String, Text, Writes)| {
        let mut style = style.get_untracked();
        for (key, value) in writes {
            match value {
                Some(value) => style.insert(key, value),
                None => style.remove(&key),
            };
        }
        outer.run((tag, what, vec![(STYLE.to_owned(), Some(Json::Object(style)))]));
    });
    Scope {
        properties: style,
        prefix: Signal::stored("style.".into()),
        dom: "style".into(),
        write,
        ..node.clone()
    }
}

/// The scope of the variables that a subflow's use has: its own, over those of the template.
pub(super) fn instance_scope(node: &Scope) -> Scope {
    let (editor, properties) = (node.editor, node.properties);
    let template = move || -> Option<Node> {
        let type_name = properties
            .with_untracked(|properties| properties.get("type").and_then(Json::as_str).map(str::to_owned))?;
        let id = type_name.strip_prefix("subflow:")?.to_owned();
        editor.document.with_untracked(|document| document.as_ref()?.get(&id).cloned())
    };
    let values = Memo::new(move |_| {
        let own = properties.with(|properties| properties.get(instance::ENV).cloned());
        template().map(|template| instance::values(&template, own.as_ref())).unwrap_or_default()
    });
    let outer = node.write;
    let as_own = Callback::new(move |writes: Writes| {
        let own = properties.with_untracked(|properties| properties.get(instance::ENV).cloned());
        let env = template().map(|template| instance::written(&template, own.as_ref(), writes));
        env.into_iter().map(|env| (instance::ENV.to_owned(), env)).collect::<Writes>()
    });
    let write = Callback::new(move |(tag, what, writes): (String, Text, Writes)| {
        outer.run((tag, what, as_own.run(writes)));
    });
    Scope {
        properties: values,
        prefix: Signal::stored("env.".into()),
        dom: "variable".into(),
        write,
        as_own: Some(as_own),
        ..node.clone()
    }
}

/// The scope of a node whose credentials are written; a subflow's use lists those that are variables of it, too.
pub(super) fn secret_scope(node: &Scope) -> Scope {
    let (properties, outer) = (node.properties, node.write);
    let write = Callback::new(move |(tag, what, mut writes): (String, Text, Writes)| {
        let is_use = properties.with_untracked(|properties| {
            properties.get("type").and_then(Json::as_str).is_some_and(|name| name.starts_with("subflow:"))
        });
        if is_use {
            let own = properties.with_untracked(|properties| properties.get(instance::ENV).cloned());
            let typed = writes.iter().find_map(|(_, value)| value.as_ref()?.as_object().cloned());
            let env = instance::with_secrets(own, &typed.unwrap_or_default());
            writes.push((instance::ENV.to_owned(), env));
        }
        outer.run((tag, what, writes));
    });
    Scope { write, ..node.clone() }
}
