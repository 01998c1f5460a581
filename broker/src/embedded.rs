//! The broker on the crate `mqtt5`, put together from its public parts: its router, storage and client
//! handlers behind a listener of ours. That gives errors that can be told apart, and sockets that leave out
//! the publisher's identity.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::QueueLimits;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::transport::BrokerTransport;
use mqtt5::broker::{
    AllowAllAuthProvider, BrokerConfig, DynamicStorage, FileBackend, PasswordAuthProvider, ResourceLimits,
    ResourceMonitor, StorageBackend,
};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::stream::{Carrier, ClientStream};
use crate::{Broker, Doorway, Settings, StartError, Stats, User};

mod sys;

/// Messages that are kept for one client while it is away or slow; beyond them the oldest goes.
const QUEUED_MESSAGES_PER_CLIENT: usize = 100_000;
/// Bytes that are kept for one client while it is away or slow; beyond them the oldest message goes.
const QUEUED_BYTES_PER_CLIENT: usize = 64 * 1024 * 1024;
/// Connections at the same time; beyond them a new one is closed.
const CONNECTIONS: usize = 10_000;
/// How often expired messages and sessions are cleared away.
const CLEANING_INTERVAL: Duration = Duration::from_secs(300);
/// How many bytes wait each way between the broker and a client of its own process.
const PIPE_BYTES: usize = 64 * 1024;
/// How long `stop` waits for connections to close.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait when the system cannot give another socket, such as at its limit of open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running broker.
pub(crate) struct Embedded {
    address: SocketAddr,
    shared: Arc<Shared>,
    connections: TaskTracker,
    service: Service,
}

/// What every connection uses.
struct Shared {
    config: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    users: Arc<dyn AuthProvider>,
    storage: Arc<DynamicStorage>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
    closing: broadcast::Sender<()>,
}

/// The tasks that accept connections and look after the broker; they end when this is dropped.
struct Service(Vec<JoinHandle<()>>);

impl Embedded {
    pub(crate) async fn start(settings: Settings) -> Result<Self, StartError> {
        let listener = listen(SocketAddr::new(settings.bind, settings.port)).await?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: (settings.bind, settings.port).into(),
            source,
        })?;
        let users = users(settings.users).await?;
        let shared = Arc::new(Shared::open(settings.data, users).await?);
        let connections = TaskTracker::new();
        let service = Service(vec![
            tokio::spawn(accept(listener, shared.clone(), connections.clone())),
            tokio::spawn(clean(shared.clone())),
            tokio::spawn(sys::publish(shared.router.clone(), shared.stats.clone())),
        ]);
        Ok(Self { address, shared, connections, service })
    }

    async fn end(self) {
        let Self { shared, connections, mut service, .. } = self;
        service.end().await;
        // Nobody listens when nobody is connected.
        let _ = shared.closing.send(());
        connections.close();
        if tokio::time::timeout(STOP_TIMEOUT, connections.wait()).await.is_err() {
            warn!(connections = connections.len(), "the broker stops with connections that do not close");
        }
        if let Err(error) = shared.storage.shutdown().await {
            warn!(%error, "the broker could not write all of its messages");
        }
    }
}

impl Broker for Embedded {
    fn local_address(&self) -> SocketAddr {
        self.address
    }

    fn stats(&self) -> Stats {
        let stats = &self.shared.stats;
        Stats {
            clients_connected: stats.clients_connected.load(Ordering::Relaxed),
            clients_total: stats.clients_total.load(Ordering::Relaxed),
            messages_received: stats.publish_received.load(Ordering::Relaxed),
            messages_sent: stats.publish_sent.load(Ordering::Relaxed),
            bytes_received: stats.bytes_received.load(Ordering::Relaxed),
            bytes_sent: stats.bytes_sent.load(Ordering::Relaxed),
        }
    }

    fn doorway(&self) -> Doorway {
        // The broker's own threads, whoever calls: a busy client must not hold up the others.
        let runtime = Handle::current();
        let (shared, connections) = (Arc::downgrade(&self.shared), self.connections.clone());
        Arc::new(move || {
            let shared = shared.upgrade().filter(|_| !connections.is_closed())?;
            let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
            let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            connections.spawn_on(attend(shared.handler(ours, peer), peer), &runtime);
            Some(theirs)
        })
    }

    fn stop(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin((*self).end())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Service {
    async fn end(&mut self) {
        for task in self.0.drain(..) {
            task.abort();
            // An aborted task ends with an error that says so.
            let _ = task.await;
        }
    }
}

impl Shared {
    async fn open(folder: PathBuf, users: Arc<dyn AuthProvider>) -> Result<Self, StartError> {
        let data_error =
            |error: mqtt5::MqttError| StartError::Data { folder: folder.clone(), reason: error.to_string() };
        let limits =
            QueueLimits { max_messages: QUEUED_MESSAGES_PER_CLIENT, max_bytes: QUEUED_BYTES_PER_CLIENT };
        let files = FileBackend::with_queue_limits(&folder, limits).await.map_err(data_error)?;
        let storage = Arc::new(DynamicStorage::File(files));
        storage.cleanup_expired().await.map_err(data_error)?;
        let router = MessageRouter::with_storage(storage.clone()).with_fallback_queue_limits(limits);
        let recovered = router.recover_sessions(u32::MAX).await.map_err(data_error)?;
        router.initialize().await.map_err(data_error)?;
        debug!(sessions = recovered, folder = %folder.display(), "the broker took up what it had kept");
        Ok(Self {
            config: Arc::new(BrokerConfig::default().with_max_clients(CONNECTIONS)),
            router: Arc::new(router),
            users,
            storage,
            stats: Arc::new(BrokerStats::new()),
            monitor: Arc::new(ResourceMonitor::new(resource_limits())),
            closing: broadcast::channel(1).0,
        })
    }

    fn handler(&self, socket: impl Carrier + 'static, peer: SocketAddr) -> ClientHandler {
        ClientHandler::new(
            BrokerTransport::WebSocket(Box::new(ClientStream::new(socket, peer))),
            peer,
            self.config.clone(),
            self.router.clone(),
            self.users.clone(),
            Some(self.storage.clone()),
            self.stats.clone(),
            self.monitor.clone(),
            self.closing.subscribe(),
        )
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken { address },
        _ => StartError::Listen { address, source },
    })
}

/// Who may connect: everybody, or the users given.
async fn users(users: Vec<User>) -> Result<Arc<dyn AuthProvider>, StartError> {
    if users.is_empty() {
        return Ok(Arc::new(AllowAllAuthProvider));
    }
    let provider = PasswordAuthProvider::new().with_anonymous(false);
    for User { name, password } in users {
        let hash = if password.starts_with("$argon2") {
            password
        } else {
            // Hashing takes its time by design.
            tokio::task::spawn_blocking(move || PasswordAuthProvider::hash_password(&password))
                .await
                .map_err(|error| StartError::User { name: name.clone(), reason: error.to_string() })?
                .map_err(|error| StartError::User { name: name.clone(), reason: error.to_string() })?
        };
        provider.add_user_with_hash(name, hash);
    }
    Ok(Arc::new(provider))
}

fn resource_limits() -> ResourceLimits {
    ResourceLimits {
        max_connections: CONNECTIONS,
        max_connections_per_ip: CONNECTIONS,
        max_connection_rate: CONNECTIONS as u32,
        // 0 is no limit: back-pressure is TCP's.
        max_message_rate_per_client: 0,
        max_bandwidth_per_client: 0,
        rate_limit_window: Duration::from_secs(1),
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, connections: TaskTracker) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                if !shared.monitor.can_accept_connection(peer.ip()).await {
                    warn!(%peer, limit = CONNECTIONS, "connection refused: the broker has too many");
                    continue;
                }
                if let Err(error) = socket.set_nodelay(true) {
                    debug!(%peer, %error, "cannot send small packets at once");
                }
                let handler = shared.handler(socket, peer);
                connections.spawn(attend(handler, peer));
            }
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Looks after one client until it leaves.
async fn attend(handler: ClientHandler, peer: SocketAddr) {
    if let Err(error) = handler.run().await {
        debug!(%peer, %error, "connection ended");
    }
}

async fn clean(shared: Arc<Shared>) {
    let mut interval = tokio::time::interval(CLEANING_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = shared.storage.cleanup_expired().await {
            warn!(%error, "the broker cannot clear away expired messages");
        }
        shared.router.sweep_sessions().await;
        shared.monitor.cleanup_expired_windows().await;
    }
}
