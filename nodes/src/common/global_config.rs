//! `global-config`: environment variables of all flows.

use engine::node::{BuildContext, BuildError, Built, ConfigNode};
use engine::registry::NodeType;
use model::descriptor::{NodeDescriptor, Outputs, Role};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::config::text;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType {
    name: "global-config",
    describe,
    build,
    texts: &[("global-config.label", "global variables")],
};

#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
struct Config {
    /// # Variables
    /// What all flows may read, as `${NAME}` or by `env.get`.
    #[schemars(extend("x-widget" = "rows"))]
    #[allow(dead_code, reason = "the plan reads it")]
    env: Vec<Variable>,
}

/// One variable.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(default)]
#[schemars(inline)]
#[allow(dead_code, reason = "the plan reads it")]
struct Variable {
    /// # Name
    #[serde(deserialize_with = "text")]
    name: String,
    /// # Value
    #[schemars(extend("x-widget" = "typed", "x-type-property" = "type",
        "x-types" = ["str", "num", "bool", "json", "bin", "env", "cred", "jsonata"]))]
    value: Json,
    #[serde(rename = "type", deserialize_with = "text")]
    #[schemars(extend("x-widget" = "hidden"))]
    kind: String,
}

const HELP: &str = "\
Holds the environment variables that all flows may read: as `${NAME}` in a node's settings, as a typed value, or by \
`env.get(\"NAME\")` in a function node. A tab, group or subflow may have a variable of the same name, which is then read in \
its place; and these go before those that Wireloom was started with.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Config,
        inputs: 0,
        outputs: Outputs::Fixed(0),
        ..Face { type_name: NODE.name, category: "config", colour: "#eeeeee", icon: "globe", help: HELP }
            .node::<Config>()
    }
}

/// Nothing runs: the plan reads the variables.
struct GlobalConfig;

impl ConfigNode for GlobalConfig {}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let _: Config = context.config()?;
    Built::config(GlobalConfig)
}
