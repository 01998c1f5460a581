//! The MQTT client that the nodes `mqtt in`, `mqtt out` and `mqtt-broker` share.
//!
//! The packets are `rumqttc`'s; the connection is ours (`docs/decisions/mqtt-client.md` says why):
//!
//! ```text
//! mqtt in  <- Backlog <- Session <- read  \
//!                                          Connection (one task) <-> socket
//! mqtt out -> outbox  -> Session -> write /
//! ```
//!
//! [`session`] is the protocol's state without any waiting, [`connection`] the task that owns the socket.

pub(crate) mod backlog;
pub mod brokers;
pub mod client;
pub(crate) mod connection;
mod gathering;
pub(crate) mod lenient;
pub mod local;
pub(crate) mod payload;
pub(crate) mod publication;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod subscriptions;
pub(crate) mod transport;
pub(crate) mod wire;

use engine::observe::Status;
use model::text::{Catalogue, Text};

use connection::Link;

/// Texts of the nodes, and those that they share with their broker.
pub(crate) const TEXTS: Catalogue = &[
    ("mqtt-in.label", "mqtt"),
    ("mqtt-out.label", "mqtt"),
    ("mqtt.connected", "connected"),
    ("mqtt.connecting", "connecting"),
    ("mqtt.disconnected", "disconnected"),
    ("mqtt.log.connected", "connected to the broker {address}"),
    ("mqtt.log.lost", "lost the connection to the broker {address}: {reason}; trying again"),
    ("mqtt.log.failed", "cannot connect to the broker {address}: {reason}; trying again"),
    ("mqtt.log.subscription-refused", "the broker {address} refuses the subscription {filter}: {reason}"),
    (
        "mqtt.log.nobody-subscribed",
        "a message of the topic {topic} came from an earlier session and no node subscribes to it any more; it was dropped",
    ),
    (
        "mqtt.log.dropping",
        "the flow is slower than messages come: {limit} wait, and those of quality 0 are dropped until there is room",
    ),
    (
        "mqtt.not-started",
        "the broker connection is not running; see the problem shown at the broker's config node",
    ),
    ("mqtt.invalid-topic", "{topic} is not a topic to publish to: it must not be empty nor hold + or #"),
    (
        "mqtt.invalid-filter",
        "{topic} is not a topic to subscribe to: + must stand alone between slashes and # alone at the end",
    ),
    ("mqtt.invalid-quality", "{value} is not a quality of service: use 0, 1 or 2"),
    (
        "mqtt.invalid-datatype",
        "{value} is not an output; use auto-detect, auto, buffer, utf8, json or base64",
    ),
    ("mqtt.invalid-property", "msg.{property} does not fit: {reason}"),
    ("mqtt.invalid-json", "the payload is not JSON: {reason}; choose another output in the mqtt in node"),
    ("mqtt.refused", "the broker refuses the message: {reason}"),
    ("mqtt.too-large", "the message is larger ({size} bytes) than the broker takes ({limit})"),
    ("mqtt.invalid-action", "{action} is not an action: use {actions}"),
    ("mqtt.action-needs-topic", "the action {action} needs the topic in msg.topic"),
    ("mqtt.action-not-dynamic", "the action {action} needs an mqtt in node with dynamic subscription"),
];

/// How a node of this connection shows it.
pub(crate) fn link_status(link: Link) -> Status {
    match link {
        Link::Connected => Status::new("green", "dot", Text::key("mqtt.connected")),
        Link::Connecting => Status::new("yellow", "ring", Text::key("mqtt.connecting")),
        Link::Disconnected => Status::new("red", "ring", Text::key("mqtt.disconnected")),
    }
}
