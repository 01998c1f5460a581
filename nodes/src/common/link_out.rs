//! `link out`: the near end of virtual wires, or the return of a link call.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Outputs, Role};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "link out", describe, build, texts: TEXTS };

const TEXTS: model::text::Catalogue =
    &[("link-out.label", "link out"), ("link-out.mode", "{mode} is not a mode; choose link or return")];

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Mode
    /// Sends to the link in nodes chosen, or back to the link call that the message came from.
    #[schemars(extend("x-widget" = "choice", "enum" = ["link", "return"],
        "x-enum-titles" = ["Send to link in nodes", "Return to the link call"]))]
    mode: String,
    /// # Link in nodes
    /// Where messages go; they may be on other tabs.
    #[schemars(extend("x-widget" = "nodes", "x-node-types" = ["link in"],
        "x-show-if" = {"mode": ["link"]}))]
    #[allow(dead_code, reason = "the graph reads it")]
    links: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self { mode: "link".into(), links: Vec::new() }
    }
}

const HELP: &str = "\
The near end of virtual wires: what it gets comes out of all **link in** nodes linked to it, also on other tabs. \
In return mode it gives the message back to the **link call** node that sent it; a message that came another way \
is an error.

**Example**: link out on one tab, link in with the same link on another: one flow drawn on two tabs.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::LinkOut,
        outputs: Outputs::Fixed(0),
        ..Face { type_name: NODE.name, category: "common", colour: "#dddddd", icon: "log-out", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    if !["", "link", "return"].contains(&config.mode.as_str()) {
        return Err(BuildError::at("mode", Text::key("link-out.mode").with("mode", config.mode)));
    }
    Ok(Built::Structure)
}
