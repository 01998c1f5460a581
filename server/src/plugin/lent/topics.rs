//! Plugins on brokers: the embedded one, or that of an `mqtt-broker` node.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use engine::NodeError;
use engine::node::BoxFuture;
use nodes::network::mqtt::brokers::Brokers;
use nodes::network::mqtt::client::{Client, Means, Message};
use plugins::{Mqtt, MqttMessage, Publish, Subscription};
use tokio::sync::mpsc;

/// The brokers as plugins are lent them.
pub(super) struct Topics {
    embedded: OnceLock<Means>,
    /// The connection to the embedded broker: made when the first plugin uses it.
    client: OnceLock<Arc<Client>>,
    nodes: Arc<Brokers>,
}

impl Topics {
    /// The embedded broker, once it is known, and these nodes.
    pub(super) fn of(nodes: Arc<Brokers>) -> Self {
        Self { embedded: OnceLock::new(), client: OnceLock::new(), nodes }
    }

    /// The embedded broker runs here.
    pub(super) fn broker_at(&self, address: SocketAddr, login: Option<(String, String)>) {
        let host = match address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let means = Means { host, port: address.port(), login, client_id: String::new() };
        // It is started once.
        let _ = self.embedded.set(means);
    }

    /// The connection to a broker; that to the embedded one is made on the runtime of who asks.
    fn client(&self, broker: Option<&str>) -> Result<Arc<Client>, NodeError> {
        match broker {
            Some(id) => self.nodes.client(id).map(Arc::new).ok_or_else(|| no_node(id)),
            None => {
                let means = self.embedded.get();
                let means = means.ok_or_else(|| NodeError::key("plugins.no-broker").coded("UNREACHABLE"))?;
                Ok(self.client.get_or_init(|| Arc::new(Client::open(means.clone()))).clone())
            }
        }
    }
}

impl Mqtt for Topics {
    fn publish(&self, broker: Option<&str>, message: Publish) -> BoxFuture<'static, Result<(), NodeError>> {
        let client = self.client(broker);
        Box::pin(async move {
            let Publish { topic, payload, qos, retain } = message;
            client?.publish(Message { topic, payload, qos, retain }).await
        })
    }

    fn subscribe(
        &self,
        broker: Option<&str>,
        filter: &str,
        qos: u8,
        sink: mpsc::Sender<MqttMessage>,
    ) -> BoxFuture<'static, Result<Subscription, NodeError>> {
        let take = move |message: Message| {
            let sink = sink.clone();
            async move {
                let Message { topic, payload, qos, retain } = message;
                // Who no longer listens ends the subscription.
                let _ = sink.send(MqttMessage { topic, payload, qos, retain }).await;
            }
        };
        let (client, filter) = (self.client(broker), filter.to_owned());
        let node = broker.map(|id| (self.nodes.clone(), id.to_owned()));
        Box::pin(async move {
            let client = client?;
            Ok(match node {
                Some((nodes, id)) => Box::new(nodes.subscribe(&id, &filter, qos, take)) as Subscription,
                // The connection lives as long as one of its subscriptions.
                None => Box::new((client.subscribe(&filter, qos, take), client)) as Subscription,
            })
        })
    }
}

fn no_node(id: &str) -> NodeError {
    NodeError::key("plugins.no-broker-node").with("id", id).coded("UNREACHABLE")
}
