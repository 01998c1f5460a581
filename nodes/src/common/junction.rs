//! `junction`: a point where wires meet.

use engine::node::Built;
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};

use crate::face::{Face, Nothing};

/// The node type.
pub const NODE: NodeType = NodeType {
    name: "junction",
    describe,
    build: |_| Ok(Built::Structure),
    texts: &[("junction.label", "junction")],
};

const HELP: &str = "\
A point where wires meet: passes every message on to all its wires. Keeps long wires tidy and \
costs nothing when the flow runs.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Junction,
        ..Face { type_name: NODE.name, category: "common", colour: "#d9d9d9", icon: "circle-dot", help: HELP }
            .node::<Nothing>()
    }
}
