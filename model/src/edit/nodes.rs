//! Adding, moving, changing, switching and deleting nodes.

use std::collections::HashSet;

use super::Edit;
use super::draft::Draft;
use super::references::{Fate, rewrite, users};
use crate::descriptor::{NodeDescriptor, Role};
use crate::diff::Diff;
use crate::document::{Document, Kind};
use crate::json::{Json, Object};
use crate::text::Text;

/// Where a new node stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place<'a> {
    /// The tab or subflow template; a config node may stand on none.
    pub z: Option<&'a str>,
    /// Horizontal centre in pixels at zoom 1.
    pub x: f64,
    /// Vertical centre in pixels at zoom 1.
    pub y: f64,
}

/// Adds a node of a type with the defaults of its descriptor. A config node gets no place and no wires.
pub fn add_node(document: &Document, descriptor: &NodeDescriptor, id: &str, place: Place<'_>) -> Edit {
    if document.get(id).is_some() {
        return Err(Text::key("edit.taken-id").with("id", id));
    }
    let is_config = descriptor.role == Role::Config;
    let is_container =
        |z: &str| document.get(z).is_some_and(|node| matches!(node.kind(), Kind::Tab | Kind::Subflow));
    match place.z {
        Some(z) if !is_container(z) => return Err(Text::key("edit.no-container").with("id", z)),
        None if !is_config => return Err(Text::key("edit.no-container").with("id", "")),
        _ => {}
    }
    check_place(id, place.x, place.y)?;

    let mut fields: Object = [("id", id), ("type", descriptor.type_name.as_str())].into_iter().collect();
    if let Some(z) = place.z {
        fields.insert("z", z);
    }
    fields.insert("name", "");
    let properties = descriptor.schema.get("properties").and_then(serde_json::Value::as_object);
    for (key, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default") {
            fields.insert(key.as_str(), default.clone());
        }
    }
    if !is_config {
        fields.insert("x", place.x);
        fields.insert("y", place.y);
        let outputs = descriptor.outputs.count(&fields);
        fields.insert("wires", Json::Array(vec![Json::Array(Vec::new()); usize::from(outputs)]));
    }
    let mut draft = Draft::new(document);
    draft.push(fields);
    Ok(draft.finish())
}

/// Moves nodes to new centres, `(id, x, y)` each.
pub fn move_nodes<'a>(document: &Document, places: impl IntoIterator<Item = (&'a str, f64, f64)>) -> Edit {
    let mut draft = Draft::new(document);
    for (id, x, y) in places {
        check_place(id, x, y)?;
        let position = find(document, id)?;
        if matches!(
            document.nodes()[position].kind(),
            Kind::Tab | Kind::Subflow | Kind::Config | Kind::Malformed
        ) {
            return Err(Text::key("edit.no-place").with("id", id));
        }
        for (key, value) in [("x", x), ("y", y)] {
            // The same number in another form is no move.
            if document.nodes()[position].field(key).and_then(Json::as_f64) != Some(value) {
                draft.set(position, key, Some(value.into()));
            }
        }
    }
    Ok(draft.finish())
}

/// Sets a property, or takes it out where `value` is none.
pub fn set_property(document: &Document, id: &str, key: &str, value: Option<Json>) -> Edit {
    set_properties(document, id, [(key, value)])
}

/// Sets several properties of a node at once, as a form does when it is closed.
pub fn set_properties<'a>(
    document: &Document,
    id: &str,
    values: impl IntoIterator<Item = (&'a str, Option<Json>)>,
) -> Edit {
    let position = find(document, id)?;
    let mut draft = Draft::new(document);
    for (key, value) in values {
        if key == "id" {
            return Err(Text::key("edit.fixed").with("key", key));
        }
        draft.set(position, key, value);
    }
    Ok(draft.finish())
}

/// Switches nodes on or off (`d`).
pub fn enable_nodes<'a>(
    document: &Document,
    ids: impl IntoIterator<Item = &'a str>,
    is_enabled: bool,
) -> Edit {
    let mut draft = Draft::new(document);
    for id in ids {
        let position = find(document, id)?;
        draft.set(position, "d", (!is_enabled).then_some(Json::Bool(true)));
    }
    Ok(draft.finish())
}

/// Deletes nodes, groups, config nodes or subflow templates (with what is inside and their instances), and takes
/// them out of all wires, links, scopes and groups. Members of a deleted group stay, in the group around it.
/// Properties that name a deleted config node stay as they are, for the checks to show.
pub fn delete_nodes<'a>(document: &Document, ids: impl IntoIterator<Item = &'a str>) -> Edit {
    let mut gone: HashSet<&str> = HashSet::new();
    for id in ids {
        find(document, id)?;
        gone.insert(id);
    }
    Ok(delete(document, gone))
}

/// Deletes what `gone` names, what is on tabs and in templates named there, and instances of such templates.
pub(super) fn delete<'a>(document: &'a Document, mut gone: HashSet<&'a str>) -> Diff {
    // Once round suffices: what is in a template or an instance of it contains nothing itself.
    for node in document.nodes() {
        if node.z().is_some_and(|z| gone.contains(z)) || node.subflow_id().is_some_and(|id| gone.contains(id))
        {
            gone.insert(node.id());
        }
    }
    let mut draft = Draft::new(document);
    for (position, node) in document.nodes().iter().enumerate() {
        let is_named = node.own_id().is_some_and(|id| gone.contains(id.as_str()));
        if is_named || node.z().is_some_and(|z| gone.contains(z)) {
            draft.remove(position);
        }
    }
    let outer_group = |group: &str| {
        let mut group = group;
        let mut steps = 0;
        loop {
            match document.get(group).and_then(|node| node.g()) {
                Some(outer) if gone.contains(outer) && steps < document.len() => {
                    (group, steps) = (outer, steps + 1)
                }
                outer => return outer.filter(|outer| !gone.contains(outer)),
            }
        }
    };
    let is_gone = |id: &str| gone.contains(id);
    for position in users(document, &is_gone) {
        let node = &document.nodes()[position];
        if is_gone(node.id()) {
            continue;
        }
        let around = node.g().filter(|g| is_gone(g)).map(outer_group);
        if let Some(fields) = draft.fields(position) {
            if let Some(Some(group)) = around {
                fields.insert("g", group);
            }
            rewrite(fields, node.kind(), &|id| if is_gone(id) { Fate::Drop } else { Fate::Keep });
        }
        if let Some(group) = around.flatten().and_then(|group| document.position(group))
            && let Some(members) =
                draft.fields(group).and_then(|group| group.get_mut("nodes")).and_then(Json::as_array_mut)
        {
            members.push(node.id().into());
        }
    }
    draft.finish()
}

/// Where the node with this id stands.
pub(super) fn find(document: &Document, id: &str) -> Result<usize, Text> {
    document.position(id).ok_or_else(|| Text::key("edit.no-node").with("id", id))
}

fn check_place(id: &str, x: f64, y: f64) -> Result<(), Text> {
    match x.is_finite() && y.is_finite() {
        true => Ok(()),
        false => Err(Text::key("edit.not-finite").with("id", id).with("x", x).with("y", y)),
    }
}
