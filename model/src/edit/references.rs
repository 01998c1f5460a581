//! Where entries name each other by id: wires, links, scopes, group members, the ends of subflow templates.

use ecow::EcoString;

use crate::document::{Document, Kind, Node};
use crate::json::{Json, Object};

/// What becomes of a reference.
pub(crate) enum Fate {
    Keep,
    Drop,
    Become(EcoString),
}

/// Whether the entry names an id that `is_meant`; cheap, and true for every entry that [`rewrite`] would change.
pub(crate) fn names(node: &Node, is_meant: &dyn Fn(&str) -> bool) -> bool {
    node.g().is_some_and(is_meant)
        || ["wires", "links", "scope", "nodes", "in", "out", "status"]
            .iter()
            .any(|key| node.field(key).is_some_and(|value| holds(value, is_meant)))
}

fn holds(value: &Json, is_meant: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Json::String(id) => is_meant(id),
        Json::Array(items) => items.iter().any(|item| holds(item, is_meant)),
        Json::Object(object) => object.iter().any(|(_, value)| holds(value, is_meant)),
        _ => false,
    }
}

/// Gives every reference of an entry its fate. Outputs keep their number.
pub(crate) fn rewrite(fields: &mut Object, kind: Kind, fate: &dyn Fn(&str) -> Fate) {
    if let Some(ports) = fields.get_mut("wires").and_then(Json::as_array_mut) {
        ports.iter_mut().for_each(|port| ids(port, fate));
    }
    // A scope that only held what is gone stays a scope of nothing: to watch everything would be another meaning.
    for key in ["links", "scope"] {
        if let Some(list) = fields.get_mut(key) {
            ids(list, fate);
        }
    }
    match kind {
        Kind::Group => {
            if let Some(members) = fields.get_mut("nodes") {
                ids(members, fate);
            }
        }
        Kind::Subflow => {
            for key in ["in", "out"] {
                fields
                    .get_mut(key)
                    .and_then(Json::as_array_mut)
                    .into_iter()
                    .flatten()
                    .for_each(|end| wire_ends(end, fate));
            }
            if let Some(status) = fields.get_mut("status") {
                wire_ends(status, fate);
            }
        }
        _ => {}
    }
    match fields.get("g").and_then(Json::as_str).map(fate) {
        Some(Fate::Drop) => drop(fields.remove("g")),
        Some(Fate::Become(id)) => drop(fields.insert("g", id)),
        Some(Fate::Keep) | None => {}
    }
}

fn ids(list: &mut Json, fate: &dyn Fn(&str) -> Fate) {
    let Some(items) = list.as_array_mut() else { return };
    items.retain_mut(|item| match item.as_str().map(fate) {
        Some(Fate::Drop) => false,
        Some(Fate::Become(id)) => {
            *item = Json::String(id);
            true
        }
        Some(Fate::Keep) | None => true,
    });
}

/// `{wires: [{id, port?}]}`
fn wire_ends(end: &mut Json, fate: &dyn Fn(&str) -> Fate) {
    let wires = end.as_object_mut().and_then(|end| end.get_mut("wires")).and_then(Json::as_array_mut);
    let Some(wires) = wires else { return };
    wires.retain_mut(|wire| match wire.get("id").and_then(Json::as_str).map(fate) {
        Some(Fate::Drop) => false,
        Some(Fate::Become(id)) => {
            wire.as_object_mut().map(|wire| wire.insert("id", id));
            true
        }
        Some(Fate::Keep) | None => true,
    });
}

/// The entries that name any of these ids, by position.
pub(super) fn users(document: &Document, is_meant: &dyn Fn(&str) -> bool) -> Vec<usize> {
    let nodes = document.nodes().iter().enumerate();
    nodes.filter(|(_, node)| names(node, is_meant)).map(|(position, _)| position).collect()
}
