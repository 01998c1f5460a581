//! One entry of a flow document.

use std::sync::{Arc, LazyLock, OnceLock};

use ecow::EcoString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{Json, Object};

/// What an entry is in the document's structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A tab (`tab`): a flow.
    Tab,
    /// A subflow template (`subflow`).
    Subflow,
    /// A use of a subflow (`subflow:<id>`).
    SubflowInstance,
    /// A group on a tab (`group`).
    Group,
    /// A junction of wires (`junction`).
    Junction,
    /// A node without a place on a tab: others refer to it by id.
    Config,
    /// Any other node.
    Node,
    /// No object, or one without a text `id` and `type`: kept, and reported by the checks.
    Malformed,
}

/// One entry: a node, tab, group and so on. Whatever it holds is kept; a clone shares it.
#[derive(Clone, Debug)]
pub struct Node {
    entry: Arc<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    json: Json,
    /// As `JSON.stringify` writes it, where that says all: kept for objects whose literals and key order are
    /// JavaScript's, once it was needed.
    text: OnceLock<Box<str>>,
}

impl Node {
    /// An entry as it stands in a flow file.
    pub fn new(entry: Json) -> Self {
        Self { entry: Arc::new(Entry { json: entry, text: OnceLock::new() }) }
    }

    /// Whether both are one entry in memory, and so equal; those that are not may be equal all the same.
    pub fn is_shared_with(&self, other: &Node) -> bool {
        Arc::ptr_eq(&self.entry, &other.entry)
    }

    /// The id; empty where there is none.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The `type`, such as `mqtt in`; empty where there is none.
    pub fn type_name(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// The id of the tab or subflow template it is on; none for what is on no tab.
    pub fn z(&self) -> Option<&str> {
        self.text("z").filter(|z| !z.is_empty())
    }

    /// The id of the group it is in.
    pub fn g(&self) -> Option<&str> {
        self.text("g").filter(|g| !g.is_empty())
    }

    /// The name its user gave it (a tab's is its `label`); empty where there is none.
    pub fn name(&self) -> &str {
        let key = if self.type_name() == "tab" { "label" } else { "name" };
        self.text(key).unwrap_or_default()
    }

    /// Horizontal place of its centre in the editor, in pixels at zoom 1 (a group's: of its left edge).
    pub fn x(&self) -> Option<f64> {
        self.field("x")?.as_f64()
    }

    /// Vertical place of its centre in the editor, in pixels at zoom 1 (a group's: of its top edge).
    pub fn y(&self) -> Option<f64> {
        self.field("y")?.as_f64()
    }

    /// For each output port the ids that it is wired to. What is malformed in `wires` counts as no wire.
    pub fn wires(&self) -> Vec<Vec<&str>> {
        let ports = self.field("wires").and_then(Json::as_array).unwrap_or_default();
        ports
            .iter()
            .map(|port| port.as_array().unwrap_or_default().iter().filter_map(Json::as_str).collect())
            .collect()
    }

    /// Whether the node (`d`) or tab (`disabled`) is switched off.
    pub fn is_disabled(&self) -> bool {
        let key = if self.type_name() == "tab" { "disabled" } else { "d" };
        self.field(key) == Some(&Json::Bool(true))
    }

    /// Whether it is a config node: it has no place on a tab, and is no tab, subflow template or group.
    pub fn is_config(&self) -> bool {
        self.kind() == Kind::Config
    }

    /// What it is in the document's structure.
    pub fn kind(&self) -> Kind {
        let (Some(_), Some(type_name)) = (self.own_id(), self.text("type")) else {
            return Kind::Malformed;
        };
        match type_name {
            "tab" => Kind::Tab,
            "subflow" => Kind::Subflow,
            "group" => Kind::Group,
            "junction" => Kind::Junction,
            _ if type_name.starts_with("subflow:") => Kind::SubflowInstance,
            _ if self.fields().contains_key("x") && self.fields().contains_key("y") => Kind::Node,
            _ => Kind::Config,
        }
    }

    /// The id of the template, of a use of a subflow.
    pub fn subflow_id(&self) -> Option<&str> {
        self.type_name().strip_prefix("subflow:")
    }

    /// A property.
    pub fn field(&self, key: &str) -> Option<&Json> {
        self.fields().get(key)
    }

    /// A property that is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.field(key)?.as_str()
    }

    /// All properties in order; none where the entry is no object.
    pub fn fields(&self) -> &Object {
        static NONE: LazyLock<Object> = LazyLock::new(Object::new);
        self.entry.json.as_object().unwrap_or(&NONE)
    }

    /// All its properties (the common ones too) as a serde value, to read a node's configuration from.
    pub fn config_json(&self) -> serde_json::Value {
        serde_json::Value::Object(self.fields().to_serde())
    }

    /// The entry as it was read.
    pub fn json(&self) -> &Json {
        &self.entry.json
    }

    /// The entry, to change; copied first where others share it.
    pub(crate) fn json_mut(&mut self) -> &mut Json {
        let entry = Arc::make_mut(&mut self.entry);
        entry.text.take();
        &mut entry.json
    }

    /// The text that means this entry and nothing else, where it is known: that of an object, whole.
    pub(super) fn known_text(&self) -> Option<&str> {
        self.entry.text.get().map(|text| &**text)
    }

    /// Hands the entry as `JSON.stringify` writes it to `take`; `scratch` holds it where it is not kept.
    pub(super) fn with_js_text(&self, scratch: &mut String, take: impl FnOnce(&str)) {
        if let Some(text) = self.known_text() {
            return take(text);
        }
        scratch.clear();
        if self.json().write_js(scratch) && self.json().as_object().is_some() {
            // Another thread may have kept the same.
            let _ = self.entry.text.set(scratch.as_str().into());
        }
        take(scratch);
    }

    /// The id where there is one, even an empty one.
    pub(crate) fn own_id(&self) -> Option<&EcoString> {
        match self.field("id") {
            Some(Json::String(id)) => Some(id),
            _ => None,
        }
    }
}

/// Entries are equal when they hold the same, to the last key and literal.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other) || self.json() == other.json()
    }
}

impl Eq for Node {}

impl From<Json> for Node {
    fn from(entry: Json) -> Self {
        Self::new(entry)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entry.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(Self::new)
    }
}
