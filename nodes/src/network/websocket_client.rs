//! `websocket-client`: a WebSocket that we open.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, ConfigNode, NodeHandle};
use engine::observe::Level;
use engine::registry::NodeType;
use futures_util::{SinkExt, StreamExt};
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderName, HeaderValue};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::WebSocketConfig;

use super::http::percent_decode;
use super::http::proxy::without_login;
use super::stream::{self, Pause};
use super::tls_config::{self, TlsConfig};
use super::websocket::hub::{Hub, Link};
use super::websocket::{Frame, MESSAGE_LIMIT};
use crate::config::{Problems, flag, number_or_text, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "websocket-client", describe, build, texts: TEXTS };

const TEXTS: Catalogue = &[("websocket-client.label", "websocket client")];

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # URL
    /// Such as `wss://example.org/live`.
    #[serde(deserialize_with = "text")]
    path: String,
    /// # TLS
    /// Certificates for servers that have or want special ones.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config"))]
    tls: String,
    /// # Messages
    #[serde(deserialize_with = "flag")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["false", "true"],
        "x-enum-titles" = ["The payload alone", "Whole messages, as JSON"], "default" = "false"))]
    wholemsg: bool,
    /// # Heartbeat
    /// Seconds between signs of life that the server is asked for; empty for none.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0))]
    hb: Option<f64>,
    /// # Subprotocol
    /// One or several, with commas between.
    #[serde(deserialize_with = "text")]
    subprotocol: String,
    /// # Headers
    /// Sent when the connection is opened.
    #[schemars(extend("x-widget" = "rows"))]
    headers: Option<Vec<HeaderRow>>,
}

/// A header and its value.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", default)]
#[schemars(inline)]
struct HeaderRow {
    /// # Header
    /// A header's name, or `other` for the one beside it.
    key_type: String,
    /// # Name
    key_value: String,
    /// # Value
    /// A value, `other` for the one beside it, or `env` for an environment variable's.
    value_type: String,
    /// # Text
    value_value: String,
}

const HELP: &str = "\
A WebSocket that is opened as soon as a **websocket in** or **websocket out** node uses it, and again when it ends: after \
half a second at first, then after longer pauses, 10 s at most. A message may have 16 MB.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        role: Role::Config,
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["path".into()], fallback: Text::key("websocket-client.label") },
        ..Face { type_name: NODE.name, category: "config", colour: "#d7d7a0", icon: "plug-zap", help: HELP }
            .node::<Config>()
    }
}

/// A WebSocket of ours.
pub struct WebSocketClient {
    hub: Arc<Hub>,
    plan: Arc<Plan>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// How to connect.
struct Plan {
    /// Without user and password.
    url: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    tls: Option<Arc<TlsConfig>>,
    heartbeat: Option<Duration>,
}

impl WebSocketClient {
    pub(crate) fn hub(&self) -> Arc<Hub> {
        self.hub.clone()
    }

    /// Whether what comes and goes are whole messages.
    pub fn takes_whole(&self) -> bool {
        self.hub.takes_whole
    }

    /// The subprotocols that it offers.
    pub fn protocols(&self) -> Vec<String> {
        let offered = self.plan.headers.iter().find(|(name, _)| *name == SEC_WEBSOCKET_PROTOCOL);
        let offered = offered.and_then(|(_, value)| value.to_str().ok()).unwrap_or_default();
        offered.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    }

    /// Waits until it is connected.
    pub async fn opened(&self) {
        let mut link = self.hub.link();
        // A client that is gone will never be.
        if link.wait_for(|link| *link == Link::Connected).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl ConfigNode for WebSocketClient {
    fn start(&self, handle: Arc<NodeHandle>) {
        let task = tokio::spawn(keep_connected(self.hub.clone(), self.plan.clone(), handle));
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.hub.close();
        Box::pin(async move {
            if let Some(task) = task {
                // It says goodbye, and ends.
                let _ = task.await;
            }
        })
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let url = problems.check("path", parse_url(config.path.trim()));
    let tls = match config.tls.as_str() {
        "" => None,
        _ => match context.config_node::<TlsConfig>("tls") {
            Ok(tls) => Some(tls),
            Err(error) => {
                error.problems.into_iter().for_each(|(path, text)| problems.add(path, text));
                None
            }
        },
    };
    let mut headers = Vec::new();
    for (at, row) in config.headers.unwrap_or_default().iter().enumerate() {
        let path = format!("headers[{at}]");
        headers.extend(problems.check(path, header(row, context)).flatten());
    }
    if !config.subprotocol.trim().is_empty() {
        let pair = pair(SEC_WEBSOCKET_PROTOCOL.as_str(), &config.subprotocol);
        headers.extend(problems.check("subprotocol", pair));
    }
    let mut url = problems.settle(url)?;
    if !url.username().is_empty() {
        let decode = |text: &str| percent_decode(text).unwrap_or_else(|| text.to_owned());
        let (user, password) = (decode(url.username()), decode(url.password().unwrap_or_default()));
        let value = super::http_request::basic(&user, &password);
        headers.extend(pair(AUTHORIZATION.as_str(), &value).ok());
        // A URL that can have a host can have these removed.
        let _ = (url.set_username(""), url.set_password(None));
    }
    let heartbeat = config.hb.filter(|seconds| *seconds >= 1.0);
    let heartbeat = heartbeat.map(|seconds| crate::config::milliseconds(seconds * 1000.0));
    Built::config(WebSocketClient {
        hub: Hub::new(config.wholemsg, false),
        plan: Arc::new(Plan { url, headers, tls, heartbeat }),
        task: Mutex::default(),
    })
}

fn parse_url(text: &str) -> Result<Url, Text> {
    let wrong =
        |reason: String| Text::key("websocket.url").with("url", without_login(text)).with("reason", reason);
    let url: Url = text.parse().map_err(|error| wrong(format!("{error}")))?;
    match url.scheme() {
        "ws" | "wss" if url.has_host() => Ok(url),
        _ => Err(wrong("it must begin with ws:// or wss://".to_owned())),
    }
}

fn pair(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Text> {
    let refused = |reason: String| Text::key("websocket.header").with("name", name).with("reason", reason);
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| refused(error.to_string()))?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| refused(error.to_string()))?;
    Ok((header, value))
}

fn header(row: &HeaderRow, context: &BuildContext<'_>) -> Result<Option<(HeaderName, HeaderValue)>, Text> {
    let name = match row.key_type.as_str() {
        "other" | "" => &row.key_value,
        name => name,
    };
    let value = match row.value_type.as_str() {
        "other" | "" => row.value_value.clone(),
        "env" => context
            .env
            .get(&row.value_value)
            .map(|value| engine::js::to_text(&value).into())
            .unwrap_or_default(),
        value => value.to_owned(),
    };
    if name.is_empty() || value.is_empty() { Ok(None) } else { pair(name, &value).map(Some) }
}

/// Connects while anybody uses the client, again and again.
async fn keep_connected(hub: Arc<Hub>, plan: Arc<Plan>, handle: Arc<NodeHandle>) {
    let (mut users, mut closing) = (hub.users(), hub.closing());
    let mut pause = Pause::default();
    loop {
        let started = tokio::time::Instant::now();
        let ended = tokio::select! {
            _ = closing.wait_for(|is_closing| *is_closing) => return,
            ended = async {
                // Who does not talk is not called.
                let _ = users.wait_for(|users| *users > 0).await;
                converse(&hub, &plan, &handle).await
            } => ended,
        };
        let (key, reason) = match ended {
            Ok(()) => ("websocket.lost", "it was closed".to_owned()),
            Err((key, reason)) => (key, reason),
        };
        let text = Text::key(key).with("url", &plan.url).with("reason", reason);
        handle.log(Level::Warn, text);
        if started.elapsed() > Duration::from_secs(60) {
            // It was fine for a while: this is a new fault.
            pause = Pause::default();
        }
        tokio::select! {
            _ = closing.wait_for(|is_closing| *is_closing) => return,
            () = tokio::time::sleep(pause.next()) => {}
        }
    }
}

async fn converse(hub: &Hub, plan: &Plan, handle: &NodeHandle) -> Result<(), (&'static str, String)> {
    let failed = |reason: String| {
        hub.note_failure();
        ("websocket.failed", reason)
    };
    let mut request = plan.url.as_str().into_client_request().map_err(|error| failed(error.to_string()))?;
    request.headers_mut().extend(plan.headers.iter().cloned());
    let is_secure = plan.url.scheme() == "wss";
    let tls = match &plan.tls {
        _ if !is_secure => None,
        Some(tls) => Some(tls.clone()),
        None => {
            let system = tls_config::system();
            Some(system.map_err(|text| failed(handle.registry.render(&text).into()))?)
        }
    };
    let host = plan.url.host_str().unwrap_or_default();
    let port = plan.url.port_or_known_default().unwrap_or(if is_secure { 443 } else { 80 });
    let socket =
        stream::connect(host, port, tls.as_deref()).await.map_err(|error| failed(error.to_string()))?;
    let limits =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_LIMIT)).max_frame_size(Some(MESSAGE_LIMIT));
    let opening = tokio_tungstenite::client_async_with_config(request, socket, Some(limits));
    let (socket, _) = tokio::time::timeout(HANDSHAKE_WAIT, opening)
        .await
        .map_err(|_| failed(format!("no answer within {} s", HANDSHAKE_WAIT.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    let socket = socket
        .filter_map(|frame| {
            std::future::ready(frame.map_err(|error| error.to_string()).map(frame_of).transpose())
        })
        .sink_map_err(|error: tungstenite::Error| error.to_string())
        .with(|frame: Frame| std::future::ready(Ok(packet_of(frame))));
    hub.converse(socket, plan.heartbeat).await.map_err(|reason| ("websocket.lost", reason))
}

/// How long the server may take to let us in.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(30);

fn frame_of(packet: tungstenite::Message) -> Option<Frame> {
    Some(match packet {
        tungstenite::Message::Text(text) => Frame::Text(text.as_str().to_owned()),
        tungstenite::Message::Binary(bytes) => Frame::Binary(bytes),
        tungstenite::Message::Ping(bytes) => Frame::Ping(bytes),
        tungstenite::Message::Pong(bytes) => Frame::Pong(bytes),
        tungstenite::Message::Close(_) => Frame::Close,
        tungstenite::Message::Frame(_) => return None,
    })
}

fn packet_of(frame: Frame) -> tungstenite::Message {
    match frame {
        Frame::Text(text) => tungstenite::Message::text(text),
        Frame::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Frame::Ping(bytes) => tungstenite::Message::Ping(bytes),
        Frame::Pong(bytes) => tungstenite::Message::Pong(bytes),
        Frame::Close => tungstenite::Message::Close(None),
    }
}
