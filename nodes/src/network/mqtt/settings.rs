//! What a connection needs to know.

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;
use tokio_rustls::rustls::ClientConfig;

use super::local::LocalBroker;
use super::publication::Publication;

/// The protocol's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// 3.1.1; brokers that know 3.1 only are no longer around.
    V311,
    V5,
}

/// What a connection needs to know.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Option<Tls>,
    /// Path and query, where MQTT travels inside a WebSocket.
    pub(crate) web_socket: Option<String>,
    pub(crate) version: Version,
    pub(crate) client_id: EcoString,
    /// Seconds between signs of life; 0 for none.
    pub(crate) keep_alive_seconds: u16,
    /// Whether the broker forgets us when the connection ends.
    pub(crate) clean_session: bool,
    /// MQTT 5: how long the broker keeps the session after the connection has ended.
    pub(crate) session_expiry_seconds: Option<u32>,
    /// MQTT 5: what CONNECT carries.
    pub(crate) user_properties: Vec<(String, String)>,
    pub(crate) login: Option<Login>,
    /// Published by the broker when the connection is lost.
    pub(crate) will: Option<LastWill>,
    /// Published by us when the connection stands.
    pub(crate) birth: Option<Publication>,
    /// Published by us before we leave.
    pub(crate) close: Option<Publication>,
    /// Whether to connect without being told to.
    pub(crate) connects_by_itself: bool,
    /// The broker of this process.
    pub(crate) local: Option<Arc<LocalBroker>>,
    /// Whether to unsubscribe when no node wants a topic any more.
    pub(crate) unsubscribes: bool,
}

/// Who we are.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// How to talk TLS.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    /// The name that the broker's certificate must have.
    pub(crate) server_name: String,
}

/// A last will.
#[derive(Clone)]
pub(crate) struct LastWill {
    pub(crate) publication: Publication,
    /// MQTT 5: how long the broker waits for us to come back before it publishes it.
    pub(crate) delay_seconds: Option<u32>,
}

impl Settings {
    /// Whether the broker keeps our session while we are away.
    pub(crate) fn is_persistent(&self) -> bool {
        match self.version {
            Version::V311 => !self.clean_session,
            Version::V5 => self.session_expiry_seconds.unwrap_or(0) > 0,
        }
    }

    /// For logs.
    pub(crate) fn address(&self) -> EcoString {
        let scheme = match (&self.web_socket, &self.tls) {
            (None, None) => "mqtt",
            (None, Some(_)) => "mqtts",
            (Some(_), None) => "ws",
            (Some(_), Some(_)) => "wss",
        };
        if self.host.contains(':') {
            ecow::eco_format!("{scheme}://[{}]:{}", self.host, self.port)
        } else {
            ecow::eco_format!("{scheme}://{}:{}", self.host, self.port)
        }
    }
}

// A password must not reach a log.
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Settings")
            .field("address", &self.address())
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
