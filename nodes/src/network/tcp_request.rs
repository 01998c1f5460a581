//! `tcp request`: sends something over TCP and gives what comes back.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::Status;
use engine::registry::NodeType;
use engine::{Message, NodeError, Value, js};
use model::descriptor::{Label, NodeDescriptor};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::limits::{NetworkLimits, TCP_QUEUE};
use super::tcp::framing::DataType;
use super::tcp::{self, port_of, tls_of};
use super::tls_config::TlsConfig;
use crate::config::{Problems, flag, milliseconds, number_or_text, park, text};
use crate::face::Face;

mod conversation;

use conversation::{Conversation, Queue};

/// The node type.
pub const NODE: NodeType = NodeType { name: "tcp request", describe, build, texts: tcp::TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Host
    /// Empty: `msg.host`.
    #[serde(deserialize_with = "text")]
    server: String,
    /// # Port
    /// Empty: `msg.port`.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "maximum" = 65535))]
    port: Option<f64>,
    /// # TLS
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config"))]
    #[allow(dead_code)] // Read by name where the config node is looked up.
    tls: String,
    /// # Close the connection
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["time", "char", "count", "sit", "immed"],
        "x-enum-titles" = ["Some time after the first answer", "When a character came", "After so many characters",
            "Never: keep it open", "At once: wait for no answer"]))]
    out: String,
    /// # Milliseconds, character or number
    /// A character such as `a`, `\n` or `0x0d`.
    #[schemars(with = "String", extend("default" = "0", "x-show-if" = {"out": ["time", "char", "count"]}))]
    splitc: Option<Json>,
    /// # Payload
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["buffer", "string"], "x-enum-titles" = ["A buffer", "Text"]))]
    ret: String,
    /// # Cut at
    /// Texts are cut here; `\n`, `\r` and `\t` are understood. Empty: as they arrive.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"out": ["sit"], "ret": ["string"]}))]
    newline: String,
    /// # Keep what it is cut at
    #[serde(deserialize_with = "flag")]
    #[schemars(extend("x-show-if" = {"out": ["sit"], "ret": ["string"]}))]
    trim: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: String::new(),
            port: None,
            tls: String::new(),
            out: "time".into(),
            splitc: None,
            ret: "buffer".into(),
            newline: String::new(),
            trim: false,
        }
    }
}

const HELP: &str = "\
Sends `msg.payload` to a TCP server and gives its answer: what comes within some time after the first of it, up to a character, \
or a number of characters; or it keeps the connection open and sends a message for all that comes.

**Takes** `msg.payload`, `msg.host` and `msg.port` where the node has none, and, where the connection is kept open, \
`msg.reset`: true closes all connections, a text such as `host:port` one.

**Sends** the last message that was sent to that server, with `payload` the answer.

It is done with a message when it was written; what waits when the node is replaced waits for its successor. 1,000 messages \
may wait for one connection, and an answer may have 16 MB. A server that cannot be reached is an error, which can be caught.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        label: Label {
            properties: vec!["name".into(), "server".into()],
            fallback: Text::key("tcp-request.label"),
        },
        ..Face {
            type_name: NODE.name,
            category: "network",
            colour: "#c0c0c0",
            icon: "arrow-right-left",
            help: HELP,
        }
        .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let port = match config.port {
        // 0 and nothing both mean the message's.
        None | Some(0.0) => Some(None),
        port => problems.check("port", port_of(port).map(Some).ok_or_else(|| Text::key("tcp.port"))),
    };
    let split =
        js::to_text(&config.splitc.as_ref().map(engine::typed::value_of).unwrap_or_else(|| "0".into()));
    let number = js::text_to_number(&split);
    let end = match config.out.as_str() {
        "immed" => Some(End::AtOnce),
        "time" | "" if number < 0.0 => Some(End::AtOnce),
        "time" | "" => Some(End::After(milliseconds(number))),
        "count" => match number {
            number if number >= 0.0 => Some(End::Count(number as usize)),
            _ => {
                problems.add("splitc", Text::key("tcp.split-count"));
                None
            }
        },
        "char" => Some(End::Byte(end_byte(&split))),
        "sit" => Some(End::Never),
        mode => {
            let text =
                Text::key("tcp.mode").with("mode", mode).with("modes", "time, char, count, sit or immed");
            problems.add("out", text);
            None
        }
    };
    let tls = tls_of(context).map_err(|error| {
        error.problems.into_iter().for_each(|(path, text)| problems.add(path, text));
    });
    let (port, end) = problems.settle(port.zip(end))?;
    Built::task(TcpRequest(Arc::new(Plan {
        host: config.server.trim().to_owned(),
        port,
        tls: tls.ok().flatten(),
        end,
        data_type: if config.ret == "string" { DataType::Utf8 } else { DataType::Buffer },
        newline: config.newline.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"),
        keeps_newline: config.trim,
        queue: context.services.get::<NetworkLimits>().map_or(TCP_QUEUE, |limits| limits.tcp_queue()),
    })))
}

/// The byte that a character, `\n` or `0x0d` stands for.
fn end_byte(text: &str) -> u8 {
    match text {
        "\\n" => b'\n',
        "\\r" => b'\r',
        "\\t" => b'\t',
        "\\e" => 0x1b,
        "\\f" => 0x0c,
        "\\0" => 0,
        text => match text.strip_prefix("0x").map(|hex| u8::from_str_radix(hex, 16)) {
            Some(Ok(byte)) => byte,
            _ => text.bytes().next().unwrap_or(0),
        },
    }
}

struct TcpRequest(Arc<Plan>);

/// What to do, the same for all connections.
struct Plan {
    host: String,
    port: Option<u16>,
    tls: Option<Arc<TlsConfig>>,
    end: End,
    data_type: DataType,
    newline: String,
    keeps_newline: bool,
    /// Messages that wait for one connection at most.
    queue: usize,
}

/// When a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    AtOnce,
    /// So long after the first answer.
    After(Duration),
    /// When this byte came.
    Byte(u8),
    /// When so many bytes came.
    Count(usize),
    Never,
}

/// A server: host and port.
type Address = (String, u16);

impl TaskNode for TcpRequest {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let out = context.out.clone();
            let mut connections = Connections {
                plan: self.0,
                open: HashMap::new(),
                tasks: JoinSet::new(),
                count: Arc::new(watch::Sender::new(0)),
            };
            loop {
                tokio::select! {
                    Some(_) = connections.tasks.join_next() => {}
                    input = context.next() => match input {
                        Some(TaskInput::Message(message)) => connections.take(message, &out),
                        Some(TaskInput::Command(_)) => {}
                        None => break,
                    },
                }
            }
            // What was taken is written first; nobody waits for answers.
            connections.open.clear();
            let ending = async { while connections.tasks.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(Duration::from_secs(1), ending).await;
            // What was not written goes back before the node is gone.
            connections.tasks.shutdown().await;
            out.status(Status::clear());
            Ok(())
        })
    }
}

struct Connections {
    plan: Arc<Plan>,
    open: HashMap<Address, mpsc::Sender<Message>>,
    tasks: JoinSet<()>,
    /// How many are connected.
    count: Arc<watch::Sender<usize>>,
}

impl Connections {
    /// Hands a message to its connection, which is opened if need be.
    fn take(&mut self, message: Message, out: &TaskOut) {
        if self.plan.end == End::Never && self.reset(&message, out) && message.get("payload").is_none() {
            return out.done(message);
        }
        let Some((host, port)) = self.address(&message) else {
            return out.fail(NodeError::key("tcp.no-host"), Some(message));
        };
        self.open.retain(|_, queue| !queue.is_closed());
        // It waits in a queue with a limit of its own.
        park(&message);
        let mut message = message;
        // A connection may end in the very moment that it is given a message: then a new one is opened.
        for _ in 0..2 {
            let queue = self.open.entry((host.clone(), port)).or_insert_with(|| {
                let (queue, receiver) = mpsc::channel(self.plan.queue);
                let waiting = Queue { receiver, out: out.clone() };
                let conversation =
                    Conversation::new(self.plan.clone(), host.clone(), port, self.count.clone(), out.clone());
                self.tasks.spawn(conversation.run(waiting));
                queue
            });
            match queue.try_send(message) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(message)) => {
                    let error = NodeError::key("tcp.busy").with("limit", self.plan.queue);
                    return out.fail(error.with("host", &host).with("port", port), Some(message));
                }
                Err(mpsc::error::TrySendError::Closed(back)) => {
                    message = back;
                    self.open.remove(&(host.clone(), port));
                }
            }
        }
        let error = NodeError::key("tcp.not-connected").with("host", host).with("port", port);
        out.fail(error.with("reason", "the connection ended"), Some(message));
    }

    fn address(&self, message: &Message) -> Option<Address> {
        let host = match self.plan.host.as_str() {
            "" => message.get("host").and_then(Value::as_str).unwrap_or_default().trim(),
            host => host,
        };
        let port = self.plan.port.or_else(|| port_of(message.get("port").map(js::to_number)));
        port.filter(|_| !host.is_empty()).map(|port| (host.to_owned(), port))
    }

    /// Closes the connections that a message names; whether it does.
    fn reset(&mut self, message: &Message, out: &TaskOut) -> bool {
        match message.get("reset") {
            Some(Value::Bool(true)) => self.open.clear(),
            Some(Value::String(name)) => {
                self.open.retain(|(host, port), _| format!("{host}:{port}") != name.as_str());
            }
            Some(value) if js::is_truthy(value) => {}
            _ => return false,
        }
        let count = self.open.len();
        let shape = if count == 0 { "ring" } else { "dot" };
        out.status(Status::new("green", shape, Text::key("tcp.connections").with("count", count)));
        true
    }
}
