//! What the admin API and its `/comms` socket carry, in Node-RED's forms.
//!
//! Bodies that hold flows keep every literal and key: they pass through [`Json`], never through another tree.

mod comms;
mod failed;
mod flow;
mod flow_tests;
mod live;
mod permissions;
mod plugins;
mod presence;

use std::collections::BTreeMap;
use std::str::FromStr;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::descriptor::NodeDescriptor;
use crate::document::Document;
use crate::json::{Json, Object, ParseError};
use crate::text::{Catalogue, Text};

pub use comms::{
    CommsFrame, CommsRequest, DEBUG_TOPIC, DebugMessage, RuntimeDeploy, RuntimeState, notification_topic,
    status_topic,
};
pub use failed::{FAILED_TOPIC, Failed, FailedCount, FailedMessage, SendFailed};
pub use flow::{GLOBAL, add_flow, get_flow, remove_flow, update_flow};
pub use flow_tests::{
    Difference, FLOW_TESTS_TOPIC, FlowTest, FlowTestResult, FlowTests, FromOutput, Mismatch, NewFlowTest,
    RunFlowTests, TEXTS as FLOW_TEST_TEXTS, TestContext, TestMessage,
};
pub use live::{
    FlowMetrics, HELD_TOPIC, KeptMessage, LetGo, NodeMetrics, Peek, PeekMessage, Replay, held_topic,
    metrics_topic, peek_topic,
};
pub use permissions::permits;
pub use plugins::{
    About, GRANT_LISTS, InstalledPlugin, PluginCandidate, PluginProblem, PluginState, PluginWord,
    ReplacedPlugin, RunningPlugin,
};
pub use presence::{PRESENCE_TOPIC, Presence, Present, WhoIsHere};

/// The header that says which version of the flows payload is meant: `v1` or `v2`.
pub const VERSION_HEADER: &str = "Node-RED-API-Version";
/// The header that says how to deploy; see [`DeploymentType`].
pub const DEPLOYMENT_HEADER: &str = "Node-RED-Deployment-Type";

/// The API's texts.
pub const TEXTS: Catalogue = &[
    ("api.version", "{found} is no version of the flows API: ask for v1 or v2"),
    ("api.deployment", "{found} is no deployment type: use full, flows, nodes or reload"),
    (
        "api.version-mismatch",
        "the flows were changed by somebody else since they were loaded: load them again",
    ),
    ("api.no-flow", "there is no flow with the id {id}"),
    (
        "api.flow-shape",
        "a flow is an object with a list of `nodes`, and lists of `configs` and `subflows` where it has them; this is {found}",
    ),
    ("api.flow-node", "`{list}[{index}]` is no object with a text `id` and a text `type`"),
    ("api.flow-duplicate", "the id {id} stands twice: give one of the two another"),
    ("api.flow-taken", "the id {id} is that of another entry: give the flow another"),
    ("api.flow-global", "the global flow cannot be deleted"),
];

/// Version of the flows payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiVersion {
    /// A list of nodes.
    #[default]
    V1,
    /// `{flows, rev}`
    V2,
}

impl FromStr for ApiVersion {
    type Err = Text;

    /// Reads the value of [`VERSION_HEADER`]; version 1 is meant where the header is absent.
    fn from_str(header: &str) -> Result<Self, Text> {
        match header.trim() {
            "" | "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            other => Err(Text::key("api.version").with("found", other)),
        }
    }
}

/// How much a deploy restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentType {
    /// Everything.
    #[default]
    Full,
    /// The flows that hold a change.
    Flows,
    /// The nodes that changed, and what uses them.
    Nodes,
    /// Everything, as it stands in the storage; the payload is not looked at.
    Reload,
}

impl FromStr for DeploymentType {
    type Err = Text;

    /// Reads the value of [`DEPLOYMENT_HEADER`]; a full deploy is meant where the header is absent.
    fn from_str(header: &str) -> Result<Self, Text> {
        match header.trim() {
            "" | "full" => Ok(Self::Full),
            "flows" => Ok(Self::Flows),
            "nodes" => Ok(Self::Nodes),
            "reload" => Ok(Self::Reload),
            other => Err(Text::key("api.deployment").with("found", other)),
        }
    }
}

/// Body of `POST /flows`, of either version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowsRequest {
    /// The flows.
    pub document: Document,
    /// The revision that they were made from (version 2); a deploy on another one is refused.
    pub rev: Option<EcoString>,
    /// Credentials by node id (version 2); those inside the nodes' `credentials` are in the document.
    pub credentials: Option<Object>,
}

impl FlowsRequest {
    /// Reads a body: a list is version 1, an object version 2.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let json = Json::parse(text)?;
        let rev = json.get("rev").and_then(Json::as_str).filter(|rev| !rev.is_empty()).map(EcoString::from);
        let credentials = json.get("credentials").and_then(Json::as_object).cloned();
        let document =
            Document::from_json(json).map_err(|message| ParseError { line: 1, column: 1, message })?;
        Ok(Self { document, rev, credentials })
    }
}

/// Answer to `GET /flows`, version 2. Version 1 is the list alone ([`Document::to_json`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsResponse {
    /// The list of nodes.
    pub flows: Json,
    /// The revision, 64 hex digits.
    pub rev: EcoString,
}

impl From<&Document> for FlowsResponse {
    fn from(document: &Document) -> Self {
        Self { flows: document.to_json(), rev: document.rev().into() }
    }
}

/// Answer to a deploy of version 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployResponse {
    /// The new revision.
    pub rev: EcoString,
}

/// Answer to `POST /flow` and `PUT /flow/:id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowIdResponse {
    /// The id of the flow.
    pub id: EcoString,
}

/// Body of an answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// A word for programs, such as `not_found`, `invalid_request` or `version_mismatch`.
    pub code: EcoString,
    /// For the user, in English.
    pub message: EcoString,
    /// The same as a catalogue key with its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

impl ApiError {
    /// An error with a text of this crate's catalogues.
    pub fn new(code: &str, text: Text) -> Self {
        Self { code: code.into(), message: text.render_with(crate::CATALOGUES), text: Some(text) }
    }

    /// A deploy on a stale revision (status 409).
    pub fn version_mismatch() -> Self {
        Self::new("version_mismatch", Text::key("api.version-mismatch"))
    }
}

/// Answer to `GET /settings`: what Node-RED's tools read, and what they do not know beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Path under which HTTP nodes stand, such as `/`.
    pub http_node_root: EcoString,
    /// Version of Node-RED whose API this is.
    pub version: EcoString,
    /// The signed-in user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The context stores.
    pub context: ContextSettings,
    /// How credentials are kept: `system`, `user` or `disabled`.
    pub flow_encryption_type: EcoString,
    /// Everything else, kept as it comes.
    #[serde(flatten)]
    pub others: BTreeMap<EcoString, serde_json::Value>,
}

/// The signed-in user, in [`Settings`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name to sign in with.
    pub username: EcoString,
    /// What the user may do: `*`, `read`, `flows.write` and so on.
    pub permissions: Json,
}

/// The context stores, in [`Settings`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextSettings {
    /// The store used where none is named.
    pub default: EcoString,
    /// Names of all stores.
    pub stores: Vec<EcoString>,
}

/// Body of `POST /inject/:id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InjectRequest {
    /// Properties to send instead of the node's own.
    #[serde(default, rename = "__user_inject_props__", skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<InjectProperty>>,
}

/// One property of an injected message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InjectProperty {
    /// Path in the message, such as `payload`.
    pub p: EcoString,
    /// Value, as text for most types.
    #[serde(default)]
    pub v: Json,
    /// Type of the value: `str`, `num`, `date`, ...
    #[serde(default)]
    pub vt: EcoString,
}

/// All node types and the texts that they use: what the editor draws the palette and the forms from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeCatalogue {
    /// The types, in the order of the palette.
    pub nodes: Vec<NodeDescriptor>,
    /// English templates by catalogue key.
    pub texts: BTreeMap<EcoString, EcoString>,
}

impl NodeCatalogue {
    /// A catalogue with the texts of these tables; of a key that stands twice the first counts.
    pub fn new<'a>(nodes: Vec<NodeDescriptor>, tables: impl IntoIterator<Item = &'a Catalogue>) -> Self {
        let mut texts = BTreeMap::new();
        for (key, template) in tables.into_iter().flat_map(|table| table.iter()) {
            texts.entry((*key).into()).or_insert_with(|| (*template).into());
        }
        Self { nodes, texts }
    }
}

/// One of the example flows of `GET /examples`; `GET /examples/:name` answers its flow file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleInfo {
    /// Names it in its address.
    pub name: EcoString,
    /// What it is called.
    pub title: EcoString,
    /// What it shows, in a sentence or two.
    pub description: EcoString,
    /// How many nodes it has, config nodes included.
    pub nodes: usize,
}

/// One of the node sets of `GET /nodes`, as Node-RED's tools read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSet {
    /// Module and set, such as `node-red/mqtt`.
    pub id: EcoString,
    /// Name of the set in its module.
    pub name: EcoString,
    /// The node types of the set.
    pub types: Vec<EcoString>,
    /// Whether they can be used.
    pub enabled: bool,
    /// Whether the set was installed by the user.
    pub local: bool,
    /// Whether the set belongs to the user's own folder.
    #[serde(default)]
    pub user: bool,
    /// The module.
    pub module: EcoString,
    /// Its version.
    pub version: EcoString,
}

/// A node's status, as `node.status()` takes it and `status/<id>` carries it. Empty: no status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Colour: `red`, `green`, `yellow`, `blue`, `grey` or `gray`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<EcoString>,
    /// `dot` or `ring`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<EcoString>,
    /// Words beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<EcoString>,
}

#[cfg(test)]
mod tests;
