//! A neighbour that counts: a cell of its own, whose count must keep growing whatever happens elsewhere.

use std::time::Duration;

use serde_json::{Value, json};
use wireloom_tests::server::Server;

/// Far longer than any growth takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts fifty times a second, and tells at `GET /count`.
pub(crate) fn neighbour() -> Vec<Value> {
    let flow = json!([
        { "id": "neighbour", "type": "tab", "label": "Neighbour" },
        { "id": "neighbour-tick", "type": "inject", "z": "neighbour", "x": 1, "y": 1, "props": [{ "p": "payload" }],
          "payload": "", "payloadType": "date", "repeat": "0.02", "once": true, "onceDelay": "0", "wires": [["neighbour-add"]] },
        { "id": "neighbour-add", "type": "function", "z": "neighbour", "x": 1, "y": 1, "outputs": 1, "wires": [[]],
          "func": "flow.set('count', (flow.get('count') || 0) + 1);" },
        { "id": "neighbour-ask", "type": "http in", "z": "neighbour", "x": 1, "y": 1, "method": "get", "url": "/count", "wires": [["neighbour-tell"]] },
        { "id": "neighbour-tell", "type": "function", "z": "neighbour", "x": 1, "y": 1, "outputs": 1, "wires": [["neighbour-answer"]],
          "func": "msg.payload = { count: flow.get('count') || 0 };\nreturn msg;" },
        { "id": "neighbour-answer", "type": "http response", "z": "neighbour", "x": 1, "y": 1, "wires": [] },
    ]);
    let Value::Array(entries) = flow else { unreachable!("it is an array") };
    entries
}

/// The neighbour and the entries of `flow`.
pub(crate) fn beside_neighbour(flow: &Value) -> Value {
    let mut entries = neighbour();
    entries.extend(flow.as_array().unwrap().iter().cloned());
    Value::Array(entries)
}

/// Waits until the neighbour has counted `by` more.
pub(crate) async fn grows_by(server: &Server, by: u64) {
    let goal = count(server).await + by;
    until(&format!("the neighbour's count reaches {goal}"), async || count(server).await >= goal).await;
}

/// Asks again and again until `is_so`.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "waited in vain until {what}");
}

async fn count(server: &Server) -> u64 {
    server.json("/count").await["count"].as_u64().expect("a count")
}
