//! Messages that nodes failed with, where no catch node heard of it: kept to be looked at, mended and sent again.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::json::Json;

/// Topic of how many there are ([`FailedCount`]).
pub const FAILED_TOPIC: &str = "failed";

/// What the topic `failed` carries, five times a second at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCount {
    /// How many are kept.
    pub count: usize,
}

/// What `GET /failed` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// The messages, oldest first.
    pub failed: Vec<FailedMessage>,
    /// How many older ones were let go, for there were too many.
    pub lost: u64,
}

/// A message that a node failed with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailedMessage {
    /// Names it in `/failed/<number>`; counted from 0 since the start.
    pub number: u64,
    /// Id of the running node.
    pub node: EcoString,
    /// Its name, or empty.
    pub name: EcoString,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: EcoString,
    /// When, in milliseconds since 1970 (UTC).
    pub timestamp: u64,
    /// What went wrong, in words.
    pub error: EcoString,
    /// The message as text, encoded as in [`super::DebugMessage::msg`].
    pub msg: Json,
    /// How to read `msg`, as in [`super::DebugMessage::format`].
    pub format: EcoString,
}

/// What `POST /failed/<number>` takes: with no message, the kept one goes to its node again as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SendFailed {
    /// The message to send in its place; `{"type":"Buffer","data":[...]}` in it stands for bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<Json>,
}
