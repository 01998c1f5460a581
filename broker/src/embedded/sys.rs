//! What the broker tells about itself under `$SYS/broker/`, by mosquitto's topic names.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mqtt5::QoS;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::packet::publish::PublishPacket;

const INTERVAL: Duration = Duration::from_secs(10);

/// Publishes the figures at an interval, for as long as it runs. They are not retained: the disk has better
/// things to do than to keep figures that are old in ten seconds.
pub(super) async fn publish(router: Arc<MessageRouter>, stats: Arc<BrokerStats>) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if stats.clients_connected.load(Ordering::Relaxed) == 0 {
            continue;
        }
        let figures = [
            ("version", concat!("wireloom ", env!("CARGO_PKG_VERSION")).to_owned()),
            ("uptime", format!("{} seconds", stats.uptime_seconds())),
            ("clients/connected", stats.clients_connected.load(Ordering::Relaxed).to_string()),
            ("clients/maximum", stats.clients_maximum.load(Ordering::Relaxed).to_string()),
            ("publish/messages/received", stats.publish_received.load(Ordering::Relaxed).to_string()),
            ("publish/messages/sent", stats.publish_sent.load(Ordering::Relaxed).to_string()),
            ("publish/bytes/received", stats.bytes_received.load(Ordering::Relaxed).to_string()),
            ("publish/bytes/sent", stats.bytes_sent.load(Ordering::Relaxed).to_string()),
            ("retained messages/count", router.retained_count().await.to_string()),
            ("subscriptions/count", router.topic_count().await.to_string()),
        ];
        for (name, figure) in figures {
            let packet =
                PublishPacket::new(format!("$SYS/broker/{name}"), figure.into_bytes(), QoS::AtMostOnce);
            router.route_sys_message(&packet).await;
        }
    }
}
