//! What a join node keeps at most.

use std::sync::Arc;

use engine::Outcome;
use engine::node::Services;
use serde_json::{Value as Json, json};

use crate::config::BufferLimit;
use crate::testing::{Bench, until};

async fn bench(node: Json, limit: usize) -> Bench {
    let buffer = Arc::new(BufferLimit::default());
    buffer.set(limit);
    let mut services = Services::default();
    services.insert(buffer);
    let mut join = json!({ "id": "n", "type": "join", "build": "array", "wires": [["r"]] });
    join.as_object_mut().unwrap().extend(node.as_object().unwrap().clone());
    Bench::start(json!([join, { "id": "r", "type": "recorder" }]), services).await
}

fn part(sequence: &str, index: u32) -> Json {
    json!({ "payload": index, "parts": { "id": sequence, "index": index, "count": 2 } })
}

#[tokio::test]
async fn sequences_that_never_become_complete_do_not_jam_it() {
    for mode in ["auto", "custom"] {
        let mut bench = bench(json!({ "mode": mode }), 2).await;
        let sent: Vec<usize> =
            [("a", 0), ("b", 0), ("b", 1)].map(|(id, index)| bench.send("n", part(id, index))).into();
        until("b is complete", async || bench.recorded().len() == 1).await;
        assert_eq!(bench.outcome(sent[1]), Some(Outcome::Delivered));
        let more: Vec<usize> =
            ["c", "d", "e"].iter().map(|sequence| bench.send("n", part(sequence, 0))).collect();
        until("the oldest are given up", async || bench.errors().len() == 2).await;
        assert_eq!(bench.outcome(sent[0]), Some(Outcome::Failed));
        assert_eq!(bench.outcome(more[0]), Some(Outcome::Failed));
        assert!(bench.errors()[0].contains("keeps 2 messages"), "{:?}", bench.errors());
        bench.send("n", part("e", 1));
        until("e is complete", async || bench.recorded().len() == 2).await;
        assert_eq!((bench.errors().len(), bench.open()), (2, 1));
    }
}

#[tokio::test]
async fn one_group_that_is_too_large_is_given_up_and_the_next_begins() {
    let mut bench = bench(json!({ "mode": "custom" }), 2).await;
    for payload in 0..3 {
        bench.send("n", json!({ "payload": payload }));
    }
    until("all have failed", async || bench.errors().len() == 3).await;
    for payload in [3, 4] {
        bench.send("n", json!({ "payload": payload }));
    }
    bench.send("n", json!({ "payload": 5, "complete": true }));
    until("the next is sent", async || bench.recorded().len() == 1).await;
    assert_eq!(bench.take_recorded()[0].payload(), &engine::testing::decode(&json!([3, 4, 5])));
    assert_eq!((bench.errors().len(), bench.open()), (3, 0));
}
