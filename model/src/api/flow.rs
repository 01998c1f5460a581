//! One flow at a time: `GET`, `PUT`, `DELETE /flow/:id` and `POST /flow`.
//!
//! A flow is `{id, label, disabled?, info?, env?, nodes, configs?, subflows?}`; the flow `global` holds the config
//! nodes and subflow templates that stand on no tab, each template with its own `nodes` and `configs`.

use std::collections::{HashMap, HashSet};

use crate::document::{Document, Kind, Node};
use crate::json::{Json, Object};
use crate::text::Text;

/// The id of what stands on no tab.
pub const GLOBAL: &str = "global";

/// The flow with this id; none where no tab has it.
pub fn get_flow(document: &Document, id: &str) -> Option<Json> {
    let containers = document.by_container();
    if id == GLOBAL {
        let outside = containers.get("").map(Vec::as_slice).unwrap_or_default();
        let mut flow: Object = [("id", GLOBAL)].into_iter().collect();
        let configs = outside.iter().filter(|node| node.kind() == Kind::Config);
        flow.insert("configs", configs.map(|node| entry(node)).collect::<Json>());
        let subflows =
            document.subflows().map(|template| contents(template.fields().clone(), template, &containers));
        flow.insert("subflows", subflows.collect::<Json>());
        return Some(Json::Object(flow));
    }
    let tab = document.get(id).filter(|node| node.kind() == Kind::Tab)?;
    let mut flow = tab.fields().clone();
    flow.remove("type");
    Some(Json::Object(contents(flow, tab, &containers)))
}

fn contents(mut flow: Object, container: &Node, containers: &HashMap<&str, Vec<&Node>>) -> Object {
    let inside = containers.get(container.id()).map(Vec::as_slice).unwrap_or_default();
    let (configs, nodes): (Vec<&Node>, Vec<&Node>) = inside.iter().partition(|node| node.is_config());
    flow.insert("nodes", nodes.into_iter().map(entry).collect::<Json>());
    if !configs.is_empty() {
        flow.insert("configs", configs.into_iter().map(entry).collect::<Json>());
    }
    flow
}

/// Credentials are never sent.
fn entry(node: &Node) -> Json {
    let mut fields = node.fields().clone();
    fields.remove("credentials");
    Json::Object(fields)
}

/// The document with one flow more, under this id. Where the flow names an id of its own, that is for the caller to take.
pub fn add_flow(document: &Document, flow: &Json, id: &str) -> Result<Document, Text> {
    if id == GLOBAL || document.get(id).is_some() {
        return Err(Text::key("api.flow-taken").with("id", id));
    }
    let added = entries(flow, id)?;
    distinct(&added, document, &HashSet::new())?;
    Ok(Document::from_entries(document.nodes().iter().map(|node| node.json().clone()).chain(added)))
}

/// The document with the flow of this id replaced, in its place.
pub fn update_flow(document: &Document, id: &str, flow: &Json) -> Result<Document, Text> {
    let belongs = members(document, id)?;
    let replacement = entries(flow, id)?;
    distinct(&replacement, document, &belongs)?;
    let mut replacement = Some(replacement);
    let mut updated = Vec::new();
    for (position, node) in document.nodes().iter().enumerate() {
        if belongs.contains(&position) {
            updated.extend(replacement.take().into_iter().flatten());
        } else {
            updated.push(node.json().clone());
        }
    }
    updated.extend(replacement.into_iter().flatten());
    Ok(Document::from_entries(updated))
}

/// The document without the flow of this id.
pub fn remove_flow(document: &Document, id: &str) -> Result<Document, Text> {
    if id == GLOBAL {
        return Err(Text::key("api.flow-global"));
    }
    let belongs = members(document, id)?;
    let rest = document.nodes().iter().enumerate().filter(|(position, _)| !belongs.contains(position));
    Ok(Document::from_entries(rest.map(|(_, node)| node.json().clone())))
}

/// Positions of what makes up a flow.
fn members(document: &Document, id: &str) -> Result<HashSet<usize>, Text> {
    let is_template = |id: &str| document.get(id).is_some_and(|node| node.kind() == Kind::Subflow);
    let belongs = |node: &Node| match (id, node.kind(), node.z()) {
        (GLOBAL, Kind::Subflow, _) | (GLOBAL, Kind::Config, None) => true,
        (GLOBAL, _, Some(z)) => is_template(z),
        (_, Kind::Tab, _) => node.id() == id,
        (_, _, z) => z == Some(id),
    };
    if id != GLOBAL && document.get(id).is_none_or(|node| node.kind() != Kind::Tab) {
        return Err(Text::key("api.no-flow").with("id", id));
    }
    let positions = document.nodes().iter().enumerate().filter(|(_, node)| belongs(node));
    Ok(positions.map(|(position, _)| position).collect())
}

/// A flow as entries of a document.
fn entries(flow: &Json, id: &str) -> Result<Vec<Json>, Text> {
    let shape = |found: &str| Text::key("api.flow-shape").with("found", found);
    let fields = flow.as_object().ok_or_else(|| shape(flow.kind_name()))?;
    let mut entries = Vec::new();
    if id == GLOBAL {
        for (index, subflow) in list(fields, "subflows")?.iter().enumerate() {
            let mut template = node(subflow, "subflows", index)?.clone();
            let inside = [("nodes", template.remove("nodes")), ("configs", template.remove("configs"))];
            let z = template.get("id").cloned();
            entries.push(Json::Object(template));
            for (key, items) in inside {
                push_all(
                    &[(key, items.unwrap_or_else(|| Json::Array(Vec::new())))].into_iter().collect(),
                    key,
                    z.clone(),
                    &mut entries,
                )?;
            }
        }
        push_all(fields, "configs", None, &mut entries)?;
        return Ok(entries);
    }
    if fields.get("nodes").and_then(Json::as_array).is_none() {
        return Err(shape("one without a list of `nodes`"));
    }
    let mut tab: Object = [("id", id), ("type", "tab")].into_iter().collect();
    for (key, value) in
        fields.iter().filter(|(key, _)| !matches!(*key, "id" | "type" | "nodes" | "configs" | "subflows"))
    {
        tab.insert(key, value.clone());
    }
    entries.push(Json::Object(tab));
    push_all(fields, "nodes", Some(id.into()), &mut entries)?;
    push_all(fields, "configs", Some(id.into()), &mut entries)?;
    Ok(entries)
}

fn push_all(fields: &Object, key: &str, z: Option<Json>, entries: &mut Vec<Json>) -> Result<(), Text> {
    for (index, item) in list(fields, key)?.iter().enumerate() {
        let mut fields = node(item, key, index)?.clone();
        if let Some(z) = &z {
            fields.insert("z", z.clone());
        }
        entries.push(Json::Object(fields));
    }
    Ok(())
}

fn list<'a>(fields: &'a Object, key: &str) -> Result<&'a [Json], Text> {
    match fields.get(key) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        Some(other) => {
            let found = ecow::eco_format!("one whose `{key}` is {}", other.kind_name());
            Err(Text::key("api.flow-shape").with("found", found))
        }
    }
}

fn node<'a>(item: &'a Json, list: &str, index: usize) -> Result<&'a Object, Text> {
    let is_text = |key| item.get(key).is_some_and(|value| value.as_str().is_some());
    let fields = item.as_object().filter(|_| is_text("id") && is_text("type"));
    fields.ok_or_else(|| Text::key("api.flow-node").with("list", list).with("index", index))
}

/// Whether the ids of a flow's entries are its own and nobody else's.
fn distinct(entries: &[Json], document: &Document, replaced: &HashSet<usize>) -> Result<(), Text> {
    let mut seen = HashSet::new();
    for id in entries.iter().filter_map(|entry| entry.get("id")?.as_str()) {
        let is_others = document.position(id).is_some_and(|position| !replaced.contains(&position));
        if is_others || !seen.insert(id) {
            return Err(Text::key("api.flow-duplicate").with("id", id));
        }
    }
    Ok(())
}
