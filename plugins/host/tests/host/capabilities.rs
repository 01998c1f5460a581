//! Capabilities, with services that are made for the test but called through the whole host.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use engine::node::BoxFuture;
use engine::{DeployKind, NodeError, Value};
use serde_json::json;
use tokio::sync::mpsc;
use wireloom_plugins::{
    Capabilities, Host, Http, HttpRequest, HttpResponse, Mqtt, MqttMessage, Options, Publish, Services,
    Subscription,
};

use crate::guest::{Guest, PASS};
use crate::rig::{Rig, flow, load_in, settle};

/// Answers by the address, and notes what it was asked.
#[derive(Default)]
struct Web {
    asked: Mutex<Vec<(String, String, Vec<String>)>>,
}

impl Http for Web {
    fn exchange(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, NodeError>> {
        let headers = request.headers.iter().map(|(name, _)| name.clone()).collect();
        self.asked.lock().unwrap().push((request.method, request.url.clone(), headers));
        let (status, location) = match request.url.as_str() {
            "http://a.test/" => (302, Some("/next")),
            "http://a.test/away" => (307, Some("http://evil.test/")),
            "http://a.test/round" => (302, Some("/round")),
            _ => (200, None),
        };
        let headers = location.map(|to| ("location".to_owned(), to.to_owned())).into_iter().collect();
        let body = Bytes::from_static(b"hello");
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            Ok(HttpResponse { status, headers, body })
        })
    }
}

/// Fetches the address that the payload says, and sends the answer's body; a failure where there is none.
const FETCH: Guest = Guest {
    name: "fetch",
    more: r#""capabilities":{"http":{"hosts":["a.test"]}},"#,
    items: "import http fetch $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
import messages [method]message.get-text $get_text (param i32 i32 i32 i32)
import messages [method]message.set-bytes $set_bytes (param i32 i32 i32 i32 i32 i32)
(data (i32.const 700) \"GET\")",
    on_message: "(call $get_text (local.get $message) (i32.const 512) (i32.const 7) (i32.const 4096))
        ;; No headers, no body, the usual timeout, three redirects.
        (call $fetch (i32.const 700) (i32.const 3) (i32.load (i32.const 4104)) (i32.load (i32.const 4108))
          (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
          (i32.const 3) (i32.const 4200))
        (if (i32.load8_u (i32.const 4200))
          (then (return (call $failure_of (i32.const 4204)))))
        (call $set_bytes (local.get $message) (i32.const 512) (i32.const 7)
          (i32.load (i32.const 4224)) (i32.load (i32.const 4228)) (i32.const 4096))
        (call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
    ..PASS
};

fn fetch() -> Guest {
    let items = format!(
        "{}\n(func $failure_of (param $at i32) (result i32)
  (call $failure (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))))",
        FETCH.items
    );
    Guest { items: Box::leak(items.into_boxed_str()), ..FETCH }
}

#[tokio::test(start_paused = true)]
async fn requests_go_to_allowed_hosts_alone_and_redirects_too() {
    let web = Arc::<Web>::default();
    let services = Services { http: Some(web.clone()), ..Services::default() };
    let host = Host::new(Options { services, ..Options::default() }).unwrap();
    let rig = Rig::of(&[load_in(&host, &fetch())]);
    rig.node("fetch").await;
    let wait = || tokio::time::sleep(std::time::Duration::from_secs(3));
    rig.send("n", "http://a.test/").await;
    wait().await;
    assert_eq!(rig.heard.payloads("r"), [Value::buffer("hello")]);
    let asked: Vec<String> = web.asked.lock().unwrap().drain(..).map(|(_, url, _)| url).collect();
    assert_eq!(asked, ["http://a.test/", "http://a.test/next"]);
    for (url, words, asked) in [
        ("http://evil.test/", "plugin.http-not-allowed", 0),
        ("http://a.test:81/", "plugin.http-not-allowed", 0),
        ("http://a.test@evil.test/", "plugin.http-bad-request", 0),
        ("file:///etc/passwd", "plugin.http-bad-request", 0),
        ("no address", "plugin.http-bad-request", 0),
        ("http://a.test/away", "plugin.http-not-allowed", 1),
    ] {
        let ends = rig.send("n", url).await;
        wait().await;
        assert_eq!(*ends.lock().unwrap(), [engine::delivery::Outcome::Failed], "{url}");
        assert_eq!(web.asked.lock().unwrap().drain(..).count(), asked, "{url}: {words}");
    }
    rig.send("n", "http://a.test/round").await;
    wait().await;
    assert_eq!(web.asked.lock().unwrap().drain(..).count(), 4, "three redirects, and then what came");
    assert_eq!(rig.heard.payloads("r").len(), 1);
}

#[tokio::test]
async fn a_service_that_is_absent_is_said_to_be() {
    let host = Host::new(Options::default()).unwrap();
    let rig = Rig::of(&[load_in(&host, &fetch())]);
    rig.node("fetch").await;
    let ends = rig.send("n", "http://a.test/").await;
    rig.until(|_| !ends.lock().unwrap().is_empty()).await;
    assert_eq!(*ends.lock().unwrap(), [engine::delivery::Outcome::Failed]);
}

/// A broker that hands what is published to whoever subscribed.
#[derive(Default)]
struct Broker {
    sinks: Arc<Mutex<Vec<mpsc::Sender<MqttMessage>>>>,
    published: Mutex<Vec<String>>,
}

impl Mqtt for Broker {
    fn publish(&self, _broker: Option<&str>, message: Publish) -> BoxFuture<'static, Result<(), NodeError>> {
        self.published.lock().unwrap().push(message.topic.clone());
        let sinks = self.sinks.lock().unwrap().clone();
        Box::pin(async move {
            for sink in sinks {
                let Publish { topic, payload, qos, retain } = message.clone();
                let _ = sink.send(MqttMessage { topic, payload, qos, retain }).await;
            }
            Ok(())
        })
    }

    fn subscribe(
        &self,
        _broker: Option<&str>,
        _filter: &str,
        _qos: u8,
        sink: mpsc::Sender<MqttMessage>,
    ) -> BoxFuture<'static, Result<Subscription, NodeError>> {
        self.sinks.lock().unwrap().push(sink);
        Box::pin(async { Ok(Box::new(()) as Subscription) })
    }
}

#[tokio::test]
async fn subscriptions_bring_messages_and_topics_are_checked() {
    let broker = Arc::<Broker>::default();
    let services = Services { mqtt: Some(broker.clone()), ..Services::default() };
    let host = Host::new(Options { services, ..Options::default() }).unwrap();
    // Subscribes to `topic`; publishes to `kept`, which nobody allowed.
    let guest = Guest {
        more: r#""capabilities":{"mqtt":{"publish":["topic"],"subscribe":["topic"]}},"#,
        items: "import mqtt subscribe $subscribe (param i32 i32 i32 i32)
import mqtt publish $publish (param i32 i32 i32 i32 i32 i32 i32)",
        start: "(call $subscribe (i32.const 544) (i32.const 5) (i32.const 1) (i32.const 4096))
            (if (i32.load8_u (i32.const 4096)) (then unreachable))
            (call $publish (i32.const 576) (i32.const 4) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 4096))
            (if (i32.eqz (i32.load8_u (i32.const 4096))) (then unreachable))
            (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load_in(&host, &guest)]);
    rig.node("pass").await;
    settle().await;
    assert_eq!(rig.heard.errors(), [""; 0]);
    assert!(broker.published.lock().unwrap().is_empty());
    let payload = Bytes::from_static(b"21");
    broker.publish(None, Publish { topic: "topic".into(), payload, qos: 1, retain: false }).await.unwrap();
    rig.until(|_| rig.count("r") == 1).await;
    assert_eq!(rig.heard.payloads("r"), [Value::buffer("21")]);
    settle().await;
    assert_eq!(rig.engine.in_flight(), 0);
    rig.engine.stop().await;
}

#[test]
fn grants_are_read_as_they_are_written() {
    let grants: Capabilities = serde_json::from_value(json!({
        "http": { "hosts": ["a.test"] }, "mqtt": { "publish": ["a/#"], "broker": "b1" }, "kv": {}, "clock": { "resolutionMs": 10 },
    }))
    .unwrap();
    assert_eq!(serde_json::to_value(&grants).unwrap()["clock"]["resolutionMs"], 10);
    assert!(serde_json::from_value::<Capabilities>(json!({ "files": {} })).is_err());
    assert!(serde_json::from_value::<Capabilities>(json!({ "http": { "host": [] } })).is_err());
}

#[tokio::test]
async fn a_grant_that_says_nothing_clear_is_a_problem_of_the_node() {
    let host = Host::new(Options::default()).unwrap();
    let rig = Rig::of(&[]);
    let grants: Capabilities =
        serde_json::from_value(json!({ "http": { "hosts": ["http://a.test/"] } })).unwrap();
    rig.install_with(&load_in(&host, &fetch()), grants);
    let report = rig.deploy(flow("fetch", json!({})), DeployKind::Full).await;
    assert_eq!(report.problems[0].text.key, "plugin.bad-host");
}
