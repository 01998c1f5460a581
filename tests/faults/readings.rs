//! A flow that stores numbered readings, and what is in its table.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};
use wireloom_tests::server::Server;

use super::growth::{beside_neighbour, until};
use super::publisher::Publisher;

/// From the topic `readings` into the database at `url`, each reading once; the broker keeps what comes while
/// the flow is away. `GET /rows` tells what is stored.
pub(crate) fn flow(mqtt_port: u16, url: &str) -> Value {
    beside_neighbour(&json!([
        { "id": "t", "type": "tab", "label": "Readings", "delivery": "effectively-once" },
        { "id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": mqtt_port.to_string(), "clientid": "readings",
          "cleansession": false, "autoUnsubscribe": false, "autoConnect": true, "protocolVersion": "4", "keepalive": "60" },
        { "id": "database", "type": "database", "url": url },
        { "id": "in", "type": "mqtt in", "z": "t", "x": 1, "y": 1, "topic": "readings", "qos": "1", "datatype": "json",
          "broker": "broker", "inputs": 0, "wires": [["store"]] },
        { "id": "store", "type": "store", "z": "t", "x": 1, "y": 1, "database": "database", "table": "readings",
          "columns": [{ "property": "payload.id", "column": "id", "type": "integer" }], "key": "id", "wires": [] },
        { "id": "ask", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "get", "url": "/rows", "wires": [["select"]] },
        { "id": "select", "type": "sql", "z": "t", "x": 1, "y": 1, "database": "database", "sql": "SELECT id FROM readings", "wires": [["answer"]] },
        { "id": "answer", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        { "id": "catch", "type": "catch", "z": "t", "x": 1, "y": 1, "scope": ["select"], "wires": [["no-answer"]] },
        { "id": "no-answer", "type": "http response", "z": "t", "x": 1, "y": 1, "statusCode": "503", "wires": [] },
    ]))
}

/// Deploys the flow and publishes reading 0 until it is stored: from then on the broker keeps what comes while
/// the flow is away.
pub(crate) async fn deploy(server: &Server, broker: SocketAddr, flow: &Value) {
    server.deploy(flow.clone()).await;
    until("reading 0 is stored", async || {
        publish(broker, [0]).await;
        !rows(server).await.is_empty()
    })
    .await;
}

/// The ids in the table, one for each row; none while the table is not there.
pub(crate) async fn rows(server: &Server) -> Vec<u64> {
    let response = server.get("/rows").send().await.unwrap();
    if !response.status().is_success() {
        return Vec::new();
    }
    let rows: Vec<Value> = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    rows.iter().map(|row| row["id"].as_u64().expect("an id")).collect()
}

/// Waits until every acknowledged reading is stored; fails if one is stored twice.
pub(crate) async fn all_are_stored_once(server: &Server, acknowledged: &BTreeSet<u64>) {
    until("all that was acknowledged is stored", async || {
        let stored: BTreeSet<u64> = rows(server).await.into_iter().collect();
        acknowledged.is_subset(&stored)
    })
    .await;
    let mut stored = rows(server).await;
    let count = stored.len();
    stored.sort_unstable();
    stored.dedup();
    assert_eq!(stored.len(), count, "some readings are stored twice");
}

/// Publishes the readings `ids`, each acknowledged by the broker.
pub(crate) async fn publish(broker: SocketAddr, ids: impl IntoIterator<Item = u64>) {
    let mut publisher = Publisher::connect(broker).await.unwrap();
    for id in ids {
        publisher.publish("readings", &json!({ "id": id }).to_string()).await.unwrap();
    }
}
