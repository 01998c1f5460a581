//! `link in`: the far end of virtual wires.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::face::Face;

/// The node type.
pub const NODE: NodeType =
    NodeType { name: "link in", describe, build, texts: &[("link-in.label", "link in")] };

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Link out nodes
    /// Where messages come from; they may be on other tabs.
    #[schemars(extend("x-widget" = "nodes", "x-node-types" = ["link out"]))]
    #[allow(dead_code, reason = "the graph reads it")]
    links: Vec<String>,
}

const HELP: &str = "\
The far end of virtual wires: passes on what the **link out** nodes linked to it get, also from other tabs. It \
is also what a **link call** node calls: by its id, or by its name.

**Example**: link in named `notify`, a few nodes, then a link out in return mode: a subroutine for link calls.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::LinkIn,
        inputs: 0,
        ..Face { type_name: NODE.name, category: "common", colour: "#dddddd", icon: "log-in", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Ok(Built::Structure)
}
