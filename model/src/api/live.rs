//! What a running flow shows of itself over `/comms`: figures of its nodes, and the messages on a wire.

use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Serialize};

use crate::json::Json;

/// Topic of the figures of a flow's nodes ([`FlowMetrics`]). A flow is a tab or a subflow instance.
pub fn metrics_topic(flow: &str) -> EcoString {
    eco_format!("metrics/{flow}")
}

/// Topic of the messages that leave an output port ([`Peek`]); they are kept while somebody subscribes to it.
pub fn peek_topic(node: &str, port: usize) -> EcoString {
    eco_format!("peek/{node}/{port}")
}

/// What the topics of breakpoints begin with.
pub const HELD_TOPIC: &str = "held/";

/// Topic of the messages that are held at a node's input, all of them whenever they change ([`Peek`]), and
/// `{"over": true}` at the end. A breakpoint stays while somebody subscribes to just this.
pub fn held_topic(node: &str) -> EcoString {
    eco_format!("{HELD_TOPIC}{node}")
}

/// What the topic `metrics/<flow>` carries, five times a second at most: nodes whose figures changed, and all that
/// have any when somebody new subscribes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowMetrics {
    /// When they were taken, in milliseconds since 1970 (UTC).
    pub time: u64,
    /// By node id.
    pub nodes: BTreeMap<EcoString, NodeMetrics>,
}

/// A node's figures. Totals count from its start; rates are those of the time since the figures before, so a node
/// that has come to rest is told once with rates of 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeMetrics {
    /// Messages received.
    pub received: u64,
    /// Messages sent, by output port: each went along every wire of the port.
    pub sent: Vec<u64>,
    /// Errors, handled ones too.
    #[serde(skip_serializing_if = "is_zero")]
    pub errors: u64,
    /// Messages that a source could not wait with and dropped.
    #[serde(skip_serializing_if = "is_zero")]
    pub dropped: u64,
    /// Messages that wait for the node or are kept by it.
    #[serde(skip_serializing_if = "is_zero")]
    pub waiting: u64,
    /// Messages received per second.
    pub received_per_second: f64,
    /// Messages sent per second, by output port.
    pub sent_per_second: Vec<f64>,
    /// The share of the time that the node was at work, from 0 to 1; 0 for nodes with a task of their own.
    pub busy: f64,
    /// The time that 99 of 100 of its last calls did not exceed, in microseconds, to within a third of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_us: Option<f64>,
}

/// What the topic `peek/<node>/<port>` and `GET /peek/<node>/<port>` carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peek {
    /// Messages in the order in which they left, 64 at most.
    pub messages: Vec<PeekMessage>,
    /// How many left unseen, for there were too many, since the frame before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
}

/// A message on a wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeekMessage {
    /// Id of the running node that sent it: not the one asked for where that is a subflow instance.
    pub source: EcoString,
    /// Counted from 0 for each source and port since it is watched.
    pub number: u64,
    /// When it left, in milliseconds since 1970 (UTC).
    pub timestamp: u64,
    /// The whole message as text, encoded as in [`super::DebugMessage::msg`].
    pub msg: Json,
    /// How to read `msg`, as in [`super::DebugMessage::format`].
    pub format: EcoString,
}

/// What `POST /peek/<node>/<port>` takes: messages that are to arrive at nodes once more, as if along the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// Ids of the nodes where they arrive.
    pub to: Vec<EcoString>,
    /// Kept messages, exactly as they were, in this order.
    pub messages: Vec<KeptMessage>,
    /// A message that somebody wrote, after those; `{"type":"Buffer","data":[...]}` in it stands for bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<Json>,
}

/// What `POST /held/<node>` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LetGo {
    /// So many of the held messages go on, the oldest first; 0 sets or keeps the breakpoint.
    pub go: usize,
}

/// Names a kept message of a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeptMessage {
    /// [`PeekMessage::source`].
    pub source: EcoString,
    /// [`PeekMessage::number`].
    pub number: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
