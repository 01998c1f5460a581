//! What may be meant by what is typed into a typed value: variables in force, context keys and message properties
//! that other nodes of the document use.

use std::collections::BTreeSet;

use model::document::{Document, Node};
use model::json::Json;

/// Variables that every node has.
const ALWAYS: [&str; 7] = [
    "NR_FLOW_ID",
    "NR_FLOW_NAME",
    "NR_GROUP_ID",
    "NR_GROUP_NAME",
    "NR_NODE_ID",
    "NR_NODE_NAME",
    "NR_NODE_PATH",
];
/// Properties that most messages have.
const USUAL: [&str; 4] = ["payload", "topic", "parts", "error"];
/// Groups nested deeper than this are not looked at: a loop of groups must end.
const DEEPEST_GROUP: usize = 32;

/// What can stand in a value of this type at a node, in order.
pub fn completions(document: &Document, node: &str, type_name: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    match type_name {
        "env" => variables(document, node, &mut found),
        "msg" => {
            found.extend(USUAL.map(str::to_owned));
            typed_as("msg", document.nodes().iter(), &mut found);
        }
        "flow" => {
            let flow = document.get(node).and_then(Node::z);
            let here = document.nodes().iter().filter(|node| node.z() == flow);
            typed_as("flow", here.clone(), &mut found);
            here.for_each(|node| in_code("flow", node, &mut found));
        }
        "global" => {
            typed_as("global", document.nodes().iter(), &mut found);
            document.nodes().iter().for_each(|node| in_code("global", node, &mut found));
        }
        _ => {}
    }
    found.remove("");
    found.into_iter().collect()
}

/// The variables of the groups and the flow around a node, and of all flows.
fn variables(document: &Document, node: &str, found: &mut BTreeSet<String>) {
    found.extend(ALWAYS.map(str::to_owned));
    let node = document.get(node);
    let groups =
        std::iter::successors(node.and_then(Node::g), |group| document.get(group)?.g()).take(DEEPEST_GROUP);
    let around = groups.chain(node.and_then(Node::z)).filter_map(|id| document.get(id));
    let global = document.configs().filter(|node| node.type_name() == "global-config");
    for holder in around.chain(global) {
        let list = holder.field("env").and_then(Json::as_array).unwrap_or_default();
        found.extend(list.iter().filter_map(|one| one.get("name")?.as_str()).map(str::to_owned));
    }
}

/// Values whose type says that they are of a context or of the message.
fn typed_as<'a>(type_name: &str, nodes: impl Iterator<Item = &'a Node>, found: &mut BTreeSet<String>) {
    for node in nodes {
        look(node.json(), type_name, found);
    }
}

fn look(value: &Json, type_name: &str, found: &mut BTreeSet<String>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| look(item, type_name, found)),
        Json::Object(object) => {
            for (key, item) in object.iter() {
                let is_typed = [format!("{key}Type"), format!("{key}t")]
                    .iter()
                    .any(|kind| object.get(kind).and_then(Json::as_str) == Some(type_name));
                match item.as_str().filter(|_| is_typed) {
                    Some(text) => drop(found.insert(text.to_owned())),
                    None => look(item, type_name, found),
                }
            }
        }
        _ => {}
    }
}

/// Keys that code reads or writes: `flow.get("key")`.
fn in_code(context: &str, node: &Node, found: &mut BTreeSet<String>) {
    for code in ["func", "initialize", "finalize"].iter().filter_map(|key| node.text(key)) {
        for call in ["get", "set"] {
            for rest in code.split(&format!("{context}.{call}(")).skip(1) {
                let mut letters = rest.trim_start().chars();
                let Some(quote) = letters.next().filter(|quote| matches!(quote, '"' | '\'' | '`')) else {
                    continue;
                };
                let key: String = letters.take_while(|letter| *letter != quote).collect();
                if !key.contains('$') {
                    found.insert(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_use_is_offered() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab","env":[{"name":"ROOM","type":"str","value":"x"}]},{"id":"u","type":"tab"},
                {"id":"g","type":"group","z":"t","env":[{"name":"LAMP"}]},{"id":"c","type":"global-config","env":[{"name":"SITE"}]},
                {"id":"a","type":"change","z":"t","g":"g","x":1,"y":1,"rules":[{"p":"count","pt":"flow","to":"payload.car","tot":"msg"}]},
                {"id":"b","type":"function","z":"t","x":1,"y":1,"func":"flow.set('sum', 1); global.get( \"last\"); flow.get(key); flow.get(`x${1}`)"},
                {"id":"d","type":"inject","z":"u","x":1,"y":1,"payload":"other","payloadType":"flow"}]"#,
        )
        .unwrap();
        let offered = |node: &str, kind: &str| completions(&document, node, kind);
        let names = offered("a", "env");
        assert!(
            ["LAMP", "ROOM", "SITE", "NR_NODE_ID"].iter().all(|name| names.iter().any(|known| known == name))
        );
        assert!(!offered("d", "env").contains(&"ROOM".to_owned()));
        assert_eq!(offered("a", "flow"), ["count", "sum"]);
        assert_eq!(offered("a", "global"), ["last"]);
        assert!(offered("a", "msg").contains(&"payload.car".to_owned()) && offered("a", "num").is_empty());
    }
}
