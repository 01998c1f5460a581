//! Taking in those who connect to a port.

use std::net::SocketAddr;

use engine::NodeError;
use engine::node::TaskOut;
use engine::observe::{Level, Status};
use model::text::Text;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::count_status;
use crate::network::stream::{Socket, welcome};
use crate::network::tls_config::TlsConfig;

/// Connections of one node at most; who comes then waits.
pub(crate) const CONNECTION_LIMIT: usize = 1000;

/// A port that is listened on, and those connected to it. Dropping it closes all of them.
pub(crate) struct Port {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    conversations: JoinSet<()>,
}

impl Port {
    /// Listens on all addresses of the machine.
    ///
    /// # Errors
    /// Why that is not possible.
    pub(crate) async fn open(port: u16, tls: Option<&TlsConfig>) -> Result<Self, NodeError> {
        let tls = match tls {
            None => None,
            Some(tls) => {
                let server = tls.server.clone().ok_or_else(|| NodeError::key("tcp.no-certificate"))?;
                Some(TlsAcceptor::from(server))
            }
        };
        // Both kinds of addresses, where the machine has both.
        let listener = match TcpListener::bind(("::", port)).await {
            Err(error) if error.kind() != std::io::ErrorKind::AddrInUse => {
                TcpListener::bind(("0.0.0.0", port)).await
            }
            bound => bound,
        };
        let listener = listener
            .map_err(|error| NodeError::key("tcp.cannot-listen").with("port", port).with("reason", error))?;
        Ok(Self { listener, tls, conversations: JoinSet::new() })
    }

    /// The next thing that happens: somebody connected, with whom `converse` begins, or somebody left.
    /// Shows how many there are.
    pub(crate) async fn next<F>(
        &mut self,
        out: &TaskOut,
        converse: impl FnOnce(Box<dyn Socket>, SocketAddr, TaskOut) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        tokio::select! {
            Some(_) = self.conversations.join_next() => {}
            accepted = self.listener.accept(), if self.conversations.len() < CONNECTION_LIMIT => match accepted {
                Ok((socket, peer)) => {
                    let (tls, out) = (self.tls.clone(), out.clone());
                    self.conversations.spawn(async move {
                        match welcome(socket, tls).await {
                            Ok(socket) => {
                                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                                converse(socket, peer, out).await;
                            }
                            Err(error) => out.log(Level::Info, Text::literal(error.to_string())),
                        }
                    });
                }
                // As a rule it has too many files open: a moment later it may have fewer.
                Err(error) => {
                    out.log(Level::Warn, Text::literal(error.to_string()));
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
        }
        out.status(self.status());
    }

    /// How many are connected.
    pub(crate) fn status(&self) -> Status {
        count_status(self.conversations.len())
    }
}
