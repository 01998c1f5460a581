//! Export: flow JSON of what is selected, of a tab, or of everything, with all that it needs to work elsewhere.

use std::collections::BTreeSet;

use model::document::{Document, Kind, Node};
use model::json::Json;

use super::deploy::without_credentials;

/// What is exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Nodes and groups (with their members), config nodes too.
    Nodes(BTreeSet<String>),
    /// A tab or subflow template, and all that is on it.
    Tab(String),
    /// Everything.
    #[default]
    All,
}

/// The entries to export, in document order: what is asked for, and the config nodes and subflow templates that it
/// uses, these with all that is in them. Credentials stay behind.
pub fn extract(document: &Document, extent: &Extent) -> Document {
    if *extent == Extent::All {
        return without_credentials(document);
    }
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Node> = match extent {
        Extent::Nodes(ids) => ids.iter().filter_map(|id| document.get(id)).collect(),
        Extent::Tab(tab) => document.get(tab).into_iter().chain(document.nodes_on(tab)).collect(),
        Extent::All => Vec::new(),
    };
    while let Some(node) = waiting.pop() {
        if !taken.insert(node.id()) {
            continue;
        }
        if node.kind() == Kind::Group {
            let members = node.field("nodes").and_then(Json::as_array).unwrap_or_default();
            waiting.extend(members.iter().filter_map(|member| document.get(member.as_str()?)));
        }
        if node.kind() == Kind::Subflow {
            waiting.extend(document.nodes_on(node.id()));
        }
        waiting.extend(node.subflow_id().and_then(|template| document.get(template)));
        for (_, value) in
            node.fields().iter().filter(|(key, _)| !matches!(*key, "id" | "z" | "g" | "name" | "info"))
        {
            config_nodes(document, value, &mut waiting);
        }
    }
    let entries =
        document.nodes().iter().filter(|node| taken.contains(node.id()) && node.kind() != Kind::Malformed);
    without_credentials(&Document::from_entries(entries.map(|node| node.json().clone())))
}

/// The text of a flow file: on one line, or indented by 4 spaces as Node-RED writes it.
pub fn to_text(document: &Document, is_indented: bool) -> String {
    if is_indented { document.to_pretty_string() } else { document.to_json().to_string() }
}

/// A file name for an export called `name`.
pub fn file_name(name: &str) -> String {
    let plain = name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' });
    let words: String = plain.flat_map(char::to_lowercase).take(60).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "flows.json".to_owned() } else { format!("{}.json", words.join("-")) }
}

/// The config nodes that a value names, at whatever depth.
fn config_nodes<'a>(document: &'a Document, value: &Json, found: &mut Vec<&'a Node>) {
    match value {
        Json::String(id) => found.extend(document.get(id).filter(|node| node.is_config())),
        Json::Array(items) => items.iter().for_each(|item| config_nodes(document, item, found)),
        Json::Object(object) => object.iter().for_each(|(_, item)| config_nodes(document, item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"T"},{"id":"u","type":"tab"},
        {"id":"s","type":"subflow","in":[]},{"id":"i","type":"json","z":"s","x":1,"y":1,"wires":[],"tls":"l"},
        {"id":"g","type":"group","z":"t","nodes":["a"],"x":0,"y":0},
        {"id":"a","type":"mqtt in","z":"t","g":"g","x":1,"y":1.50,"broker":"k","credentials":{"p":"secret"},"wires":[["b"]],"ödd":[1e3]},
        {"id":"b","type":"subflow:s","z":"t","x":2,"y":1,"wires":[]},{"id":"c","type":"json","z":"u","x":1,"y":1,"name":"k"},
        {"id":"k","type":"mqtt-broker","tls":"l","credentials":{"password":"secret"}},{"id":"l","type":"tls"},{"id":"m","type":"tls"}]"#;

    fn ids(extent: &Extent) -> String {
        let exported = extract(&Document::parse(FLOWS).unwrap(), extent);
        exported.nodes().iter().map(Node::id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn takes_along_what_is_needed() {
        let nodes = |ids: &[&str]| Extent::Nodes(ids.iter().map(|id| (*id).to_owned()).collect());
        assert_eq!(ids(&nodes(&["g"])), "g a k l");
        assert_eq!(ids(&nodes(&["b"])), "s i b l");
        assert_eq!(ids(&nodes(&["c"])), "c");
        assert_eq!(ids(&nodes(&["gone"])), "");
        assert_eq!(ids(&Extent::Tab("t".into())), "t s i g a b k l");
        assert_eq!(ids(&Extent::All), "t u s i g a b c k l m");
    }

    #[test]
    fn fields_come_back_as_they_were_and_secrets_stay() {
        let document = Document::parse(FLOWS).unwrap();
        for is_indented in [false, true] {
            let text = to_text(&extract(&document, &Extent::All), is_indented);
            assert!(!text.contains("secret") && !text.contains("credentials"), "{text}");
            let expected = r#"{"id":"a","type":"mqtt in","z":"t","g":"g","x":1,"y":1.50,"broker":"k","wires":[["b"]],"ödd":[1e3]}"#;
            assert_eq!(Document::parse(&text).unwrap().get("a").unwrap().json().to_string(), expected);
            assert_eq!(text.contains('\n'), is_indented);
        }
    }

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file_name("Smart Campus / 2"), "smart-campus-2.json");
        assert_eq!(file_name(" ../"), "flows.json");
    }
}
