//! What the server sends over the live connection.

use model::api::{FLOW_TESTS_TOPIC, HELD_TOPIC, PRESENCE_TOPIC};
use model::json::{Json, Object};

use super::Id;
use super::debug_log::Message;
use super::live::{Figures, Held, Outlet, Seen, outlet_of, read_peek};
use super::presence::{self, Other};
use super::status::Status;

/// One thing that the server tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A node's status changed; none clears it.
    Status(Id, Option<Status>),
    /// A debug node received something.
    Debug(Message),
    /// The flows were deployed; their revision.
    Deployed(String),
    /// The flows run from now on, or they are stopped.
    Running(bool),
    /// The server has other node types than before.
    NodeTypes,
    /// The server has other plugins than before, or it stands otherwise with one of them.
    Plugins,
    /// The server has something to say to its user.
    Notice(String),
    /// Figures of the nodes of a flow.
    Figures(Id, Vec<(Id, Figures)>),
    /// Messages that left an output, and how many more did.
    Seen(Outlet, Vec<Seen>, u64),
    /// What is held at a node; none where nothing is held any more.
    Held(Id, Option<Held>),
    /// So many messages are kept that nodes failed with.
    Failed(usize),
    /// The flow tests, or how they stand, are others than before.
    FlowTests,
    /// Who else has the flows open.
    Present(Vec<Other>),
    /// Whether the token was taken.
    LoggedIn(bool),
}

/// What the editor asks to be told.
pub const TOPICS: [&str; 7] =
    ["status/#", "debug", "notification/#", "failed", "held/#", FLOW_TESTS_TOPIC, PRESENCE_TOPIC];

/// The frame that asks for a topic.
pub fn subscribe(topic: &str) -> String {
    frame("subscribe", topic)
}

/// The frame that ends it.
pub fn unsubscribe(topic: &str) -> String {
    frame("unsubscribe", topic)
}

/// The frame that shows who is asking; sent first.
pub fn authenticate(token: &str) -> String {
    frame("auth", token)
}

/// Reads one frame: a list of `{topic, data}`, or `{auth}`. What is not understood is passed over, for a
/// newer server may tell more.
pub fn read(text: &str) -> Vec<Event> {
    match Json::parse(text) {
        Ok(Json::Array(items)) => items.iter().filter_map(read_one).collect(),
        Ok(item) => read_one(&item).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

fn read_one(item: &Json) -> Option<Event> {
    if let Some(answer) = item.get("auth").and_then(Json::as_str) {
        return Some(Event::LoggedIn(answer == "ok"));
    }
    let (topic, data) = (item.get("topic")?.as_str()?, item.get("data")?);
    match topic {
        "failed" => {
            Some(Event::Failed(data.get("count").and_then(Json::as_f64).unwrap_or_default() as usize))
        }
        FLOW_TESTS_TOPIC => Some(Event::FlowTests),
        "debug" => Some(Event::Debug(Message::read(data)?)),
        PRESENCE_TOPIC => Some(Event::Present(presence::read(data))),
        "notification/runtime-deploy" => {
            Some(Event::Deployed(data.get("revision").and_then(Json::as_str).unwrap_or_default().to_owned()))
        }
        "notification/runtime-state" => Some(Event::Running(data.get("state")?.as_str()? != "stop")),
        "notification/plugins" => Some(Event::Plugins),
        _ if topic.starts_with("notification/node/") => Some(Event::NodeTypes),
        _ if topic.starts_with("notification/") => {
            Some(Event::Notice(data.get("text")?.as_str()?.to_owned()))
        }
        _ if topic.starts_with("metrics/") => {
            Some(Event::Figures(topic.strip_prefix("metrics/")?.into(), Figures::read(data)))
        }
        _ if topic.starts_with("peek/") => {
            let (seen, skipped) = read_peek(data);
            Some(Event::Seen(outlet_of(topic.strip_prefix("peek/")?)?, seen, skipped))
        }
        _ if topic.starts_with(HELD_TOPIC) => {
            let (messages, crowded_out) = read_peek(data);
            let held = data.get("over").is_none().then_some(Held { messages, crowded_out });
            Some(Event::Held(topic.strip_prefix(HELD_TOPIC)?.into(), held))
        }
        _ => topic.strip_prefix("status/").map(|id| Event::Status(id.into(), Status::read(data))),
    }
}

fn frame(key: &str, value: &str) -> String {
    let mut object = Object::new();
    object.insert(key, value);
    Json::Object(object).to_js_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_batch() {
        let events = read(
            r#"[{"topic":"status/a b","data":{"fill":"red","shape":"dot","text":"x"}},
                {"topic":"status/c","data":{}},
                {"topic":"hb","data":1},
                {"topic":"notification/debug-lost","data":{"text":"3 lost"}},
                {"topic":"notification/runtime-state","data":{"state":"start","deploy":true}},
                {"topic":"notification/runtime-state","data":{"state":"stop"}},
                {"topic":"notification/runtime-deploy","data":{"revision":"r"}},
                {"topic":"notification/plugins","data":{}},
                {"topic":"notification/node/upgraded","data":{"module":"cbor","version":"1.1.0"}},
                {"topic":"debug","data":{"id":"n","msg":"1","format":"number"}}]"#,
        );
        assert_eq!(events.len(), 9);
        assert!(matches!(&events[0], Event::Status(id, Some(_)) if id.as_ref() == "a b"));
        assert_eq!(events[1], Event::Status("c".into(), None));
        assert_eq!(events[2], Event::Notice("3 lost".into()));
        assert_eq!(events[3..5], [Event::Running(true), Event::Running(false)]);
        assert_eq!(events[5], Event::Deployed("r".into()));
        assert_eq!(events[6..8], [Event::Plugins, Event::NodeTypes]);
        assert!(matches!(&events[8], Event::Debug(message) if message.format == "number"));
    }

    #[test]
    fn reads_what_runs() {
        let mut events = read(
            r#"[{"topic":"presence","data":{"clients":[{"client":"1","you":false}]}},
                {"topic":"flow-tests","data":{}},
                {"topic":"held/a/b","data":{"messages":[{"source":"a/b","number":0,"msg":"{}"}]}},
                {"topic":"held/c","data":{"over":true}},
                {"topic":"metrics/t","data":{"nodes":{"n":{"waiting":2}}}},
                {"topic":"peek/a/b/1","data":{"messages":[{"source":"a/b","number":3,"msg":"{}"}],"skipped":4}}]"#,
        );
        assert!(matches!(&events[0], Event::Present(others) if others.len() == 1));
        assert_eq!(events.remove(1), Event::FlowTests);
        assert!(
            matches!(events.remove(1), Event::Held(id, Some(held)) if &*id == "a/b" && held.messages.len() == 1)
        );
        assert_eq!(events.remove(1), Event::Held("c".into(), None));
        assert!(
            matches!(&events[1], Event::Figures(flow, figures) if &**flow == "t" && figures[0].1.waiting == 2)
        );
        let Event::Seen(outlet, seen, 4) = &events[2] else { panic!("{events:?}") };
        assert_eq!((outlet.node.as_ref(), outlet.port, seen[0].number), ("a/b", 1, 3));
    }

    #[test]
    fn passes_over_what_it_does_not_understand() {
        for text in ["", "[", "7", "[[]]", r#"[{"topic":1}]"#, r#"[{"topic":"debug"}]"#, r#"{"x":1}"#] {
            assert_eq!(read(text), [], "{text}");
        }
        assert_eq!(read(r#"{"auth":"ok"}"#), [Event::LoggedIn(true)]);
        assert_eq!(read(r#"{"auth":"fail"}"#), [Event::LoggedIn(false)]);
    }

    #[test]
    fn frames_are_json() {
        assert_eq!(subscribe("status/#"), r#"{"subscribe":"status/#"}"#);
        assert_eq!(unsubscribe("peek/a/0"), r#"{"unsubscribe":"peek/a/0"}"#);
        assert_eq!(authenticate("a\"b"), r#"{"auth":"a\"b"}"#);
    }
}
