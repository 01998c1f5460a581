//! What is wrong with a document: a list of problems, each with its place and its mend.
//!
//! Nothing here refuses a document. The engine starts what is sound; the editor and `wireloom check` show the rest.

mod properties;
mod structure;
mod typed;

use std::collections::HashMap;

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Serialize};

use crate::descriptor::NodeDescriptor;
use crate::document::{Document, Kind, Node};
use crate::text::{Catalogue, Text};

/// The texts of the checks.
pub const TEXTS: Catalogue = &[
    (
        "check.malformed",
        "entry {index} is {found}: an entry is an object with a text `id` and a text `type`; mend or remove it",
    ),
    ("check.duplicate-id", "entry {first} has the id {id} too: give one of the two another id"),
    ("check.unknown-type", "no node type {type} is installed: install what provides it, or remove the node"),
    ("check.missing-subflow", "the subflow {subflow} is not in this document: import it, or remove the node"),
    ("check.subflow-recursion", "the subflow {subflow} would contain itself: remove this node"),
    ("check.no-such-tab", "its tab {tab} is not in this document: move the node to one that is"),
    ("check.no-such-group", "its group {group} is not in this document: take the node out of it"),
    ("check.no-such-member", "{member} is not in this document: remove it from the group"),
    ("check.wires-shape", "{found} stands where {expected} is expected: draw the wires of this node anew"),
    (
        "check.dangling-wire",
        "output {output} is wired to {target}, which is not in this document: remove the wire",
    ),
    ("check.no-input", "output {output} is wired to {target}, which has no input: remove the wire"),
    (
        "check.no-such-output",
        "a wire leaves output {output}, but the outputs end at {count}: remove the wire, or add outputs",
    ),
    (
        "check.other-tab",
        "output {output} is wired to {target} on another tab: use a pair of link nodes instead",
    ),
    (
        "check.link-nothing",
        "it is linked to {target}, which is no link node of this document: choose another",
    ),
    ("check.scope-nothing", "it watches {target}, which is not in this document: choose another"),
    ("check.config-missing", "no {type} is chosen: choose or add one"),
    ("check.config-unknown", "{target} is not in this document: choose or add a {type}"),
    ("check.config-type", "{target} is a {found}: choose or add a {type}"),
    ("check.config-disabled", "{target} is switched off: switch it on, or choose another {type}"),
    ("check.required", "there is no value: fill it in"),
    ("check.type", "{found} stands here: enter {expected}"),
    ("check.choice", "{found} is not allowed here: choose one of {expected}"),
    ("check.minimum", "{found} is too small: enter at least {limit}"),
    ("check.maximum", "{found} is too large: enter at most {limit}"),
    ("check.above", "{found} is too small: enter more than {limit}"),
    ("check.below", "{found} is too large: enter less than {limit}"),
    ("check.pattern", "{found} does not have the form {pattern}: enter it in that form"),
    ("check.too-short", "{found} is too short: enter at least {limit} characters"),
    ("check.too-long", "{found} is too long: enter at most {limit} characters"),
    (
        "check.too-few",
        "there {count|is|are} {count} {count|entry|entries}: add some to have at least {limit}",
    ),
    (
        "check.too-many",
        "there {count|is|are} {count} {count|entry|entries}: remove some to have at most {limit}",
    ),
    ("check.form", "{found} has none of the forms allowed here: see the help of the node"),
    ("check.number", "{found} is no number: enter one"),
    ("check.truth", "{found} is neither true nor false: choose one"),
    ("check.json", "this is no JSON ({reason}): mend it there"),
];

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Runs, but perhaps not as it was meant.
    Warning,
    /// The node cannot run, or loses messages.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The id of the node it is about; none for an entry without an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<EcoString>,
    /// The place in the node, such as `rules[2].v` or `wires[0][1]`; in an entry without an id its place in the
    /// document, such as `[3]`; empty for the node as a whole.
    pub path: EcoString,
    /// What is wrong and how to mend it.
    pub text: Text,
    /// How bad it is.
    pub severity: Severity,
}

impl Problem {
    /// In one English line with the node's type, name and id, for a terminal or a log.
    pub fn describe(&self, document: &Document) -> String {
        self.describe_with(document, &self.text.render_with(crate::CATALOGUES))
    }

    /// The same with a text that was rendered elsewhere.
    pub fn describe_with(&self, document: &Document, text: &str) -> String {
        let place = match self.node.as_deref().map(|id| (id, document.get(id))) {
            Some((id, Some(node))) if node.name().is_empty() => format!("{} {id}", node.type_name()),
            Some((id, Some(node))) => format!("{} \"{}\" ({id})", node.type_name(), node.name()),
            Some((id, None)) => id.to_owned(),
            None => "document".to_owned(),
        };
        match self.path.as_str() {
            "" => format!("{place}: {text}"),
            path => format!("{place}, {path}: {text}"),
        }
    }
}

/// The node types that are known.
pub trait Types {
    /// The descriptor of a type, where it is known.
    fn descriptor(&self, type_name: &str) -> Option<&NodeDescriptor>;
}

impl Types for HashMap<EcoString, NodeDescriptor> {
    fn descriptor(&self, type_name: &str) -> Option<&NodeDescriptor> {
        self.get(type_name)
    }
}

impl Types for HashMap<String, NodeDescriptor> {
    fn descriptor(&self, type_name: &str) -> Option<&NodeDescriptor> {
        self.get(type_name)
    }
}

impl Types for std::collections::BTreeMap<String, NodeDescriptor> {
    fn descriptor(&self, type_name: &str) -> Option<&NodeDescriptor> {
        self.get(type_name)
    }
}

/// All that is wrong, in document order.
pub fn check(document: &Document, types: &dyn Types) -> Vec<Problem> {
    let mut report = Report::new(document);
    let mut patterns = properties::Patterns::default();
    let structure = structure::Structure::new(document, Some(types));
    for index in 0..document.len() {
        entry(index, types, &structure, &mut patterns, &mut report);
    }
    report.problems
}

/// What is wrong with the node with this id: that part of what [`check`] finds. Nothing for an id that is not
/// in the document.
pub fn check_node(document: &Document, types: &dyn Types, id: &str) -> Vec<Problem> {
    let Some(index) = document.position(id) else { return Vec::new() };
    let mut report = Report::new(document);
    let structure = structure::Structure::new(document, Some(types));
    entry(index, types, &structure, &mut properties::Patterns::default(), &mut report);
    report.problems
}

fn entry<'a>(
    index: usize,
    types: &dyn Types,
    structure: &structure::Structure<'a>,
    patterns: &mut properties::Patterns,
    report: &mut Report<'a>,
) {
    let document = report.document;
    let node = &document.nodes()[index];
    report.begin(node);
    structure.check(index, node, report);
    if !matches!(node.kind(), Kind::Node | Kind::Config) {
        return;
    }
    match types.descriptor(node.type_name()) {
        None => report.error("", Text::key("check.unknown-type").with("type", node.type_name())),
        Some(descriptor) => properties::check(document, node, descriptor, patterns, report),
    }
}

/// What is wrong with the structure alone (ids, tabs, groups, wires, links, subflows), whatever the types are.
pub fn structure(document: &Document) -> Vec<Problem> {
    let mut report = Report::new(document);
    let structure = structure::Structure::new(document, None);
    for (index, node) in document.nodes().iter().enumerate() {
        report.begin(node);
        structure.check(index, node, &mut report);
    }
    report.problems
}

/// Gathers problems; what is switched off has warnings at most.
struct Report<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
    node: Option<EcoString>,
    is_switched_off: bool,
}

impl<'a> Report<'a> {
    fn new(document: &'a Document) -> Self {
        Self { document, problems: Vec::new(), node: None, is_switched_off: false }
    }

    fn begin(&mut self, node: &Node) {
        self.node = node.own_id().cloned();
        let tab = node.z().and_then(|z| self.document.get(z));
        self.is_switched_off = node.is_disabled() || tab.is_some_and(Node::is_disabled);
    }

    fn error(&mut self, path: impl Into<EcoString>, text: Text) {
        let severity = if self.is_switched_off { Severity::Warning } else { Severity::Error };
        self.problems.push(Problem { node: self.node.clone(), path: path.into(), text, severity });
    }

    fn warning(&mut self, path: impl Into<EcoString>, text: Text) {
        let severity = Severity::Warning;
        self.problems.push(Problem { node: self.node.clone(), path: path.into(), text, severity });
    }
}

/// A name for a node in a text: its own name with the id, or type and id.
fn called(document: &Document, id: &str) -> EcoString {
    match document.get(id) {
        Some(node) if !node.name().is_empty() => eco_format!("\"{}\" ({id})", node.name()),
        Some(node) if !node.type_name().is_empty() => eco_format!("{} {id}", node.type_name()),
        _ => id.into(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
