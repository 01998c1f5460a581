//! Adding, moving, changing, switching and deleting nodes.

use std::collections::HashSet;

use super::Edit;
use super::draft::Draft;
use super::ports::write_count;
use super::references::{Fate, rewrite, users};
use crate::check::Types;
use crate::descriptor::{NodeDescriptor, Role};
use crate::diff::Diff;
use crate::document::{Document, Kind, Node};
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
    fill_defaults(descriptor, &mut fields);
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

/// Adds a config node of a type with the defaults of its descriptor, and sets the property `key` of the node `user`
/// to what names it.
pub fn add_config_node(
    document: &Document,
    descriptor: &NodeDescriptor,
    id: &str,
    (user, key, value): (&str, &str, Option<Json>),
) -> Edit {
    if document.get(id).is_some() {
        return Err(Text::key("edit.taken-id").with("id", id));
    }
    let position = find(document, user)?;
    let mut fields: Object = [("id", id), ("type", descriptor.type_name.as_str())].into_iter().collect();
    fill_defaults(descriptor, &mut fields);
    let mut draft = Draft::new(document);
    draft.set(position, key, value);
    draft.push(fields);
    Ok(draft.finish())
}

/// The name and what the schema says; a default of `null` stands for no value.
fn fill_defaults(descriptor: &NodeDescriptor, fields: &mut Object) {
    fields.insert("name", "");
    let properties = descriptor.schema.get("properties").and_then(serde_json::Value::as_object);
    for (key, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
            fields.insert(key.as_str(), default.clone());
        }
    }
    write_count(descriptor, fields);
}

/// Sets the list of ids `key` of a node. A node that comes into the list or goes from it, and has a list of the
/// same name for nodes of this node's type (`x-node-types`), gets this node into its list or loses it: both
/// ends of a link name each other.
pub fn link_nodes(
    document: &Document,
    types: &dyn Types,
    id: &str,
    key: &str,
    ids: Option<Vec<&str>>,
) -> Edit {
    let position = find(document, id)?;
    let node = &document.nodes()[position];
    let listed = |node: &Node| -> Vec<String> {
        let items = node.field(key).and_then(Json::as_array).unwrap_or_default();
        items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let before = listed(node);
    let after: Vec<&str> = ids.clone().unwrap_or_default();
    let mut draft = Draft::new(document);
    draft.set(position, key, ids.map(|ids| ids.into_iter().map(Json::from).collect()));
    let came = after.iter().copied().filter(|id| !before.iter().any(|known| known == id));
    let went = before.iter().map(String::as_str).filter(|id| !after.contains(id));
    for (other, is_new) in came.map(|id| (id, true)).chain(went.map(|id| (id, false))) {
        let Some(at) = document.position(other).filter(|at| *at != position) else { continue };
        let end = &document.nodes()[at];
        if !types.descriptor(end.type_name()).is_some_and(|end| links_back(end, key, node.type_name())) {
            continue;
        }
        let mut back = listed(end);
        back.retain(|known| known != id);
        if is_new {
            back.push(id.to_owned());
        }
        draft.set(at, key, Some(back.into_iter().map(Json::from).collect()));
    }
    Ok(draft.finish())
}

/// Whether nodes of a type list, under `key`, nodes of the type `other`.
fn links_back(descriptor: &NodeDescriptor, key: &str, other: &str) -> bool {
    let types =
        descriptor.schema.get("properties").and_then(|all| all.get(key)?.get("x-node-types")?.as_array());
    types.is_some_and(|types| types.iter().any(|known| known.as_str() == Some(other)))
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
