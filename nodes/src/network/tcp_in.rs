//! `tcp in`: messages of what comes over TCP.

use std::net::SocketAddr;
use std::sync::Arc;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode, TaskOut};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::io::AsyncReadExt;

use super::stream::{Pause, Socket, connect};
use super::tcp::framing::{DataType, Framer, Framing, KEPT_LIMIT};
use super::tcp::listen::Port;
use super::tcp::{self, link_status, port_of, session, tls_of};
use super::tls_config::TlsConfig;
use crate::config::{Problems, flag, number_or_text, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "tcp in", describe, build, texts: tcp::TEXTS };

/// Read at once.
const CHUNK: usize = 64 * 1024;
/// Who sent something and hung up is called again after this time; as in Node-RED.
const CALL_BACK: std::time::Duration = std::time::Duration::from_millis(20);

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Work as
    #[serde(deserialize_with = "server")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["server", "client"],
        "x-enum-titles" = ["Listen on a port", "Connect to a server"], "default" = "server"))]
    server: bool,
    /// # Host
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"server": ["client"]}))]
    host: String,
    /// # Port
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = 65535))]
    port: Option<f64>,
    /// # TLS
    /// As a server, it needs a certificate and its key.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config"))]
    #[allow(dead_code)] // Read by name where the config node is looked up.
    tls: String,
    /// # Messages
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["stream", "single"],
        "x-enum-titles" = ["As it comes", "One, when the connection ends"]))]
    datamode: String,
    /// # Payload
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["buffer", "utf8", "base64"],
        "x-enum-titles" = ["A buffer", "Text", "Base64 text"]))]
    datatype: String,
    /// # Cut at
    /// Texts are cut here; `\n`, `\r` and `\t` are understood. Empty: as they arrive.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"datamode": ["stream"], "datatype": ["utf8"]}))]
    newline: String,
    /// # Keep what it is cut at
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"datamode": ["stream"], "datatype": ["utf8"]}))]
    trim: bool,
    /// # Topic
    #[serde(deserialize_with = "text")]
    topic: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: true,
            host: String::new(),
            port: None,
            tls: String::new(),
            datamode: "stream".into(),
            datatype: "buffer".into(),
            newline: String::new(),
            trim: false,
            topic: String::new(),
        }
    }
}

/// `"server"`, or a truth value in older files.
fn server<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(match Json::deserialize(from)? {
        Json::Bool(bool) => bool,
        Json::String(text) => text == "server",
        _ => false,
    })
}

const HELP: &str = "\
Messages of what comes over TCP: from those who connect to a port, or from a server that it connects to.

**Sends** `msg.payload`, `msg.topic`, and as a server `msg.ip` and `msg.port` of who sent it. `msg._session` lets a **tcp out** \
node in reply mode answer on the same connection.

While the flow is busy, nothing more is read. Up to 1,000 may be connected to a port; 16 MB may come without an end (a newline, \
or the end of the connection). A connection to a server that ends is opened again: after half a second at first, then after \
longer pauses, 10 s at most.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        inputs: 0,
        label: Label { properties: vec!["name".into(), "port".into()], fallback: Text::key("tcp-in.label") },
        ..Face { type_name: NODE.name, category: "network", colour: "#c0c0c0", icon: "log-in", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let port = problems.check("port", port_of(config.port).ok_or_else(|| Text::key("tcp.port")));
    let data_type = DataType::named(&config.datatype);
    let data_type = data_type.ok_or_else(|| Text::key("tcp.datatype").with("value", &config.datatype));
    let data_type = problems.check("datatype", data_type);
    if !config.server && config.host.trim().is_empty() {
        problems.add("host", Text::key("tcp.host"));
    }
    let tls = tls_of(context).map_err(|error| {
        error.problems.into_iter().for_each(|(path, text)| problems.add(path, text));
    });
    if config.server && matches!(&tls, Ok(Some(tls)) if tls.server.is_none()) {
        problems.add("tls", Text::key("tcp.no-certificate"));
    }
    let (port, data_type) = problems.settle(port.zip(data_type))?;
    let newline = config.newline.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
    let plan = Plan {
        host: config.host.trim().to_owned(),
        port,
        topic: config.topic,
        framing: Framing {
            data_type,
            is_stream: config.datamode != "single",
            newline,
            keeps_newline: config.trim,
        },
    };
    Built::task(TcpIn { is_server: config.server, plan: Arc::new(plan), tls: tls.ok().flatten() })
}

struct TcpIn {
    is_server: bool,
    plan: Arc<Plan>,
    tls: Option<Arc<TlsConfig>>,
}

struct Plan {
    host: String,
    port: u16,
    topic: String,
    framing: Framing,
}

impl TaskNode for TcpIn {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let out = context.out.clone();
            let stopping = context.stopping();
            let work = async {
                match self.is_server {
                    true => self.listen(&out).await,
                    false => self.stay_connected(&out).await,
                }
            };
            tokio::select! {
                // A source stops at once.
                () = stopping => {}
                ended = work => return ended,
                () = context.without_input() => {}
            }
            context.out.status(Status::clear());
            Ok(())
        })
    }
}

impl TcpIn {
    async fn listen(&self, out: &TaskOut) -> Result<(), NodeError> {
        let mut port = Port::open(self.plan.port, self.tls.as_deref()).await?;
        out.status(port.status());
        loop {
            let plan = self.plan.clone();
            port.next(out, move |socket, peer, out| async move {
                converse(socket, Some(peer), &plan, &out).await;
            })
            .await;
        }
    }

    async fn stay_connected(&self, out: &TaskOut) -> Result<(), NodeError> {
        let Plan { host, port, .. } = &*self.plan;
        let mut pause = Pause::default();
        loop {
            out.status(link_status("tcp.connecting"));
            let wait = match connect(host, *port, self.tls.as_deref()).await {
                Ok(socket) => {
                    out.status(link_status("tcp.connected"));
                    pause = Pause::default();
                    let has_sent = converse(socket, None, &self.plan, out).await;
                    if has_sent { CALL_BACK } else { pause.next() }
                }
                Err(error) => {
                    let text = Text::key("tcp.failed").with("host", host).with("port", port);
                    out.log(Level::Warn, text.with("reason", error));
                    pause.next()
                }
            };
            out.status(link_status("tcp.disconnected"));
            tokio::time::sleep(wait).await;
        }
    }
}

/// Makes messages of what one connection brings; whether its last one came when it ended.
async fn converse(socket: Box<dyn Socket>, peer: Option<SocketAddr>, plan: &Plan, out: &TaskOut) -> bool {
    let mut opened = session::open(socket, out.node(), true);
    let mut framer = Framer::new(plan.framing.clone());
    let mut chunk = vec![0; CHUNK];
    let closing = opened.session.clone();
    let session = opened.session.to_value();
    loop {
        let read = tokio::select! {
            () = closing.closed() => return false,
            read = opened.reader.read(&mut chunk) => read,
        };
        // One that breaks off ends as well.
        let length = read.unwrap_or(0);
        let (payloads, is_over) = match length {
            0 => (framer.finish().into_iter().collect(), true),
            length => match framer.push(&chunk[..length]) {
                Ok(payloads) => (payloads, false),
                Err(_) => {
                    let peer = peer.map_or_else(|| plan.host.clone(), |peer| peer.to_string());
                    let error = NodeError::key("tcp.too-long").with("peer", peer).with("limit", KEPT_LIMIT);
                    out.fail(error, None);
                    return false;
                }
            },
        };
        let has_sent = !payloads.is_empty();
        for payload in payloads {
            let Some(delivery) = out.admit().await else { return false };
            let message = message_of(payload, peer, plan, session.clone()).under(delivery);
            if out.send(0, message).await.is_err() {
                return false;
            }
        }
        if is_over {
            return has_sent;
        }
    }
}

fn message_of(payload: Value, peer: Option<SocketAddr>, plan: &Plan, session: Value) -> Message {
    let mut message = Message::new();
    message.set("topic", plan.topic.as_str());
    message.set("payload", payload);
    if let Some(peer) = peer {
        message.set("ip", peer.ip().to_string());
        message.set("port", f64::from(peer.port()));
    }
    message.set("_session", session);
    message
}
