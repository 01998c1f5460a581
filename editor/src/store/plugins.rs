//! What the palette manager shows: the plugins of the server, and one that is looked at before it comes in.

use model::api::About;
use model::descriptor::NodeDescriptor;
use model::text::Text;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::texts::language;

/// A plugin that the server has, or that lies in its folder.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installed {
    /// Its name, of its file and in the API.
    pub name: String,
    /// The node type that it brings; none where its file cannot be read.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// Its own version.
    pub version: Option<String>,
    /// How it stands with it.
    pub state: State,
    /// What is the matter.
    pub problem: Option<Said>,
    /// The hash of its file.
    pub sha256: String,
    /// Bytes of its file.
    pub size: u64,
    /// Whether its type is switched on.
    pub enabled: bool,
    /// How many nodes of the deployed flows are of its type.
    pub used: usize,
    /// Who installed it.
    pub installed_by: Option<String>,
    /// What it may do, in words.
    pub granted: Option<Vec<Word>>,
    /// What it asks for, in words.
    #[serde(default)]
    pub asks: Vec<Word>,
    /// What it asks for.
    #[serde(default)]
    pub requests: Json,
    /// What it was granted.
    #[serde(default)]
    pub grants: Json,
    /// What it says of itself.
    #[serde(default)]
    pub about: About,
    /// How it looks.
    pub descriptor: Option<NodeDescriptor>,
}

/// How it stands with a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum State {
    Running,
    Waiting,
    Changed,
    Broken,
    Missing,
}

impl State {
    /// Key of its word, and the colour that it is shown in.
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Running => ("plugins.state.running", "green"),
            Self::Waiting => ("plugins.state.waiting", "yellow"),
            Self::Changed => ("plugins.state.changed", "red"),
            Self::Broken => ("plugins.state.broken", "red"),
            Self::Missing => ("plugins.state.missing", "red"),
        }
    }

    /// Whether an administrator can approve it.
    pub fn can_be_approved(self) -> bool {
        matches!(self, Self::Waiting | Self::Changed)
    }
}

/// Words of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// The words.
    pub message: String,
}

/// Something that a plugin may do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Word {
    /// The capability that it belongs to.
    pub capability: String,
    /// In words.
    pub message: String,
}

/// A plugin that is looked at before it is installed or approved.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The node type that it brings.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its own version.
    pub version: String,
    /// The hash of its file.
    pub sha256: String,
    /// Bytes of its file.
    pub size: u64,
    /// What it asks for, in words.
    pub asks: Vec<Word>,
    /// What it asks for.
    pub requests: Json,
    /// What it says of itself.
    #[serde(default)]
    pub about: About,
    /// How it looks.
    pub descriptor: NodeDescriptor,
    /// The installed plugin whose place it takes.
    pub replaces: Option<Replaced>,
    /// Whether a built-in type has its name.
    #[serde(default)]
    pub is_built_in: bool,
}

/// An installed plugin whose place another takes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Replaced {
    /// Its version.
    pub version: String,
    /// The hash of its file.
    pub sha256: String,
    /// What it was granted.
    #[serde(default)]
    pub grants: Json,
}

impl Installed {
    /// Equal while it is shown the same.
    pub fn key(&self) -> String {
        format!(
            "{} {} {:?} {} {} {:?} {:?}",
            self.name, self.sha256, self.state, self.enabled, self.used, self.granted, self.problem
        )
    }
}

impl Candidate {
    /// What lies in the server's folder and waits to be approved.
    pub fn of(installed: &Installed) -> Option<Self> {
        let replaces = installed.installed_by.as_ref().map(|_| Replaced {
            version: String::new(),
            sha256: String::new(),
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

    /// What it is granted if nobody narrows it: what it asks for, as narrow as what it replaces has it.
    pub fn first_grants(&self) -> Json {
        let mut grants = self.requests.clone();
        let former = self.replaces.as_ref().map(|replaced| &replaced.grants);
        for place in LISTS {
            let (Some(list), Some(former)) =
                (grants.pointer_mut(place), former.and_then(|former| former.pointer(place)))
            else {
                continue;
            };
            *list = former.clone();
        }
        if let Some(broker) = former.and_then(|former| former.pointer("/mqtt/broker"))
            && let Some(mqtt) = grants.get_mut("mqtt").and_then(Json::as_object_mut)
        {
            mqtt.insert("broker".into(), broker.clone());
        }
        grants
    }
}

/// The lists of grants that an administrator may change: where they are, and the key of their title.
pub const LISTS: [&str; 3] = ["/http/hosts", "/mqtt/publish", "/mqtt/subscribe"];

/// A list of grants as it is typed.
pub fn list_text(grants: &Json, place: &str) -> Option<String> {
    let list = grants.pointer(place)?.as_array()?;
    Some(list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", "))
}

/// Takes a list of grants as it was typed.
pub fn set_list(grants: &mut Json, place: &str, typed: &str) {
    let parts = typed.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty());
    if let Some(list) = grants.pointer_mut(place) {
        *list = parts.collect();
    }
}

/// A size in words.
pub fn size_text(bytes: u64) -> Text {
    let key = if bytes < 1024 * 1024 { "plugins.kilobytes" } else { "plugins.megabytes" };
    let size = if bytes < 1024 * 1024 {
        format!("{}", bytes.div_ceil(1024))
    } else {
        language().decimal(&format!("{:.1}", bytes as f64 / f64::from(1024 * 1024)))
    };
    Text::key(key).with("size", size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn installed() -> Installed {
        let text = json!({ "key": "plugins.waiting", "args": { "name": "weather" } });
        serde_json::from_value(json!({
            "name": "weather", "type": "weather", "version": "1.1.0", "state": "waiting", "enabled": true,
            "problem": { "message": "it waits", "text": text }, "sha256": "00ff", "size": 2048, "used": 2,
            "installedBy": "ann", "granted": null, "pinned": "0a", "runs": null,
            "asks": [{ "capability": "http", "message": "send requests to a.example", "text": { "key": "x.y" } }],
            "requests": { "http": { "hosts": ["a.example", "b.example"] }, "kv": {} },
            "grants": { "http": { "hosts": ["a.example"] } },
            "about": { "description": "Asks for the weather." },
            "descriptor": {
                "type": "weather", "role": "node", "category": "network", "colour": "#aabbcc", "icon": "cloud",
                "inputs": 1, "outputs": 1, "schema": {}, "help": "Helps.",
                "label": { "properties": ["name"], "fallback": { "args": { "text": "weather" } } }
            }
        }))
        .unwrap()
    }

    #[test]
    fn what_the_server_says_is_read() {
        let one = installed();
        assert_eq!(one.problem.as_ref().unwrap().message, "it waits");
        assert_eq!(one.asks[0].message, "send requests to a.example");
        assert!(one.state.can_be_approved());
    }

    #[test]
    fn what_was_granted_before_stays_as_narrow() {
        let candidate = Candidate::of(&installed()).unwrap();
        let mut grants = candidate.first_grants();
        assert_eq!(grants, json!({ "http": { "hosts": ["a.example"] }, "kv": {} }));
        assert_eq!(list_text(&grants, LISTS[0]).unwrap(), "a.example");
        assert_eq!(list_text(&grants, LISTS[1]), None);
        set_list(&mut grants, LISTS[0], " a.example,c.example:8080  ");
        assert_eq!(grants["http"]["hosts"], json!(["a.example", "c.example:8080"]));
        set_list(&mut grants, LISTS[2], "x/#");
        assert_eq!(grants.get("mqtt"), None);
    }

    #[test]
    fn sizes_are_told_in_words() {
        assert_eq!(crate::texts::show(&size_text(1)), "1 KB");
        assert_eq!(crate::texts::show(&size_text(12 * 1024 * 1024)), "12.0 MB");
    }
}
