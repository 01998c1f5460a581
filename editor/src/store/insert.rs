//! Putting new nodes on a tab: where, and wired to what.

use model::descriptor::NodeDescriptor;
use model::document::Document;
use model::edit::{Batch, Edit, Place, add_node, connect, set_property};
use model::json::Json;
use serde_json::Value;

use super::Id;
use super::drawing::{Drawing, DrawnNode};
use super::geometry::{Rect, node_height, node_width};
use super::moving::{GRID, snapped, tidy};
use super::node_types::type_label;
use super::selection::Selection;

/// Room between a node and the next one that is put behind it.
const GAP: f64 = 3.0 * GRID;

/// A new node: where it goes and what it is wired from.
#[derive(Clone, Debug, PartialEq)]
pub struct Insertion {
    /// Its centre.
    pub at: (f64, f64),
    /// Node and output that are wired to it.
    pub from: Option<(Id, u16)>,
}

/// Where a node of this type goes when it is not dropped at a place: behind the node that is selected alone and
/// wired from it, else near the middle of what is seen; where nothing else stands.
pub fn suggested(
    drawing: &Drawing,
    selection: &Selection,
    descriptor: &NodeDescriptor,
    seen: Rect,
) -> Insertion {
    let size = size_of(descriptor);
    let before = selection.single().and_then(|id| drawing.node(id));
    let (x, y) = match before {
        Some(node) => (node.frame().right + GAP + size.0 / 2.0, node.y),
        None => seen.centre(),
    };
    let from = before.filter(|node| node.outputs > 0 && descriptor.inputs > 0);
    let from = from.map(|node| (node.id.clone(), free_output(drawing, node)));
    Insertion { at: free_place(drawing, size, on_grid((x, y), size)), from }
}

/// The place on the grid for a node of this type that is dropped at (`x`, `y`).
pub fn dropped(descriptor: &NodeDescriptor, x: f64, y: f64) -> Insertion {
    Insertion { at: on_grid((x, y), size_of(descriptor)), from: None }
}

/// Adds the node, and its wire. Where it cannot do without a config node and there is just one to choose, it is chosen.
pub fn insert(
    document: &Document,
    descriptor: &NodeDescriptor,
    id: &str,
    tab: &str,
    insertion: &Insertion,
) -> Edit {
    let mut batch = Batch::on(document);
    let (x, y) = insertion.at;
    batch.make(|document| add_node(document, descriptor, id, Place { z: Some(tab), x, y }))?;
    for (key, config) in sole_configs(document, descriptor) {
        batch.make(|document| set_property(document, id, key, Some(Json::from(config))))?;
    }
    if let Some((from, port)) = &insertion.from {
        batch.make(|document| connect(document, from, usize::from(*port), id))?;
    }
    Ok(batch.finish())
}

/// The properties that have to name a config node, each with the only one of its type.
fn sole_configs<'a>(
    document: &'a Document,
    descriptor: &'a NodeDescriptor,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let required = descriptor.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.filter_map(|key| {
        let wanted = descriptor.schema["properties"][key]["x-config-type"].as_str()?;
        let mut configs = document.configs().filter(|node| node.type_name() == wanted && !node.is_disabled());
        let only = configs.next().filter(|only| only.z().is_none())?;
        configs.next().is_none().then(|| (key, only.id()))
    })
}

/// The first output without a wire, else the first.
pub fn free_output(drawing: &Drawing, node: &DrawnNode) -> u16 {
    let is_free = |port: &u16| !drawing.wires.iter().any(|wire| wire.from == node.id && wire.port == *port);
    (0..node.outputs).find(is_free).unwrap_or(0)
}

/// Width and height of a new node of a type.
pub fn size_of(descriptor: &NodeDescriptor) -> (f64, f64) {
    (node_width(&type_label(descriptor), descriptor.inputs > 0), node_height(1, 1))
}

fn on_grid((x, y): (f64, f64), (width, height): (f64, f64)) -> (f64, f64) {
    let (dx, dy) = snapped(Rect::around(x, y, width, height), 0.0, 0.0);
    (tidy(x + dx), tidy(y + dy))
}

/// The place, or the next one below it where nothing stands.
fn free_place(drawing: &Drawing, (width, height): (f64, f64), (x, mut y): (f64, f64)) -> (f64, f64) {
    let is_taken = |y: f64| {
        let frame = Rect::around(x, y, width, height).grown(GRID / 4.0);
        drawing.nodes.iter().any(|node| node.frame().meets(frame))
    };
    while is_taken(y) {
        y += 2.0 * GRID;
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn places_are_written_without_the_rest_of_a_sum() {
        let (x, y) = on_grid((0.1 + 0.2 - 240.0, 3.3), (100.0, 30.0));
        assert_eq!((x, y), (-230.0, 0.0));
    }

    #[test]
    fn the_only_config_node_that_there_is_is_chosen() {
        let schema = serde_json::json!({
            "required": ["server"],
            "properties": {
                "server": { "x-widget": "config-node", "x-config-type": "mqtt-broker" },
                "tls": { "x-widget": "config-node", "x-config-type": "tls-config" },
            },
        });
        let descriptor = NodeDescriptor { schema, ..NodeDescriptor::clone(sample().get("json").unwrap()) };
        let chosen = |configs: &str| {
            let text = format!(r#"[{{"id":"t","type":"tab"}},{{"id":"x","type":"tls-config"}}{configs}]"#);
            let document = Document::parse(&text).unwrap();
            let made = insert(&document, &descriptor, "n", "t", &dropped(&descriptor, 1.0, 1.0)).unwrap();
            let mut after = document.clone();
            made.apply(&mut after).unwrap();
            let node = after.get("n").unwrap();
            (
                node.text("server").unwrap_or_default().to_owned(),
                node.text("tls").unwrap_or_default().to_owned(),
            )
        };
        let broker = |id: &str, more: &str| format!(r#",{{"id":"{id}","type":"mqtt-broker"{more}}}"#);
        assert_eq!(chosen(""), (String::new(), String::new()));
        assert_eq!(chosen(&broker("a", "")), ("a".into(), String::new()));
        assert_eq!(chosen(&(broker("a", "") + &broker("b", ""))), (String::new(), String::new()));
        assert_eq!(chosen(&broker("a", r#","d":true"#)), (String::new(), String::new()));
    }

    #[test]
    fn a_new_node_goes_behind_the_selected_one_and_is_wired() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"a","type":"inject","z":"t","x":110,"y":100,"wires":[]},
                {"id":"b","type":"switch","z":"t","x":270,"y":100,"rules":[],"wires":[]}]"#,
        )
        .unwrap();
        let types = sample();
        let drawing = Drawing::new(&document, &types, "t");
        let descriptor = types.get("switch").unwrap();
        let seen = Rect { left: 0.0, top: 0.0, right: 800.0, bottom: 600.0 };
        let selection = Selection::one("a".into());
        let insertion = suggested(&drawing, &selection, descriptor, seen);
        // The next place to the right is taken: below it.
        assert!(insertion.at.0 > 200.0 && insertion.at.1 == 140.0, "{insertion:?}");
        assert_eq!(insertion.from, Some(("a".into(), 0)));
        let mut after = document.clone();
        insert(&document, descriptor, "n", "t", &insertion).unwrap().apply(&mut after).unwrap();
        assert_eq!(after.get("a").unwrap().wires(), [["n"]]);
        // Nothing is wired to a node without an input.
        let inject = types.get("inject").unwrap();
        assert_eq!(suggested(&drawing, &selection, inject, seen).from, None);
        assert_eq!(suggested(&drawing, &Selection::default(), inject, seen).at.1, 300.0);
    }
}
