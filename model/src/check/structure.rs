//! Ids, tabs, groups, wires, links, scopes and subflows.

use std::collections::{HashMap, HashSet};

use ecow::eco_format;

use super::{Report, Types, called};
use crate::document::{Document, Kind, Node};
use crate::json::Json;
use crate::text::Text;

/// What the checks of single entries need to know of the whole document.
pub(super) struct Structure<'a> {
    document: &'a Document,
    types: Option<&'a dyn Types>,
    /// Ids of the subflow templates that contain themselves, at whatever depth, or lie between two that do.
    endless: HashSet<&'a str>,
}

impl<'a> Structure<'a> {
    pub(super) fn new(document: &'a Document, types: Option<&'a dyn Types>) -> Self {
        Self { document, types, endless: endless_templates(document) }
    }

    pub(super) fn check(&self, index: usize, node: &Node, report: &mut Report<'_>) {
        if node.kind() == Kind::Malformed {
            return malformed(index, node, report);
        }
        if let Some(first) = self.document.position(node.id()).filter(|first| *first != index) {
            let text = Text::key("check.duplicate-id").with("id", node.id()).with("first", first);
            report.error("id", text);
        }
        self.place(node, report);
        self.wires(node, report);
        self.references(node, report);
        if let Some(subflow) = node.subflow_id() {
            let name = called(self.document, subflow);
            if !self.is(subflow, Kind::Subflow) {
                report.error("type", Text::key("check.missing-subflow").with("subflow", subflow));
            } else if self.endless.contains(subflow) && node.z().is_some_and(|z| self.endless.contains(z)) {
                report.error("type", Text::key("check.subflow-recursion").with("subflow", name));
            }
        }
    }

    fn is(&self, id: &str, kind: Kind) -> bool {
        self.document.get(id).is_some_and(|node| node.kind() == kind)
    }

    fn place(&self, node: &Node, report: &mut Report<'_>) {
        if let Some(tab) = node.z().filter(|z| !self.is(z, Kind::Tab) && !self.is(z, Kind::Subflow)) {
            report.warning("z", Text::key("check.no-such-tab").with("tab", tab));
        }
        if let Some(group) = node.g().filter(|g| !self.is(g, Kind::Group)) {
            report.warning("g", Text::key("check.no-such-group").with("group", group));
        }
        if node.kind() == Kind::Group {
            for (place, member) in ids(node, "nodes").filter(|(_, id)| self.document.get(id).is_none()) {
                report.warning(place, Text::key("check.no-such-member").with("member", member));
            }
        }
    }

    fn references(&self, node: &Node, report: &mut Report<'_>) {
        match node.type_name() {
            "link in" | "link out" | "link call" => {
                let is_link = |id: &str| {
                    self.document.get(id).is_some_and(|node| node.type_name().starts_with("link "))
                };
                for (place, target) in ids(node, "links").filter(|(_, id)| !is_link(id)) {
                    report.warning(place, Text::key("check.link-nothing").with("target", target));
                }
            }
            "catch" | "status" | "complete" => {
                for (place, target) in ids(node, "scope").filter(|(_, id)| self.document.get(id).is_none()) {
                    report.warning(place, Text::key("check.scope-nothing").with("target", target));
                }
            }
            _ => {}
        }
    }

    fn wires(&self, node: &Node, report: &mut Report<'_>) {
        let Some(wires) = node.field("wires") else { return };
        let shape = |found: &Json, expected: &str| {
            Text::key("check.wires-shape").with("found", found.kind_name()).with("expected", expected)
        };
        let Some(ports) = wires.as_array() else {
            return report.error("wires", shape(wires, "a list of outputs"));
        };
        let outputs = self.outputs(node);
        for (port, targets) in ports.iter().enumerate() {
            let Some(targets) = targets.as_array() else {
                report.error(eco_format!("wires[{port}]"), shape(targets, "a list of node ids"));
                continue;
            };
            if let Some(count) = outputs.filter(|count| port >= *count && !targets.is_empty()) {
                let text = Text::key("check.no-such-output").with("output", port + 1).with("count", count);
                report.error(eco_format!("wires[{port}]"), text);
            }
            for (place, target) in targets.iter().enumerate() {
                let path = eco_format!("wires[{port}][{place}]");
                match target.as_str() {
                    Some(target) => self.wire(node, port, target, &path, report),
                    None => report.error(path, shape(target, "a node id")),
                }
            }
        }
    }

    fn wire(&self, node: &Node, port: usize, target: &str, path: &str, report: &mut Report<'_>) {
        let text = |key: &'static str| {
            Text::key(key).with("output", port + 1).with("target", called(self.document, target))
        };
        match self.document.get(target) {
            None => report.error(path, text("check.dangling-wire")),
            Some(found) if self.inputs(found) == Some(0) => report.error(path, text("check.no-input")),
            Some(found) if found.z() != node.z() => report.warning(path, text("check.other-tab")),
            Some(_) => {}
        }
    }

    /// How many inputs a node has, where that is known.
    fn inputs(&self, node: &Node) -> Option<usize> {
        match node.kind() {
            Kind::Tab | Kind::Subflow | Kind::Group | Kind::Config | Kind::Malformed => Some(0),
            Kind::Junction => Some(1),
            Kind::SubflowInstance => Some(length(self.document.get(node.subflow_id()?)?, "in").min(1)),
            Kind::Node => {
                // A node of some types has an input only if its settings say so.
                let own = node.field("inputs").and_then(Json::as_f64).unwrap_or_default();
                Some(
                    usize::from(self.types?.descriptor(node.type_name())?.inputs)
                        .max(usize::from(own == 1.0)),
                )
            }
        }
    }

    /// How many outputs a node has, where that is known.
    fn outputs(&self, node: &Node) -> Option<usize> {
        match node.kind() {
            Kind::Tab | Kind::Subflow | Kind::Group | Kind::Config | Kind::Malformed => Some(0),
            Kind::Junction => Some(1),
            Kind::SubflowInstance => {
                let template = self.document.get(node.subflow_id()?)?;
                let has_status = template.field("status").is_some_and(|status| status.as_object().is_some());
                Some(length(template, "out") + usize::from(has_status))
            }
            Kind::Node => {
                let descriptor = self.types?.descriptor(node.type_name())?;
                Some(usize::from(descriptor.outputs.count(node.fields())))
            }
        }
    }
}

fn malformed(index: usize, node: &Node, report: &mut Report<'_>) {
    let found = match node.json() {
        Json::Object(_) if node.own_id().is_none() => "an object without a text `id`",
        Json::Object(_) => "an object without a text `type`",
        other => other.kind_name(),
    };
    let path = if node.own_id().is_some() { "type".into() } else { eco_format!("[{index}]") };
    report.error(path, Text::key("check.malformed").with("index", index).with("found", found));
}

/// The texts in a list property, with their paths.
fn ids<'a>(node: &'a Node, key: &'static str) -> impl Iterator<Item = (ecow::EcoString, &'a str)> {
    let items = node.field(key).and_then(Json::as_array).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .filter_map(move |(place, id)| Some((eco_format!("{key}[{place}]"), id.as_str()?)))
}

fn length(node: &Node, key: &str) -> usize {
    node.field(key).and_then(Json::as_array).map_or(0, <[Json]>::len)
}

/// Templates on a cycle of uses. What uses no template in question is set aside, again and again, then what is
/// used by none; a cycle is what stays.
fn endless_templates(document: &Document) -> HashSet<&str> {
    let uses: Vec<(&str, &str)> = document
        .nodes()
        .iter()
        .filter_map(|node| Some((node.z()?, node.subflow_id()?)))
        .filter(|(z, _)| document.get(z).is_some_and(|container| container.kind() == Kind::Subflow))
        .collect();
    let remaining = without_ends(uses);
    let turned = without_ends(remaining.into_iter().map(|(user, used)| (used, user)).collect());
    turned.into_iter().flat_map(|(a, b)| [a, b]).collect()
}

/// The edges left when nodes without an outgoing edge are taken away until there is none.
fn without_ends<'a>(edges: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut out_degree: HashMap<&str, usize> = HashMap::new();
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    for (user, used) in &edges {
        *out_degree.entry(user).or_default() += 1;
        out_degree.entry(used).or_default();
        users.entry(used).or_default().push(user);
    }
    let mut ends: Vec<&str> =
        out_degree.iter().filter(|(_, degree)| **degree == 0).map(|(id, _)| *id).collect();
    let mut gone: HashSet<&str> = HashSet::new();
    while let Some(end) = ends.pop() {
        gone.insert(end);
        for user in users.get(end).into_iter().flatten() {
            if let Some(degree) = out_degree.get_mut(user) {
                *degree -= 1;
                if *degree == 0 {
                    ends.push(user);
                }
            }
        }
    }
    edges.into_iter().filter(|(user, used)| !gone.contains(user) && !gone.contains(used)).collect()
}
