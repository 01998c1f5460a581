//! Flows that were made, beside the flows that they were made after.

use std::collections::HashMap;

use serde_json::Value;

/// What is not made by hand: where things stand, the frames around them, descriptions.
const NOT_COMPARED: [&str; 9] = ["id", "z", "g", "x", "y", "wires", "info", "inputs", "swaggerDoc"];

/// Fails where a node is missing, is set otherwise, or is wired otherwise.
pub(super) fn same_flows(expected: &[Value], made: &[Value]) {
    let expected: Vec<&Value> =
        expected.iter().filter(|node| node["type"] != "group" && node["type"] != "comment").collect();
    let made: Vec<&Value> = made.iter().filter(|node| node["type"] != "comment").collect();
    assert_eq!(made.len(), expected.len(), "{:?}", types(&made));
    let ids = partners(&expected, &made);
    for node in &expected {
        let partner = made.iter().find(|one| one["id"] == ids[id(node)]).unwrap();
        for (key, value) in node.as_object().unwrap() {
            if NOT_COMPARED.contains(&key.as_str()) {
                continue;
            }
            let value = renamed(value, &ids);
            let found = &partner[key];
            assert!(same(&value, found), "{} of {}: {found} instead of {value}", key, node["name"]);
        }
        let wires = |node: &Value| node["wires"].as_array().cloned().unwrap_or_default();
        let (mut wanted, mut drawn) = (wires(node), wires(partner));
        wanted.iter_mut().for_each(|port| *port = sorted(&renamed(port, &ids)));
        drawn.iter_mut().for_each(|port| *port = sorted(port));
        while drawn.len() < wanted.len() {
            drawn.push(Value::Array(Vec::new()));
        }
        let is_empty = |port: &Value| port.as_array().is_some_and(Vec::is_empty);
        let extra = drawn.split_off(wanted.len());
        assert!(drawn == wanted && extra.iter().all(is_empty), "wires of {}: {drawn:?}", node["name"]);
    }
}

fn types(nodes: &[&Value]) -> Vec<String> {
    nodes.iter().map(|node| node["type"].to_string()).collect()
}

fn id(node: &Value) -> &str {
    node["id"].as_str().unwrap()
}

/// What each node of the example became: nodes were made in the example's order, tab by tab and type by type.
fn partners<'a>(expected: &[&'a Value], made: &[&'a Value]) -> HashMap<&'a str, String> {
    let mut tabs = HashMap::new();
    for (tab, partner) in of_type(expected, "tab").zip(of_type(made, "tab")) {
        tabs.insert(id(tab), id(partner));
    }
    let mut ids: HashMap<&str, String> = tabs.iter().map(|(tab, made)| (*tab, (*made).to_owned())).collect();
    for node in expected {
        let here = |one: &&&Value| {
            let z = |node: &Value| node["z"].as_str().map(str::to_owned);
            let on_tab = z(node).and_then(|z| tabs.get(z.as_str()).map(|tab| (*tab).to_owned()));
            one["type"] == node["type"]
                && z(one) == on_tab
                && one["name"] == node["name"]
                && ["topic", "statusCode"].iter().all(|key| one[*key] == node[*key])
                && !ids.values().any(|known| known == id(one))
        };
        if node["type"] != "tab" {
            let partner = made.iter().find(here).unwrap_or_else(|| panic!("nothing was made like {node}"));
            ids.insert(id(node), id(partner).to_owned());
        }
    }
    ids
}

fn of_type<'a>(nodes: &[&'a Value], type_name: &'static str) -> impl Iterator<Item = &'a Value> {
    nodes.iter().copied().filter(move |node| node["type"] == type_name).collect::<Vec<_>>().into_iter()
}

/// The value with the made nodes' ids in place of the example's.
fn renamed(value: &Value, ids: &HashMap<&str, String>) -> Value {
    match value {
        Value::String(text) => ids.get(text.as_str()).map_or_else(|| value.clone(), |id| id.as_str().into()),
        Value::Array(items) => items.iter().map(|item| renamed(item, ids)).collect(),
        Value::Object(object) => object.iter().map(|(key, item)| (key.clone(), renamed(item, ids))).collect(),
        other => other.clone(),
    }
}

fn sorted(port: &Value) -> Value {
    let mut targets: Vec<String> =
        port.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    targets.sort();
    targets.into()
}

/// Whether two values mean the same: numbers and truth values may be texts, what is absent may be empty.
pub(super) fn same(expected: &Value, found: &Value) -> bool {
    let is_blank = |value: &Value| {
        value.is_null()
            || *value == ""
            || *value == false
            || *value == 0
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(serde_json::Map::is_empty)
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    match (expected, found) {
        (expected, found) if is_blank(expected) && is_blank(found) => true,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => text(a) == text(b),
    }
}
