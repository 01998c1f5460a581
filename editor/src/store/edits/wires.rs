//! Wires: nodes put into them and taken out of them, junctions, links in place of wires, rows of nodes.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use model::check::Types;
use model::document::{Document, Kind, Node};
use model::edit::{
    Batch, Edit, Place, add_node, connect, delete_nodes, disconnect, link_nodes, set_property,
};
use model::json::{Json, Object};
use model::text::Text;

use super::put;
use crate::store::Id;
use crate::store::drawing::{Drawing, Wire};
use crate::store::moving::{GRID, tidy};
use crate::texts::text;

/// Ids for what comes in.
pub type FreshId<'a> = &'a mut dyn FnMut() -> EcoString;

/// All wires on the tab of a node that leave it or arrive at it.
pub fn wires_at(document: &Document, id: &str) -> Vec<Wire> {
    let Some(tab) = document.get(id).and_then(Node::z) else { return Vec::new() };
    let all = document.nodes_on(tab).flat_map(wires_of);
    all.filter(|wire| wire.from.as_ref() == id || wire.to.as_ref() == id).collect()
}

fn wires_of(node: &Node) -> Vec<Wire> {
    let ports = (0u16..).zip(node.wires());
    let wires = ports.flat_map(|(port, targets)| targets.into_iter().map(move |to| (port, Id::from(to))));
    wires.map(|(port, to)| Wire { from: node.id().into(), port, to }).collect()
}

/// Puts a node into a wire: the wire arrives at it and goes on from its first output.
pub fn splice(document: &Document, wire: &Wire, node: &str) -> Edit {
    let mut batch = Batch::on(document);
    batch.make(|document| disconnect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    batch.make(|document| connect(document, &wire.from, usize::from(wire.port), node))?;
    batch.make(|document| connect(document, node, 0, &wire.to))?;
    Ok(batch.finish())
}

/// What has to be done so that messages go around some nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bypass {
    /// Wires between these nodes and others.
    cut: BTreeSet<Wire>,
    /// From whoever sent to them to whoever they sent to, along their own wires.
    drawn: BTreeSet<Wire>,
}

fn bypass(document: &Document, ids: &[Id]) -> Bypass {
    let inside: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
    let mut found = Bypass::default();
    let tabs: BTreeSet<&str> = ids.iter().filter_map(|id| document.get(id)?.z()).collect();
    for wire in tabs.into_iter().flat_map(|tab| document.nodes_on(tab)).flat_map(wires_of) {
        match (inside.contains(wire.from.as_ref()), inside.contains(wire.to.as_ref())) {
            (false, true) => {
                for target in leaving(document, &inside, &wire.to) {
                    found.drawn.insert(Wire { to: target, ..wire.clone() });
                }
                found.cut.insert(wire);
            }
            (true, false) => drop(found.cut.insert(wire)),
            _ => {}
        }
    }
    found
}

/// The nodes outside that messages reach from a node inside.
fn leaving(document: &Document, inside: &BTreeSet<&str>, start: &str) -> BTreeSet<Id> {
    let (mut seen, mut open, mut found) = (BTreeSet::new(), vec![start.to_owned()], BTreeSet::new());
    while let Some(id) = open.pop() {
        for to in document.get(&id).map(wires_of).unwrap_or_default().into_iter().map(|wire| wire.to) {
            if !inside.contains(to.as_ref()) {
                found.insert(to);
            } else if seen.insert(to.clone()) {
                open.push(to.to_string());
            }
        }
        seen.insert(id.as_str().into());
    }
    found
}

/// Deletes nodes; what was wired to them is wired to what they were wired to.
pub fn delete_and_reconnect(document: &Document, ids: &[Id]) -> Edit {
    let mut batch = Batch::on(document);
    for wire in bypass(document, ids).drawn {
        batch.make(|document| connect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    }
    batch.make(|document| delete_nodes(document, ids.iter().map(AsRef::as_ref)))?;
    Ok(batch.finish())
}

/// Takes nodes out of their wires, which close behind them; wires among them stay.
pub fn detach(document: &Document, ids: &[Id]) -> Edit {
    let Bypass { cut: wires, drawn } = bypass(document, ids);
    let mut batch = Batch::on(document);
    batch.make(|document| cut(document, &wires))?;
    for wire in drawn {
        batch.make(|document| connect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    }
    Ok(batch.finish())
}

/// Takes wires away.
pub fn cut<'a>(document: &Document, wires: impl IntoIterator<Item = &'a Wire>) -> Edit {
    let mut batch = Batch::on(document);
    for wire in wires {
        batch.make(|document| disconnect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    }
    Ok(batch.finish())
}

/// Takes wires away and draws others in their place.
pub fn redraw(document: &Document, old: &[Wire], new: &[Wire]) -> Edit {
    let mut batch = Batch::on(document);
    batch.make(|document| cut(document, old))?;
    for wire in new {
        batch.make(|document| connect(document, &wire.from, usize::from(wire.port), &wire.to))?;
    }
    Ok(batch.finish())
}

/// A wire, and where it was crossed.
type Crossed = (Wire, (f64, f64));

/// Puts junctions into wires where they were crossed: one for all wires that leave the same output.
pub fn add_junctions(document: &Document, crossed: &[Crossed], fresh_id: FreshId<'_>) -> Edit {
    let mut by_output: BTreeMap<(Id, u16), Vec<&Crossed>> = BTreeMap::new();
    for one in crossed {
        by_output.entry((one.0.from.clone(), one.0.port)).or_default().push(one);
    }
    let mut batch = Batch::on(document);
    for ((from, port), crossed) in by_output {
        let count = crossed.len() as f64;
        let middle =
            |place: fn(&(f64, f64)) -> f64| crossed.iter().map(|(_, at)| place(at)).sum::<f64>() / count;
        let targets = super::list(crossed.iter().map(|(wire, _)| wire.to.as_ref()));
        let (id, z) = (fresh_id(), document.get(&from).and_then(Node::z).unwrap_or_default());
        let entry = junction(&id, z, (middle(|at| at.0), middle(|at| at.1)), targets);
        batch.make(|document| put(document, [entry]))?;
        batch.make(|document| cut(document, crossed.iter().map(|(wire, _)| wire)))?;
        batch.make(|document| connect(document, &from, usize::from(port), &id))?;
    }
    Ok(batch.finish())
}

/// Puts a junction at a place.
pub fn add_junction(document: &Document, id: &str, tab: &str, at: (f64, f64)) -> Edit {
    put(document, [junction(id, tab, at, Json::Array(Vec::new()))])
}

fn junction(id: &str, tab: &str, (x, y): (f64, f64), targets: Json) -> Object {
    let snap = |at: f64| tidy((at / GRID * 2.0).round() * GRID / 2.0);
    let mut entry: Object = [("id", id), ("type", "junction"), ("z", tab)].into_iter().collect();
    entry.insert("x", snap(x));
    entry.insert("y", snap(y));
    entry.insert("wires", Json::Array(vec![targets]));
    entry
}

/// Puts pairs of link nodes in place of wires: one link out for each output, one link in for each node.
pub fn split_with_links(
    document: &Document,
    types: &dyn Types,
    drawing: &Drawing,
    wires: &[Wire],
    fresh_id: FreshId<'_>,
) -> Edit {
    if wires.is_empty() {
        return Err(text("wires.none-selected"));
    }
    let descriptor = |name: &str| {
        let missing = || Text::key("check.unknown-type").with("type", name);
        types.descriptor(name).ok_or_else(missing)
    };
    let (sends, receives) = (descriptor("link out")?, descriptor("link in")?);
    let mut batch = Batch::on(document);
    let (mut outs, mut ins): (BTreeMap<(Id, u16), EcoString>, BTreeMap<Id, EcoString>) = Default::default();
    for wire in wires {
        let (Some(from), Some(to)) = (drawing.node(&wire.from), drawing.node(&wire.to)) else { continue };
        let tab = document.get(&wire.from).and_then(Node::z);
        if let Entry::Vacant(out) = outs.entry((wire.from.clone(), wire.port)) {
            let (id, (x, y)) = (fresh_id(), from.output(wire.port));
            batch.make(|document| add_node(document, sends, &id, Place { z: tab, x: x + 3.0 * GRID, y }))?;
            batch.make(|document| connect(document, &wire.from, usize::from(wire.port), &id))?;
            out.insert(id);
        }
        if let Entry::Vacant(into) = ins.entry(wire.to.clone()) {
            let (id, (x, y)) = (fresh_id(), to.input());
            batch
                .make(|document| add_node(document, receives, &id, Place { z: tab, x: x - 3.0 * GRID, y }))?;
            batch.make(|document| connect(document, &id, 0, &wire.to))?;
            into.insert(id);
        }
    }
    batch.make(|document| cut(document, wires))?;
    for ((from, port), out) in &outs {
        let leaves = |wire: &&Wire| wire.from == *from && wire.port == *port;
        let links: Vec<&str> =
            wires.iter().filter(leaves).filter_map(|wire| ins.get(&wire.to)).map(EcoString::as_str).collect();
        batch.make(|document| link_nodes(document, types, out, "links", Some(links.clone())))?;
    }
    Ok(batch.finish())
}

/// Wires nodes one after the other, from left to right: each one's first output to the next.
pub fn wire_series(document: &Document, drawing: &Drawing, ids: &[Id]) -> Edit {
    let row = in_order(drawing, ids);
    if row.len() < 2 {
        return Err(text("wires.two-needed"));
    }
    let mut batch = Batch::on(document);
    for pair in row.windows(2) {
        let (from, to) = (drawing.node(&pair[0]), drawing.node(&pair[1]));
        if from.is_some_and(|node| node.outputs > 0) && to.is_some_and(|node| node.has_input) {
            batch.make(|document| connect(document, &pair[0], 0, &pair[1]))?;
        }
    }
    Ok(batch.finish())
}

/// Wires the leftmost node's first output to all the others.
pub fn wire_to_many(document: &Document, drawing: &Drawing, ids: &[Id]) -> Edit {
    let row = in_order(drawing, ids);
    let Some((first, others)) = row.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(text("wires.two-needed"));
    };
    if drawing.node(first).is_none_or(|node| node.outputs == 0) {
        return Err(text("wiring.no-output"));
    }
    let mut batch = Batch::on(document);
    for other in others.iter().filter(|id| drawing.node(id).is_some_and(|node| node.has_input)) {
        batch.make(|document| connect(document, first, 0, other))?;
    }
    Ok(batch.finish())
}

fn in_order(drawing: &Drawing, ids: &[Id]) -> Vec<Id> {
    let mut row: Vec<_> = ids.iter().filter_map(|id| drawing.node(id)).collect();
    row.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    row.into_iter().map(|node| node.id.clone()).collect()
}

/// Gives nodes without a name one: their type and a number that no other has.
pub fn generate_names(document: &Document, ids: &[Id]) -> Edit {
    let mut taken: BTreeSet<String> = document.nodes().iter().map(|node| node.name().to_owned()).collect();
    let mut batch = Batch::on(document);
    for node in ids.iter().filter_map(|id| document.get(id)) {
        if node.kind() != Kind::Node || !node.name().is_empty() {
            continue;
        }
        let names = (1..).map(|number| format!("{} {number}", node.type_name()));
        let Some(name) = names.into_iter().find(|name| !taken.contains(name)) else { continue };
        taken.insert(name.clone());
        batch.make(|document| set_property(document, node.id(), "name", Some(Json::from(name.as_str()))))?;
    }
    Ok(batch.finish())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, counted, draw, ids};
    use super::*;
    use crate::store::node_types::tests::sample;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"inject","z":"t","x":100,"y":100,"wires":[["b"]]},
        {"id":"b","type":"switch","z":"t","x":300,"y":100,"rules":[{},{}],"wires":[["c"],["d"]]},
        {"id":"c","type":"switch","z":"t","x":500,"y":100,"rules":[{}],"wires":[["d"]]},
        {"id":"d","type":"debug","z":"t","x":700,"y":100,"wires":[]},
        {"id":"e","type":"switch","z":"t","x":300,"y":300,"rules":[{}],"wires":[[]]}]"#;

    fn start() -> Document {
        Document::parse(FLOW).unwrap()
    }

    fn wires(document: &Document, id: &str) -> Vec<Vec<String>> {
        let wires = document.get(id).unwrap().wires();
        wires.into_iter().map(|port| port.into_iter().map(str::to_owned).collect()).collect()
    }

    fn wire(from: &str, port: u16, to: &str) -> Wire {
        Wire { from: from.into(), port, to: to.into() }
    }

    #[test]
    fn a_node_goes_into_a_wire_and_out_of_it() {
        let spliced = after(&start(), splice(&start(), &wire("a", 0, "b"), "e"));
        assert_eq!(
            (wires(&spliced, "a"), wires(&spliced, "e")),
            (vec![vec!["e".into()]], vec![vec!["b".to_owned()]])
        );
        assert_eq!(wires_at(&spliced, "e").len(), 2);
        let out = after(&spliced, detach(&spliced, &ids(&["e"])));
        assert_eq!(
            (wires(&out, "a"), wires(&out, "e")),
            (vec![vec!["b".into()]], vec![Vec::<String>::new()])
        );
    }

    #[test]
    fn what_was_wired_through_deleted_nodes_stays_wired() {
        let gone = after(&start(), delete_and_reconnect(&start(), &ids(&["b", "c"])));
        assert_eq!(wires(&gone, "a"), [["d"]]);
        let one = after(&start(), delete_and_reconnect(&start(), &ids(&["c"])));
        assert_eq!(wires(&one, "b"), [["d"], ["d"]]);
        // Nodes that send to each other do not lead around in circles for ever.
        let circle = after(&start(), connect(&start(), "c", 0, "b"));
        assert_eq!(wires(&after(&circle, detach(&circle, &ids(&["b", "c"]))), "a"), [["d"]]);
    }

    #[test]
    fn crossed_wires_of_one_output_meet_in_one_junction() {
        let two = after(&start(), connect(&start(), "a", 0, "c"));
        let crossed = [
            (wire("a", 0, "b"), (200.0, 98.0)),
            (wire("a", 0, "c"), (204.0, 106.0)),
            (wire("c", 0, "d"), (600.0, 100.0)),
        ];
        let after = after(&two, add_junctions(&two, &crossed, &mut counted()));
        assert_eq!(wires(&after, "a"), [["n1"]]);
        assert_eq!(wires(&after, "n1"), [["b", "c"]]);
        assert_eq!(
            (wires(&after, "n2"), after.get("n1").unwrap().x()),
            (vec![vec!["d".to_owned()]], Some(200.0))
        );
    }

    #[test]
    fn rows_and_fans_are_wired_from_left_to_right() {
        let row = after(&start(), wire_series(&start(), &draw(&start()), &ids(&["d", "e", "a"])));
        assert_eq!(
            (wires(&row, "a"), wires(&row, "e")),
            (vec![vec!["b".into(), "e".into()]], vec![vec!["d".to_owned()]])
        );
        let fan = after(&start(), wire_to_many(&start(), &draw(&start()), &ids(&["e", "a", "c"])));
        assert_eq!(wires(&fan, "a"), [["b", "e", "c"]]);
        assert!(wire_series(&start(), &draw(&start()), &ids(&["a"])).is_err());
        let other = after(&start(), redraw(&start(), &[wire("a", 0, "b")], &[wire("a", 0, "c")]));
        assert_eq!(wires(&other, "a"), [["c"]]);
    }

    #[test]
    fn links_stand_in_for_wires() {
        let types = sample();
        let chosen = [wire("b", 0, "c"), wire("b", 1, "d"), wire("c", 0, "d")];
        let after =
            after(&start(), split_with_links(&start(), &types, &draw(&start()), &chosen, &mut counted()));
        let of = |name: &str| after.nodes().iter().filter(|node| node.type_name() == name).count();
        assert_eq!((of("link out"), of("link in")), (3, 2));
        assert!(split_with_links(&start(), &types, &draw(&start()), &[], &mut counted()).is_err());
    }

    #[test]
    fn names_are_given_to_those_without_one() {
        let named = after(&start(), generate_names(&start(), &ids(&["a", "b", "c"])));
        assert_eq!(
            (named.get("b").unwrap().name(), named.get("c").unwrap().name()),
            ("switch 1", "switch 2")
        );
    }
}
