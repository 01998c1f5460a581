//! Flow tests as data: a flow, what is sent, what is expected.
//!
//! A case file is a JSON array of cases:
//!
//! ```json
//! [{ "name": "passes on what it gets",
//!    "flow": [{ "id": "n", "type": "junction", "wires": [["out"]] }],
//!    "steps": [{ "send": { "to": "n", "msg": { "payload": 1 } } },
//!              { "expect": { "out": [{ "payload": 1 }] } }] }]
//! ```
//!
//! A wire to an id that is not in the flow ends at a recorder. `expect` takes all that the named recorders
//! got so far. What is recorded, shown in the debug panel or logged as an error and never expected fails the
//! case. Run it with tokio's clock paused, and waiting takes no time.
//!
//! In place of `flow` a case may name `nodes` of a flow file. They are then tested as they are there, on their own:
//! with their config nodes, groups and subflows, and a recorder `<node>/<port>` at every output that leads to none of
//! them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ecow::EcoString;
use model::api::Mismatch;
use model::document::Document;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Credentials;
use crate::node::Services;
use crate::registry::Registry;

mod contexts;
mod heard;
mod mismatch;
mod part;
mod record;
mod recorder;
mod secrets;
mod trial;
mod values;

pub use contexts::Scopes;
pub use mismatch::shown;
pub use record::{record, sends};
pub use recorder::recorder;
pub use values::{decode, encode};

/// One case.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The flow, as in a flow file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<Json>,
    /// Ids of the nodes of a flow file that it is about, in place of `flow`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<EcoString>,
    /// What happens, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What the deploy must report: nothing else, and nothing less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ExpectedProblem>,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Json>,
    /// Credentials by node id.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub credentials: Credentials,
    /// Its nodes have the credentials that the flows have, too. Those stand in no case file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flow_credentials: bool,
}

/// A problem that a deploy reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedProblem {
    node: EcoString,
    path: String,
}

/// One thing that happens in a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A message arrives at a node.
    #[allow(missing_docs)]
    Send { to: EcoString, msg: Json },
    /// Time passes, in milliseconds.
    WaitMs(u64),
    /// What recorders got: of every message the properties that are named here. `"$any": ["time"]` names some that
    /// must be there, `"$absent": ["error"]` some that must not, and with `"$only": true` no others may.
    Expect(BTreeMap<EcoString, Vec<Json>>),
    /// Context values are set, by scope (`global`, a flow's id, `<node>:<flow>`) and key; `#:(store)::key` for another
    /// store than the default one.
    SetContext(Scopes),
    /// The context values that are there now: of every scope those that are named, and `$any` and `$absent` as for
    /// messages.
    ExpectContext(Scopes),
    /// A node's button (`inject`: null or the properties to use) or switch (`active`).
    #[allow(missing_docs)]
    Command {
        to: EcoString,
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        inject: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        active: Option<bool>,
    },
    /// The statuses that nodes show now; `{}` for none.
    ExpectStatus(BTreeMap<EcoString, Json>),
    /// The errors logged since the last such step: node and a part of the text.
    ExpectErrors(Vec<ExpectedError>),
    /// What debug nodes showed since the last such step.
    ExpectDebug(Vec<ExpectedDebug>),
    /// The flow is deployed again, changed or not.
    #[allow(missing_docs)]
    Deploy {
        kind: ExpectedKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<Vec<Json>>,
    },
}

/// Which nodes a deploy restarts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ExpectedKind {
    Full,
    Flows,
    Nodes,
}

/// A logged error.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedError {
    node: EcoString,
    text: EcoString,
}

/// Something shown by a debug node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedDebug {
    node: EcoString,
    /// What; absent for whatever it is.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
}

/// Tells `null` from nothing at all.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(from).map(Some)
}

/// Runs a case with these node types on the current tokio runtime.
///
/// # Errors
/// What was different from what the case expects, in English.
pub async fn run(case: &Case, registry: &Registry, services: Services) -> Result<(), String> {
    let outcome = check(case, None, registry, services).await;
    outcome.map_err(|mismatch| shown(&mismatch, |text| text.render_with(model::CATALOGUES)))
}

/// Runs a case with these node types on the current tokio runtime; `flows` are those that its `nodes` are of.
///
/// # Errors
/// What was different from what the case expects.
pub async fn check(
    case: &Case,
    flows: Option<&Document>,
    registry: &Registry,
    services: Services,
) -> Result<(), Mismatch> {
    let case = case.in_flows(flows, registry)?;
    run_steps(&case, registry, services).await.map_err(|mismatch| secrets::without_secrets(&case, mismatch))
}

async fn run_steps(case: &Case, registry: &Registry, services: Services) -> Result<(), Mismatch> {
    let stores = contexts::TestStores::of(case);
    let contexts = stores.contexts();
    let trial = trial::Trial::start(case, registry, services, contexts, stores).await?;
    for (at, step) in case.steps.iter().enumerate() {
        trial.take(step).await.map_err(|mismatch| Mismatch { step: Some(at), ..mismatch })?;
    }
    trial.end().await
}

/// Lets everything run until it waits. The paused clock moves on only when nothing else can happen.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
