//! Nodes of a flow file on their own, with recorders around them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ecow::{EcoString, eco_format};
use model::api::Mismatch;
use model::document::{Document, Kind, Node};
use model::excerpt::Excerpt;
use model::json::{Json, Object};
use model::text::Text;

use super::mismatch::mismatch;
use super::{Case, Step};
use crate::registry::Registry;

/// More outputs than a node has: what a mistyped number must not make.
const MOST_OUTPUTS: u16 = 200;

impl Case {
    /// The same case with the flow that its `nodes` are in `flows`.
    pub(super) fn in_flows<'a>(
        &'a self,
        flows: Option<&Document>,
        registry: &Registry,
    ) -> Result<Cow<'a, Self>, Mismatch> {
        if self.nodes.is_empty() {
            return Ok(Cow::Borrowed(self));
        }
        let flows = flows.ok_or_else(|| mismatch(Text::key("flow-test.no-flows")))?;
        let gone = |id| mismatch(Text::key("flow-test.gone").with("id", id));
        let excerpt = Excerpt::of(flows, self.nodes.iter().map(EcoString::as_str)).map_err(gone)?;
        let named = self.places();
        let entries = excerpt.into_entries().into_iter().map(|entry| {
            let node = entry.get("id").and_then(Json::as_str).and_then(|id| flows.get(id));
            match node.filter(|node| self.nodes.iter().any(|id| id == node.id())) {
                Some(node) => recorded(entry, node.id(), outputs(node, flows, registry), &named),
                None => entry,
            }
        });
        Ok(Cow::Owned(Self { flow: entries.map(|entry| entry.to_serde()).collect(), ..self.clone() }))
    }

    /// The recorders that its steps name.
    fn places(&self) -> BTreeSet<&str> {
        let expected = self.steps.iter().filter_map(|step| match step {
            Step::Expect(expected) => Some(expected.keys()),
            _ => None,
        });
        expected.flatten().map(EcoString::as_str).collect()
    }
}

/// The entry with a recorder at every output that leads nowhere, and at those that are named.
fn recorded(entry: Json, id: &str, outputs: u16, named: &BTreeSet<&str>) -> Json {
    let Json::Object(mut fields) = entry else { return entry };
    let mut ports = fields.get("wires").and_then(Json::as_array).unwrap_or_default().to_vec();
    ports.resize(ports.len().max(outputs.into()), Json::Array(Vec::new()));
    for (at, port) in ports.iter_mut().enumerate() {
        let place = eco_format!("{id}/{at}");
        if let Some(wires) = port.as_array_mut()
            && (wires.is_empty() || named.contains(place.as_str()))
        {
            wires.push(Json::String(place));
        }
    }
    fields.insert("wires", Json::Array(ports));
    Json::Object(fields)
}

fn outputs(node: &Node, flows: &Document, registry: &Registry) -> u16 {
    let list = |object: &Object, key: &str| object.get(key).and_then(Json::as_array).map_or(0, <[Json]>::len);
    let count = match node.kind() {
        Kind::Junction => 1,
        Kind::SubflowInstance => {
            let template = node.subflow_id().and_then(|id| flows.get(id));
            template
                .map_or(0, |template| u16::try_from(list(template.fields(), "out")).unwrap_or(MOST_OUTPUTS))
        }
        _ => registry
            .get(node.type_name())
            .map_or(0, |factory| factory.descriptor().outputs.count(node.fields())),
    };
    count.min(MOST_OUTPUTS)
}
