//! A node that panics.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::node::{Built, FunctionNode, Out, Progress, Services};
use engine::registry::{NodeType, Registry};
use engine::{DeployKind, Engine, Message, NodeError, Options, Setup};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::document::Document;
use model::text::Text;
use serde_json::json;

/// Panics on every message.
const PANIC: NodeType = NodeType { name: "panic", describe, build: |_| Built::function(Panic), texts: &[] };

struct Panic;

impl FunctionNode for Panic {
    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        panic!("on purpose")
    }
}

fn describe() -> NodeDescriptor {
    NodeDescriptor {
        type_name: PANIC.name.into(),
        role: Role::Node,
        category: "common".into(),
        colour: "#ffffff".into(),
        icon: "bomb".into(),
        inputs: 1,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec![], fallback: Text::literal("panic") },
        button: false,
        schema: json!({ "type": "object", "properties": {} }),
        credentials: vec![],
        help: String::new(),
    }
}

#[tokio::test]
async fn a_panic_costs_only_its_message() {
    let types: Vec<NodeType> = nodes::registry::NODE_TYPES.iter().copied().chain([PANIC]).collect();
    let engine = Engine::new(Setup {
        registry: Arc::new(Registry::of(&types)),
        observer: Arc::new(()),
        services: Services::default(),
        contexts: Arc::default(),
        env: vec![],
        options: Options::default(),
    })
    .unwrap();
    let tick = |id: &str, tab: &str, to: &str| {
        json!({ "id": id, "type": "inject", "z": tab, "x": 1, "y": 1, "props": [{ "p": "payload" }], "payload": "1", "payloadType": "num",
                "repeat": "0.01", "once": true, "onceDelay": "0", "wires": [[to]] })
    };
    let change = |id: &str, tab: &str| json!({ "id": id, "type": "change", "z": tab, "x": 1, "y": 1, "rules": [], "wires": [[]] });
    let flow = json!([
        { "id": "a", "type": "tab", "label": "Panics" },
        tick("often", "a", "bad"),
        { "id": "bad", "type": "panic", "z": "a", "x": 1, "y": 1, "wires": [["never"]] },
        change("never", "a"),
        { "id": "catch", "type": "catch", "z": "a", "x": 1, "y": 1, "scope": ["bad"], "wires": [["caught"]] },
        change("caught", "a"),
        { "id": "b", "type": "tab", "label": "Neighbour" },
        tick("tick", "b", "counts"),
        change("counts", "b"),
    ]);
    let document = Document::parse(&flow.to_string()).unwrap();
    let report = engine.deploy(&document, &HashMap::new(), DeployKind::Full).await;
    assert_eq!(report.problems, []);

    let received = |id: &str| engine.node(id).expect("it runs").counters.received.load(Ordering::Relaxed);
    for goal in [20, 40, 60] {
        let wait = async {
            while received("caught") < goal || received("counts") < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(60), wait).await.is_ok();
        assert!(in_time, "caught {}, neighbour {}, of {goal}", received("caught"), received("counts"));
    }
    assert_eq!(received("never"), 0);
    engine.stop().await;
}
