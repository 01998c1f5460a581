//! The broker of this process: nodes that connect to its address reach it without a socket.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::io::{AsyncRead, AsyncWrite};

use super::settings::Settings;

/// What carries a connection.
pub trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// Opens a connection; none when the broker has stopped.
type Open = Arc<dyn Fn() -> Option<Box<dyn Socket>> + Send + Sync>;

/// The broker of this process, if it has one: a service that the server lends to nodes.
#[derive(Default)]
pub struct LocalBroker(RwLock<Option<(SocketAddr, Open)>>);

impl LocalBroker {
    /// Says where the broker listens, and how to reach it from within.
    pub fn set<S: Socket + 'static>(
        &self,
        address: SocketAddr,
        open: impl Fn() -> Option<S> + Send + Sync + 'static,
    ) {
        let open: Open = Arc::new(move || open().map(|socket| Box::new(socket) as Box<dyn Socket>));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((address, open));
    }

    /// A connection, if these settings mean the broker of this process.
    pub(crate) fn open(&self, settings: &Settings) -> Option<Box<dyn Socket>> {
        let (address, open) = self.0.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let is_plain = settings.tls.is_none() && settings.web_socket.is_none();
        (is_plain && is_at(address, &settings.host, settings.port)).then(|| open())?
    }
}

/// Whether who listens at `address` is who answers at `host` and `port`. A name that a name server has to look up
/// may be anybody's.
fn is_at(address: SocketAddr, host: &str, port: u16) -> bool {
    if port != address.port() {
        return false;
    }
    let is_any = address.ip().is_unspecified();
    match host.parse::<IpAddr>() {
        Ok(host) => {
            host == address.ip() || (is_any && host.is_loopback() && host.is_ipv4() == address.is_ipv4())
        }
        Err(_) => host == "localhost" && (is_any || address.ip().is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_is_known_by_its_own_addresses() {
        for (address, host, port, expected) in [
            ("127.0.0.1:1883", "127.0.0.1", 1883, true),
            ("127.0.0.1:1883", "localhost", 1883, true),
            ("127.0.0.1:1883", "127.0.0.1", 1884, false),
            ("127.0.0.1:1883", "127.0.0.2", 1883, false),
            ("127.0.0.1:1883", "::1", 1883, false),
            ("[::1]:1883", "::1", 1883, true),
            ("0.0.0.0:1883", "127.0.0.1", 1883, true),
            ("0.0.0.0:1883", "localhost", 1883, true),
            ("0.0.0.0:1883", "10.0.0.7", 1883, false),
            ("10.0.0.7:1883", "10.0.0.7", 1883, true),
            ("10.0.0.7:1883", "localhost", 1883, false),
            ("127.0.0.1:1883", "broker.example", 1883, false),
        ] {
            assert_eq!(is_at(address.parse().unwrap(), host, port), expected, "{address} {host}:{port}");
        }
    }
}
