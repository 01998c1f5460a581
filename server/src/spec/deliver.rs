//! Messages that the specs hand to nodes.

use std::time::Duration;

use engine::{Engine, Message, Object, Value};
use serde_json::Value as Json;

use super::codec::decode;

/// How long a node has to begin with what it got before another one gets something.
const TURN: Duration = Duration::from_millis(2);

/// Delivers the messages of an order.
pub(super) async fn all(engine: Option<&Engine>, order: &Json) {
    let mut before = None;
    for item in order["items"].as_array().into_iter().flatten() {
        // One node after another: each has done what it does at once before the next one gets anything.
        if before.is_some_and(|before| before != &item["node"]) {
            tokio::time::sleep(TURN).await;
        }
        before = Some(&item["node"]);
        deliver(engine, item);
    }
    if let Some(settle) = order["settle"].as_u64() {
        tokio::time::sleep(Duration::from_millis(settle)).await;
    }
}

fn deliver(engine: Option<&Engine>, item: &Json) {
    let (Some(engine), Some(node)) = (engine, item["node"].as_str()) else { return };
    let properties = match decode(&item["msg"]) {
        Value::Object(object) => Object::clone(&object),
        _ => Object::new(),
    };
    // An input event that a spec makes itself leaves the message as it is.
    let message =
        if item["how"] == "emit" { Message::bare(properties) } else { Message::from_object(properties) };
    // A stopped or unknown node gets nothing, and nobody hears of it.
    let _ = engine.receive(node, message);
}
