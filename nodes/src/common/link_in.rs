//! `link in`: the far end of virtual wires.

use engine::node::{BuildContext, BuildError, Built};
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

/// The node type.
pub const NODE: NodeType = NodeType { describe, build, texts: &[("link-in.label", "link in")] };

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
        type_name: "link in".into(),
        role: Role::LinkIn,
        category: "common".into(),
        colour: "#dddddd".into(),
        icon: "log-in".into(),
        inputs: 0,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec!["name".into()], fallback: Text::key("link-in.label") },
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
