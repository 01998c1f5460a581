//! Which nodes a catch, status or complete node listens to.

use serde::Deserialize;

/// `null` for all of the flow, a list of ids, or `"group"`.
#[derive(Deserialize, Default)]
#[serde(untagged)]
#[allow(dead_code, reason = "the graph reads the property itself; here only its form is checked")]
pub(super) enum Scope {
    #[default]
    All,
    Nodes(Vec<String>),
    Word(String),
}
