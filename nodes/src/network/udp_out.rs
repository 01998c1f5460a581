//! `udp out`: sends a packet for each message.

use std::net::SocketAddr;

use bytes::Bytes;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskInput, TaskNode};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Value, js};
use model::descriptor::{Label, NodeDescriptor, Outputs};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use super::tcp::{decode_base64, port_of};
use super::udp::{self, Port, Wanted};
use crate::config::{Problems, flag, number_or_text, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "udp out", describe, build, texts: udp::TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Send
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["false", "board", "multi"],
        "x-enum-titles" = ["To one address", "To all of a network (broadcast)", "To a multicast group"]))]
    multicast: String,
    /// # Address
    /// A host, an address such as `192.168.1.255`, or a group. Empty: `msg.ip`.
    #[serde(deserialize_with = "text")]
    addr: String,
    /// # Port
    /// Empty: `msg.port`.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "maximum" = 65535))]
    port: Option<f64>,
    /// # Interface
    /// Its name or address; empty: the system chooses.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"multicast": ["multi"]}))]
    iface: String,
    /// # Addresses
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["udp4", "udp6"], "x-enum-titles" = ["IPv4", "IPv6"]))]
    ipv: String,
    /// # From port
    /// Empty: any that is free. A port that a udp in node listens on is shared with it.
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 0, "maximum" = 65535))]
    outport: Option<f64>,
    /// # Decode base64 texts
    #[serde(deserialize_with = "flag")]
    base64: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            multicast: "false".into(),
            addr: String::new(),
            port: None,
            iface: String::new(),
            ipv: "udp4".into(),
            outport: None,
            base64: false,
        }
    }
}

const HELP: &str = "\
Sends `msg.payload` as a UDP packet: a buffer as it is, everything else as text. To the address and port of the node, or else \
to `msg.ip` and `msg.port`.

To answer who sent a packet, send from the port that the **udp in** node listens on.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into(), "addr".into()], fallback: Text::key("udp-out.label") },
        ..Face { type_name: NODE.name, category: "network", colour: "#c0c0c0", icon: "upload", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    // 0 and nothing both mean the message's, or any.
    let optional = |number: Option<f64>| match number {
        None | Some(0.0) => Ok(None),
        number => port_of(number).map(Some).ok_or_else(|| Text::key("udp.port")),
    };
    let port = problems.check("port", optional(config.port));
    let from = problems.check("outport", optional(config.outport));
    let group = match config.multicast.as_str() {
        "multi" => problems.check("addr", udp::group(&config.addr)).map(Some),
        _ => Some(None),
    };
    let ((port, from), group) = problems.settle(port.zip(from).zip(group))?;
    let wanted = Wanted {
        port: from.unwrap_or(0),
        is_v6: config.ipv == "udp6",
        interface: None,
        broadcasts: config.multicast == "board" || config.multicast == "multi",
        group,
    };
    Built::task(UdpOut {
        wanted,
        interface: config.iface,
        address: config.addr.trim().to_owned(),
        port,
        is_base64: config.base64,
    })
}

struct UdpOut {
    wanted: Wanted,
    interface: String,
    address: String,
    port: Option<u16>,
    is_base64: bool,
}

impl TaskNode for UdpOut {
    fn run(mut self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        let out = context.out.clone();
        match udp::interface(&self.interface, self.wanted.is_v6) {
            Ok(interface) => self.wanted.interface = interface,
            Err(text) => out.log(Level::Warn, text),
        }
        Box::pin(async move {
            let (port, _) = udp::open(&self.wanted, out.node()).map_err(|reason| {
                NodeError::key("udp.cannot-open").with("port", self.wanted.port).with("reason", reason)
            })?;
            if let Some(address) = self.wanted.interface {
                let text =
                    Text::key("udp.on-interface").with("name", &self.interface).with("address", address);
                out.status(Status::new("", "", text));
            }
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                match self.send(&message, &port).await {
                    Ok(()) => out.done(message),
                    Err(error) => out.fail(error, Some(message)),
                }
            }
            out.status(Status::clear());
            Ok(())
        })
    }
}

impl UdpOut {
    async fn send(&self, message: &Message, from: &Port) -> Result<(), NodeError> {
        let Some(payload) = message.get("payload") else { return Ok(()) };
        let host = match self.address.as_str() {
            "" => message.get("ip").and_then(Value::as_str).unwrap_or_default(),
            address => address,
        };
        if host.is_empty() {
            return Err(NodeError::key("udp.no-address"));
        }
        let port = match (self.port, message.get("port")) {
            (Some(port), _) => port,
            (None, None) => return Err(NodeError::key("udp.no-port")),
            (None, Some(port)) => {
                port_of(Some(js::to_number(port))).ok_or_else(|| NodeError::key("udp.port"))?
            }
        };
        let bytes = match payload {
            Value::Buffer(bytes) => bytes.as_ref().clone(),
            value if self.is_base64 => decode_base64(&js::to_text(value)).into(),
            value => Bytes::copy_from_slice(js::to_text(value).as_bytes()),
        };
        let address = self.resolve(host, port).await?;
        let sent = from.socket.send_to(&bytes, address).await;
        sent.map(drop).map_err(|error| {
            NodeError::key("udp.not-sent").with("host", host).with("port", port).with("reason", error)
        })
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, NodeError> {
        let unknown =
            |reason: String| NodeError::key("udp.address").with("host", host).with("reason", reason);
        let found =
            tokio::net::lookup_host((host, port)).await.map_err(|error| unknown(error.to_string()))?;
        let mut found = found.filter(|address| address.is_ipv6() == self.wanted.is_v6);
        found.next().ok_or_else(|| unknown("choose the other kind of addresses".to_owned()))
    }
}
