//! `mqtt-broker`: a connection to an MQTT broker, shared by the nodes that name it.

use std::sync::{Arc, Mutex, PoisonError};

use ecow::EcoString;
use engine::message::new_id;
use engine::node::{BoxFuture, BuildContext, BuildError, Built, ConfigNode, NodeHandle};
use engine::observe::Level;
use engine::registry::NodeType;
use model::descriptor::{Credential, Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use model::topic;
use schemars::JsonSchema;
use serde::Deserialize;

use super::mqtt::brokers::Brokers;
use super::mqtt::connection::{Connection, LONGEST_PAUSE, Link, Notice};
use super::mqtt::lenient;
use super::mqtt::publication::{Properties, Publication, Quality};
use super::mqtt::settings::{LastWill, Login, Settings, Tls, Version};
use super::tls_config::{self, TlsConfig};

/// The node type.
pub const NODE: NodeType = NodeType { name: "mqtt-broker", describe, build, texts: TEXTS };

/// The ports that are registered for MQTT and MQTT over TLS.
const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
/// Node-RED's default.
const KEEP_ALIVE_SECONDS: u16 = 60;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Server
    /// Host name or address, or a URL such as `mqtts://broker.example:8883` or `wss://broker.example/mqtt`; this machine
    /// when empty.
    #[serde(deserialize_with = "crate::config::text")]
    broker: String,
    /// # Port
    /// 1883 as a rule, 8883 with TLS.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("format" = "integer", "minimum" = 1, "maximum" = 65535, "default" = "1883"))]
    port: Option<u16>,
    /// # Connect automatically
    /// Otherwise a message with `msg.action` "connect" does it.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = true, "x-section" = "Session"))]
    auto_connect: Option<bool>,
    /// # Use TLS
    /// Encrypts the connection and checks the broker's certificate.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false))]
    usetls: Option<bool>,
    /// # TLS
    /// Certificates to use; the system's own when empty.
    #[schemars(extend("x-widget" = "config-node", "x-config-type" = "tls-config", "x-show-if" = {"usetls": [true]}))]
    tls: String,
    /// # Protocol
    /// The version of MQTT.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["4", "5"], "x-enum-titles" = ["MQTT 3.1.1", "MQTT 5"], "default" = "4"))]
    protocol_version: String,
    /// # Client id
    /// Empty: one is made up. A session that is to be kept needs one.
    #[serde(deserialize_with = "crate::config::text")]
    clientid: String,
    /// # Keep alive
    /// Seconds between signs of life.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("format" = "integer", "minimum" = 0, "maximum" = 65535, "default" = "60",
        "x-section" = "Session"))]
    keepalive: Option<u16>,
    /// # Use a clean session
    /// The broker forgets subscriptions and waiting messages when the connection ends.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = true, "x-section" = "Session"))]
    cleansession: Option<bool>,
    /// # Session expiry
    /// Seconds for which the broker keeps the session.
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("format" = "integer", "minimum" = 0, "default" = "", "x-section" = "Session",
        "x-show-if" = {"protocolVersion": ["5"]}))]
    session_expiry: Option<u32>,
    /// # Unsubscribe automatically
    /// Ends a subscription when its node is gone.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = true, "x-section" = "Session"))]
    auto_unsubscribe: Option<bool>,
    /// # User properties
    /// Sent when connecting, a JSON object of texts.
    #[serde(deserialize_with = "lenient::pairs")]
    #[schemars(with = "String", extend("x-widget" = "code", "x-language" = "json", "default" = "",
        "x-section" = "Session", "x-show-if" = {"protocolVersion": ["5"]}))]
    user_props: Vec<(String, String)>,
    /// # Topic
    /// Where to publish when connected; empty for nowhere.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message on connecting"))]
    birth_topic: String,
    /// # Quality of service
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["0", "1", "2"],
        "x-enum-titles" = ["0: at most once", "1: at least once", "2: exactly once"], "default" = "0",
        "x-section" = "Message on connecting"))]
    birth_qos: Option<u8>,
    /// # Retained
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false, "x-section" = "Message on connecting"))]
    birth_retain: Option<bool>,
    /// # Payload
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message on connecting"))]
    birth_payload: String,
    #[schemars(extend("x-widget" = "hidden"))]
    birth_msg: Extras,
    /// # Topic
    /// Where to publish before disconnecting in good order; empty for nowhere.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message before disconnecting"))]
    close_topic: String,
    /// # Quality of service
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["0", "1", "2"],
        "x-enum-titles" = ["0: at most once", "1: at least once", "2: exactly once"], "default" = "0",
        "x-section" = "Message before disconnecting"))]
    close_qos: Option<u8>,
    /// # Retained
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false, "x-section" = "Message before disconnecting"))]
    close_retain: Option<bool>,
    /// # Payload
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message before disconnecting"))]
    close_payload: String,
    #[schemars(extend("x-widget" = "hidden"))]
    close_msg: Extras,
    /// # Topic
    /// Where the broker publishes when the connection is lost; empty for nowhere.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message when the connection is lost"))]
    will_topic: String,
    /// # Quality of service
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String", extend("x-widget" = "choice", "enum" = ["0", "1", "2"],
        "x-enum-titles" = ["0: at most once", "1: at least once", "2: exactly once"], "default" = "0",
        "x-section" = "Message when the connection is lost"))]
    will_qos: Option<u8>,
    /// # Retained
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = false, "x-section" = "Message when the connection is lost"))]
    will_retain: Option<bool>,
    /// # Payload
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-section" = "Message when the connection is lost"))]
    will_payload: String,
    #[schemars(extend("x-widget" = "hidden"))]
    will_msg: Extras,
}

/// What MQTT 5 adds to a birth, close or will message.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Extras {
    #[serde(deserialize_with = "crate::config::text")]
    content_type: String,
    #[serde(deserialize_with = "lenient::pairs")]
    #[schemars(with = "String")]
    user_props: Vec<(String, String)>,
    #[serde(deserialize_with = "crate::config::text")]
    resp_topic: String,
    #[serde(deserialize_with = "lenient::bytes")]
    #[schemars(with = "String")]
    correl: Vec<u8>,
    payload_format_indicator: Option<bool>,
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String")]
    expiry: Option<u32>,
    #[serde(deserialize_with = "lenient::number")]
    #[schemars(with = "String")]
    delay: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        // An absent property reads as an empty one; what that means, `settings` says.
        Self {
            broker: String::new(),
            port: None,
            auto_connect: None,
            usetls: None,
            tls: String::new(),
            protocol_version: "4".into(),
            clientid: String::new(),
            keepalive: None,
            cleansession: None,
            session_expiry: None,
            auto_unsubscribe: None,
            user_props: Vec::new(),
            birth_topic: String::new(),
            birth_qos: None,
            birth_retain: None,
            birth_payload: String::new(),
            birth_msg: Extras::default(),
            close_topic: String::new(),
            close_qos: None,
            close_retain: None,
            close_payload: String::new(),
            close_msg: Extras::default(),
            will_topic: String::new(),
            will_qos: None,
            will_retain: None,
            will_payload: String::new(),
            will_msg: Extras::default(),
        }
    }
}

const TEXTS: Catalogue = &[
    ("mqtt-broker.label", "mqtt broker"),
    ("mqtt-broker.scheme", "{scheme}:// is not supported; use mqtt://, mqtts://, ws:// or wss://"),
    ("mqtt-broker.url", "{url} is not the URL of a server: {reason}"),
    ("mqtt-broker.version", "{version} is not a version of MQTT; use 4 (3.1.1) or 5"),
    (
        "mqtt-broker.no-client-id",
        "a session can only be kept under a client id, and none is given: a clean session is used",
    ),
];

const HELP: &str = "\
A connection to an MQTT broker, shared by all **mqtt in** and **mqtt out** nodes that name it. It is made when \
the flows start, and made again (after a pause that grows to 15 s) whenever it is lost; subscriptions come \
back by themselves, and messages that were not acknowledged are sent again.

The broker that comes with Wireloom is at `127.0.0.1`, port 1883.

The *birth* message is published when the connection stands, the *close* message before it is ended in good \
order, the *will* by the broker when it is lost.

While there is no connection up to 1000 messages wait to be published; then the nodes that publish are held \
back. With a client id and without *clean session* the broker keeps what comes while Wireloom is away.";

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: NODE.name.into(),
        role: Role::Config,
        category: "config".into(),
        colour: "#d8bfd8".into(),
        icon: "radio-tower".into(),
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label {
            properties: vec!["name".into(), "broker".into()],
            fallback: Text::key("mqtt-broker.label"),
        },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![Credential::text("user", "User name"), Credential::secret("password", "Password")],
        help: HELP.into(),
    }
}

/// The node: its settings, and the connection while it runs.
pub struct MqttBroker {
    settings: Settings,
    /// Whether a kept session was asked for and cannot be had.
    lacks_client_id: bool,
    connection: Mutex<Option<Arc<Connection>>>,
    /// Its id.
    id: EcoString,
    /// Where it enters its connection, if somebody looks there.
    brokers: Option<Arc<Brokers>>,
}

impl MqttBroker {
    /// The connection, while the node runs.
    pub(crate) fn connection(&self) -> Option<Arc<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How it connects, and how the connection stands; no secrets.
    pub fn show(&self) -> serde_json::Value {
        let Settings { version, client_id, keep_alive_seconds, clean_session, .. } = &self.settings;
        let link = self.connection().map(|connection| *connection.link().borrow());
        serde_json::json!({
            "url": self.settings.address().as_str(),
            "protocolVersion": if *version == Version::V5 { 5 } else { 4 },
            "clientId": client_id.as_str(),
            "keepalive": keep_alive_seconds,
            "clean": clean_session,
            "sessionExpiry": self.settings.session_expiry_seconds,
            "reconnectPeriod": LONGEST_PAUSE.as_millis() as u64,
            "autoConnect": self.settings.connects_by_itself,
            "autoUnsubscribe": self.settings.unsubscribes,
            "connected": link == Some(Link::Connected),
            "connecting": link == Some(Link::Connecting),
        })
    }

    /// Cuts the connection without a goodbye, as a network that fails does, and stays away: for tests.
    pub fn break_off(&self) {
        if let Some(connection) = self.connection() {
            connection.break_off();
        }
    }
}

impl ConfigNode for MqttBroker {
    fn start(&self, handle: Arc<NodeHandle>) {
        if self.lacks_client_id {
            handle.log(Level::Warn, Text::key("mqtt-broker.no-client-id"));
        }
        let address = self.settings.address();
        let notify = move |notice| {
            let (level, text) = match notice {
                Notice::Connected => (Level::Info, Text::key("mqtt.log.connected")),
                Notice::Lost(reason) => (Level::Warn, Text::key("mqtt.log.lost").with("reason", reason)),
                Notice::Failed(reason) => (Level::Warn, Text::key("mqtt.log.failed").with("reason", reason)),
                Notice::SubscriptionRefused { filter, reason } => {
                    let text = Text::key("mqtt.log.subscription-refused").with("filter", filter);
                    (Level::Error, text.with("reason", reason))
                }
                Notice::NobodySubscribed { topic } => {
                    (Level::Warn, Text::key("mqtt.log.nobody-subscribed").with("topic", topic))
                }
            };
            handle.log(level, text.with("address", &address));
        };
        let connection = Arc::new(Connection::open(self.settings.clone(), notify));
        if let Some(brokers) = &self.brokers {
            brokers.enter(self.id.clone(), connection.clone());
        }
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            if let Some(connection) = connection {
                if let Some(brokers) = &self.brokers {
                    brokers.leave(&self.id, &connection);
                }
                connection.stop().await;
            }
        })
    }
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let mut problems = Vec::new();
    let settings = settings(&config, context, &mut problems);
    match settings {
        Some(settings) if problems.is_empty() => {
            let lacks_client_id = config.clientid.is_empty() && config.cleansession == Some(false);
            let (id, brokers) = (context.info.id.clone(), context.services.get());
            Built::config(MqttBroker { settings, lacks_client_id, connection: Mutex::new(None), id, brokers })
        }
        _ => Err(BuildError { problems }),
    }
}

fn settings(
    config: &Config,
    context: &BuildContext<'_>,
    problems: &mut Vec<(String, Text)>,
) -> Option<Settings> {
    let server =
        Server::parse(config.broker.trim()).map_err(|text| problems.push(("broker".into(), text))).ok();
    let version = match config.protocol_version.trim() {
        // Brokers that know 3.1 know 3.1.1.
        "3" | "4" | "" => Some(Version::V311),
        "5" => Some(Version::V5),
        other => {
            problems
                .push(("protocolVersion".into(), Text::key("mqtt-broker.version").with("version", other)));
            None
        }
    };
    let birth = message(
        "birth",
        (
            &config.birth_topic,
            config.birth_qos,
            config.birth_retain,
            &config.birth_payload,
            &config.birth_msg,
        ),
        problems,
    );
    let close = message(
        "close",
        (
            &config.close_topic,
            config.close_qos,
            config.close_retain,
            &config.close_payload,
            &config.close_msg,
        ),
        problems,
    );
    let will = message(
        "will",
        (&config.will_topic, config.will_qos, config.will_retain, &config.will_payload, &config.will_msg),
        problems,
    );
    let (server, version) = (server?, version?);
    let uses_tls = server.tls || config.usetls == Some(true);
    let tls = if uses_tls { tls(config, context, &server.host, problems)? } else { None };
    let user = context.credential("user");
    Some(Settings {
        port: server.port.or(config.port).unwrap_or(if uses_tls { TLS_PORT } else { PORT }),
        host: server.host,
        tls,
        local: context.services.get(),
        web_socket: server.path,
        version,
        client_id: match config.clientid.trim() {
            "" => ecow::eco_format!("wireloom_{}", new_id()),
            id => id.into(),
        },
        keep_alive_seconds: config.keepalive.unwrap_or(KEEP_ALIVE_SECONDS),
        clean_session: config.cleansession.unwrap_or(true) || config.clientid.trim().is_empty(),
        session_expiry_seconds: config.session_expiry,
        user_properties: config.user_props.clone(),
        login: (!user.is_empty())
            .then(|| Login { user: user.into(), password: context.credential("password").into() }),
        will: will.map(|publication| LastWill { publication, delay_seconds: config.will_msg.delay }),
        birth,
        close,
        connects_by_itself: config.auto_connect.unwrap_or(true),
        unsubscribes: config.auto_unsubscribe.unwrap_or(true),
    })
}

type MessageConfig<'a> = (&'a str, Option<u8>, Option<bool>, &'a str, &'a Extras);

/// A birth, close or will message, if it has a topic.
fn message(
    name: &str,
    (to, quality, retain, payload, extras): MessageConfig<'_>,
    problems: &mut Vec<(String, Text)>,
) -> Option<Publication> {
    if to.is_empty() {
        return None;
    }
    if !topic::is_topic(to) {
        problems.push((format!("{name}Topic"), Text::key("mqtt.invalid-topic").with("topic", to)));
    }
    let number = quality.unwrap_or(0);
    let Some(quality) = Quality::from_number(f64::from(number)) else {
        problems.push((format!("{name}Qos"), Text::key("mqtt.invalid-quality").with("value", number)));
        return None;
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let properties = Properties {
        content_type: text(&extras.content_type),
        response_topic: text(&extras.resp_topic),
        correlation_data: (!extras.correl.is_empty()).then(|| extras.correl.clone().into()),
        message_expiry: extras.expiry,
        is_utf8: extras.payload_format_indicator,
        user: extras.user_props.clone(),
    };
    Some(Publication {
        topic: to.into(),
        payload: payload.to_owned().into(),
        quality,
        retain: retain.unwrap_or(false),
        properties: properties.boxed(),
    })
}

/// The TLS settings of the config node named, or the system's.
fn tls(
    config: &Config,
    context: &BuildContext<'_>,
    host: &str,
    problems: &mut Vec<(String, Text)>,
) -> Option<Option<Tls>> {
    let given = if config.tls.is_empty() {
        tls_config::system().map_err(|text| problems.push(("usetls".into(), text))).ok()?
    } else {
        match context.config_node::<TlsConfig>("tls") {
            Ok(given) => given,
            Err(error) => {
                problems.extend(error.problems);
                return None;
            }
        }
    };
    let server_name = given.server_name.clone().unwrap_or_else(|| host.to_owned());
    Some(Some(Tls { config: given.client.clone(), server_name }))
}

/// Where the broker is.
#[derive(Debug, PartialEq)]
struct Server {
    host: String,
    port: Option<u16>,
    tls: bool,
    /// Path and query of a WebSocket.
    path: Option<String>,
}

impl Server {
    /// Reads a host name, or a URL. As in Node-RED, none is this machine at MQTT's own port.
    fn parse(text: &str) -> Result<Self, Text> {
        if text.is_empty() {
            return Ok(Self { host: "localhost".to_owned(), port: Some(PORT), tls: false, path: None });
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            let host = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            return Ok(Self { host: host.to_owned(), port: None, tls: false, path: None });
        };
        let (tls, is_web_socket) = match scheme {
            "mqtt" | "tcp" => (false, false),
            "mqtts" | "ssl" | "tls" => (true, false),
            "ws" => (false, true),
            "wss" => (true, true),
            other => return Err(Text::key("mqtt-broker.scheme").with("scheme", other)),
        };
        let bad = |reason: &str| Text::key("mqtt-broker.url").with("url", text).with("reason", reason);
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(bad("user name and password belong into their own fields"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed.split_once(']').ok_or_else(|| bad("a bracket is not closed"))?;
                (host, rest.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() {
            return Err(bad("the host is missing"));
        }
        let port = match port {
            Some(port) => port.parse().map_err(|_| bad("the port is not a number up to 65535"))?,
            // The port field belongs to a host name, not to a URL.
            None => match (is_web_socket, tls) {
                (false, false) => PORT,
                (false, true) => TLS_PORT,
                (true, false) => 80,
                (true, true) => 443,
            },
        };
        let path =
            is_web_socket.then(|| if path.starts_with('/') { path.into() } else { format!("/{path}") });
        Ok(Self { host: host.to_owned(), port: Some(port), tls, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_host_names_and_urls() {
        for (text, host, port, tls, path) in [
            ("", "localhost", Some(1883), false, None),
            ("localhost", "localhost", None, false, None),
            ("::1", "::1", None, false, None),
            ("[::1]", "::1", None, false, None),
            ("mqtt://broker.example", "broker.example", Some(1883), false, None),
            ("tcp://10.0.0.1:1884/", "10.0.0.1", Some(1884), false, None),
            ("mqtts://[::1]:8884", "::1", Some(8884), true, None),
            ("ssl://b", "b", Some(8883), true, None),
            ("ws://b", "b", Some(80), false, Some("/")),
            ("wss://b:8443/mqtt?a=1", "b", Some(8443), true, Some("/mqtt?a=1")),
        ] {
            let path = path.map(str::to_owned);
            assert_eq!(Server::parse(text), Ok(Server { host: host.into(), port, tls, path }), "{text}");
        }
        for (text, key) in [
            ("http://b", "mqtt-broker.scheme"),
            ("mqtt://", "mqtt-broker.url"),
            ("mqtt://b:port", "mqtt-broker.url"),
            ("mqtt://b:70000", "mqtt-broker.url"),
            ("mqtt://u:p@b", "mqtt-broker.url"),
            ("mqtt://[::1", "mqtt-broker.url"),
        ] {
            assert_eq!(Server::parse(text).unwrap_err().key, key, "{text}");
        }
    }
}
