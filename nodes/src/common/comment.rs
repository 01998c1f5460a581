//! `comment`: words on the canvas.

use engine::node::Built;
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Outputs, Role};

use crate::face::{Face, Nothing};

/// The node type.
pub const NODE: NodeType = NodeType {
    name: "comment",
    describe,
    build: |_| Ok(Built::Structure),
    texts: &[("comment.label", "comment")],
};

const HELP: &str = "\
Words for whoever reads the flow: the name is the heading, the description holds the rest in \
Markdown. It does nothing when the flow runs.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Comment,
        inputs: 0,
        outputs: Outputs::Fixed(0),
        ..Face {
            type_name: NODE.name,
            category: "common",
            colour: "#ffffff",
            icon: "message-square",
            help: HELP,
        }
        .node::<Nothing>()
    }
}
