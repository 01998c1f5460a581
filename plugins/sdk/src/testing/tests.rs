use super::*;
use crate::prelude::*;
use crate::{clock, kv, random};

#[derive(Config)]
struct Settings {
    #[config(default = 100, min = 1)]
    pause: u32,
}

/// Keeps messages for a while; uses whatever there is.
struct Everything {
    pause: u32,
    kept: Vec<Message>,
    key: String,
}

impl Node for Everything {
    type Settings = Settings;

    fn about() -> About {
        about!("everything")
            .http(&["api.example.org", "*.example.com", "localhost:8080"])
            .mqtt(&["a/#"], &["b/+"])
            .kv()
            .clock(1)
            .random()
            .credential(Credential { name: "key", title: "Key", secret: true })
    }

    fn configure(settings: Settings, setup: &Setup) -> Result<Self, Problems> {
        Ok(Self { pause: settings.pause, kept: Vec::new(), key: setup.credential("key").into() })
    }

    fn start(&mut self, out: &mut Out) -> Result<(), Failure> {
        out.status(Fill::Grey, Shape::Ring, "waits");
        Ok(())
    }

    fn on_message(&mut self, mut message: Message, out: &mut Out) -> Result<Progress, Failure> {
        match message.text("topic")?.as_deref() {
            Some("keep") => {
                self.kept.push(message);
                out.after(Duration::from_millis(self.pause.into()), 7);
                return Ok(Progress::Kept);
            }
            Some("drop") => return Ok(Progress::Kept),
            Some("fail") => {
                out.send(0, message);
                return Err(Failure::new("told to").code("E"));
            }
            Some("fetch") => {
                let url = message.text("url")?.unwrap_or_default();
                let answer = http::Request::get(url).header("x-key", self.key.as_str()).send()?;
                message.set("payload", answer.json()?)?;
            }
            Some("publish") => {
                mqtt::publish("a/b", b"1", mqtt::Qos::AtLeastOnce, true)?;
                mqtt::subscribe("b/c", mqtt::Qos::AtMostOnce)?;
                mqtt::publish("c", b"1", mqtt::Qos::AtLeastOnce, true)?;
            }
            Some("count") => {
                let count = Scope::Node.get("count")?.to_number().unwrap_or_default() + 1.0;
                Scope::Node.set("count", count)?;
                kv::set("count", count.to_string())?;
                message.set("kv", kv::get("count")?.unwrap_or_default())?;
                message.set("at", clock::now())?;
                message.set("random", random::bytes(4))?;
            }
            _ => {}
        }
        out.send(1, message);
        Ok(Progress::Done)
    }

    fn on_timer(&mut self, token: u32, out: &mut Out) -> Result<(), Failure> {
        assert_eq!(token, 7);
        let mut kept = self.kept.drain(..);
        match (kept.next(), kept.next(), kept.next()) {
            (Some(first), None, None) => out.send(0, first),
            (Some(first), Some(second), None) => {
                out.done(first);
                out.fail(second, Failure::new("one too many"));
            }
            _ => return Err(Failure::new("too many")),
        }
        Ok(())
    }

    fn stop(&mut self, out: &mut Out) {
        out.clear_status();
    }
}

fn node() -> Harness<Everything> {
    Harness::new(json!({})).unwrap()
}

fn topic(topic: &str) -> Json {
    json!({ "topic": topic })
}

#[test]
fn what_is_sent_comes_out_and_a_failure_sends_nothing() {
    let mut node = node();
    assert_eq!(node.send(json!({ "payload": 1 })).unwrap(), [(1, json!({ "payload": 1 }))]);
    assert_eq!(node.send(topic("fail")).unwrap_err(), Failure::new("told to").code("E"));
    assert_eq!(node.send(json!({})).unwrap(), [(1, json!({}))]);
}

#[test]
fn kept_messages_wait_for_their_timer() {
    let mut node = node();
    assert_eq!(node.send(topic("keep")).unwrap(), []);
    assert_eq!((node.kept(), node.advance(Duration::from_millis(99)).unwrap()), (1, vec![]));
    assert_eq!(node.advance(Duration::from_millis(1)).unwrap(), [(0, topic("keep"))]);
    assert_eq!(node.kept(), 0);

    node.send(topic("keep")).unwrap();
    node.send(topic("keep")).unwrap();
    assert_eq!(node.advance(Duration::from_secs(1)).unwrap(), []);
    assert_eq!(
        (node.done(), node.failed()),
        (vec![topic("keep")], vec![(topic("keep"), Failure::new("one too many"))])
    );

    node.send(topic("keep")).unwrap();
    let mut node = node.replace(json!({ "pause": 5 })).unwrap();
    assert_eq!(node.advance(Duration::from_millis(5)).unwrap(), [(0, topic("keep"))], "they arrive anew");

    node.send(topic("keep")).unwrap();
    let (sent, kept) = node.stop();
    assert_eq!((sent, kept), (vec![], 1));
}

#[test]
fn a_message_that_is_kept_is_not_dropped() {
    let mut node = node();
    assert!(node.send(topic("drop")).unwrap_err().text.contains("dropped a message"));
    assert_eq!(node.send(json!({})).unwrap(), [(1, json!({}))], "it is told once");
}

#[test]
#[should_panic(expected = "about() names no credential word")]
fn a_credential_that_nobody_is_asked_for_is_told() {
    let _ = Harness::<Everything>::setup().credential("word", "x");
}

#[test]
fn requests_are_answered_by_the_test_and_only_where_asked_for() {
    let setup = Harness::<Everything>::setup().credential("key", "k");
    let mut node = setup
        .http(|request| match request.url.ends_with("down") {
            true => Err(Failure::new("nobody there").code("UNREACHABLE")),
            false => Ok(http::Response { status: 200, body: b"[1]".to_vec(), ..http::Response::default() }),
        })
        .start(&json!({}))
        .unwrap();
    let mut fetch = |url: &str| node.send(json!({ "topic": "fetch", "url": url }));
    let code = |result: Result<Vec<(u32, Json)>, Failure>| result.unwrap_err().code.unwrap();
    assert_eq!(fetch("https://api.example.org/x").unwrap()[0].1["payload"], json!([1]));
    assert!(fetch("http://b.example.com/").is_ok() && fetch("http://localhost:8080?x").is_ok());
    assert_eq!(code(fetch("http://b.example.com/down")), "UNREACHABLE");
    assert_eq!(code(fetch("http://localhost:81/")), "NOT_ALLOWED");
    assert_eq!(code(fetch("https://api.example.org:81/")), "NOT_ALLOWED");
    assert!(fetch("https://api.example.org:443/").is_ok());
    assert_eq!(node.requests().len(), 5);
    assert_eq!(node.requests()[0].headers, [("x-key".to_owned(), "k".to_owned())]);
}

#[test]
fn topics_are_those_asked_for() {
    let mut node = node();
    assert_eq!(node.send(topic("publish")).unwrap_err().code.unwrap(), "NOT_ALLOWED");
    assert_eq!((node.published().len(), node.subscriptions()), (1, vec!["b/c".to_owned()]));
    assert_eq!(node.published()[0].topic, "a/b");
}

#[test]
fn state_is_kept_and_the_clock_is_the_tests() {
    let mut node = node();
    node.set_context(Scope::Node, "count", 4).unwrap();
    node.advance(Duration::from_secs(60)).unwrap();
    let sent = node.send(topic("count")).unwrap();
    assert_eq!(sent[0].1["kv"], Value::Bytes(b"5".to_vec()).to_json());
    assert_eq!(sent[0].1["at"], 1_767_225_660_000_u64);
    assert_eq!(node.context(Scope::Node, "count").unwrap(), Value::Number(5.0));
    let again = Harness::<Everything>::new(json!({})).unwrap().send(topic("count")).unwrap();
    assert_eq!(again[0].1["random"], sent[0].1["random"], "the same in every run");
}

#[test]
fn the_status_is_seen() {
    let node = node();
    assert_eq!(node.status(), Some((Fill::Grey, Shape::Ring, "waits".into())));
}

#[test]
fn settings_that_are_wrong_are_problems() {
    let problems = Harness::<Everything>::new(json!({ "pause": 0 })).err().unwrap();
    assert_eq!(problems.iter().collect::<Vec<_>>(), [("pause", "0 is less than 1")]);
}

#[test]
fn the_description_is_what_the_host_expects() {
    let about = Harness::<Everything>::describe();
    assert_eq!(
        (&about["version"], &about["node"]["type"]),
        (&json!(env!("CARGO_PKG_VERSION")), &json!("everything"))
    );
    assert_eq!(about["capabilities"]["mqtt"], json!({ "publish": ["a/#"], "subscribe": ["b/+"] }));
    assert_eq!(about["node"]["label"]["fallback"], "everything");
    assert!(about.get("homepage").is_none());
}

struct Sly;

impl Node for Sly {
    type Settings = NoSettings;

    fn about() -> About {
        about!("sly")
    }

    fn configure(_: NoSettings, _: &Setup) -> Result<Self, Problems> {
        Ok(Self)
    }

    fn on_message(&mut self, _: Message, _: &mut Out) -> Result<Progress, Failure> {
        kv::get("a")?;
        Ok(Progress::Done)
    }
}

#[derive(Config)]
struct NoSettings;

#[test]
#[should_panic(expected = "does not ask for it: add .kv(…)")]
fn a_capability_not_asked_for_is_told() {
    let _ = Harness::<Sly>::new(json!({})).unwrap().send(json!({}));
}
