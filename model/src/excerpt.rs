//! Some nodes of a document on their own, with all that they need: what a flow test is about.

use std::collections::BTreeSet;

use crate::document::{Document, Kind, Node};
use crate::edit::references::{Fate, rewrite};
use crate::json::{Json, Object};

/// Of a container what counts for the nodes in it.
const OF_CONTAINER: [&str; 7] = ["id", "type", "label", "name", "env", "z", "g"];

/// Nodes of a document on their own.
#[derive(Clone, Debug)]
pub struct Excerpt {
    entries: Vec<Json>,
}

impl Excerpt {
    /// The nodes with these ids, the wires between them, their flow, groups, config nodes and subflows. What they
    /// are wired to besides is left out. A node inside a subflow stands on a tab with the subflow's environment.
    ///
    /// # Errors
    /// The first id that the document does not have.
    pub fn of<'a>(document: &Document, ids: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut found = Found { document, ids: BTreeSet::new(), containers: BTreeSet::new() };
        for id in ids {
            found.add(document.get(id).ok_or(id)?);
        }
        let globals = document.configs().filter(|node| node.type_name() == "global-config");
        globals.for_each(|node| found.add(node));
        // In the document's order, so that the same nodes are the same excerpt.
        let is_wanted = |node: &&Node| found.ids.contains(node.id()) || found.containers.contains(node.id());
        let entries = document.nodes().iter().filter(is_wanted);
        Ok(Self { entries: entries.map(|node| found.entry(node)).collect() })
    }

    /// The entries, as in a flow file.
    pub fn entries(&self) -> &[Json] {
        &self.entries
    }

    /// The entries, as in a flow file.
    pub fn into_entries(self) -> Vec<Json> {
        self.entries
    }

    /// The same for excerpts that work the same; 16 hex digits.
    pub fn fingerprint(&self) -> String {
        let mut digits = Document::from_entries(self.entries.iter().cloned()).rev();
        digits.truncate(16);
        digits
    }
}

struct Found<'a> {
    document: &'a Document,
    /// Ids of what runs, and of subflow templates.
    ids: BTreeSet<&'a str>,
    /// Ids of tabs and groups that they are in, and of the subflow that they are inside of.
    containers: BTreeSet<&'a str>,
}

impl<'a> Found<'a> {
    fn add(&mut self, node: &'a Node) {
        if !self.ids.insert(node.id()) {
            return;
        }
        if let Some(container) = node.z().and_then(|z| self.document.get(z)) {
            // The contents of a template that is used are in their template.
            let is_inside = container.kind() == Kind::Subflow && self.ids.contains(container.id());
            if !is_inside {
                self.containers.insert(container.id());
            }
        }
        let mut group = node.g();
        while let Some(around) = group.and_then(|g| self.document.get(g)) {
            if !self.containers.insert(around.id()) {
                break;
            }
            group = around.g();
        }
        if let Some(template) = node.subflow_id().and_then(|id| self.document.get(id)) {
            self.ids.insert(template.id());
            self.document.nodes_on(template.id()).for_each(|inner| self.add(inner));
        }
        node.fields().iter().for_each(|(_, value)| self.add_configs(value));
    }

    /// Config nodes are named by properties of any name, in rows too.
    fn add_configs(&mut self, value: &'a Json) {
        match value {
            Json::String(id) => {
                if let Some(config) = self.document.get(id).filter(|node| node.is_config()) {
                    self.add(config);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.add_configs(item)),
            Json::Object(object) => object.iter().for_each(|(_, value)| self.add_configs(value)),
            _ => {}
        }
    }

    fn entry(&self, node: &Node) -> Json {
        if !self.ids.contains(node.id()) {
            return self.container(node);
        }
        let mut fields = node.fields().clone();
        // It works the same wherever it is drawn; that it is drawn at all tells it from a config node.
        if matches!(node.kind(), Kind::Node | Kind::SubflowInstance | Kind::Junction) {
            fields.insert("x", 0.0);
            fields.insert("y", 0.0);
        }
        let fate = |id: &str| match self.ids.contains(id) || self.containers.contains(id) {
            true => Fate::Keep,
            false => Fate::Drop,
        };
        rewrite(&mut fields, node.kind(), &fate);
        if let Some(ports) = fields.get_mut("wires").and_then(Json::as_array_mut) {
            while ports.last().is_some_and(|port| port.as_array().is_some_and(<[Json]>::is_empty)) {
                ports.pop();
            }
        }
        Json::Object(fields)
    }

    /// A tab or group with what counts for the nodes in it; a subflow as a tab.
    fn container(&self, node: &Node) -> Json {
        let kept = node.fields().iter().filter(|(key, _)| OF_CONTAINER.contains(key));
        let mut fields: Object = kept.map(|(key, value)| (key, value.clone())).collect();
        if node.kind() == Kind::Subflow {
            fields.insert("type", "tab");
        }
        Json::Object(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"T","disabled":true,"env":[{"name":"A","type":"str","value":"1"}]},
        {"id":"g","type":"group","z":"t","nodes":["b","c"],"x":1,"y":1,"w":9,"h":9,"env":[]},
        {"id":"s","type":"subflow","name":"S","env":[],"in":[{"wires":[{"id":"x"}]}],"out":[{"wires":[{"id":"x","port":0}]}]},
        {"id":"x","type":"change","z":"s","x":1,"y":1,"wires":[[]]},
        {"id":"k","type":"mqtt-broker","host":"h"},
        {"id":"other","type":"mqtt-broker","host":"h"},
        {"id":"a","type":"inject","z":"t","x":1,"y":1,"wires":[["b"]]},
        {"id":"b","type":"switch","z":"t","g":"g","x":1,"y":1,"rows":[{"broker":"k"}],"wires":[["c"],["d"],[]]},
        {"id":"c","type":"subflow:s","z":"t","g":"g","x":1,"y":1,"wires":[["d"]]},
        {"id":"d","type":"debug","z":"t","x":1,"y":1,"wires":[]}]"#;

    fn ids(excerpt: &Excerpt) -> Vec<&str> {
        excerpt.entries().iter().filter_map(|entry| entry.get("id")?.as_str()).collect()
    }

    #[test]
    fn holds_what_the_nodes_need_and_nothing_else() {
        let document = Document::parse(FLOWS).unwrap();
        let excerpt = Excerpt::of(&document, ["b", "c"]).unwrap();
        assert_eq!(ids(&excerpt), ["t", "g", "s", "x", "k", "b", "c"]);
        let node = |id: &str| {
            excerpt.entries().iter().find(|entry| entry.get("id").and_then(Json::as_str) == Some(id)).unwrap()
        };
        assert_eq!(node("b").get("wires"), Some(&Json::parse(r#"[["c"]]"#).unwrap()));
        assert_eq!(node("c").get("wires"), Some(&Json::parse("[]").unwrap()));
        assert!(node("t").get("disabled").is_none() && node("t").get("env").is_some());
        assert_eq!(Excerpt::of(&document, ["b", "gone"]).unwrap_err(), "gone");
    }

    #[test]
    fn nodes_of_a_subflow_stand_on_a_tab() {
        let document = Document::parse(FLOWS).unwrap();
        let excerpt = Excerpt::of(&document, ["x"]).unwrap();
        assert_eq!(ids(&excerpt), ["s", "x"]);
        assert_eq!(excerpt.entries()[0].get("type").and_then(Json::as_str), Some("tab"));
    }

    #[test]
    fn the_fingerprint_is_that_of_what_works() {
        let print =
            |flows: &str| Excerpt::of(&Document::parse(flows).unwrap(), ["b", "c"]).unwrap().fingerprint();
        let here = print(FLOWS);
        for (is_same, from, to) in [
            (true, r#""g":"g","x":1"#, r#""g":"g","x":7"#),
            (true, r#"["d"],[]"#, r#"["a"],[]"#),
            (
                true,
                r#""id":"other","type":"mqtt-broker","host":"h""#,
                r#""id":"other","type":"mqtt-broker","host":"i""#,
            ),
            (
                false,
                r#""id":"k","type":"mqtt-broker","host":"h""#,
                r#""id":"k","type":"mqtt-broker","host":"i""#,
            ),
            (false, r#"[["c"],["d"],[]]"#, r#"[[],["d"],["c"]]"#),
            (false, r#""value":"1""#, r#""value":"2""#),
            (false, r#""id":"x","type":"change""#, r#""id":"x","type":"switch""#),
        ] {
            assert!(FLOWS.contains(from), "{from}");
            assert_eq!(print(&FLOWS.replace(from, to)) == here, is_same, "{to}");
        }
    }
}
