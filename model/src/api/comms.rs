//! What goes over the `/comms` socket. The server sends lists of frames; a client sends one object at a time.

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Serialize};

use super::presence::Presence;
use crate::json::Json;

/// Topic of debug messages ([`DebugMessage`]).
pub const DEBUG_TOPIC: &str = "debug";

/// Topic of a node's status ([`super::NodeStatus`]), which is kept for those who subscribe later.
pub fn status_topic(node: &str) -> EcoString {
    eco_format!("status/{node}")
}

/// Topic of a notification such as `runtime-state` or `runtime-deploy`.
pub fn notification_topic(name: &str) -> EcoString {
    eco_format!("notification/{name}")
}

/// One frame from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommsFrame {
    /// Levels with `/` between them.
    pub topic: EcoString,
    /// What the topic carries.
    #[serde(default)]
    pub data: Json,
}

/// One message from a client: it signs in, subscribes, says where it is, or publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommsRequest {
    /// Access token, in the first message where a sign-in is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<EcoString>,
    /// Topic to subscribe to; `#` at the end stands for all levels below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<EcoString>,
    /// Topic, as it was subscribed to, to hear no more of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<EcoString>,
    /// What the client says of itself to the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Topic to publish to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<EcoString>,
    /// What to publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
}

/// What the topic `debug` carries: one line of the debug panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugMessage {
    /// Id of the node that it came from.
    #[serde(default)]
    pub id: EcoString,
    /// Id of its tab.
    #[serde(default, skip_serializing_if = "EcoString::is_empty")]
    pub z: EcoString,
    /// Id in the subflow template, of a node in a subflow instance.
    #[serde(default, rename = "_alias", skip_serializing_if = "Option::is_none")]
    pub alias: Option<EcoString>,
    /// Ids of the tab and the subflow instances around the node, with `/` between them.
    #[serde(default, skip_serializing_if = "EcoString::is_empty")]
    pub path: EcoString,
    /// Name of the node.
    #[serde(default, skip_serializing_if = "EcoString::is_empty")]
    pub name: EcoString,
    /// Topic of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<EcoString>,
    /// Which property is shown, such as `payload`; absent for the whole message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<EcoString>,
    /// The value, as text: JSON for objects and lists, hex digits for buffers.
    #[serde(default)]
    pub msg: Json,
    /// How to read `msg`: `string[5]`, `number`, `boolean`, `Object`, `array[3]`, `buffer[4]`, `undefined`, `null`, `error`.
    #[serde(default)]
    pub format: EcoString,
    /// Log level of a warning (30) or an error (20) that is shown here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// When it came, in milliseconds since 1970 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
}

/// What `notification/runtime-state` carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeState {
    /// `start`, `stop` or `safe`.
    pub state: EcoString,
    /// Why it does not run, such as `missing-types`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<EcoString>,
    /// `warning` or `error`, where something is to be shown.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<EcoString>,
    /// What is to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<EcoString>,
    /// The missing node types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<EcoString>,
}

/// What `notification/runtime-deploy` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeDeploy {
    /// The revision that runs now.
    pub revision: EcoString,
}
