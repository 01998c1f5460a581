//! `complete`: receives the messages that other nodes have finished.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

/// The node type.
pub const NODE: NodeType = NodeType { describe, build, texts: &[("complete.label", "complete")] };

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
        type_name: "complete".into(),
        role: Role::Complete,
        category: "common".into(),
        colour: "#c0edc0".into(),
        icon: "circle-check".into(),
        inputs: 0,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("complete.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![],
        help: HELP.into(),
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Ok(Built::Structure)
}
