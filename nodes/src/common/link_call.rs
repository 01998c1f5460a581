//! `link call`: calls the nodes behind a link in and waits for their answer.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Role};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::number_or_text;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "link call", describe, build, texts: TEXTS };

const TEXTS: model::text::Catalogue = &[
    ("link-call.label", "link call"),
    ("link-call.no-link", "no link in node is chosen; choose one, or let msg.target name it"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Target
    /// One link in node for all messages, or the one that each message names in `msg.target`.
    #[schemars(extend("x-widget" = "choice", "enum" = ["static", "dynamic"],
        "x-enum-titles" = ["The link in chosen", "Named by msg.target"]))]
    link_type: String,
    /// # Link in node
    #[schemars(extend("x-widget" = "nodes", "x-node-types" = ["link in"], "maxItems" = 1,
        "x-show-if" = {"linkType": ["static"]}))]
    links: Vec<String>,
    /// # Timeout
    /// How long to wait for the answer, in seconds; 0 waits for ever.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0))]
    #[allow(dead_code, reason = "the graph reads it")]
    timeout: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self { link_type: "static".into(), links: Vec::new(), timeout: Some(30.0) }
    }
}

const HELP: &str = "\
Sends a message to a **link in** node and waits until a **link out** node in return mode gives it back; then \
passes it on. So a part of a flow can be used from many places.

**Takes** `msg.target` when set so: the id or the name of the link in; a name is looked for on this tab first.

No answer in time is an error that can be caught, and so are a target that does not exist and a name that several \
nodes have.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::LinkCall,
        ..Face {
            type_name: NODE.name,
            category: "common",
            colour: "#dddddd",
            icon: "corner-down-right",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    if config.link_type != "dynamic" && config.links.is_empty() {
        return Err(BuildError::at("links", Text::key("link-call.no-link")));
    }
    Ok(Built::Structure)
}
