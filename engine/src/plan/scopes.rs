//! Who hears whom: the scopes of catch, status and complete nodes.

use std::sync::Arc;

use ecow::EcoString;
use hashbrown::HashMap;
use model::descriptor::Role;
use serde_json::Value as Json;

use super::{Plan, Planned, Task};
use crate::node::NodeInfo;

/// A catch, status or complete node that hears a node.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// The listening node, by position in the plan.
    pub at: usize,
    /// A catch node that hears only what no other catches.
    pub uncaught: bool,
    /// How far out: 0 in the node's own flow, 1 in the flow around its subflow instance, and so on.
    pub level: u8,
    /// Who is named as the source.
    pub source: Arc<NodeInfo>,
}

/// The listeners of one role, by the flow that they are in.
pub(crate) struct Listeners<'a> {
    plan: &'a Plan,
    by_flow: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Listeners<'a> {
    pub(crate) fn of(plan: &'a Plan, role: Role) -> Self {
        let mut by_flow: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, node) in plan.nodes.iter().enumerate() {
            if node.role == Task::Is(role) {
                by_flow.entry(&node.info.flow).or_default().push(at);
            }
        }
        Self { plan, by_flow }
    }

    /// Who hears a node, in the order in which they are asked: those that name it, then by group from the
    /// inside out, then those that hear the whole flow, then those for what is left; then the flow around.
    pub(crate) fn hear(&self, node: &Planned) -> Vec<Watch> {
        let mut heard = Vec::new();
        if self.by_flow.is_empty() {
            return heard;
        }
        let (mut source, mut level) = (node, 0);
        loop {
            let mut here: Vec<(u32, Watch)> = Vec::new();
            for at in self.by_flow.get(source.info.flow.as_str()).into_iter().flatten() {
                let listener = &self.plan.nodes[*at];
                if let Some(rank) = rank(listener, source) {
                    let uncaught = listener.properties.is_true("uncaught");
                    here.push((rank, Watch { at: *at, uncaught, level, source: source.info.clone() }));
                }
            }
            here.sort_by_key(|(rank, _)| *rank);
            heard.extend(here.into_iter().map(|(_, watch)| watch));
            let Some((_, instance)) =
                self.plan.flows.get(&source.info.flow).and_then(|flow| flow.outside.clone())
            else {
                return heard;
            };
            let Some(outer) = self.plan.get(&instance) else { return heard };
            (source, level) = (outer, level.saturating_add(1));
        }
    }

    /// Who names a node in its scope: for complete nodes, which have no other way to listen.
    pub(crate) fn named(&self, node: &Planned) -> Vec<usize> {
        let listeners = self.by_flow.get(node.info.flow.as_str()).into_iter().flatten().copied();
        listeners.filter(|at| rank(&self.plan.nodes[*at], node) == Some(0)).collect()
    }
}

/// How close a listener is to a node; `None` if it does not hear it.
fn rank(listener: &Planned, node: &Planned) -> Option<u32> {
    const WHOLE_FLOW: u32 = 10_000;
    const UNCAUGHT: u32 = 20_000;
    match listener.properties.get("scope") {
        Some(Json::Array(ids)) => ids.iter().any(|id| id.as_str() == Some(&node.info.id)).then_some(0),
        Some(Json::String(scope)) if scope == "group" => {
            let group: &EcoString = listener.groups.first()?;
            node.groups.iter().position(|around| around == group).map(|distance| 1 + distance as u32)
        }
        _ if listener.properties.is_true("uncaught") => Some(UNCAUGHT),
        _ => Some(WHOLE_FLOW),
    }
}
