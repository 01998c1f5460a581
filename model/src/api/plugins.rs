//! Plugins as the API lists them, and as it takes them in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::descriptor::NodeDescriptor;
use crate::text::Text;

/// What a plugin says of itself beside its node type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// One sentence.
    pub description: String,
    /// Who made it.
    pub author: String,
    /// SPDX.
    pub licence: String,
    /// An address.
    pub homepage: String,
}

/// A plugin that the server has, or that lies in its folder: `GET /nodes/plugins`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstalledPlugin {
    /// Its name, of its file and in the API.
    pub name: String,
    /// The node type that it brings; none where its file cannot be read.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// Its own version.
    pub version: Option<String>,
    /// How it stands with it.
    pub state: PluginState,
    /// What is the matter.
    pub problem: Option<PluginProblem>,
    /// The hash of its file.
    pub sha256: String,
    /// Bytes of its file.
    pub size: usize,
    /// The hash of the file that was approved.
    pub pinned: Option<String>,
    /// Whether its type is switched on.
    pub enabled: bool,
    /// How many nodes of the deployed flows are of its type.
    pub used: usize,
    /// Who installed it.
    pub installed_by: Option<String>,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub installed_at: Option<u64>,
    /// What runs of it, which may be an earlier file.
    pub runs: Option<RunningPlugin>,
    /// What it asks for, in words.
    #[serde(default)]
    pub asks: Vec<PluginWord>,
    /// What it asks for.
    #[serde(default)]
    pub requests: Value,
    /// What it may do, in words.
    pub granted: Option<Vec<PluginWord>>,
    /// What it was granted.
    #[serde(default)]
    pub grants: Value,
    /// What it says of itself.
    #[serde(default)]
    pub about: About,
    /// How it looks.
    pub descriptor: Option<NodeDescriptor>,
}

/// How it stands with a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    /// It runs.
    Running,
    /// It waits for grants.
    Waiting,
    /// Its file is another than the one that was approved.
    Changed,
    /// Its file cannot be loaded, or its type is taken.
    Broken,
    /// Its file is gone.
    Missing,
}

/// What is the matter with a plugin and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginProblem {
    /// In words.
    pub message: String,
    /// The same as a text of the catalogue.
    pub text: Text,
}

/// What of a plugin runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningPlugin {
    /// The node type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The plugin's version.
    pub version: String,
}

/// Something that a plugin may do, or wants to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginWord {
    /// The capability that it belongs to.
    pub capability: String,
    /// In words.
    pub message: String,
    /// The same as a text of the catalogue.
    pub text: Text,
}

/// A plugin that is looked at before it is installed or approved: `POST /nodes/upload`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginCandidate {
    /// The node type that it brings.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its own version.
    pub version: String,
    /// The hash of its file.
    pub sha256: String,
    /// Bytes of its file.
    pub size: usize,
    /// What it asks for, in words.
    pub asks: Vec<PluginWord>,
    /// What it asks for.
    pub requests: Value,
    /// What it says of itself.
    #[serde(default)]
    pub about: About,
    /// How it looks.
    pub descriptor: NodeDescriptor,
    /// The installed plugin whose place it takes.
    pub replaces: Option<ReplacedPlugin>,
    /// Whether a built-in type has its name.
    #[serde(default)]
    pub is_built_in: bool,
}

/// An installed plugin whose place another takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplacedPlugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its file.
    pub sha256: String,
    /// What it was granted.
    #[serde(default)]
    pub grants: Value,
}

/// The lists of grants that an administrator may narrow or widen: where they are in them.
pub const GRANT_LISTS: [&str; 3] = ["/http/hosts", "/mqtt/publish", "/mqtt/subscribe"];

impl PluginState {
    /// Whether an administrator can approve it.
    pub fn can_be_approved(self) -> bool {
        matches!(self, Self::Waiting | Self::Changed)
    }
}

impl PluginCandidate {
    /// What lies in the server's folder and waits to be approved.
    pub fn of(installed: &InstalledPlugin) -> Option<Self> {
        let replaces = installed.installed_by.as_ref().map(|_| ReplacedPlugin {
            name: installed.name.clone(),
            version: String::new(),
            sha256: installed.pinned.clone().unwrap_or_default(),
            grants: installed.grants.clone(),
        });
        Some(Self {
            type_name: installed.type_name.clone()?,
            version: installed.version.clone()?,
            sha256: installed.sha256.clone(),
            size: installed.size,
            asks: installed.asks.clone(),
            requests: installed.requests.clone(),
            about: installed.about.clone(),
            descriptor: installed.descriptor.clone()?,
            replaces,
            is_built_in: false,
        })
    }

    /// What it is granted if nobody changes it: what it asks for, as narrow as what it replaces has it.
    pub fn first_grants(&self) -> Value {
        let mut grants = self.requests.clone();
        let former = self.replaces.as_ref().map(|replaced| &replaced.grants);
        for place in GRANT_LISTS {
            let (Some(list), Some(former)) =
                (grants.pointer_mut(place), former.and_then(|former| former.pointer(place)))
            else {
                continue;
            };
            *list = former.clone();
        }
        if let Some(broker) = former.and_then(|former| former.pointer("/mqtt/broker"))
            && let Some(mqtt) = grants.get_mut("mqtt").and_then(Value::as_object_mut)
        {
            mqtt.insert("broker".into(), broker.clone());
        }
        grants
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_granted_before_stays_as_narrow_and_on_its_broker() {
        let mut candidate: PluginCandidate = serde_json::from_value(json!({
            "type": "weather", "version": "1.1.0", "sha256": "00ff", "size": 2048, "asks": [],
            "requests": { "http": { "hosts": ["a.example", "b.example"] }, "mqtt": { "publish": ["a/#"], "subscribe": [] }, "kv": {} },
            "descriptor": {
                "type": "weather", "role": "node", "category": "network", "colour": "#aabbcc", "icon": "cloud",
                "inputs": 1, "outputs": 1, "schema": {}, "help": "",
                "label": { "properties": [], "fallback": { "args": { "text": "weather" } } }
            },
            "replaces": {
                "name": "weather", "version": "1.0.0", "sha256": "0a",
                "grants": { "http": { "hosts": ["a.example"] }, "mqtt": { "publish": ["a/b"], "subscribe": [], "broker": "b1" } }
            }
        }))
        .unwrap();
        let mqtt = json!({ "publish": ["a/b"], "subscribe": [], "broker": "b1" });
        assert_eq!(
            candidate.first_grants(),
            json!({ "http": { "hosts": ["a.example"] }, "mqtt": mqtt, "kv": {} })
        );
        candidate.replaces = None;
        assert_eq!(candidate.first_grants(), candidate.requests);
    }
}
