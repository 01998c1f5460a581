//! `websocket out`: sends messages over a WebSocket.

use std::sync::Arc;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{NodeDescriptor, Outputs};
use model::text::Text;

use super::websocket::hub::Hub;
use super::websocket::{self, frame_of, hub_of, status_of};
use super::websocket_in::Config;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "websocket out", describe, build, texts: websocket::TEXTS };

const HELP: &str = "\
Sends `msg.payload` over a WebSocket: a buffer as a binary message, everything else as text, objects as JSON. Where the \
connection carries whole messages, all of the message is sent as JSON.

With the `msg._session` of a **websocket in** node it answers whoever sent that message; without it, all who are connected \
get it: remove it with a change node to send to all.

It is done with a message when it was written. A message for all waits for those who keep up: who is slower than the others \
gets it later, and is disconnected when 64 messages wait. A client that is not connected makes that an error, which can be \
caught; who takes nothing for 30 s is disconnected.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Fixed(0),
        ..Face { type_name: NODE.name, category: "network", colour: "#d7d7a0", icon: "globe", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let is_client =
        context.properties.get("client").is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty()));
    Built::task(WebSocketOut { hub: hub_of(context)?, is_client })
}

struct WebSocketOut {
    hub: Arc<Hub>,
    is_client: bool,
}

impl TaskNode for WebSocketOut {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let user = self.hub.join();
            let out = context.out.clone();
            let mut link = self.hub.link();
            out.status(status_of(*link.borrow_and_update()));
            loop {
                tokio::select! {
                    Ok(()) = link.changed() => out.status(status_of(*link.borrow_and_update())),
                    input = context.next() => match input {
                        Some(TaskInput::Message(message)) => match self.send(&message, &out).await {
                            Ok(()) => out.done(message),
                            Err(error) => out.fail(error, Some(message)),
                        },
                        Some(TaskInput::Command(_)) => {}
                        None => break,
                    },
                }
            }
            out.status(Status::clear());
            drop(user);
            Ok(())
        })
    }
}

impl WebSocketOut {
    async fn send(&self, message: &Message, out: &TaskOut) -> Result<(), NodeError> {
        let Some(frame) = frame_of(message, self.hub.takes_whole)? else { return Ok(()) };
        let session = message.get("_session");
        let session =
            session.filter(|session| session.get("type").and_then(Value::as_str) == Some("websocket"));
        if let Some(id) = session.and_then(|session| session.get("id")).and_then(Value::as_str) {
            // Whoever asked may have left.
            let _ = self.hub.reply(id, frame).await;
            return Ok(());
        }
        if self.is_client && !self.hub.is_connected() {
            return Err(NodeError::key("websocket.not-connected"));
        }
        match self.hub.broadcast(frame).await {
            Ok(()) => Ok(()),
            Err((_, reason)) if self.is_client => {
                Err(NodeError::key("websocket.not-sent").with("count", 1).with("reason", reason))
            }
            Err((count, reason)) => {
                let text = Text::key("websocket.not-sent").with("count", count).with("reason", reason);
                out.log(Level::Warn, text);
                Ok(())
            }
        }
    }
}
