//! `catch`: receives the errors of other nodes.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::scope::Scope;
use crate::config::flag;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "catch", describe, build, texts: &[("catch.label", "catch")] };

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Nodes
    /// Whose errors: all nodes of this flow when empty, the nodes chosen, or `group` for the nodes of the
    /// group that this node is in.
    #[schemars(with = "Option<Vec<String>>", extend("x-widget" = "nodes", "type" = ["array", "null", "string"]))]
    scope: Scope,
    /// # Only what no other catch node takes
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"scope": [null, "group"]}))]
    uncaught: bool,
}

const HELP: &str = "\
Receives the errors of other nodes of its flow, and those inside its subflows that nobody caught there.

**Sends** the message that the failing node had, with `msg.error`:
- `message`: what is wrong,
- `source`: the node: `id`, `type`, `name`, and `count`, how often this message failed there,
- `code`, `stack`, `cause`: where the error has them.

A former `msg.error` moves to `msg._error`. A message that fails ten times on its way round is dropped.

**Example**: catch, then a debug node that shows `error.message`.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Catch,
        inputs: 0,
        ..Face {
            type_name: NODE.name,
            category: "common",
            colour: "#e49191",
            icon: "shield-alert",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Ok(Built::Structure)
}
