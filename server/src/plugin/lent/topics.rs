//! Plugins on the embedded broker.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use engine::NodeError;
use engine::node::BoxFuture;
use nodes::network::mqtt::client::{Client, Means, Message};
use plugins::{Mqtt, MqttMessage, Publish, Subscription};
use tokio::sync::mpsc;

/// The embedded broker as plugins are lent it: connected to when the first one uses it.
#[derive(Default)]
pub(super) struct Topics {
    broker: OnceLock<Means>,
    client: OnceLock<Arc<Client>>,
}

impl Topics {
    /// The broker runs here.
    pub(super) fn broker_at(&self, address: SocketAddr, login: Option<(String, String)>) {
        let host = match address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            ip => ip.to_string(),
        };
        let means = Means { host, port: address.port(), login, client_id: String::new() };
        // It is started once.
        let _ = self.broker.set(means);
    }

    /// The connection; made on the runtime of who asks.
    fn client(&self, broker: Option<&str>) -> Result<Arc<Client>, NodeError> {
        if let Some(id) = broker {
            return Err(NodeError::key("plugins.other-broker").with("id", id).coded("UNREACHABLE"));
        }
        let means = self.broker.get();
        let means = means.ok_or_else(|| NodeError::key("plugins.no-broker").coded("UNREACHABLE"))?;
        Ok(self.client.get_or_init(|| Arc::new(Client::open(means.clone()))).clone())
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
        let (client, filter) = (self.client(broker), filter.to_owned());
        Box::pin(async move {
            let client = client?;
            let subscription = client.subscribe(&filter, qos, move |message| {
                let sink = sink.clone();
                async move {
                    let Message { topic, payload, qos, retain } = message;
                    // Who no longer listens ends the subscription.
                    let _ = sink.send(MqttMessage { topic, payload, qos, retain }).await;
                }
            });
            // The connection lives as long as one of its subscriptions.
            Ok(Box::new((subscription, client)) as Subscription)
        })
    }
}
