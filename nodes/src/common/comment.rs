//! `comment`: words on the canvas.

use engine::node::Built;
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;

/// The node type.
pub const NODE: NodeType =
    NodeType { describe, build: |_| Ok(Built::Structure), texts: &[("comment.label", "comment")] };

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: "comment".into(),
        role: Role::Comment,
        category: "common".into(),
        colour: "#ffffff".into(),
        icon: "message-square".into(),
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into()], fallback: Text::key("comment.label") },
        button: false,
        schema: serde_json::json!({ "type": "object", "properties": {} }),
        credentials: vec![],
        help: "Words for whoever reads the flow: the name is the heading, the description holds the rest in \
               Markdown. It does nothing when the flow runs."
            .into(),
    }
}
