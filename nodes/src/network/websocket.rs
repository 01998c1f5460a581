//! WebSockets, as the four nodes share them.
//!
//! ```text
//! websocket in  <- Inbound  <- Hub <- read  \
//!                                            converse <-> a peer
//! websocket out -> Outgoing -> Hub -> write /
//! ```
//!
//! A [`hub::Hub`] belongs to one config node. The server hands over what connects to a listener's path
//! ([`listeners`]); a client's hub is fed by its own task.

pub(crate) mod hub;
pub mod listeners;

use std::sync::Arc;

use bytes::Bytes;
use engine::NodeError;
use engine::js;
use engine::node::{BuildContext, BuildError};
use engine::observe::Status;
use engine::{Message, Object, Value};
use model::text::{Catalogue, Text};

use super::websocket_client::WebSocketClient;
use super::websocket_listener::WebSocketListener;
use hub::{Hub, Link};

/// Texts of the nodes, and those that they share.
pub(crate) const TEXTS: Catalogue = &[
    ("websocket-in.label", "websocket"),
    ("websocket-out.label", "websocket"),
    ("websocket.connected", "connected {count}"),
    ("websocket.disconnected", "disconnected"),
    (
        "websocket.dropping",
        "the flow is slower than messages come: {limit} wait, and what comes is dropped until there is room",
    ),
    ("websocket.error", "error"),
    ("websocket.errors.missing-conf", "choose what to listen on or connect to"),
    ("websocket.not-connected", "there is no connection, so the message was not sent"),
    ("websocket.not-sent", "{count} of those connected did not get the message: {reason}"),
    ("websocket.no-path", "the path must not be empty"),
    ("websocket.no-server", "there is no HTTP server to listen with"),
    (
        "websocket.taken",
        "another websocket-listener has the path {path} already, so this one gets nothing; change one of them",
    ),
    ("websocket.url", "the URL {url} is not understood: {reason}; write one such as wss://example.org/live"),
    ("websocket.header", "the header {name} cannot be sent: {reason}"),
    ("websocket.lost", "the connection to {url} ended: {reason}; trying again"),
    ("websocket.failed", "cannot connect to {url}: {reason}; trying again"),
];

/// The largest message that comes in, in bytes.
pub const MESSAGE_LIMIT: usize = 16 * 1024 * 1024;

/// What travels over a WebSocket.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// Asks for a pong.
    Ping(Bytes),
    /// The answer to a ping.
    Pong(Bytes),
    /// The peer is leaving.
    Close,
}

/// The hub of the listener or client that a node names.
pub(crate) fn hub_of(context: &BuildContext<'_>) -> Result<Arc<Hub>, BuildError> {
    let names = |property: &str| {
        context.properties.get(property).is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty()))
    };
    if names("client") {
        return context.config_node::<WebSocketClient>("client").map(|client| client.hub());
    }
    if names("server") {
        return context.config_node::<WebSocketListener>("server").map(|listener| listener.hub());
    }
    Err(BuildError::at("server", Text::key("websocket.errors.missing-conf")))
}

/// How a node shows the state of its connections.
pub(crate) fn status_of(link: Link) -> Status {
    match link {
        Link::Never => Status::clear(),
        Link::Open(count) => {
            Status::new("green", "dot", Text::key("websocket.connected").with("count", count))
        }
        // A client has one connection or none: there is nothing to count.
        Link::Connected => Status::new("green", "dot", Text::key("websocket.connected").with("count", "")),
        Link::Closed => Status::new("red", "ring", Text::key("websocket.disconnected")),
        Link::Failed => Status::new("red", "ring", Text::key("websocket.error")),
    }
}

/// The message that a frame becomes; `takes_whole`: it is a whole message as JSON.
pub(crate) fn message_of(frame: Frame, takes_whole: bool, session: &str) -> Option<Message> {
    let (payload, json) = match frame {
        Frame::Text(text) => {
            let json = takes_whole.then(|| serde_json::from_str::<Value>(&text).ok()).flatten();
            (Value::from(text), json)
        }
        Frame::Binary(bytes) => {
            let json = takes_whole.then(|| serde_json::from_slice::<Value>(&bytes).ok()).flatten();
            (Value::buffer(bytes), json)
        }
        Frame::Ping(_) | Frame::Pong(_) | Frame::Close => return None,
    };
    let mut message = match json {
        Some(Value::Object(object)) => Message::from_object(object),
        Some(value) => Message::with_payload(value),
        None => Message::with_payload(payload),
    };
    message.set("_session", Object::from_iter([("type", Value::from("websocket")), ("id", session.into())]));
    Some(message)
}

/// The frame that a message becomes; `None` when there is nothing to send.
pub(crate) fn frame_of(message: &Message, sends_whole: bool) -> Result<Option<Frame>, NodeError> {
    if sends_whole {
        let mut whole = message.properties().clone();
        whole.remove("_session");
        return Ok(js::stringify(&whole.into(), 0).map(Frame::Text));
    }
    Ok(match message.payload() {
        Value::Undefined => None,
        Value::Buffer(bytes) => Some(Frame::Binary(bytes.as_ref().clone())),
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Frame::Text(text.to_string())),
        value @ (Value::Object(_) | Value::Array(_) | Value::Null | Value::Date(_)) => {
            js::stringify(value, 0).map(Frame::Text)
        }
        value => Some(Frame::Text(js::to_text(value).into())),
    })
}

#[cfg(test)]
mod tests;
