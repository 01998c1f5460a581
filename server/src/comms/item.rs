//! One thing told to editors, encoded when it is first sent.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use ecow::EcoString;
use engine::node::{NodeInfo, Seen};
use engine::observe::{DebugEntry, Level, Status};
use engine::registry::Registry;
use engine::{inspect, js};
use model::api::{DebugMessage, FlowMetrics, NodeStatus, Peek, PeekMessage, WhoIsHere};
use model::language::Language;
use model::text::Text;
use serde_json::{Value, json};

use crate::texts;

/// Something to tell, shared by all who are told.
pub(super) struct Item {
    /// What it is about.
    pub(super) topic: String,
    data: Data,
    /// In each language, by its place in [`Language::all`]; what holds no words of ours is encoded once, as English.
    encoded: [OnceLock<String>; Language::all().len()],
}

/// What is told.
pub(super) enum Data {
    /// Ready to be sent.
    Json(Value),
    /// A node's status.
    Status(Status),
    /// A value for the debug panel, and when it was seen in milliseconds since 1970.
    Debug(Arc<NodeInfo>, DebugEntry, Option<u64>),
    /// A warning or an error for the debug panel.
    Log(Level, Option<Arc<NodeInfo>>, Text, Option<u64>),
    /// Figures of a flow's nodes.
    Metrics(FlowMetrics),
    /// Messages on a wire, and how many others were there.
    Peek(Vec<Sighting>, u64),
    /// Who has the flows open, as one of them is told.
    Presence(WhoIsHere),
}

impl Data {
    /// Whether it says something in words of ours, which there are in several languages.
    fn has_words(&self) -> bool {
        matches!(self, Self::Status(_) | Self::Log(..))
    }
}

/// A message that was seen on a wire.
pub(crate) struct Sighting {
    /// The running node that sent it.
    pub(crate) source: EcoString,
    pub(crate) seen: Seen,
}

impl Item {
    pub(super) fn new(topic: impl Into<String>, data: Data) -> Self {
        Self { topic: topic.into(), data, encoded: Default::default() }
    }

    /// One item of figures in place of two: what the later one does not tell of is as the earlier one says.
    pub(super) fn merged(earlier: &Self, later: &Self) -> Option<Self> {
        let (Data::Metrics(earlier), Data::Metrics(news)) = (&earlier.data, &later.data) else { return None };
        let mut nodes = earlier.nodes.clone();
        nodes.extend(news.nodes.clone());
        Some(Self::new(later.topic.clone(), Data::Metrics(FlowMetrics { nodes, ..news.clone() })))
    }

    /// `{"topic":...,"data":...}` as JSON text.
    pub(super) fn encoded(&self, registry: &Registry, language: Language) -> &str {
        let language = if self.data.has_words() { language } else { Language::English };
        self.encoded[language as usize].get_or_init(|| {
            let data = match &self.data {
                Data::Json(value) => value.clone(),
                Data::Status(status) => status_json(status, registry, language),
                Data::Metrics(metrics) => serde_json::to_value(metrics).unwrap_or_default(),
                Data::Presence(here) => serde_json::to_value(here).unwrap_or_default(),
                Data::Peek(sightings, skipped) => {
                    serde_json::to_value(peek_of(sightings, *skipped)).unwrap_or_default()
                }
                Data::Debug(info, entry, time) => debug_json(info, entry, *time),
                Data::Log(level, info, text, time) => {
                    log_json(*level, info.as_deref(), text, *time, &|text| {
                        texts::of_node(language, registry, text)
                    })
                }
            };
            json!({ "topic": self.topic, "data": data }).to_string()
        })
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

/// Messages on a wire, each encoded as the debug panel shows it.
pub(crate) fn peek_of(sightings: &[Sighting], skipped: u64) -> Peek {
    let messages = sightings.iter().map(|Sighting { source, seen }| {
        let encoded = inspect::encode(&seen.message, inspect::DEFAULT_LIMIT);
        PeekMessage {
            source: source.clone(),
            number: seen.number,
            timestamp: seen.time,
            msg: encoded.msg.into(),
            format: encoded.format,
        }
    });
    Peek { messages: messages.collect(), skipped }
}

/// `{}` clears a status, as in Node-RED.
fn status_json(status: &Status, registry: &Registry, language: Language) -> Value {
    let some = |text: &EcoString| (!text.is_empty()).then(|| text.clone());
    let text = texts::of_node(language, registry, &status.text);
    let status = NodeStatus { fill: some(&status.fill), shape: some(&status.shape), text: some(&text) };
    serde_json::to_value(status).unwrap_or_default()
}

fn debug_json(info: &NodeInfo, entry: &DebugEntry, time: Option<u64>) -> Value {
    let encoded = inspect::encode(&entry.value, inspect::DEFAULT_LIMIT);
    let message = DebugMessage {
        topic: entry.topic.as_ref().map(js::to_text),
        property: entry.property.clone(),
        msg: encoded.msg.into(),
        format: encoded.format,
        ..about(Some(info), time)
    };
    serde_json::to_value(message).unwrap_or_default()
}

fn log_json(
    level: Level,
    info: Option<&NodeInfo>,
    text: &Text,
    time: Option<u64>,
    render: &dyn Fn(&Text) -> EcoString,
) -> Value {
    let words = render(text);
    let message = DebugMessage {
        format: ecow::eco_format!("string[{}]", words.encode_utf16().count()),
        msg: words.into(),
        level: Some(level as u8),
        ..about(info, time)
    };
    serde_json::to_value(message).unwrap_or_default()
}

/// Who speaks, and when.
fn about(info: Option<&NodeInfo>, timestamp: Option<u64>) -> DebugMessage {
    match info.cloned() {
        None => DebugMessage { timestamp, ..DebugMessage::default() },
        Some(NodeInfo { id, flow, path, name, alias, .. }) => {
            DebugMessage { id, z: flow, path, name, alias, timestamp, ..DebugMessage::default() }
        }
    }
}
