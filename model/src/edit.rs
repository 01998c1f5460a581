//! The edits that the editor makes: pure functions from a document to a [`Diff`].
//!
//! Each leaves the rest of the document consistent: what is deleted is also taken out of wires, links, scopes
//! and groups. None draws random numbers or reads a clock; ids come from the caller ([`new_id`]).

mod batch;
mod draft;
mod nodes;
mod paste;
mod ports;
pub(crate) mod references;
mod tabs;
mod wires;

use ecow::{EcoString, eco_format};

use crate::check::{Problem, Severity};
use crate::diff::Diff;
use crate::document::{Document, Kind};
use crate::json::Json;
use crate::text::{Catalogue, Text};

pub use batch::Batch;
pub use nodes::{
    Place, add_config_node, add_node, delete_nodes, enable_nodes, link_nodes, move_nodes, set_properties,
    set_property,
};
pub use paste::{Paste, Pasted, paste};
pub use ports::{RowEdit, edit_rows, rows_of, set_form_values};
pub use tabs::{add_tab, delete_tab, enable_tab, move_tab, rename_tab};
pub use wires::{connect, disconnect};

/// The texts of edits that cannot be made.
pub const TEXTS: Catalogue = &[
    ("edit.no-node", "there is no node with the id {id}: reload the flow"),
    ("edit.no-tab", "there is no tab with the id {id}: choose another"),
    ("edit.taken-id", "the id {id} is taken: use another"),
    ("edit.no-row", "`{key}` of {id} has no row {row}: choose one that it has"),
    ("edit.fixed", "`{key}` cannot be edited as a property"),
    ("edit.no-place", "{id} has no place on a tab: choose a node that has one"),
    ("edit.no-ports", "{id} has no ports: choose a node on a tab"),
    ("edit.other-tab", "{from} and {to} are on different tabs: use a pair of link nodes instead"),
    ("edit.not-finite", "{id} cannot be moved to {x}, {y}: give numbers"),
    ("edit.no-container", "there is no tab or subflow with the id {id}: choose another"),
    ("invariant.member", "it says that it is in the group {group}, which does not list it"),
    ("invariant.group", "it lists {member}, which says that it is elsewhere"),
    ("edit.empty", "there is nothing to paste: copy some nodes first"),
];

/// What an edit gives: the changes, or why it cannot be made.
pub type Edit = Result<Diff, Text>;

/// A node id of Node-RED's form, 16 hex digits, from a random number.
pub fn new_id(random: u64) -> EcoString {
    eco_format!("{random:016x}")
}

/// What an edit must not bring about in a document that was free of it: everything [`crate::check::structure`]
/// finds, and groups whose `nodes` and whose members' `g` contradict each other.
pub fn invariants(document: &Document) -> Vec<Problem> {
    let mut problems = crate::check::structure(document);
    let members = |group: &str| {
        let nodes = document.get(group).and_then(|group| group.field("nodes")).and_then(Json::as_array);
        nodes.unwrap_or_default().iter().filter_map(Json::as_str).collect::<std::collections::HashSet<&str>>()
    };
    let groups: std::collections::HashMap<&str, _> =
        document.groups().map(|group| (group.id(), members(group.id()))).collect();
    let mut report = |node: &str, path: EcoString, text: Text| {
        problems.push(Problem { node: Some(node.into()), path, text, severity: Severity::Warning });
    };
    for node in document.nodes().iter().filter(|node| node.kind() != Kind::Malformed) {
        if let Some(group) = node.g()
            && groups.get(group).is_some_and(|members| !members.contains(node.id()))
        {
            report(node.id(), "g".into(), Text::key("invariant.member").with("group", group));
        }
    }
    for group in document.groups() {
        for member in groups.get(group.id()).into_iter().flatten() {
            if document.get(member).is_some_and(|node| node.g() != Some(group.id()) || node.z() != group.z())
            {
                report(group.id(), "nodes".into(), Text::key("invariant.group").with("member", member));
            }
        }
    }
    problems
}

#[cfg(test)]
pub(crate) mod tests;
