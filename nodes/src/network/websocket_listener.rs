//! `websocket-listener`: a path on the server's port that WebSockets are opened on.

use std::sync::{Arc, Mutex, PoisonError};

use engine::node::{BoxFuture, BuildContext, BuildError, Built, ConfigNode, NodeHandle};
use engine::observe::Level;
use engine::registry::NodeType;
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::websocket::hub::Hub;
use super::websocket::listeners::{Registration, WebSocketListeners};
use crate::config::{flag, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "websocket-listener", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[("websocket-listener.label", "websocket listener")];

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Path
    /// On this server, such as `/live`.
    #[serde(deserialize_with = "text")]
    path: String,
    /// # Messages
    #[serde(deserialize_with = "flag")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["false", "true"],
        "x-enum-titles" = ["The payload alone", "Whole messages, as JSON"], "default" = "false"))]
    wholemsg: bool,
}

const HELP: &str = "\
A path of this server on which browsers and others open WebSockets: `ws://this-server/live` for the path `/live`. \
A **websocket in** node gets what they send, a **websocket out** node sends to them.

Up to 1,000 may be connected. A message may have 16 MB.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Config,
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["path".into()], fallback: Text::key("websocket-listener.label") },
        ..Face {
            type_name: NODE.name,
            category: "config",
            colour: "#d7d7a0",
            icon: "radio-receiver",
            help: HELP,
        }
        .node::<Config>()
    }
}

/// A listening path.
pub struct WebSocketListener {
    path: String,
    hub: Arc<Hub>,
    listeners: Arc<WebSocketListeners>,
    registration: Mutex<Option<Registration>>,
}

impl WebSocketListener {
    pub(crate) fn hub(&self) -> Arc<Hub> {
        self.hub.clone()
    }

    /// Where it listens.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether what comes and goes are whole messages.
    pub fn takes_whole(&self) -> bool {
        self.hub.takes_whole
    }
}

impl ConfigNode for WebSocketListener {
    fn start(&self, handle: Arc<NodeHandle>) {
        let registration = self.listeners.register(&self.path, &self.hub);
        if registration.is_none() {
            handle.log(Level::Error, Text::key("websocket.taken").with("path", &self.path));
        }
        *self.registration.lock().unwrap_or_else(PoisonError::into_inner) = registration;
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        drop(self.registration.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.hub.close();
        Box::pin(std::future::ready(()))
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let path = config.path.trim().trim_matches('/');
    if path.is_empty() {
        return Err(BuildError::at("path", Text::key("websocket.no-path")));
    }
    let listeners = context
        .services
        .get::<WebSocketListeners>()
        .ok_or_else(|| BuildError::at("", Text::key("websocket.no-server")))?;
    Built::config(WebSocketListener {
        path: format!("/{path}"),
        hub: Hub::new(config.wholemsg, true),
        listeners,
        registration: Mutex::default(),
    })
}
