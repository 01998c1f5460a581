//! The nodes `mqtt in`, `mqtt out` and `mqtt-broker`, against the embedded broker and a real mosquitto.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use engine::{DeployKind, Message, Options, Value};
use serde_json::{Value as Json, json};

use crate::broker::mosquitto::{publish, subscribe};
use brokers::{AnyBroker, Line};
use flow::Flow;

pub(crate) mod brokers;
mod flow;
mod life;
mod web_socket;

/// Protocol versions as the broker's config node and mosquitto's clients name them.
const VERSIONS: [(&str, &str); 2] = [("4", "mqttv311"), ("5", "mqttv5")];

/// A config node with more properties.
fn broker_node(at: SocketAddr, version: &str, more: Json) -> Json {
    let port = at.port().to_string();
    let node = json!({ "id": "b", "type": "mqtt-broker", "broker": "127.0.0.1", "port": port,
        "protocolVersion": version, "keepalive": "60", "cleansession": true });
    merged(node, more)
}

fn merged(mut node: Json, more: Json) -> Json {
    node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    node
}

fn in_node(topic: &str, more: Json) -> Json {
    let node = json!({ "id": "in", "type": "mqtt in", "z": "t", "broker": "b", "topic": topic, "qos": "2",
        "datatype": "auto-detect", "wires": [["end"]] });
    merged(node, more)
}

fn out_node(more: Json) -> Json {
    merged(
        json!({ "id": "out", "type": "mqtt out", "z": "t", "broker": "b", "topic": "", "qos": "", "retain": "",
        "wires": [] }),
        more,
    )
}

fn end_node() -> Json {
    json!({ "id": "end", "type": "end", "z": "t", "wires": [] })
}

fn tab(delivery: &str) -> Json {
    json!({ "id": "t", "type": "tab", "label": "t", "delivery": delivery })
}

fn message(topic: &str, payload: impl Into<Value>, quality: u32) -> Message {
    let mut message = Message::with_payload(payload);
    message.set("topic", topic);
    message.set("qos", quality);
    message
}

#[tokio::test]
async fn messages_go_out_and_come_in_at_every_quality() {
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            let nodes = json!([
                tab(""),
                broker_node(broker.at(), version, json!({})),
                in_node("car/+", json!({})),
                out_node(json!({})),
                end_node()
            ]);
            let flow = Flow::start(nodes).await;
            flow.until_status("in", "mqtt.connected").await;
            flow.until_status("out", "mqtt.connected").await;
            // Once the subscription stands, order is kept within a quality.
            for quality in 0..3 {
                loop {
                    flow.send("out", message("car/ready", "x", quality));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    if flow.waiting("end") > 0 {
                        break;
                    }
                }
                while flow.waiting("end") > 0 {
                    flow.next("end").await;
                }
                let mut sent = Message::with_payload(Value::object());
                sent.set("payload", engine::testing::decode(&json!({ "speed": 81 })));
                sent.set("topic", "car/7");
                sent.set("qos", quality.to_string());
                flow.send("out", sent);
                flow.send("out", message("car/7", Value::buffer(vec![0xff, 0]), quality));
                let got = loop {
                    let got = flow.next("end").await;
                    if got.topic() == Some("car/7") {
                        break got;
                    }
                };
                assert_eq!(got.payload().get("speed"), Some(&81.into()), "{} {version}", broker.name());
                assert_eq!(got.get("qos"), Some(&quality.into()));
                assert_eq!(got.get("retain"), Some(&false.into()));
                assert_eq!(got.get("_topic"), Some(&"car/7".into()));
                assert_eq!(flow.next("end").await.payload(), &Value::buffer(vec![0xff, 0]));
            }
            flow.stop().await;
        }
    }
}

#[tokio::test]
async fn talks_to_other_clients_with_what_mqtt_5_adds() {
    for broker in AnyBroker::all().await {
        let nodes = json!([
            tab(""),
            broker_node(broker.at(), "5", json!({})),
            in_node("to-flow/#", json!({ "qos": "1" })),
            out_node(json!({ "topic": "from-flow", "qos": "1", "contentType": "text/plain" })),
            end_node()
        ]);
        let flow = Flow::start(nodes).await;
        flow.until_status("in", "mqtt.connected").await;
        let format = ["-V", "mqttv5", "-q", "1", "-t", "from-flow", "-F", "%t|%p|%C|%R|%D|%P"];
        let mut watcher = subscribe(broker.at(), &format).await;
        let mut sent = Message::with_payload("on");
        sent.set("responseTopic", "answer/here");
        sent.set("correlationData", Value::buffer(b"334".to_vec()));
        sent.set("userProperties", engine::testing::decode(&json!({ "a": "1" })));
        flow.send("out", sent);
        assert_eq!(
            watcher.next_message().await,
            "from-flow|on|text/plain|answer/here|334|a:1",
            "{}",
            broker.name()
        );
        watcher.leave().await;

        let got = loop {
            // The subscription may be a moment behind the connection.
            let properties = [
                "-D",
                "publish",
                "user-property",
                "a",
                "1",
                "-D",
                "publish",
                "user-property",
                "a",
                "2",
                "-D",
                "publish",
                "content-type",
                "application/json",
                "-D",
                "publish",
                "response-topic",
                "r",
                "-D",
                "publish",
                "correlation-data",
                "c",
                "-D",
                "publish",
                "message-expiry-interval",
                "60",
            ];
            publish(
                broker.at(),
                &[&["-V", "mqttv5", "-q", "1", "-t", "to-flow/x", "-m", "[1]"], &properties[..]].concat(),
            )
            .await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            if flow.waiting("end") > 0 {
                break flow.next("end").await;
            }
        };
        let expected = engine::testing::decode(&json!({ "payload": [1], "topic": "to-flow/x", "qos": 1,
            "contentType": "application/json", "responseTopic": "r", "userProperties": { "a": ["1", "2"] } }));
        for (name, value) in expected.as_object().unwrap().iter() {
            assert_eq!(got.get(name), Some(value), "{name} with {}", broker.name());
        }
        assert_eq!(got.get("correlationData"), Some(&Value::buffer(b"c".to_vec())));
        assert!(got.get("messageExpiryInterval").and_then(Value::as_f64).is_some_and(|left| left <= 60.0));
        drop(got);
        flow.stop().await;
    }
}

#[tokio::test]
async fn tells_of_its_birth_its_end_and_its_loss() {
    for broker in AnyBroker::all().await {
        for (version, client_version) in VERSIONS {
            let mut watcher =
                subscribe(broker.at(), &["-V", client_version, "-q", "1", "-t", "life/#"]).await;
            let line = Line::to(broker.at()).await;
            let life = json!({ "birthTopic": "life/birth", "birthPayload": "hello", "birthQos": "1",
                "closeTopic": "life/close", "closePayload": "bye", "closeQos": "1",
                "willTopic": "life/will", "willPayload": "gone", "willQos": "1" });
            let nodes = json!([tab(""), broker_node(line.at(), version, life), out_node(json!({}))]);
            let flow = Flow::start(nodes).await;
            assert_eq!(watcher.next_message().await, "life/birth 1 0 hello", "{} {version}", broker.name());
            line.cut();
            assert_eq!(watcher.next_message().await, "life/will 1 0 gone");
            flow.until_status("out", "mqtt.disconnected").await;
            line.mend();
            assert_eq!(watcher.next_message().await, "life/birth 1 0 hello");
            flow.stop().await;
            assert_eq!(watcher.next_message().await, "life/close 1 0 bye");
            watcher.leave().await;
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_or_out_of_order_when_the_line_is_cut() {
    const COUNT: u32 = 300;
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            for quality in [1, 2] {
                let line = Line::to(broker.at()).await;
                let topic = format!("load/{}/{version}/{quality}", broker.name());
                let mut watcher = subscribe(broker.at(), &["-q", "2", "-t", &topic]).await;
                let id = json!({ "clientid": format!("cut-{version}-{quality}"), "cleansession": false, "sessionExpiry": "60" });
                let nodes = json!([
                    tab(""),
                    broker_node(line.at(), version, id),
                    out_node(json!({ "topic": topic, "qos": quality.to_string() }))
                ]);
                let flow = Flow::start(nodes).await;
                for number in 0..COUNT {
                    if number % 100 == 50 {
                        line.cut();
                    }
                    if number % 100 == 60 {
                        line.mend();
                        flow.until_status("out", "mqtt.connected").await;
                    }
                    flow.send("out", Message::with_payload(f64::from(number)));
                    tokio::task::yield_now().await;
                }
                let mut last = None;
                while last != Some(COUNT - 1) {
                    let got = watcher.next_message().await;
                    let number: u32 = got.rsplit(' ').next().unwrap().parse().unwrap();
                    // Quality 1 may come twice, a run of it from an earlier number on; it may never leave one out.
                    let next = last.map_or(0, |last| last + 1);
                    if quality == 2 {
                        assert_eq!(number, next, "{} {version}", broker.name());
                    } else {
                        assert!(number <= next, "{} {version}: {next} is missing", broker.name());
                    }
                    last = Some(number);
                }
                watcher.leave().await;
                flow.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn subscribes_again_after_a_reconnect() {
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            let line = Line::to(broker.at()).await;
            let nodes = json!([
                tab(""),
                broker_node(line.at(), version, json!({})),
                in_node("again", json!({})),
                end_node()
            ]);
            let flow = Flow::start(nodes).await;
            flow.until_status("in", "mqtt.connected").await;
            line.cut();
            flow.until_status("in", "mqtt.disconnected").await;
            line.mend();
            flow.until_status("in", "mqtt.connected").await;
            while flow.waiting("end") == 0 {
                publish(broker.at(), &["-q", "1", "-t", "again", "-m", "back"]).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(flow.next("end").await.payload(), &Value::from("back"));
            flow.stop().await;
        }
    }
}

#[tokio::test]
async fn a_message_is_acknowledged_when_the_flow_is_done_with_it() {
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            for quality in ["1", "2"] {
                let id = json!({ "clientid": format!("late-{version}-{quality}"), "cleansession": false, "sessionExpiry": "600" });
                let topic = format!("work/{version}/{quality}");
                let nodes = json!([
                    tab("at-least-once"),
                    broker_node(broker.at(), version, id),
                    in_node(&topic, json!({ "qos": quality })),
                    end_node()
                ]);
                let options = Options { drain_timeout: Duration::from_millis(100), ..Options::default() };
                let (flow, _) = Flow::start_with(nodes.clone(), options.clone(), HashMap::new()).await;
                flow.until_status("in", "mqtt.connected").await;
                while flow.waiting("end") == 0 {
                    publish(broker.at(), &["-q", quality, "-t", &topic, "-m", "ready"]).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                // Done with all that came so far, and not with the next.
                publish(broker.at(), &["-q", quality, "-t", &topic, "-m", "done"]).await;
                while flow.next("end").await.payload() != &Value::from("done") {}
                publish(broker.at(), &["-q", quality, "-t", &topic, "-m", "undone"]).await;
                let undone = flow.next("end").await;
                flow.stop().await;
                drop(undone);

                let (flow, _) = Flow::start_with(nodes, options, HashMap::new()).await;
                let again = flow.next("end").await;
                assert_eq!(again.payload(), &Value::from("undone"), "{} {version} {quality}", broker.name());
                drop(again);
                publish(broker.at(), &["-q", quality, "-t", &topic, "-m", "next"]).await;
                assert_eq!(flow.next("end").await.payload(), &Value::from("next"));
                flow.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn a_flow_that_cannot_keep_up_holds_the_broker_back() {
    const COUNT: usize = 500;
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            let nodes = json!([
                tab("at-least-once"),
                broker_node(broker.at(), version, json!({})),
                in_node("flood", json!({ "qos": "1", "datatype": "utf8" })),
                end_node()
            ]);
            let options = Options { credits_per_cell: 4, ..Options::default() };
            let (flow, _) = Flow::start_with(nodes, options, HashMap::new()).await;
            flow.until_status("in", "mqtt.connected").await;
            while flow.waiting("end") == 0 {
                publish(broker.at(), &["-q", "1", "-t", "flood", "-m", "ready"]).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let count = COUNT.to_string();
            publish(broker.at(), &["-q", "1", "-t", "flood", "-m", "x", "--repeat", &count]).await;
            publish(broker.at(), &["-q", "1", "-t", "flood", "-m", "last"]).await;
            flow.until_waiting("end", 4).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(flow.waiting("end"), 4, "{} {version}", broker.name());
            let mut got = 0;
            loop {
                let message = flow.next("end").await;
                match message.payload().as_str() {
                    Some("x") => got += 1,
                    Some("last") => break,
                    _ => {}
                }
            }
            assert_eq!(got, COUNT, "{} {version}", broker.name());
            flow.stop().await;
        }
    }
}

#[tokio::test]
async fn a_flow_that_cannot_keep_up_does_not_hold_others_up() {
    // More than may wait for the slow flow.
    const COUNT: usize = 6000;
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            let nodes = json!([
                tab(""),
                broker_node(broker.at(), version, json!({})),
                in_node("slow", json!({ "qos": "0", "datatype": "utf8" })),
                end_node(),
                in_node("fast", json!({ "id": "fast", "qos": "0", "wires": [["quick"]] })),
                { "id": "quick", "type": "end", "z": "t", "wires": [] }
            ]);
            let options = Options { credits_per_cell: 4, ..Options::default() };
            let (flow, _) = Flow::start_with(nodes, options, HashMap::new()).await;
            flow.until_status("in", "mqtt.connected").await;
            for (topic, end) in [("slow", "end"), ("fast", "quick")] {
                while flow.waiting(end) == 0 {
                    publish(broker.at(), &["-t", topic, "-m", "ready"]).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            let count = COUNT.to_string();
            publish(broker.at(), &["-t", "slow", "-m", "x", "--repeat", &count]).await;
            publish(broker.at(), &["-t", "fast", "-m", "through"]).await;
            while flow.next("quick").await.payload() != &Value::from("through") {}
            flow.until_logged("mqtt.log.dropping").await;
            flow.stop().await;
        }
    }
}

#[tokio::test]
async fn a_flow_that_publishes_what_it_gets_does_not_freeze() {
    const COUNT: usize = 3000;
    for broker in AnyBroker::all().await {
        for (version, _) in VERSIONS {
            for quality in ["0", "1"] {
                let nodes = json!([tab(""), broker_node(broker.at(), version, json!({})),
                    in_node("echo/in", json!({ "qos": quality, "wires": [["topic"]] })),
                    { "id": "topic", "type": "junction", "z": "t", "wires": [["out"]] },
                    out_node(json!({ "topic": "echo/out", "qos": quality }))]);
                let flow = Flow::start(nodes).await;
                flow.until_status("in", "mqtt.connected").await;
                let mut watcher = subscribe(broker.at(), &["-q", quality, "-t", "echo/out"]).await;
                // A first message through shows that the subscription stands.
                let at = broker.at();
                let ready = tokio::spawn(async move {
                    loop {
                        publish(at, &["-q", "1", "-t", "echo/in", "-m", "ready"]).await;
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                });
                watcher.next_message().await;
                ready.abort();
                let count = COUNT.to_string();
                let payload = "x".repeat(200);
                publish(at, &["-q", "1", "-t", "echo/in", "-m", &payload, "--repeat", &count]).await;
                publish(at, &["-q", "1", "-t", "echo/in", "-m", "last"]).await;
                let mut got = 0;
                loop {
                    let message = watcher.next_message().await;
                    match message.rsplit(' ').next() {
                        Some("last") => break,
                        Some("ready") => {}
                        _ => got += 1,
                    }
                }
                assert_eq!(got, COUNT, "{} {version} {quality}", broker.name());
                watcher.leave().await;
                flow.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn messages_name_the_topics_of_a_dynamic_subscription() {
    for broker in AnyBroker::all().await {
        let nodes = json!([
            tab(""),
            broker_node(broker.at(), "4", json!({})),
            in_node("", json!({ "inputs": 1, "topicType": "dynamic" })),
            end_node()
        ]);
        let flow = Flow::start(nodes).await;
        flow.until_status("in", "mqtt.connected").await;
        let ask = |action: &str, topic: Json| {
            let mut message = Message::new();
            message.set("action", action);
            message.set("topic", engine::testing::decode(&topic));
            flow.send("in", message);
        };
        ask("subscribe", json!(["plain", { "topic": "$share/g/shared/+", "qos": 1, "datatype": "buffer" }]));
        ask("getSubscriptions", Json::Null);
        let listed = flow.next("end").await;
        let topics = listed.get("topic").and_then(Value::as_array).unwrap();
        let named: Vec<_> =
            topics.iter().map(|entry| entry.get("topic").and_then(Value::as_str).unwrap()).collect();
        assert_eq!(named, ["$share/g/shared/+", "plain"]);
        assert_eq!(topics[0].get("datatype"), Some(&"buffer".into()));
        assert_eq!(topics[1].get("qos"), Some(&2.into()));
        for (topic, expected) in [("shared/a", Value::buffer(b"1".to_vec())), ("plain", Value::from(1))] {
            while flow.waiting("end") == 0 {
                publish(broker.at(), &["-q", "1", "-t", topic, "-m", "1"]).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(flow.next("end").await.payload(), &expected, "{}", broker.name());
            while flow.waiting("end") > 0 {
                flow.next("end").await;
            }
        }
        ask("unsubscribe", json!(true));
        ask("subscribe", json!("a#"));
        flow.until_logged("mqtt.invalid-filter").await;
        ask("getSubscriptions", Json::Null);
        let mut listed = flow.next("end").await;
        while listed.get("topic").and_then(Value::as_array).is_none() {
            listed = flow.next("end").await;
        }
        assert_eq!(listed.get("topic"), Some(&Value::from(Vec::<Value>::new())));
        flow.stop().await;
    }
}
