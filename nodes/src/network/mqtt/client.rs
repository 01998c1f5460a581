//! The MQTT client for what is no node: one connection that publishes and subscribes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::{NodeError, Outcome};
use model::text::Catalogue;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connection::Connection;
use super::payload::DataType;
use super::publication::{Publication, Quality};
use super::session::PublishError;
use super::settings::{Login, Settings, Version};
use super::wire::Options;

/// How long a message may wait for the broker.
const WAIT: Duration = Duration::from_secs(10);

/// The texts of this module.
pub const TEXTS: Catalogue = &[
    ("mqtt-client.unreachable", "the broker {address} did not take the message within {seconds} s"),
    ("mqtt-client.refused", "the broker {address} refuses the message: {reason}"),
];

/// Where a broker is and who we are.
#[derive(Clone)]
pub struct Means {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
    /// What the broker knows us by; the broker chooses where it is empty.
    pub client_id: String,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Bytes,
    /// Quality of service: 0, 1 or 2.
    pub qos: u8,
    /// Whether the broker keeps it, or kept it.
    pub retain: bool,
}

/// A connection to a broker, made anew whenever it is lost. One of its own ends when this is dropped.
pub struct Client {
    connection: Arc<Connection>,
}

/// A subscription; dropping it ends it.
pub struct Subscription {
    _subscription: super::connection::Subscription,
    reader: JoinHandle<()>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Client {
    /// Connects; to be called on a runtime.
    pub fn open(means: Means) -> Self {
        let settings = Settings {
            host: means.host,
            port: means.port,
            tls: None,
            web_socket: None,
            version: Version::V5,
            client_id: means.client_id.into(),
            keep_alive_seconds: 60,
            clean_session: true,
            session_expiry_seconds: None,
            user_properties: Vec::new(),
            login: means.login.map(|(user, password)| Login { user, password }),
            will: None,
            birth: None,
            close: None,
            connects_by_itself: true,
            local: None,
            unsubscribes: true,
        };
        // Who uses it hears of what fails; the broker's own log says the rest.
        Self::over(Arc::new(Connection::open(settings, |_| {})))
    }

    /// Over the connection of a node, which goes on without this.
    pub(crate) fn over(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Publishes, and waits until the broker has it; for quality 0 until it is written.
    ///
    /// # Errors
    /// With the codes `UNREACHABLE` and `BAD_REQUEST`.
    pub async fn publish(&self, message: Message) -> Result<(), NodeError> {
        let address = self.connection.settings().address();
        let publication = Publication {
            topic: message.topic.into(),
            payload: message.payload,
            quality: quality(message.qos),
            retain: message.retain,
            properties: None,
        };
        let published = async {
            let room = self.connection.room().await?;
            let (tell, told) = oneshot::channel();
            self.connection.publish(publication, Some(room), move |outcome| {
                // Nobody waits any more.
                let _ = tell.send(outcome);
            });
            told.await.ok()
        };
        let refused = |reason: String| {
            let error =
                NodeError::key("mqtt-client.refused").with("address", &address).with("reason", reason);
            Err(error.coded("BAD_REQUEST"))
        };
        match timeout(WAIT, published).await {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(PublishError::Refused(reason)))) => refused(reason),
            Ok(Some(Err(PublishError::TooLarge { size, limit }))) => {
                refused(format!("{size} > {limit} bytes"))
            }
            Ok(Some(Err(PublishError::Stopped)) | None) | Err(_) => {
                let error = NodeError::key("mqtt-client.unreachable").with("address", &address);
                Err(error.with("seconds", WAIT.as_secs()).coded("UNREACHABLE"))
            }
        }
    }

    /// Subscribes, now or as soon as the connection stands. What comes is handed to `take`, one at a time; the broker is
    /// told that a message is done when `take` is.
    pub fn subscribe<Taking>(
        &self,
        filter: &str,
        qos: u8,
        mut take: impl FnMut(Message) -> Taking + Send + 'static,
    ) -> Subscription
    where
        Taking: Future<Output = ()> + Send,
    {
        // All wait for the reader, which takes one at a time.
        let backlog = self.connection.backlog(Some);
        let options = Options { quality: quality(qos), ..Options::default() };
        let subscription =
            self.connection.subscribe(filter.into(), options, DataType::Buffer, backlog.clone());
        let reader = tokio::spawn(async move {
            loop {
                let inbound = backlog.next().await;
                let publication = &inbound.publication;
                take(Message {
                    topic: publication.topic.to_string(),
                    payload: publication.payload.clone(),
                    qos: publication.quality as u8,
                    retain: publication.retain,
                })
                .await;
                if let Some(receipt) = inbound.receipt {
                    receipt.settle(Outcome::Delivered);
                }
            }
        });
        Subscription { _subscription: subscription, reader }
    }
}

fn quality(number: u8) -> Quality {
    Quality::from_number(f64::from(number)).unwrap_or_default()
}
