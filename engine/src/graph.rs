//! The graph of a plan, and the cells it falls into. Petgraph's work ends here: what runs is flat vectors.

use std::hash::{DefaultHasher, Hash, Hasher};

use ecow::EcoString;
use model::descriptor::Role;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;
use serde_json::Value as Json;

use crate::plan::{Listeners, Plan, Task, Watch};

/// Why two nodes are connected.
#[derive(Clone, Debug)]
pub(crate) enum Edge {
    /// A wire, or a virtual wire between links: messages sent at this port.
    Wire(usize),
    /// A link call to the link in that it names.
    Call,
    Catch(Watch),
    Status(Watch),
    Complete,
}

/// Nodes (positions in the plan) and what connects them.
pub(crate) struct Graph {
    graph: DiGraph<usize, Edge>,
}

/// The nodes of one cell and what each is connected to, ready to be given slots.
pub(crate) struct Component {
    /// Positions in the plan.
    pub members: Vec<usize>,
    /// Of each member, in the same order.
    pub links: Vec<Links>,
    /// Equal exactly when the same nodes would be connected in the same way.
    pub signature: u64,
}

/// What a node is connected to; all by position in the plan.
#[derive(Clone, Default)]
pub(crate) struct Links {
    pub wires: Vec<Vec<usize>>,
    pub catches: Vec<Watch>,
    pub statuses: Vec<Watch>,
    pub completes: Vec<usize>,
}

impl Graph {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut graph = DiGraph::with_capacity(plan.nodes.len(), plan.nodes.len());
        for at in 0..plan.nodes.len() {
            graph.add_node(at);
        }
        let catch = Listeners::of(plan, Role::Catch);
        let status = Listeners::of(plan, Role::Status);
        let complete = Listeners::of(plan, Role::Complete);
        for (at, node) in plan.nodes.iter().enumerate() {
            if matches!(node.role, Task::Is(Role::Config)) {
                continue;
            }
            let from = NodeIndex::new(at);
            let mut connect = |to: usize, edge| {
                graph.add_edge(from, NodeIndex::new(to), edge);
            };
            for (port, targets) in wires_of(plan, at).into_iter().enumerate() {
                targets.into_iter().for_each(|target| connect(target, Edge::Wire(port)));
            }
            if node.role == Task::Is(Role::LinkCall) {
                targets_of(plan, at).into_iter().for_each(|target| connect(target, Edge::Call));
            }
            catch.hear(node).into_iter().for_each(|watch| connect(watch.at, Edge::Catch(watch)));
            status.hear(node).into_iter().for_each(|watch| connect(watch.at, Edge::Status(watch)));
            complete.named(node).into_iter().for_each(|target| connect(target, Edge::Complete));
        }
        Self { graph }
    }

    /// The connected pieces, config nodes left out.
    pub(crate) fn components(&self, plan: &Plan) -> Vec<Component> {
        let mut pieces = UnionFind::new(self.graph.node_count());
        for edge in self.graph.edge_references() {
            pieces.union(edge.source().index(), edge.target().index());
        }
        let mut by_root: indexmap::IndexMap<usize, Vec<usize>> = indexmap::IndexMap::new();
        for (at, node) in plan.nodes.iter().enumerate() {
            if node.role != Task::Is(Role::Config) {
                by_root.entry(pieces.find(at)).or_default().push(at);
            }
        }
        by_root.into_values().map(|members| self.component(plan, members)).collect()
    }

    fn component(&self, plan: &Plan, members: Vec<usize>) -> Component {
        let mut hasher = DefaultHasher::new();
        let id = |at: usize| &plan.nodes[at].info.id;
        let links: Vec<Links> = members.iter().map(|at| self.links(*at)).collect();
        for (at, links) in members.iter().zip(&links) {
            (id(*at), plan.nodes[*at].fingerprint, plan.nodes[*at].role).hash(&mut hasher);
            links
                .wires
                .iter()
                .for_each(|port| port.iter().map(|at| id(*at)).collect::<Vec<_>>().hash(&mut hasher));
            for watch in links.catches.iter().chain(&links.statuses) {
                (id(watch.at), watch.uncaught, watch.level, &watch.source.id).hash(&mut hasher);
            }
            links.completes.iter().for_each(|at| id(*at).hash(&mut hasher));
        }
        Component { members, links, signature: hasher.finish() }
    }

    fn links(&self, at: usize) -> Links {
        let mut links = Links::default();
        // Petgraph lists the newest edge first.
        let mut edges: Vec<_> = self.graph.edges(NodeIndex::new(at)).collect();
        edges.reverse();
        for edge in edges {
            let target = edge.target().index();
            match edge.weight() {
                Edge::Wire(port) => {
                    links.wires.resize(links.wires.len().max(port + 1), Vec::new());
                    links.wires[*port].push(target);
                }
                Edge::Call => {}
                Edge::Catch(watch) => links.catches.push(watch.clone()),
                Edge::Status(watch) => links.statuses.push(watch.clone()),
                Edge::Complete => links.completes.push(target),
            }
        }
        links
    }
}

/// The receivers of a node by port: its wires, and for a link out those of its virtual wires.
fn wires_of(plan: &Plan, at: usize) -> Vec<Vec<usize>> {
    let node = &plan.nodes[at];
    let mut wires: Vec<Vec<usize>> = node
        .wires
        .iter()
        .map(|port| port.iter().filter_map(|id| plan.by_id.get(id).copied()).collect())
        .collect();
    if node.role == Task::Is(Role::LinkOut) && !returns(plan, at) {
        wires = vec![targets_of(plan, at)];
    }
    wires
        .iter_mut()
        .for_each(|port| port.retain(|target| plan.nodes[*target].role != Task::Is(Role::Config)));
    wires
}

/// The link ins that a link node names.
fn targets_of(plan: &Plan, at: usize) -> Vec<usize> {
    let links = plan.nodes[at].properties.get("links");
    let ids = links.as_ref().and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    ids.filter_map(|id| plan.by_id.get(id).copied())
        .filter(|target| plan.nodes[*target].role == Task::Is(Role::LinkIn))
        .collect()
}

/// Whether a link out is in return mode.
pub(crate) fn returns(plan: &Plan, at: usize) -> bool {
    plan.nodes[at].properties.get("mode").is_some_and(|mode| mode == "return")
}

/// The link in that a link call names; `None` for a dynamic one.
pub(crate) fn static_target(plan: &Plan, at: usize) -> Option<EcoString> {
    let properties = &plan.nodes[at].properties;
    if properties.get("linkType").is_some_and(|kind| kind == "dynamic") {
        return None;
    }
    let links = properties.get("links");
    Some(links.as_ref().and_then(|links| links.get(0)?.as_str()).unwrap_or_default().into())
}
