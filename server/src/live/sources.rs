//! Where the messages of an output port come from.

use ecow::{EcoString, eco_format};
use engine::node::NodeInfo;
use model::document::{Document, Kind, Node};
use model::json::Json;

/// Subflows stand in each other no deeper than this.
const DEPTH: usize = 32;

/// A running node and its output port.
pub(super) type Source = (EcoString, usize);

/// The ports of running nodes whose messages leave by the port `port` of a node: that port itself, or where the node
/// is a subflow instance those inside of it that are wired to its output.
pub(super) fn of(document: &Document, info: &NodeInfo, port: usize) -> Vec<Source> {
    let node = document.get(info.alias.as_ref().unwrap_or(&info.id));
    let mut found = Vec::new();
    match node.filter(|node| node.kind() == Kind::SubflowInstance) {
        Some(instance) => inside(document, instance, &info.id, port, DEPTH, &mut found),
        None => found.push((info.id.clone(), port)),
    }
    found
}

/// How many outputs a subflow instance has; `None` for any other node.
pub(super) fn instance_outputs(document: &Document, info: &NodeInfo) -> Option<usize> {
    let node = document.get(info.alias.as_ref().unwrap_or(&info.id))?;
    (node.kind() == Kind::SubflowInstance).then(|| outputs(document.get(node.subflow_id()?)?).len().into())?
}

fn outputs(template: &Node) -> &[Json] {
    template.field("out").and_then(Json::as_array).unwrap_or_default()
}

fn inside(
    document: &Document,
    instance: &Node,
    running: &str,
    port: usize,
    depth: usize,
    found: &mut Vec<Source>,
) {
    let template = instance.subflow_id().and_then(|id| document.get(id));
    let Some((template, depth)) = template.zip(depth.checked_sub(1)) else { return };
    let wires = outputs(template).get(port).and_then(|output| output.get("wires")).and_then(Json::as_array);
    for wire in wires.unwrap_or_default() {
        let Some(id) = wire.get("id").and_then(Json::as_str) else { continue };
        let port = wire.get("port").and_then(Json::as_f64).unwrap_or_default() as usize;
        if id == template.id() {
            // Straight from the input, which is the instance itself.
            found.push((running.into(), 0));
            continue;
        }
        let inner = eco_format!("{running}-{id}");
        match document.get(id).filter(|node| node.kind() == Kind::SubflowInstance) {
            Some(nested) => inside(document, nested, &inner, port, depth, found),
            None => found.push((inner, port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_instance_sends_what_leaves_the_nodes_inside_of_it() {
        let flow = json!([
            { "id": "t", "type": "tab" },
            { "id": "in", "type": "subflow", "out": [{ "wires": [{ "id": "x", "port": 1 }] }, { "wires": [{ "id": "in", "port": 0 }] }] },
            { "id": "x", "type": "switch", "z": "in", "wires": [[], []] },
            { "id": "out", "type": "subflow", "out": [{ "wires": [{ "id": "n", "port": 0 }, { "id": "n", "port": 1 }, { "id": "y", "port": 0 }] }] },
            { "id": "n", "type": "subflow:in", "z": "out", "wires": [[], []] },
            { "id": "y", "type": "change", "z": "out", "wires": [[]] },
            { "id": "i", "type": "subflow:out", "z": "t", "wires": [[]] },
        ]);
        let document = Document::from_json(flow.into()).unwrap();
        let info = |id: &str| NodeInfo { id: id.into(), ..NodeInfo::default() };
        let expected = [("i-n-x", 1), ("i-n", 0), ("i-y", 0)].map(|(id, port)| (EcoString::from(id), port));
        assert_eq!(of(&document, &info("i"), 0), expected);
        assert_eq!(of(&document, &info("i"), 1), []);
        assert_eq!(of(&document, &info("other"), 2), [("other".into(), 2)]);
        let nested = NodeInfo { alias: Some("n".into()), ..info("i-n") };
        assert_eq!(instance_outputs(&document, &nested), Some(2));
        assert_eq!(instance_outputs(&document, &info("other")), None);
    }
}
