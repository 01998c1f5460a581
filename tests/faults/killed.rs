//! SIGKILL during deploys, with readings on their way.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use wireloom_tests::server::Server;

use crate::mqtt::brokers::AnyBroker;

use super::growth::until;
use super::publisher::Publisher;
use super::readings::{all_are_stored_once, deploy, flow};

/// How often it is killed, and how many acknowledged readings later each time: different moments of a deploy.
const READINGS_BEFORE_EACH_KILL: [usize; 6] = [400, 730, 1110, 520, 970, 640];

/// The broker is a process of its own. (The embedded one dies with the server, and writes what waits in its
/// queues to disk a quarter of a second later: that is no place to look for what a *flow* loses.)
#[tokio::test]
async fn killed_during_deploys_nothing_acknowledged_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let broker = AnyBroker::mosquitto("set_tcp_nodelay true").await;
    let flow = flow(broker.at().port(), "sqlite:readings.db");
    let server = Server::start(data.path(), &[]).await;
    deploy(&server, broker.at(), &flow).await;
    server.kill().await;
    let (acknowledged, publisher) = keep_publishing(broker.at());

    for (round, readings) in READINGS_BEFORE_EACH_KILL.into_iter().enumerate() {
        let server = Server::start(data.path(), &[]).await;
        let goal = count(&acknowledged) + readings;
        tokio::select! {
            () = keep_deploying(&server, &flow, round) => {}
            () = until("more readings are acknowledged", async || count(&acknowledged) >= goal) => {}
        }
        server.kill().await;
    }
    publisher.abort();

    let server = Server::start(data.path(), &[]).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= READINGS_BEFORE_EACH_KILL.iter().sum());
    all_are_stored_once(&server, &acknowledged).await;
}

/// Deploys the flow again and again, each time with another name of its first node: it restarts.
async fn keep_deploying(server: &Server, flow: &Value, round: usize) {
    for deploy in 0_u64.. {
        let mut changed = flow.clone();
        for node in changed.as_array_mut().unwrap() {
            if node["type"] == "mqtt in" {
                node["name"] = json!(format!("deploy {deploy} of round {round}"));
            }
        }
        server.deploy(changed).await;
    }
}

type Acknowledged = Arc<Mutex<BTreeSet<u64>>>;

/// Publishes numbered readings for as long as it is left alone. One that was not acknowledged is sent again,
/// as a device would.
fn keep_publishing(broker: SocketAddr) -> (Acknowledged, JoinHandle<()>) {
    let acknowledged = Acknowledged::default();
    let kept = acknowledged.clone();
    let task = tokio::spawn(async move {
        let mut id = 1;
        loop {
            let Ok(mut publisher) = Publisher::connect(broker).await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            while publisher.publish("readings", &json!({ "id": id }).to_string()).await.is_ok() {
                kept.lock().unwrap().insert(id);
                id += 1;
            }
        }
    });
    (acknowledged, task)
}

fn count(acknowledged: &Acknowledged) -> usize {
    acknowledged.lock().unwrap().len()
}
