//! `complete`: receives the messages that other nodes have finished.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::face::Face;

/// The node type.
pub const NODE: NodeType =
    NodeType { name: "complete", describe, build, texts: &[("complete.label", "complete")] };

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Nodes
    /// Whose messages: the nodes chosen.
    #[schemars(extend("x-widget" = "nodes"))]
    #[allow(dead_code, reason = "the graph reads it")]
    scope: Vec<String>,
}

const HELP: &str = "\
Receives the messages that the nodes chosen have finished, such as one that a node without an output has \
stored. Nodes wired straight to this one are not listened to.

**Sends** the message as the node finished it.

**Example**: complete of a database node, then a debug node, to see what was stored.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Complete,
        inputs: 0,
        ..Face {
            type_name: NODE.name,
            category: "common",
            colour: "#c0edc0",
            icon: "circle-check",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Ok(Built::Structure)
}
