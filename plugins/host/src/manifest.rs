//! What a plugin says of itself.

use model::api::About;
use model::descriptor::{NodeDescriptor, Role};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::capability::{Capabilities, Capability};
use crate::error::LoadError;

/// A longer description is refused.
const LONGEST: usize = 1 << 20;

/// Ports that a node may have.
const MOST_OUTPUTS: u16 = 256;

/// What `describe` gave, checked.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) version: String,
    pub(crate) about: About,
    pub(crate) descriptor: NodeDescriptor,
    /// The capabilities that are imported, with the wanted limits.
    pub(crate) requests: Capabilities,
    /// Whether several instances may share a node's work.
    pub(crate) parallel: bool,
}

#[derive(Deserialize)]
struct Described {
    version: String,
    node: Map<String, Json>,
    #[serde(default)]
    capabilities: Capabilities,
    #[serde(default)]
    parallel: bool,
    #[serde(flatten)]
    about: About,
}

impl Manifest {
    /// Reads what a plugin described; `imported` is what it imports.
    pub(crate) fn read(text: &str, imported: &[Capability]) -> Result<Self, LoadError> {
        if text.len() > LONGEST {
            return Err(bad("", format!("it has more than {LONGEST} bytes")));
        }
        let described: Described = parsed(&mut serde_json::Deserializer::from_str(text), "")?;
        let Described { version, mut node, capabilities, parallel, about } = described;
        if version.is_empty() || version.len() > 64 {
            return Err(bad("version", "it needs 1 to 64 characters"));
        }
        fill_in(&mut node);
        let mut descriptor: NodeDescriptor = parsed(Json::Object(node), "node.")?;
        check(&descriptor)?;
        let takes_input = descriptor.inputs > 0;
        if parallel && takes_input {
            add_workers(&mut descriptor);
        }
        let requests = capabilities.of(imported);
        Ok(Self { version, about, descriptor, requests, parallel: parallel && takes_input })
    }
}

/// What need not be said.
fn fill_in(node: &mut Map<String, Json>) {
    let type_name = node.get("type").cloned().unwrap_or_default();
    for (name, default) in [
        ("role", json!("node")),
        ("category", json!("function")),
        ("colour", json!("#c3d9e8")),
        ("icon", json!("puzzle")),
        ("inputs", json!(1)),
        ("outputs", json!(1)),
        ("label", json!({ "properties": ["name"], "fallback": type_name })),
        ("schema", json!({ "type": "object", "properties": {} })),
        ("help", json!("")),
    ] {
        node.entry(name).or_insert(default);
    }
    // A plugin has no catalogue: its label is words.
    if let Some(label) = node.get_mut("label").and_then(Json::as_object_mut) {
        label.entry("properties").or_insert(json!(["name"]));
        let fallback = label.entry("fallback").or_insert(type_name);
        if let Json::String(words) = fallback {
            *fallback = json!({ "args": { "text": words } });
        }
    }
}

fn check(descriptor: &NodeDescriptor) -> Result<(), LoadError> {
    let name = &descriptor.type_name;
    let is_named = !name.is_empty()
        && name.len() <= 64
        && name.trim() == name
        && name.chars().all(|character| character.is_alphanumeric() || " -_.".contains(character));
    let is_colour = descriptor.colour.len() == 7
        && descriptor.colour.starts_with('#')
        && descriptor.colour[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
    let outputs = match descriptor.outputs {
        model::descriptor::Outputs::Fixed(count) => count,
        model::descriptor::Outputs::Property { default, .. } => default,
    };
    let problem = if !is_named {
        ("node.type", "it needs 1 to 64 letters, digits, spaces, dots, dashes or underscores")
    } else if descriptor.role != Role::Node {
        ("node.role", "a plugin can only be a node")
    } else if descriptor.inputs > 1 {
        ("node.inputs", "a node has at most one input")
    } else if outputs > MOST_OUTPUTS {
        ("node.outputs", "a node has at most 256 outputs")
    } else if descriptor.button {
        ("node.button", "a plugin can have no button yet")
    } else if !is_colour {
        ("node.colour", "it must be written as #rrggbb")
    } else if !descriptor.schema.is_object() {
        ("node.schema", "it must be an object: a JSON Schema")
    } else {
        return Ok(());
    };
    Err(bad(problem.0, problem.1))
}

/// The settings that a node of a parallel plugin has besides its own.
fn add_workers(descriptor: &mut NodeDescriptor) {
    let Some(schema) = descriptor.schema.as_object_mut() else { return };
    let Some(properties) = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut() else {
        return;
    };
    properties.insert(
        "workers".into(),
        json!({
            "type": "integer", "default": 1, "minimum": 1, "maximum": MOST_WORKERS, "title": "Workers",
            "description": "How many messages are worked on at the same time, each by an instance of its own.",
            "x-section": "Parallel work",
        }),
    );
    properties.insert(
        "workersKey".into(),
        json!({
            "type": "string", "default": "topic", "title": "In order for each",
            "description": "Messages with the same value here go to the same worker, and stay in order.",
            "x-widget": "typed", "x-types": ["msg"], "x-section": "Parallel work",
        }),
    );
}

/// Workers of one node.
pub(crate) const MOST_WORKERS: u64 = 16;

impl Capabilities {
    /// Those that are imported; what was said of others is left out.
    fn of(self, imported: &[Capability]) -> Self {
        let has = |capability| imported.contains(&capability);
        Self {
            http: has(Capability::Http).then(|| self.http.unwrap_or_default()),
            mqtt: has(Capability::Mqtt).then(|| {
                let mut mqtt = self.mqtt.unwrap_or_default();
                mqtt.broker = None;
                mqtt
            }),
            kv: has(Capability::Kv).then(|| self.kv.unwrap_or_default()),
            clock: has(Capability::Clock).then(|| self.clock.unwrap_or_default()),
            random: has(Capability::Random).then(|| self.random.unwrap_or_default()),
        }
    }
}

fn parsed<'de, T: Deserialize<'de>, D: serde::Deserializer<'de, Error = serde_json::Error>>(
    from: D,
    prefix: &str,
) -> Result<T, LoadError> {
    serde_path_to_error::deserialize(from)
        .map_err(|error| bad(&format!("{prefix}{}", error.path()), error.into_inner()))
}

fn bad(path: &str, reason: impl std::fmt::Display) -> LoadError {
    LoadError::key("plugin.bad-description").with("path", path).with("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_must_be_said() {
        let manifest = Manifest::read(r#"{"version":"1.0.0","node":{"type":"halve"}}"#, &[]).unwrap();
        let descriptor = manifest.descriptor;
        assert_eq!(descriptor.label.fallback.render(None), "halve");
        assert_eq!((descriptor.inputs, descriptor.role), (1, Role::Node));
        assert_eq!(manifest.requests, Capabilities::default());
    }

    #[test]
    fn what_is_imported_is_asked_for_and_nothing_else() {
        let text = r##"{"version":"1","node":{"type":"x"},"author":"someone",
            "capabilities":{"http":{"hosts":["a.test"]},"mqtt":{"publish":["#"],"broker":"b1"},"kv":{}}}"##;
        let manifest = Manifest::read(text, &[Capability::Mqtt, Capability::Clock]).unwrap();
        let names: Vec<_> = manifest.requests.names().collect();
        assert_eq!(names, [Capability::Mqtt, Capability::Clock]);
        let mqtt = manifest.requests.mqtt.unwrap();
        assert_eq!((mqtt.publish, mqtt.broker), (vec!["#".to_owned()], None));
        assert_eq!(manifest.about.author, "someone");
    }

    #[test]
    fn a_parallel_plugin_has_workers_to_set() {
        let read = |text| Manifest::read(text, &[]).unwrap();
        let parallel = read(r#"{"version":"1","node":{"type":"x"},"parallel":true}"#);
        assert_eq!(parallel.descriptor.schema["properties"]["workers"]["default"], 1);
        let source = read(r#"{"version":"1","node":{"type":"x","inputs":0},"parallel":true}"#);
        assert!(!source.parallel && source.descriptor.schema["properties"]["workers"].is_null());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (text, path) in [
            ("{", ""),
            ("{}", ""),
            (r#"{"version":"","node":{"type":"x"}}"#, "version"),
            (r#"{"version":"1","node":{}}"#, "node."),
            (r#"{"version":"1","node":{"type":"a/b"}}"#, "node.type"),
            (r#"{"version":"1","node":{"type":"x","role":"catch"}}"#, "node.role"),
            (r#"{"version":"1","node":{"type":"x","inputs":2}}"#, "node.inputs"),
            (r#"{"version":"1","node":{"type":"x","outputs":9999}}"#, "node.outputs"),
            (r#"{"version":"1","node":{"type":"x","colour":"red"}}"#, "node.colour"),
            (r#"{"version":"1","node":{"type":"x","colour":"\u00e9\u00e9\u00e9a"}}"#, "node.colour"),
            (r#"{"version":"1","node":{"type":"x"},"capabilities":{"files":{}}}"#, "capabilities"),
        ] {
            let error = Manifest::read(text, &[]).unwrap_err();
            assert_eq!(error.text.key, "plugin.bad-description", "{text}");
            let found = error.text.args["path"].as_str();
            assert!(found.starts_with(path), "{text}: {found}");
        }
    }
}
