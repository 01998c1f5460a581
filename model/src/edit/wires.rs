//! Wires.

use super::Edit;
use super::draft::Draft;
use super::nodes::find;
use crate::diff::Diff;
use crate::document::{Document, Kind, Node};
use crate::json::Json;
use crate::text::Text;

/// Draws a wire from output `port` (from 0) of one node to the input of another; nothing where it is there.
/// Both must be on the same tab and have a place there; whether the ports exist is for the caller, who
/// knows the descriptors, and for the checks.
pub fn connect(document: &Document, from: &str, port: usize, to: &str) -> Edit {
    let position = find(document, from)?;
    let (source, target) = (&document.nodes()[position], &document.nodes()[find(document, to)?]);
    for node in [source, target] {
        if !matches!(node.kind(), Kind::Node | Kind::SubflowInstance | Kind::Junction) {
            return Err(Text::key("edit.no-ports").with("id", node.id()));
        }
    }
    if source.z() != target.z() {
        return Err(Text::key("edit.other-tab").with("from", from).with("to", to));
    }
    if is_wired(source, port, to) {
        return Ok(Diff::default());
    }
    let mut ports = source.field("wires").and_then(Json::as_array).unwrap_or_default().to_vec();
    if ports.len() <= port {
        ports.resize(port + 1, Json::Array(Vec::new()));
    }
    match ports[port].as_array_mut() {
        Some(targets) => targets.push(to.into()),
        None => ports[port] = Json::Array(vec![to.into()]),
    }
    let mut draft = Draft::new(document);
    draft.set(position, "wires", Some(Json::Array(ports)));
    Ok(draft.finish())
}

/// Takes a wire away; nothing where there is none.
pub fn disconnect(document: &Document, from: &str, port: usize, to: &str) -> Edit {
    let position = find(document, from)?;
    let mut draft = Draft::new(document);
    let wires =
        draft.fields(position).and_then(|fields| fields.get_mut("wires")).and_then(Json::as_array_mut);
    if let Some(targets) = wires.and_then(|ports| ports.get_mut(port)).and_then(Json::as_array_mut) {
        targets.retain(|target| target.as_str() != Some(to));
    }
    Ok(draft.finish())
}

fn is_wired(node: &Node, port: usize, to: &str) -> bool {
    node.wires().get(port).is_some_and(|targets| targets.contains(&to))
}
