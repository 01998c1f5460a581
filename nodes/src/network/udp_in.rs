//! `udp in`: a message for each packet.

use base64::Engine as _;
use ecow::eco_format;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, TaskContext, TaskNode};
use engine::observe::{Level, Status};
use engine::registry::NodeType;
use engine::{Message, NodeError, Object, Value};
use model::descriptor::{Label, NodeDescriptor};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use super::tcp::port_of;
use super::udp::{self, Packet, Wanted};
use crate::config::{Problems, number_or_text, text};
use crate::face::Face;

/// The node type.
pub const NODE: NodeType = NodeType { name: "udp in", describe, build, texts: udp::TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # Listen for
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["false", "true"],
        "x-enum-titles" = ["Packets to this machine", "Packets to a multicast group"]))]
    multicast: String,
    /// # Group
    /// A multicast address, such as `225.0.18.83`.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"multicast": ["true"]}))]
    group: String,
    /// # Interface
    /// Its name or address; empty: the system chooses.
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-show-if" = {"multicast": ["true"]}))]
    iface: String,
    /// # Port
    #[serde(deserialize_with = "number_or_text")]
    #[schemars(extend("minimum" = 1, "maximum" = 65535))]
    port: Option<f64>,
    /// # Addresses
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["udp4", "udp6"], "x-enum-titles" = ["IPv4", "IPv6"]))]
    ipv: String,
    /// # Payload
    #[serde(deserialize_with = "text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["buffer", "utf8", "base64"],
        "x-enum-titles" = ["A buffer", "Text", "Base64 text"]))]
    datatype: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            multicast: "false".into(),
            group: String::new(),
            iface: String::new(),
            port: None,
            ipv: "udp4".into(),
            datatype: "buffer".into(),
        }
    }
}

const HELP: &str = "\
A message for each UDP packet that comes to a port, also those to a multicast group.

**Sends** `msg.payload`, `msg.ip` and `msg.port` of who sent it, and both as `msg.fromip`.

UDP cannot wait: while the flow is busy, 1,024 packets are kept; what comes then is dropped and counted. Several nodes may use \
one port; each gets every packet.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        inputs: 0,
        label: Label { properties: vec!["name".into(), "port".into()], fallback: Text::key("udp-in.label") },
        ..Face { type_name: NODE.name, category: "network", colour: "#c0c0c0", icon: "download", help: HELP }
            .node::<Config>()
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Problems::default();
    let port = problems.check("port", port_of(config.port).ok_or_else(|| Text::key("udp.port")));
    let group = match config.multicast.as_str() {
        "true" => problems.check("group", udp::group(&config.group)).map(Some),
        _ => Some(None),
    };
    let (port, group) = problems.settle(port.zip(group))?;
    let wanted =
        Wanted { port, is_v6: config.ipv == "udp6", interface: None, broadcasts: group.is_some(), group };
    let payload = match config.datatype.as_str() {
        "base64" => Payload::Base64,
        "utf8" => Payload::Text,
        _ => Payload::Buffer,
    };
    Built::task(UdpIn { wanted, interface: config.iface, payload })
}

struct UdpIn {
    wanted: Wanted,
    interface: String,
    payload: Payload,
}

impl TaskNode for UdpIn {
    fn run(mut self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        let out = context.out.clone();
        match udp::interface(&self.interface, self.wanted.is_v6) {
            Ok(interface) => self.wanted.interface = interface,
            Err(text) => out.log(Level::Warn, text),
        }
        let opened = udp::open(&self.wanted, out.node());
        Box::pin(async move {
            let (port, is_shared) = opened.map_err(|reason| {
                NodeError::key("udp.cannot-open").with("port", self.wanted.port).with("reason", reason)
            })?;
            if is_shared {
                out.log(Level::Info, Text::key("udp.shares").with("port", self.wanted.port));
            }
            if let Some(address) = self.wanted.interface {
                let text =
                    Text::key("udp.on-interface").with("name", &self.interface).with("address", address);
                out.status(Status::new("", "", text));
            }
            // As a rule a packet goes from the port's task right into the flow.
            let payload = self.payload;
            let mut line = port.listen(out.clone(), move |packet| payload.message_of(packet));
            let stopping = context.stopping();
            tokio::pin!(stopping);
            let mut held: Option<Packet> = None;
            loop {
                tokio::select! {
                    // A source stops at once.
                    () = &mut stopping => break,
                    () = context.without_input() => break,
                    Some(packet) = line.next(), if held.is_none() => held = Some(packet),
                    delivery = out.admit(), if held.is_some() => match (delivery, held.take()) {
                        (Some(delivery), Some(packet)) => {
                            if out.send(0, payload.message_of(&packet).under(delivery)).await.is_err() {
                                break;
                            }
                            line.passed_on();
                        }
                        _ => break,
                    },
                }
            }
            out.status(Status::clear());
            Ok(())
        })
    }
}

/// What a packet becomes.
#[derive(Clone, Copy)]
enum Payload {
    Buffer,
    Text,
    Base64,
}

impl Payload {
    fn message_of(self, packet: &Packet) -> Message {
        let payload = match self {
            Self::Base64 => base64::engine::general_purpose::STANDARD.encode(&packet.bytes).into(),
            Self::Text => Value::String(String::from_utf8_lossy(&packet.bytes).into()),
            Self::Buffer => Value::buffer(packet.bytes.clone()),
        };
        let (ip, port) = (eco_format!("{}", packet.from.ip()), packet.from.port());
        Message::from_object(Object::from_iter([
            ("payload", payload),
            ("fromip", eco_format!("{ip}:{port}").into()),
            ("ip", ip.into()),
            ("port", f64::from(port).into()),
        ]))
    }
}
