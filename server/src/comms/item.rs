//! One thing told to editors, encoded when it is first sent.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use engine::inspect;
use engine::node::NodeInfo;
use engine::observe::{DebugEntry, Level, Status};
use engine::registry::Registry;
use model::text::Text;
use serde_json::{Map, Value, json};

/// Something to tell, shared by all who are told.
pub(super) struct Item {
    /// What it is about.
    pub(super) topic: String,
    data: Data,
    encoded: OnceLock<String>,
}

/// What is told.
pub(super) enum Data {
    /// Ready to be sent.
    Json(Value),
    /// A node's status.
    Status(Status),
    /// A value for the debug panel, and when it was seen in milliseconds since 1970.
    Debug(Arc<NodeInfo>, DebugEntry, u64),
    /// A warning or an error for the debug panel.
    Log(Level, Option<Arc<NodeInfo>>, Text, u64),
}

impl Item {
    pub(super) fn new(topic: impl Into<String>, data: Data) -> Self {
        Self { topic: topic.into(), data, encoded: OnceLock::new() }
    }

    /// `{"topic":...,"data":...}` as JSON text.
    pub(super) fn encoded(&self, registry: &Registry) -> &str {
        self.encoded.get_or_init(|| {
            let data = match &self.data {
                Data::Json(value) => value.clone(),
                Data::Status(status) => status_json(status, registry),
                Data::Debug(info, entry, time) => debug_json(info, entry, *time),
                Data::Log(level, info, text, time) => log_json(*level, info.as_deref(), text, *time, registry),
            };
            json!({ "topic": self.topic, "data": data }).to_string()
        })
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

/// `{}` clears a status, as in Node-RED.
fn status_json(status: &Status, registry: &Registry) -> Value {
    let mut json = Map::new();
    for (name, value) in [("fill", &status.fill), ("shape", &status.shape), ("text", &registry.render(&status.text))] {
        if !value.is_empty() {
            json.insert(name.into(), value.as_str().into());
        }
    }
    Value::Object(json)
}

fn debug_json(info: &NodeInfo, entry: &DebugEntry, time: u64) -> Value {
    let encoded = inspect::encode(&entry.value, inspect::DEFAULT_LIMIT);
    let mut json = about(info, time);
    if let Some(topic) = &entry.topic {
        json.insert("topic".into(), serde_json::to_value(topic).unwrap_or_default());
    }
    if let Some(property) = &entry.property {
        json.insert("property".into(), property.as_str().into());
    }
    if let Some(id) = &entry.message_id {
        json.insert("_msgid".into(), id.as_str().into());
    }
    json.insert("msg".into(), encoded.msg.into());
    json.insert("format".into(), encoded.format.as_str().into());
    Value::Object(json)
}

fn log_json(level: Level, info: Option<&NodeInfo>, text: &Text, time: u64, registry: &Registry) -> Value {
    let mut json = info.map_or_else(Map::new, |info| about(info, time));
    let words = registry.render(text);
    json.insert("level".into(), (level as u8).into());
    json.insert("format".into(), format!("string[{}]", words.chars().count()).into());
    json.insert("msg".into(), words.as_str().into());
    json.insert("timestamp".into(), time.into());
    Value::Object(json)
}

/// Who speaks, and when.
fn about(info: &NodeInfo, time: u64) -> Map<String, Value> {
    let mut json = Map::new();
    json.insert("id".into(), info.id.as_str().into());
    json.insert("z".into(), info.flow.as_str().into());
    json.insert("path".into(), info.path.as_str().into());
    json.insert("name".into(), info.name.as_str().into());
    json.insert("type".into(), info.type_name.as_str().into());
    if let Some(alias) = &info.alias {
        json.insert("_alias".into(), alias.as_str().into());
    }
    json.insert("timestamp".into(), time.into());
    json
}
