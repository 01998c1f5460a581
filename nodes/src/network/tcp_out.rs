//! `tcp out`: sends messages over TCP.

use std::sync::Arc;

use ecow::EcoString;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use tokio::sync::watch;

use super::stream::{Pause, connect};
use super::tcp::listen::Port;
use super::tcp::session::{self, Opened, Session, write_to_all};
use super::tcp::{self, bytes_of, link_status, port_of, tls_of};
use super::tls_config::TlsConfig;
use crate::config::{Problems, flag, number_or_text, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "tcp out", describe, build, texts: tcp::TEXTS };

/// A connection that ended on purpose is opened again after this time; as in Node-RED.
const CALL_BACK: std::time::Duration = std::time::Duration::from_millis(20);

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Work as
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["client", "server", "reply"],
        "x-enum-titles" = ["Connect to a server", "Listen on a port", "Reply to who sent the message"]))]
    beserver: String,
    /// # Host
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"beserver": ["client"]}))]
    host: String,
    /// # Port
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = 65535, "x-show-if" = {"beserver": ["client", "server"]}))]
    port: Option<f64>,
    /// # TLS
    /// As a server, it needs a certificate and its key.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config",
        "x-show-if" = {"beserver": ["client", "server"]}))]
    #[allow(dead_code)] // Read by name where the config node is looked up.
    tls: String,
    /// # Decode base64 texts
    #[serde(deserialize_with = "flag")]
    base64: bool,
    /// # Close the connection after each message
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"beserver": ["client", "server"]}))]
    end: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            beserver: "client".into(),
            host: String::new(),
            port: None,
            tls: String::new(),
            base64: false,
            end: false,
        }
    }
}

const HELP: &str = "\
Sends `msg.payload` over TCP: a buffer as it is, everything else as text. It connects to a server, sends to all who connect \
to its port, or replies on the connection that `msg._session` of a **tcp in** node names (without one: on all of them). In \
reply mode `msg.reset` set to true closes the connection.

It is done with a message when it was written. A message for all waits for those who keep up: who is slower than the others \
gets it later, and is disconnected when 64 messages wait. Without a connection to the server that is an error, which can be \
caught; who takes nothing for 30 s is disconnected. A connection that ends is opened again: after half a second at first, then after \
longer pauses, 10 s at most.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into(), "port".into()], fallback: Text::key("tcp-out.label") },
        ..Face { type_name: NODE.name, category: "network", colour: "#c0c0c0", icon: "log-out", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let mode = match config.beserver.as_str() {
        "client" | "" => Some(Mode::Client),
        "server" => Some(Mode::Server),
        "reply" => Some(Mode::Reply),
        mode => {
            let text = Text::key("tcp.mode").with("mode", mode).with("modes", "client, server or reply");
            problems.add("beserver", text);
            None
        }
    };
    let port = match mode {
        Some(Mode::Reply) => Some(0),
        _ => problems.check("port", port_of(config.port).ok_or_else(|| Text::key("tcp.port"))),
    };
    if mode == Some(Mode::Client) && config.host.trim().is_empty() {
        problems.add("host", Text::key("tcp.host"));
    }
    let tls = tls_of(context).map_err(|error| {
        error.problems.into_iter().for_each(|(path, text)| problems.add(path, text));
    });
    if mode == Some(Mode::Server) && matches!(&tls, Ok(Some(tls)) if tls.server.is_none()) {
        problems.add("tls", Text::key("tcp.no-certificate"));
    }
    let (mode, port) = problems.settle(mode.zip(port))?;
    Built::task(TcpOut {
        mode,
        host: config.host.trim().to_owned(),
        port,
        tls: tls.ok().flatten(),
        is_base64: config.base64,
        ends: config.end,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Client,
    Server,
    Reply,
}

struct TcpOut {
    mode: Mode,
    host: String,
    port: u16,
    tls: Option<Arc<TlsConfig>>,
    is_base64: bool,
    ends: bool,
}

impl TaskNode for TcpOut {
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let out = context.out.clone();
            let ended = match self.mode {
                Mode::Client => self.be_client(context).await,
                Mode::Server => self.be_server(context).await,
                Mode::Reply => self.reply(context).await,
            };
            if ended.is_ok() {
                out.status(Status::clear());
            }
            ended
        })
    }
}

/// The connection to the server, as the task that keeps it sees it.
#[derive(Clone)]
enum Link {
    /// It is being opened; nobody knows yet how that ends.
    Connecting,
    Open(Session),
    /// Why there is none.
    Closed(String),
}

impl TcpOut {
    async fn be_client(&self, mut context: TaskContext) -> Result<(), NodeError> {
        let out = context.out.clone();
        let (link, mut seen) = watch::channel(Link::Connecting);
        let mut spent = EcoString::new();
        let keeping = self.stay_connected(&link, &out);
        tokio::pin!(keeping);
        loop {
            let input = tokio::select! {
                () = &mut keeping => return Ok(()),
                input = context.next() => input,
            };
            let message = match input {
                Some(TaskInput::Message(message)) => message,
                Some(TaskInput::Command(_)) => continue,
                None => return Ok(()),
            };
            let sent = tokio::select! {
                () = &mut keeping => return Ok(()),
                sent = self.send(&message, &mut seen, &mut spent) => sent,
            };
            match sent {
                Ok(()) => out.done(message),
                Err(error) => out.fail(error, Some(message)),
            }
        }
    }

    /// `spent` is the connection that the last message ended, which may still look open.
    async fn send(
        &self,
        message: &Message,
        link: &mut watch::Receiver<Link>,
        spent: &mut EcoString,
    ) -> Result<(), NodeError> {
        let Some(bytes) = bytes_of(message.payload(), self.is_base64) else { return Ok(()) };
        let is_settled = |link: &Link| match link {
            Link::Connecting => false,
            Link::Open(session) => session.id != *spent,
            Link::Closed(_) => true,
        };
        let link = link.wait_for(is_settled).await.map(|link| link.clone());
        let sent = match link {
            Ok(Link::Open(session)) => {
                if self.ends {
                    *spent = session.id.clone();
                }
                session.write(bytes, self.ends).await
            }
            Ok(Link::Closed(reason)) => Err(reason),
            // The task that keeps the connection is gone, and so will be this one.
            Ok(Link::Connecting) | Err(_) => Err("the node is being stopped".to_owned()),
        };
        sent.map_err(|reason| {
            let error = NodeError::key("tcp.not-connected").with("host", &self.host).with("port", self.port);
            error.with("reason", reason)
        })
    }

    /// Connects again and again.
    async fn stay_connected(&self, link: &watch::Sender<Link>, out: &TaskOut) {
        let mut pause = Pause::default();
        loop {
            out.status(link_status("tcp.connecting"));
            let (reason, is_on_purpose) = match connect(&self.host, self.port, self.tls.as_deref()).await {
                Ok(socket) => {
                    let mut opened = session::open(socket, out.node(), false);
                    link.send_replace(Link::Open(opened.session.clone()));
                    out.status(link_status("tcp.connected"));
                    pause = Pause::default();
                    (watch_for_end(&mut opened).await, self.ends)
                }
                Err(error) => (error.to_string(), false),
            };
            out.status(link_status("tcp.disconnected"));
            if is_on_purpose {
                // The next message wants the next connection.
                link.send_replace(Link::Connecting);
                tokio::time::sleep(CALL_BACK).await;
                continue;
            }
            link.send_replace(Link::Closed(reason.clone()));
            let text = Text::key("tcp.lost").with("host", &self.host).with("port", self.port);
            out.log(Level::Info, text.with("reason", reason));
            tokio::time::sleep(pause.next()).await;
            link.send_replace(Link::Connecting);
        }
    }

    async fn be_server(&self, mut context: TaskContext) -> Result<(), NodeError> {
        let out = context.out.clone();
        let mut port = Port::open(self.port, self.tls.as_deref()).await?;
        out.status(port.status());
        let peers = watch::Sender::new(Vec::<Session>::new());
        let sending = async {
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                let everybody = peers.borrow().clone();
                if let Some(bytes) = bytes_of(message.payload(), self.is_base64) {
                    note(write_to_all(&everybody, bytes, self.ends).await, &out);
                }
                out.done(message);
            }
        };
        tokio::pin!(sending);
        loop {
            let news = peers.clone();
            tokio::select! {
                () = &mut sending => return Ok(()),
                // Whoever comes is let in while others are written to.
                () = port.next(&out, move |socket, _, out| async move {
                    let mut opened = session::open(socket, out.node(), false);
                    let session = opened.session.clone();
                    news.send_modify(|peers| peers.push(session.clone()));
                    watch_for_end(&mut opened).await;
                    news.send_modify(|peers| peers.retain(|peer| peer.id != session.id));
                }) => {}
            }
        }
    }

    async fn reply(&self, mut context: TaskContext) -> Result<(), NodeError> {
        let out = context.out.clone();
        while let Some(input) = context.next().await {
            let TaskInput::Message(message) = input else { continue };
            let sessions = session::find(&message, out.node());
            if message.get("reset") == Some(&Value::Bool(true)) {
                sessions.iter().for_each(Session::close);
            } else if let Some(bytes) = bytes_of(message.payload(), self.is_base64) {
                note(write_to_all(&sessions, bytes, false).await, &out);
            }
            out.done(message);
        }
        Ok(())
    }
}

/// Waits until a connection ends, and says why. What comes over it matters to nobody.
async fn watch_for_end(opened: &mut Opened) -> String {
    let session = opened.session.clone();
    let mut ignored = vec![0; 4096];
    loop {
        tokio::select! {
            () = session.closed() => return "it was closed".to_owned(),
            read = opened.reader.read(&mut ignored) => match read {
                Ok(0) => return "the other side closed it".to_owned(),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            },
        }
    }
}

/// One of many who did not get it is no error of the flow.
fn note(written: Result<(), (usize, String)>, out: &TaskOut) {
    if let Err((count, reason)) = written {
        out.log(Level::Warn, Text::key("tcp.not-sent").with("count", count).with("reason", reason));
    }
}
