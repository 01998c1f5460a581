//! `websocket in`: a message for each that comes over a WebSocket.

use std::sync::Arc;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::observe::Level;
use engine::registry::NodeType;
use engine::{Delivery, NodeError};
use model::descriptor::{Label, NodeDescriptor};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use super::websocket::hub::{Hub, INBOX_LIMIT, Inbound};
use super::websocket::{self, hub_of, message_of, status_of};
use crate::config::text;
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "websocket in", describe, build, texts: websocket::TEXTS };

/// Shared with websocket out.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[allow(dead_code)] // Read by name where the config node is looked up.
pub(super) struct Config {
    /// # Listen on
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "websocket-listener"))]
    server: String,
    /// # Or connect to
    /// Counts if both are chosen.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "websocket-client"))]
    client: String,
}

const HELP: &str = "\
A message for each text or binary message that comes over a WebSocket: of those who connect to a listener, or of the server \
that a client connects to.

**Sends** `msg.payload`, a text or a buffer; or, where the connection carries whole messages, the message that the JSON says. \
`msg._session` tells who sent it: a **websocket out** node that gets it answers there.

While no flow that listens there can keep up, nothing more is read. Where others can, what comes is dropped at the node whose \
flow cannot, when 1,024 messages wait there; the node says so and counts them.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        inputs: 0,
        label: Label { properties: vec!["name".into()], fallback: Text::key("websocket-in.label") },
        ..Face { type_name: NODE.name, category: "network", colour: "#d7d7a0", icon: "globe", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    Built::task(WebSocketIn(hub_of(context)?))
}

struct WebSocketIn(Arc<Hub>);

impl TaskNode for WebSocketIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        let hub = self.0;
        // Before anybody connects, lest a first message be missed.
        let mut inbox = hub.listen();
        let overflow = inbox.overflow();
        let user = hub.join();
        Box::pin(async move {
            let out = context.out.clone();
            let mut link = hub.link();
            out.status(status_of(*link.borrow_and_update()));
            let stopping = context.stopping();
            tokio::pin!(stopping);
            let mut held: Option<Inbound> = None;
            // Whether frames were dropped since there was room for all.
            let mut drops = false;
            loop {
                tokio::select! {
                    // A source stops at once.
                    () = &mut stopping => break,
                    Ok(()) = link.changed() => out.status(status_of(*link.borrow_and_update())),
                    () = context.without_input() => break,
                    count = overflow.next() => {
                        if !std::mem::replace(&mut drops, true) {
                            out.log(Level::Warn, Text::key("websocket.dropping").with("limit", INBOX_LIMIT));
                        }
                        (0..count).for_each(|_| out.count_dropped());
                    }
                    Some(inbound) = inbox.next(), if held.is_none() => {
                        drops &= !inbox.is_empty();
                        held = Some(inbound);
                    }
                    delivery = out.admit(), if held.is_some() => match (delivery, held.take()) {
                        (Some(delivery), Some(inbound)) => {
                            if !pass_on(inbound, delivery, &hub, &out).await {
                                break;
                            }
                        }
                        _ => break,
                    },
                }
            }
            out.status(engine::observe::Status::clear());
            drop(user);
            Ok(())
        })
    }
}

async fn pass_on(inbound: Inbound, delivery: Delivery, hub: &Hub, out: &engine::node::TaskOut) -> bool {
    let Inbound { session, frame } = inbound;
    match message_of(frame, hub.takes_whole, &session) {
        Some(message) => out.send(0, message.under(delivery)).await.is_ok(),
        None => true,
    }
}
