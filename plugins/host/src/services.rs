//! What the server lends to plugins: the far side of the capabilities.
//!
//! Who may do what is settled before these are called: an implementation does what it is asked, and only once (it follows
//! no redirects). Errors are the [`NodeError`]s that the plugin is told of; their codes are those of the contract.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::NodeError;
use engine::node::BoxFuture;
use tokio::sync::mpsc;

/// What is lent. A capability whose service is absent can be granted all the same; its calls fail and say so.
#[derive(Clone, Default)]
pub struct Services {
    /// Sends requests.
    pub http: Option<Arc<dyn Http>>,
    /// Publishes and subscribes.
    pub mqtt: Option<Arc<dyn Mqtt>>,
    /// Keeps values.
    pub kv: Option<Arc<dyn Kv>>,
}

/// One request, to a host that is allowed.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// Such as `GET`; a valid token.
    pub method: String,
    /// `http` or `https`, without user and fragment.
    pub url: String,
    /// Names and values, checked; without those that the transport sets.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Bytes>,
    /// How long the whole exchange may take.
    pub timeout: Duration,
    /// A longer body is refused with the code `TOO_LARGE`.
    pub body_limit: usize,
}

/// One answer, whatever its status.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// What came back.
    pub body: Bytes,
}

/// Sends requests.
pub trait Http: Send + Sync {
    /// Makes one exchange. Follows no redirect and keeps no cookies.
    fn exchange(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, NodeError>>;
}

/// A message to publish.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Where to.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Whether the broker keeps it for those who subscribe later.
    pub retain: bool,
}

/// A message that a subscription brought.
#[derive(Clone, Debug)]
pub struct MqttMessage {
    /// Where it was published.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Whether it was kept by the broker.
    pub retain: bool,
}

/// Publishes and subscribes. `broker` is the id of an `mqtt-broker` config node, or none for the embedded broker.
pub trait Mqtt: Send + Sync {
    /// Publishes, and resolves when the broker has it (for quality of service 0: when it is on its way).
    fn publish(&self, broker: Option<&str>, message: Publish) -> BoxFuture<'static, Result<(), NodeError>>;

    /// Subscribes; what comes goes into `sink`, which is bounded: who waits for room in it holds the broker back.
    /// Resolves when the broker has accepted; the subscription ends when what it gives is dropped.
    fn subscribe(
        &self,
        broker: Option<&str>,
        filter: &str,
        qos: u8,
        sink: mpsc::Sender<MqttMessage>,
    ) -> BoxFuture<'static, Result<Subscription, NodeError>>;
}

/// A subscription; dropping it ends it.
pub type Subscription = Box<dyn std::any::Any + Send + Sync>;

/// Keeps values per plugin (named by its node type), which outlast the process. Calls return at once, as those of a context
/// store do: an implementation keeps a cache and writes behind. It refuses what would make the values of one plugin more than
/// 1 MiB in all.
pub trait Kv: Send + Sync {
    /// The value under a key.
    ///
    /// # Errors
    /// When it cannot be read.
    fn get(&self, plugin: &str, key: &str) -> Result<Option<Bytes>, NodeError>;
    /// Sets the value under a key; none deletes.
    ///
    /// # Errors
    /// When the plugin has no room left, or it cannot be written.
    fn set(&self, plugin: &str, key: &str, value: Option<Bytes>) -> Result<(), NodeError>;
    /// The keys that begin with `prefix`, sorted.
    ///
    /// # Errors
    /// When they cannot be read.
    fn keys(&self, plugin: &str, prefix: &str) -> Result<Vec<String>, NodeError>;
}
