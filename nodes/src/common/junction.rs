//! `junction`: a point where wires meet.

use engine::node::Built;
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;

/// The node type.
pub const NODE: NodeType =
    NodeType { describe, build: |_| Ok(Built::Structure), texts: &[("junction.label", "junction")] };

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: "junction".into(),
        role: Role::Junction,
        category: "common".into(),
        colour: "#d9d9d9".into(),
        icon: "circle-dot".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("junction.label") },
        button: false,
        schema: serde_json::json!({ "type": "object", "properties": {} }),
        credentials: vec![],
        help:
            "A point where wires meet: passes every message on to all its wires. Keeps long wires tidy and \
               costs nothing when the flow runs."
                .into(),
    }
}
