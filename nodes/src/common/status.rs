//! `status`: receives the statuses of other nodes.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::scope::Scope;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "status", describe, build, texts: &[("status.label", "status")] };

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Nodes
    /// Whose statuses: all nodes of this flow when empty, the nodes chosen, or `group` for the nodes of the
    /// group that this node is in.
    #[schemars(with = "Option<Vec<String>>", extend("x-widget" = "nodes", "type" = ["array", "null", "string"]))]
    #[allow(dead_code, reason = "the graph reads it")]
    scope: Scope,
}

const HELP: &str = "\
Receives the statuses of other nodes of its flow, as they are shown under the nodes.

**Sends** a new message for each change, with `msg.status`: `fill` (colour), `shape` (`dot` or `ring`), `text`, \
and `source`, the node (`id`, `type`, `name`).

**Example**: status of an mqtt in node, then a switch on `status.fill`, to hear of a lost connection.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Status,
        inputs: 0,
        ..Face { type_name: NODE.name, category: "common", colour: "#94c1d0", icon: "activity", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Ok(Built::Structure)
}
