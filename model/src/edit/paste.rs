//! Pasting and importing.

use std::collections::{HashMap, HashSet};

use ecow::EcoString;

use super::draft::Draft;
use super::references::{Fate, rewrite};
use crate::diff::Diff;
use crate::document::{Document, Kind, Node};
use crate::json::{Json, Object};
use crate::text::Text;

/// How to paste.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paste<'a> {
    /// The tab or subflow template for the nodes that come without theirs.
    pub z: &'a str,
    /// How far those are shifted, in pixels at zoom 1.
    pub shift: (f64, f64),
    /// Whether ids that are free are kept, as for an import; otherwise every entry gets a fresh one.
    pub keeps_free_ids: bool,
}

/// What was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The changes.
    pub diff: Diff,
    /// Ids of the entries that came in, in their order.
    pub ids: Vec<EcoString>,
}

/// Puts copies of entries at the end of a document. They get ids from `fresh_id`; wires, links, groups, scopes,
/// uses of subflows and of config nodes among them are redrawn. A config node or subflow template that the
/// document already holds just so is used, not copied. Wires to what is not pasted are dropped; links and
/// scopes keep what the document holds. Malformed entries are left out.
pub fn paste(
    document: &Document,
    clipboard: &Document,
    options: Paste<'_>,
    fresh_id: &mut dyn FnMut() -> EcoString,
) -> Result<Pasted, Text> {
    let entries: Vec<&Node> =
        clipboard.nodes().iter().filter(|node| node.kind() != Kind::Malformed).collect();
    if entries.is_empty() {
        return Err(Text::key("edit.empty"));
    }
    let needs_container = |node: &&Node| {
        !is_container(node) && (!node.is_config() || node.z().is_some()) && !brings_container(clipboard, node)
    };
    if entries.iter().any(needs_container) && !document.get(options.z).is_some_and(is_container) {
        return Err(Text::key("edit.no-container").with("id", options.z));
    }
    let there = there_already(document, clipboard);
    let is_there = |node: &Node| there.contains(node.id()) || node.z().is_some_and(|z| there.contains(z));
    let entries: Vec<&Node> = entries.into_iter().filter(|node| !is_there(node)).collect();

    let mut ids: HashMap<&str, EcoString> = HashMap::new();
    let mut new_ids: Vec<EcoString> = Vec::new();
    let mut taken: HashSet<EcoString> = HashSet::new();
    for node in &entries {
        let keeps = options.keeps_free_ids && document.get(node.id()).is_none() && !taken.contains(node.id());
        let mut id: EcoString = if keeps { node.id().into() } else { fresh_id() };
        while !keeps && (document.get(&id).is_some() || clipboard.get(&id).is_some() || taken.contains(&id)) {
            id = fresh_id();
        }
        taken.insert(id.clone());
        new_ids.push(id.clone());
        ids.entry(node.id()).or_insert(id);
    }

    let mut draft = Draft::new(document);
    for (node, id) in entries.into_iter().zip(&new_ids) {
        let fields = copy(document, clipboard, node, id, &ids, options);
        answer_links(document, &fields, id, &mut draft);
        draft.push(fields);
    }
    Ok(Pasted { diff: draft.finish(), ids: new_ids })
}

fn copy(
    document: &Document,
    clipboard: &Document,
    node: &Node,
    id: &EcoString,
    ids: &HashMap<&str, EcoString>,
    options: Paste<'_>,
) -> Object {
    let mut fields = node.fields().clone();
    fields.insert("id", id.clone());
    if let Some(template) = node.subflow_id().and_then(|template| ids.get(template)) {
        fields.insert("type", ecow::eco_format!("subflow:{template}"));
    }
    // Links, scopes and members may name what stays outside; wires and groups may not.
    let outside = |id: &str| if document.get(id).is_some() { Fate::Keep } else { Fate::Drop };
    let inside = |id: &str| ids.get(id).cloned().map(Fate::Become);
    let (links, scope) = (fields.get("links").cloned(), fields.get("scope").cloned());
    rewrite(&mut fields, node.kind(), &|id| inside(id).unwrap_or(Fate::Drop));
    for (key, value) in [("links", links), ("scope", scope)] {
        let Some(value) = value else { continue };
        let mut kept: Object = [(key, value)].into_iter().collect();
        rewrite(&mut kept, Kind::Node, &|id| inside(id).unwrap_or_else(|| outside(id)));
        fields.insert(key, kept.remove(key).unwrap_or_default());
    }
    config_references(clipboard, &mut fields, ids);

    match node.z().and_then(|z| ids.get(z)) {
        Some(z) => drop(fields.insert("z", z.clone())),
        None if matches!(node.kind(), Kind::Tab | Kind::Subflow) => {}
        None if node.is_config() => {
            // A config node for one tab only goes where its users go.
            if node.z().is_some() {
                fields.insert("z", options.z);
            }
        }
        None => {
            fields.insert("z", options.z);
            for (key, shift) in [("x", options.shift.0), ("y", options.shift.1)] {
                if let Some(value) = node.field(key).and_then(Json::as_f64).filter(|_| shift != 0.0) {
                    fields.insert(key, value + shift);
                }
            }
        }
    }
    fields
}

/// Properties, and values of environment variables, that name a pasted config node name the copy.
fn config_references(clipboard: &Document, fields: &mut Object, ids: &HashMap<&str, EcoString>) {
    let config = |value: &Json| {
        let id = value.as_str()?;
        clipboard.get(id).filter(|node| node.is_config())?;
        ids.get(id).cloned()
    };
    for (key, value) in
        fields.iter_mut().filter(|(key, _)| !matches!(*key, "id" | "z" | "g" | "type" | "name"))
    {
        if let Some(id) = config(value) {
            *value = id.into();
        } else if key == "env" {
            for variable in value.as_array_mut().into_iter().flatten().filter_map(Json::as_object_mut) {
                if let Some(id) = variable.get("value").and_then(config) {
                    variable.insert("value", id);
                }
            }
        }
    }
}

/// Whether the tab or template of a node is pasted with it.
fn brings_container(clipboard: &Document, node: &Node) -> bool {
    node.z().and_then(|z| clipboard.get(z)).is_some_and(is_container)
}

fn is_container(node: &Node) -> bool {
    matches!(node.kind(), Kind::Tab | Kind::Subflow)
}

/// A link node that the document holds already names the copy that names it.
fn answer_links(document: &Document, fields: &Object, id: &EcoString, draft: &mut Draft<'_>) {
    let partner_type = match fields.get("type").and_then(Json::as_str) {
        Some("link in") => "link out",
        Some("link out") => "link in",
        _ => return,
    };
    let links = fields.get("links").and_then(Json::as_array).unwrap_or_default();
    for partner in links.iter().filter_map(|link| document.position(link.as_str()?)) {
        if document.nodes()[partner].type_name() != partner_type {
            continue;
        }
        let answers =
            draft.fields(partner).and_then(|fields| fields.get_mut("links")).and_then(Json::as_array_mut);
        if let Some(answers) =
            answers.filter(|answers| !answers.iter().any(|answer| answer.as_str() == Some(id)))
        {
            answers.push(id.clone().into());
        }
    }
}

/// Ids of the config nodes that the document holds just so, and of the templates it holds with all that is in them.
fn there_already<'a>(document: &Document, clipboard: &'a Document) -> HashSet<&'a str> {
    let same = |node: &Node| document.get(node.id()).is_some_and(|own| own.json().semantic_eq(node.json()));
    let (theirs, own) = (clipboard.by_container(), document.by_container());
    let is_there = |node: &&Node| match node.kind() {
        Kind::Config => node.z().is_none() && same(node),
        Kind::Subflow => {
            let nodes = theirs.get(node.id()).map(Vec::as_slice).unwrap_or_default();
            same(node)
                && nodes.iter().all(|node| same(node))
                && nodes.len() == own.get(node.id()).map_or(0, Vec::len)
        }
        _ => false,
    };
    clipboard.nodes().iter().filter(is_there).map(Node::id).collect()
}
