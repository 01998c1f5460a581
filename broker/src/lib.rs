//! Wireloom's embedded MQTT broker: MQTT 3.1.1 and 5 over TCP, with sessions, retained messages and what is
//! queued or in flight kept on disk.
//!
//! The rest of Wireloom sees [`start`], [`Settings`] and [`Broker`] only; which library does the work is this
//! crate's secret (`docs/decisions/embedded-broker.md` says which, and why).

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use model::text::{Catalogue, Text};
use tokio::io::DuplexStream;

mod embedded;
mod packet;
mod stream;

/// The port that the Internet Assigned Numbers Authority registered for MQTT over TCP.
pub const DEFAULT_PORT: u16 = 1883;

/// How a broker is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address to listen on; loopback unless somebody decided otherwise.
    pub bind: IpAddr,
    /// The port to listen on; 0 lets the system choose a free one.
    pub port: u16,
    /// The folder that keeps sessions and messages; made if missing. One running broker per folder.
    pub data: PathBuf,
    /// Who may connect. Empty: everybody who can reach the port.
    pub users: Vec<User>,
}

/// Somebody who may connect.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The user name.
    pub name: String,
    /// The password, or its argon2 hash in PHC form (`$argon2id$v=19$...`).
    pub password: String,
}

/// A running broker. Dropping it closes it at once; [`Broker::stop`] lets it end in order.
pub trait Broker: Send + Sync {
    /// Where it listens, with the real port.
    fn local_address(&self) -> SocketAddr;

    /// What went through it since it was started.
    fn stats(&self) -> Stats;

    /// A way in for clients of this process.
    fn doorway(&self) -> Doorway;

    /// Closes every connection, writes what is not yet on disk and frees port and folder.
    fn stop(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Opens connections to a broker of the same process, without a socket; none once it has stopped. Clients are let
/// in, and seen, as those of a socket are.
pub type Doorway = Arc<dyn Fn() -> Option<DuplexStream> + Send + Sync>;

/// What went through a broker since it was started; messages are counted once per publisher and once per
/// subscriber, bytes are payload bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Clients connected now.
    pub clients_connected: usize,
    /// Clients that have connected.
    pub clients_total: u64,
    /// Messages that clients published.
    pub messages_received: u64,
    /// Messages that were sent to subscribers.
    pub messages_sent: u64,
    /// Bytes of the messages received.
    pub bytes_received: u64,
    /// Bytes of the messages sent.
    pub bytes_sent: u64,
}

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error(
        "port {} on {} is taken: give the broker another one with --mqtt-port, or turn it off with --mqtt-port off",
        .address.port(), .address.ip()
    )]
    PortTaken {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The system does not let the broker listen there.
    #[error("cannot listen on {address}: {source}; choose another port with --mqtt-port")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot keep messages in {}: {reason}", .folder.display())]
    Data {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A user's password cannot be used.
    #[error("cannot use the password of user {name}: {reason}")]
    User {
        /// The user's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The texts of [`StartError`].
pub const CATALOGUE: Catalogue = &[
    (
        "broker.port-taken",
        "port {port} on {host} is taken: give the broker another one with --mqtt-port, or turn it off with --mqtt-port off",
    ),
    ("broker.listen", "cannot listen on {address}: {reason}; choose another port with --mqtt-port"),
    ("broker.data", "cannot keep messages in {folder}: {reason}"),
    ("broker.user", "cannot use the password of user {name}: {reason}"),
];

/// Starts a broker on the current tokio runtime; it takes connections when this returns.
///
/// # Errors
/// The port is taken or forbidden, or the data folder cannot be used.
pub async fn start(settings: Settings) -> Result<Box<dyn Broker>, StartError> {
    Ok(Box::new(embedded::Embedded::start(settings).await?))
}

impl Settings {
    /// A broker for this machine alone, at the usual port, that keeps its messages in `data`.
    pub fn local(data: impl Into<PathBuf>) -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: DEFAULT_PORT,
            data: data.into(),
            users: Vec::new(),
        }
    }
}

// A password must not reach a log.
impl std::fmt::Debug for User {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

impl StartError {
    /// The error as a text with a catalogue key.
    pub fn text(&self) -> Text {
        match self {
            Self::PortTaken { address } => {
                Text::key("broker.port-taken").with("port", address.port()).with("host", address.ip())
            }
            Self::Listen { address, source } => {
                Text::key("broker.listen").with("address", address).with("reason", source)
            }
            Self::Data { folder, reason } => {
                Text::key("broker.data").with("folder", folder.display()).with("reason", reason)
            }
            Self::User { name, reason } => Text::key("broker.user").with("name", name).with("reason", reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_the_same_with_and_without_the_catalogue() {
        let address = "127.0.0.1:1883".parse().unwrap();
        let errors = [
            StartError::PortTaken { address },
            StartError::Listen { address, source: std::io::Error::other("no") },
            StartError::Data { folder: "/data".into(), reason: "full".into() },
            StartError::User { name: "ann".into(), reason: "no hash".into() },
        ];
        for error in errors {
            assert_eq!(error.text().render_with([&CATALOGUE]), error.to_string());
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let user = User { name: "ann".into(), password: "secret".into() };
        assert_eq!(format!("{user:?}"), r#"User { name: "ann", .. }"#);
    }
}
