//! An instance of a subflow becomes the nodes that it stands for, in a group that carries its environment.

use std::collections::BTreeMap;

use ecow::EcoString;
use model::document::{Document, Kind, Node};
use model::edit::{Batch, Edit, Paste, connect, delete_nodes, enable_nodes, paste};
use model::json::{Json, Object};
use model::text::Text;

use super::groups::reparent;
use super::subflows::instances;
use super::wires::{FreshId, wires_at};
use super::{list, put};
use crate::store::Id;
use crate::store::moving::tidy;

/// Room between the group's frame and the middle of the outermost nodes.
const ROOM: (f64, f64) = (90.0, 45.0);

/// Puts copies of a subflow's contents in the place of an instance.
pub fn expand(document: &Document, instance: &str, fresh_id: FreshId<'_>) -> Edit {
    let missing = || Text::key("edit.no-node").with("id", instance);
    let node = document.get(instance).ok_or_else(missing)?;
    let (Some(template), Some(tab)) = (node.subflow_id().and_then(|id| document.get(id)), node.z()) else {
        return Err(missing());
    };
    let contents: Vec<&Node> =
        document.nodes_on(template.id()).filter(|node| node.kind() != Kind::Malformed).collect();
    let mut batch = Batch::on(document);
    let mut copies: BTreeMap<String, EcoString> = BTreeMap::new();
    if !contents.is_empty() {
        let clipboard = Document::from_entries(contents.iter().map(|node| node.json().clone()));
        let shift = shift(&contents, node);
        batch.make(|document| {
            let options = Paste { z: tab, shift, keeps_free_ids: false };
            let pasted = paste(document, &clipboard, options, fresh_id)?;
            copies = contents.iter().map(|node| node.id().to_owned()).zip(pasted.ids).collect();
            Ok(pasted.diff)
        })?;
        let drawn = contents.iter().filter(|node| node.x().is_some());
        let tops: Vec<Id> = drawn
            .clone()
            .filter(|node| node.g().is_none_or(|group| !copies.contains_key(group)))
            .filter_map(|node| copies.get(node.id()))
            .map(|id| Id::from(id.as_str()))
            .collect();
        let group = fresh_id();
        let entry = group_entry(&group, tab, node, template, drawn.map(|node| (node.x(), node.y())), shift);
        batch.make(|document| put(document, [entry]))?;
        batch.make(|document| reparent(document, &tops, Some(&group)))?;
        if let Some(around) = node.g() {
            batch.make(|document| reparent(document, &[Id::from(group.as_str())], Some(around)))?;
        }
        if node.is_disabled() {
            let switched: Vec<&str> = contents
                .iter()
                .filter(|node| matches!(node.kind(), Kind::Node | Kind::SubflowInstance))
                .filter_map(|node| copies.get(node.id()).map(EcoString::as_str))
                .collect();
            batch.make(|document| enable_nodes(document, switched, false))?;
        }
    }
    rewire(&mut batch, document, node, template, &copies)?;
    batch.make(|document| delete_nodes(document, [instance]))?;
    Ok(batch.finish())
}

/// Puts copies of a subflow's contents in the place of each of its instances, and deletes the subflow.
pub fn dissolve(document: &Document, template: &str, fresh_id: FreshId<'_>) -> Edit {
    let mut batch = Batch::on(document);
    for instance in instances(document, template) {
        batch.make(|document| expand(document, &instance, fresh_id))?;
    }
    batch.make(|document| delete_nodes(document, [template]))?;
    Ok(batch.finish())
}

/// What was wired to the instance is wired to the copies behind its ends.
fn rewire(
    batch: &mut Batch,
    document: &Document,
    instance: &Node,
    template: &Node,
    copies: &BTreeMap<String, EcoString>,
) -> Result<(), Text> {
    let sources: Vec<_> = wires_at(document, instance.id())
        .into_iter()
        .filter(|wire| wire.to.as_ref() == instance.id())
        .collect();
    let joined = |batch: &mut Batch, from: &str, port: usize, to: &str| {
        let (is_there, is_self) =
            (batch.document().get(to).is_some(), from == instance.id() || to == instance.id());
        match is_there && !is_self {
            true => batch.make(|document| connect(document, from, port, to)),
            false => Ok(()),
        }
    };
    for (id, _) in named(template.field("in").and_then(Json::as_array).and_then(<[Json]>::first)) {
        let Some(to) = copies.get(&id) else { continue };
        for source in &sources {
            joined(batch, &source.from, usize::from(source.port), to)?;
        }
    }
    let ends = template.field("out").and_then(Json::as_array).unwrap_or_default();
    for (end, targets) in ends.iter().zip(instance.wires()) {
        for (id, port) in named(Some(end)) {
            for target in &targets {
                if id == template.id() {
                    // Straight through.
                    for source in &sources {
                        joined(batch, &source.from, usize::from(source.port), target)?;
                    }
                } else if let Some(from) = copies.get(&id) {
                    joined(batch, from, port, target)?;
                }
            }
        }
    }
    Ok(())
}

/// The nodes that an end names, and their outputs.
fn named(end: Option<&Json>) -> Vec<(String, usize)> {
    let wires = end.and_then(|end| end.get("wires")).and_then(Json::as_array).unwrap_or_default();
    let wire = |wire: &Json| {
        let port = wire.get("port").and_then(Json::as_f64).unwrap_or_default() as usize;
        Some((wire.get("id")?.as_str()?.to_owned(), port))
    };
    wires.iter().filter_map(wire).collect()
}

/// From the middle of the contents to the instance.
fn shift(contents: &[&Node], instance: &Node) -> (f64, f64) {
    let middle = |place: fn(&Node) -> Option<f64>| {
        let places = contents.iter().filter(|node| node.kind() != Kind::Group).filter_map(|node| place(node));
        let (low, high) =
            places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        let middle = f64::midpoint(low, high);
        if middle.is_finite() { place(instance).unwrap_or_default() - middle } else { 0.0 }
    };
    (middle(Node::x).round(), middle(Node::y).round())
}

fn group_entry(
    id: &str,
    tab: &str,
    instance: &Node,
    template: &Node,
    places: impl Iterator<Item = (Option<f64>, Option<f64>)>,
    shift: (f64, f64),
) -> Object {
    let bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let [left, top, right, bottom] = places.fold(bounds, |[left, top, right, bottom], (x, y)| {
        let (x, y) = (x.unwrap_or_default() + shift.0, y.unwrap_or_default() + shift.1);
        [left.min(x), top.min(y), right.max(x), bottom.max(y)]
    });
    let name =
        [instance.name(), template.name()].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let mut entry: Object = [("id", id), ("type", "group"), ("z", tab), ("name", name)].into_iter().collect();
    entry.insert("style", Json::Object(Object::from_iter([("label", true)])));
    entry.insert("nodes", list::<&str>([]));
    let env = environment(instance, template);
    if !env.is_empty() {
        entry.insert("env", Json::Array(env));
    }
    for (key, value) in [
        ("x", left - ROOM.0),
        ("y", top - ROOM.1),
        ("w", right - left + 2.0 * ROOM.0),
        ("h", bottom - top + 2.0 * ROOM.1),
    ] {
        entry.insert(key, tidy(value));
    }
    entry
}

/// The template's variables, with the values that the instance has for them.
fn environment(instance: &Node, template: &Node) -> Vec<Json> {
    let variables = |node: &Node| node.field("env").and_then(Json::as_array).unwrap_or_default().to_vec();
    let name = |variable: &Json| variable.get("name").and_then(Json::as_str).map(str::to_owned);
    let mut all = variables(template);
    for own in variables(instance) {
        match all.iter_mut().find(|known| name(known) == name(&own)) {
            Some(known) => *known = own,
            None => all.push(own),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, counted};
    use super::*;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"s","type":"subflow","name":"S","in":[{"x":1,"y":1,"wires":[{"id":"n"}]}],
         "out":[{"x":1,"y":1,"wires":[{"id":"m","port":0}]},{"x":1,"y":1,"wires":[{"id":"s","port":0}]}],
         "env":[{"name":"A","type":"str","value":"one"},{"name":"B","type":"str","value":"two"}]},
        {"id":"n","type":"switch","z":"s","x":100,"y":100,"wires":[["m"]]},
        {"id":"m","type":"switch","z":"s","g":"k","x":300,"y":100,"wires":[[]]},
        {"id":"k","type":"group","z":"s","nodes":["m"],"x":250,"y":60,"w":100,"h":80},
        {"id":"a","type":"inject","z":"t","x":100,"y":100,"wires":[["i"]]},
        {"id":"i","type":"subflow:s","z":"t","x":500,"y":300,"env":[{"name":"B","type":"num","value":"2"}],"wires":[["d"],["e"]]},
        {"id":"d","type":"debug","z":"t","x":700,"y":100,"wires":[]},
        {"id":"e","type":"debug","z":"t","x":700,"y":200,"wires":[]}]"#;

    #[test]
    fn an_instance_becomes_its_contents() {
        let start = Document::parse(FLOW).unwrap();
        let made = after(&start, expand(&start, "i", &mut counted()));
        assert!(made.get("i").is_none() && made.get("s").is_some());
        let [first, second] = ["n1", "n2"].map(|id| made.get(id).unwrap());
        assert_eq!((first.x(), first.y(), second.x()), (Some(400.0), Some(300.0), Some(600.0)));
        assert_eq!(made.get("a").unwrap().wires(), [["n1", "e"]]);
        assert_eq!((first.wires(), second.wires()), (vec![vec!["n2"]], vec![vec!["d"]]));
        let group = made.groups().find(|group| group.name() == "S").unwrap();
        let env = group.field("env").unwrap().to_js_string();
        assert_eq!(env, r#"[{"name":"A","type":"str","value":"one"},{"name":"B","type":"num","value":"2"}]"#);
        assert_eq!(first.g(), Some(group.id()));

        let gone = after(&start, dissolve(&start, "s", &mut counted()));
        assert!(gone.get("s").is_none() && gone.get("n").is_none() && gone.get("n1").is_some());
        assert!(expand(&start, "a", &mut counted()).is_err());
    }
}
