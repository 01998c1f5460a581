//! One message on its way through the flow: what each node that it reached made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::descriptor::Role;
use model::document::{Document, Node};
use model::json::Json;

use super::Id;
use super::live::{Outlet, Seen};
use super::node_types::{self, NodeTypes};

/// So many nodes are followed at most.
const MOST_NODES: usize = 32;

/// A message that was sent, and what is known of its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The message.
    pub sent: Arc<Seen>,
    /// The nodes that it reached, each before those behind it.
    pub steps: Vec<Step>,
    /// How many of them are shown.
    pub shown: usize,
    /// More may come.
    pub is_going_on: bool,
    /// By output and source, the number of the first message that left after the message was sent.
    begins: BTreeMap<(Outlet, String), u64>,
}

/// What a node made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The node.
    pub node: Id,
    /// What left it, by output, in the order in which it did.
    pub gave: Vec<(u16, Arc<Seen>)>,
    /// Messages with another id that left it meanwhile.
    pub others: usize,
    /// What it failed with.
    pub error: Option<String>,
}

impl Step {
    fn at(node: Id) -> Self {
        Self { node, gave: Vec::new(), others: 0, error: None }
    }
}

/// The id that a message keeps on its way.
pub fn id_of(message: &Json) -> Option<&str> {
    message.get("_msgid")?.as_str().filter(|id| !id.is_empty())
}

impl Trace {
    /// Before a message is sent to these nodes.
    pub fn begin(sent: Arc<Seen>, to: &[Id]) -> Self {
        let steps = to.iter().cloned().map(Step::at).collect();
        Self { sent, steps, shown: 1, is_going_on: true, begins: BTreeMap::new() }
    }

    /// What was kept of an output before the message was sent.
    pub fn was_there(&mut self, outlet: &Outlet, kept: &[Seen]) {
        for seen in kept {
            let begin = self.begins.entry((outlet.clone(), seen.source.clone())).or_default();
            *begin = (*begin).max(seen.number + 1);
        }
    }

    /// Takes what is kept of an output now. Gives back the messages that came of the one that was sent, where they
    /// are new.
    pub fn came(&mut self, outlet: &Outlet, kept: Vec<Seen>) -> bool {
        let Self { sent, steps, begins, .. } = self;
        let Some(step) = steps.iter_mut().find(|step| step.node == outlet.node) else { return false };
        let mut is_news = false;
        for seen in kept {
            let begin = begins.entry((outlet.clone(), seen.source.clone())).or_default();
            if seen.number < *begin {
                continue;
            }
            *begin = seen.number + 1;
            match id_of(&seen.message) == id_of(&sent.message) {
                true => {
                    step.gave.push((outlet.port, Arc::new(seen)));
                    is_news = true;
                }
                false => step.others += 1,
            }
        }
        is_news
    }

    /// The message reached these nodes.
    pub fn reached(&mut self, nodes: impl IntoIterator<Item = Id>) {
        for node in nodes {
            if self.steps.len() < MOST_NODES && !self.steps.iter().any(|step| step.node == node) {
                self.steps.push(Step::at(node));
            }
        }
    }

    /// The same with as many of its steps shown.
    #[must_use]
    pub fn shown_to(self, shown: usize) -> Self {
        Self { shown, ..self }
    }

    /// The node that is looked at.
    pub fn current(&self) -> Option<&Id> {
        Some(&self.steps.get(self.shown.checked_sub(1)?)?.node)
    }
}

/// Names of properties that are another in `after` than in `before`, come or gone.
pub fn changed(before: &Json, after: &Json) -> Vec<String> {
    let keys = |message: &Json| {
        let object = message.as_object();
        object.into_iter().flat_map(|object| object.keys().map(ToString::to_string)).collect::<BTreeSet<_>>()
    };
    let all = &keys(before) | &keys(after);
    all.into_iter().filter(|key| before.get(key) != after.get(key)).collect()
}

/// The outputs of a node, by how many its type or its wires say that it has.
pub fn outlets(document: &Document, types: &NodeTypes, id: &Id) -> Vec<Outlet> {
    let count = document.get(id).map_or(0, |node| outputs(document, types, node));
    (0..count).map(|port| Outlet { node: id.clone(), port }).collect()
}

fn outputs(document: &Document, types: &NodeTypes, node: &Node) -> u16 {
    let wired = u16::try_from(node.wires().len()).unwrap_or(u16::MAX);
    let own = types.get(node.type_name()).map(|descriptor| node_types::outputs(descriptor, node));
    let of_subflow = || {
        let template = document.get(node.subflow_id()?)?;
        u16::try_from(template.field("out")?.as_array()?.len()).ok()
    };
    own.or_else(of_subflow).unwrap_or(wired).max(wired)
}

/// Where messages of an output go on: along its wires.
pub fn targets(document: &Document, outlet: &Outlet) -> Vec<Id> {
    let Some(node) = document.get(&outlet.node) else { return Vec::new() };
    let wires = node.wires().into_iter().nth(outlet.port.into()).unwrap_or_default();
    wires.into_iter().filter(|id| document.get(id).is_some()).map(Id::from).collect()
}

/// The far ends of a link node's virtual wires.
pub fn linked(document: &Document, types: &NodeTypes, id: &Id) -> Vec<Id> {
    let links = || {
        let node = document.get(id)?;
        types.get(node.type_name()).filter(|descriptor| descriptor.role == Role::LinkOut)?;
        let links = node.field("links")?.as_array()?.iter().filter_map(Json::as_str);
        Some(links.filter(|id| document.get(id).is_some()).map(Id::from).collect())
    };
    links().unwrap_or_default()
}

/// The nodes that get what a node sends.
pub fn next_nodes(document: &Document, types: &NodeTypes, id: &Id) -> BTreeSet<Id> {
    let wired = outlets(document, types, id).into_iter().flat_map(|outlet| targets(document, &outlet));
    wired.chain(linked(document, types, id)).collect()
}

/// The nodes that can be reached from these, these first, 32 at most.
pub fn downstream(document: &Document, types: &NodeTypes, from: &[Id]) -> Vec<Id> {
    let mut found: Vec<Id> = from.to_vec();
    let mut at = 0;
    while at < found.len() && found.len() < MOST_NODES {
        let id = found[at].clone();
        for next in next_nodes(document, types, &id) {
            if !found.contains(&next) {
                found.push(next);
            }
        }
        at += 1;
    }
    found.truncate(MOST_NODES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    fn seen(number: u64, id: &str, payload: f64) -> Seen {
        let message = Json::parse(&format!(r#"{{"_msgid":"{id}","payload":{payload}}}"#)).unwrap();
        Seen { source: "n".into(), number, timestamp: 0.0, message, is_cut: false }
    }

    #[test]
    fn only_what_came_of_the_very_message_is_told() {
        let outlet = Outlet { node: "b".into(), port: 0 };
        let mut trace = Trace::begin(Arc::new(seen(7, "m", 1.0)), &["b".into()]);
        trace.was_there(&outlet, &[seen(3, "m", 1.0)]);
        assert!(!trace.came(&outlet, vec![seen(3, "m", 1.0), seen(4, "other", 5.0)]));
        assert!(trace.came(&outlet, vec![seen(3, "m", 1.0), seen(4, "other", 5.0), seen(5, "m", 2.0)]));
        assert!(!trace.came(&outlet, vec![seen(5, "m", 2.0)]));
        assert_eq!((trace.steps[0].gave.len(), trace.steps[0].others), (1, 1));
        trace.reached(["c".into(), "b".into(), "c".into()]);
        assert_eq!(trace.steps.len(), 2);
        assert_eq!(trace.current().map(AsRef::as_ref), Some("b"));
        assert_eq!(changed(&trace.sent.message, &trace.steps[0].gave[0].1.message), ["payload"]);
    }

    #[test]
    fn the_way_goes_along_wires() {
        let document = Document::parse(
            r#"[{"id":"s","type":"subflow","out":[{},{}]},
                {"id":"a","type":"inject","z":"t","x":1,"y":1,"wires":[["b","gone"]]},
                {"id":"b","type":"switch","z":"t","x":1,"y":1,"rules":[{},{},{}],"wires":[["c"],[]]},
                {"id":"c","type":"subflow:s","z":"t","x":1,"y":1,"wires":[["a"]]}]"#,
        )
        .unwrap();
        let count = |id: &str| outlets(&document, &sample(), &id.into()).len();
        assert_eq!([count("a"), count("b"), count("c"), count("gone")], [1, 3, 2, 0]);
        let all = downstream(&document, &sample(), &["b".into()]);
        assert_eq!(all.iter().map(AsRef::as_ref).collect::<Vec<_>>(), ["b", "c", "a"]);
    }
}
