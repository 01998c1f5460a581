//! `unknown`: stands where a node was whose type is missing.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};

use crate::face::{Face, Nothing};

/// The node type.
pub const NODE: NodeType = NodeType { name: "unknown", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[
    ("unknown.label", "unknown"),
    (
        "unknown.placeholder",
        "this stands for a node whose type was missing when the flow was saved; replace it, or import the flow again when the type is there",
    ),
];

const HELP: &str = "\
Stands where a node was whose type was missing when the flow was saved. It does nothing: replace it, or import the flow \
again once the type is there. The rest of the flow runs.";

fn describe() -> NodeDescriptor {
    Face { type_name: NODE.name, category: "", colour: "#ffffff", icon: "circle-help", help: HELP }
        .node::<Nothing>()
}

fn build(_context: &BuildContext<'_>) -> Result<Built, BuildError> {
    Err(BuildError::at("type", Text::key("unknown.placeholder")))
}
