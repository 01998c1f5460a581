//! The ends of a subflow on its own tab: added, removed, moved and wired. Wires of its instances follow.

use model::document::{Document, Kind, Node};
use model::edit::{Batch, Edit, set_property};
use model::json::Json;
use model::text::Text;

use super::subflows::{end, instances, wire_end};
use super::wires::{cut, wires_at};
use crate::store::drawing::subflow::End;
use crate::store::gestures::Port;
use crate::store::moving::{GRID, tidy};

/// Adds an input, an output or the status end where there is none yet; another input than the first is not added.
pub fn add_end(document: &Document, template: &str, which: End) -> Edit {
    let node = template_of(document, template)?;
    let (key, mut ends) = (key_of(which), ends_of(node, which));
    match which {
        End::Input(_) if ends.is_empty() => ends.push(end((3.0 * GRID, 2.0 * GRID), [])),
        End::Output(_) => ends.push(end(below_outputs(document, node), [])),
        End::Status if ends.is_empty() => ends.push(end(below_outputs(document, node), [])),
        End::Input(_) | End::Status => return Ok(Default::default()),
    }
    set_property(document, template, key, Some(as_value(which, ends)))
}

/// Removes an end; the wires of its instances that lead to it or from it go, those of later outputs move up.
pub fn remove_end(document: &Document, template: &str, which: End) -> Edit {
    let node = template_of(document, template)?;
    let mut ends = ends_of(node, which);
    let at = place_of(which);
    if at >= ends.len() {
        return Ok(Default::default());
    }
    ends.remove(at);
    let mut batch = Batch::on(document);
    let value = (which != End::Status).then(|| as_value(which, ends));
    batch.make(|document| set_property(document, template, key_of(which), value))?;
    for instance in instances(document, template) {
        match which {
            End::Input(_) => {
                let into: Vec<_> =
                    wires_at(document, &instance).into_iter().filter(|wire| wire.to == instance).collect();
                batch.make(|document| cut(document, &into))?;
            }
            End::Output(at) => {
                batch.make(|document| {
                    let wires = document.get(&instance).and_then(|node| node.field("wires")).cloned();
                    let Some(Json::Array(mut ports)) = wires else { return Ok(Default::default()) };
                    if at < ports.len() {
                        ports.remove(at);
                    }
                    set_property(document, &instance, "wires", Some(Json::Array(ports)))
                })?;
            }
            End::Status => {}
        }
    }
    Ok(batch.finish())
}

/// Moves an end.
pub fn move_end(document: &Document, template: &str, which: End, dx: f64, dy: f64) -> Edit {
    change_end(document, template, which, |end| {
        let place = |key: &str| end.get(key).and_then(Json::as_f64).unwrap_or_default();
        let (x, y) = (tidy(place("x") + dx), tidy(place("y") + dy));
        if let Some(end) = end.as_object_mut() {
            end.insert("x", x);
            end.insert("y", y);
        }
    })
}

/// Wires an end to a port of a node on its tab, or takes that wire away where it is there.
pub fn toggle_end_wire(document: &Document, template: &str, which: End, port: &Port) -> Edit {
    let is_input = matches!(which, End::Input(_));
    if is_input != port.output.is_none() {
        return Err(crate::texts::text("subflows.same-side"));
    }
    let wire = wire_end(&port.node, port.output);
    let names = |known: &Json| {
        let number = known.get("port").and_then(Json::as_f64).unwrap_or_default();
        known.get("id").and_then(Json::as_str) == Some(&port.node)
            && (is_input || number == f64::from(port.output.unwrap_or_default()))
    };
    change_end(document, template, which, |end| {
        let Some(end) = end.as_object_mut() else { return };
        let mut wires = end.get("wires").and_then(Json::as_array).unwrap_or_default().to_vec();
        let before = wires.len();
        wires.retain(|known| !names(known));
        if wires.len() == before {
            wires.push(wire);
        }
        end.insert("wires", Json::Array(wires));
    })
}

fn change_end(document: &Document, template: &str, which: End, change: impl FnOnce(&mut Json)) -> Edit {
    let node = template_of(document, template)?;
    let mut ends = ends_of(node, which);
    let Some(one) = ends.get_mut(place_of(which)) else { return Ok(Default::default()) };
    change(one);
    set_property(document, template, key_of(which), Some(as_value(which, ends)))
}

fn template_of<'a>(document: &'a Document, id: &str) -> Result<&'a Node, Text> {
    let node = document.get(id).filter(|node| node.kind() == Kind::Subflow);
    node.ok_or_else(|| Text::key("edit.no-node").with("id", id))
}

fn key_of(which: End) -> &'static str {
    match which {
        End::Input(_) => "in",
        End::Output(_) => "out",
        End::Status => "status",
    }
}

fn place_of(which: End) -> usize {
    match which {
        End::Input(at) | End::Output(at) => at,
        End::Status => 0,
    }
}

fn ends_of(node: &Node, which: End) -> Vec<Json> {
    match (which, node.field(key_of(which))) {
        (End::Status, status) => {
            status.filter(|status| status.as_object().is_some()).cloned().into_iter().collect()
        }
        (_, ends) => ends.and_then(Json::as_array).unwrap_or_default().to_vec(),
    }
}

fn as_value(which: End, ends: Vec<Json>) -> Json {
    match which {
        End::Status => ends.into_iter().next().unwrap_or_default(),
        End::Input(_) | End::Output(_) => Json::Array(ends),
    }
}

/// Below the last output and the status end; right of all nodes where there is neither.
fn below_outputs(document: &Document, node: &Node) -> (f64, f64) {
    let ends = [End::Output(0), End::Status].into_iter().flat_map(|which| ends_of(node, which));
    let place = |end: &Json, key: &str| end.get(key).and_then(Json::as_f64).unwrap_or_default();
    let places: Vec<(f64, f64)> = ends.map(|end| (place(&end, "x"), place(&end, "y"))).collect();
    let lowest = places.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    lowest.map_or_else(|| (right_edge(document, node), 2.0 * GRID), |(x, y)| (x, y + 3.0 * GRID))
}

/// Right of all that is on the subflow's tab.
fn right_edge(document: &Document, node: &Node) -> f64 {
    let widest = document.nodes_on(node.id()).filter_map(Node::x).fold(0.0, f64::max);
    ((widest + 9.0 * GRID) / GRID).ceil() * GRID
}

#[cfg(test)]
mod tests {
    use super::super::tests::after;
    use super::*;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},{"id":"s","type":"subflow","name":"S","in":[],"out":[]},
        {"id":"n","type":"switch","z":"s","x":300,"y":100,"wires":[[],[]]},
        {"id":"a","type":"inject","z":"t","x":100,"y":100,"wires":[[]]},
        {"id":"i","type":"subflow:s","z":"t","x":300,"y":100,"wires":[]},
        {"id":"d","type":"debug","z":"t","x":500,"y":100,"wires":[]},
        {"id":"e","type":"debug","z":"t","x":500,"y":200,"wires":[]}]"#;

    #[test]
    fn ends_come_are_wired_moved_and_go() {
        let mut document = Document::parse(FLOW).unwrap();
        for which in [End::Input(0), End::Input(1), End::Output(0), End::Output(1), End::Status] {
            document = after(&document, add_end(&document, "s", which));
        }
        let count = |document: &Document, key: &str| {
            document.get("s").unwrap().field(key).unwrap().as_array().map(<[Json]>::len)
        };
        assert_eq!((count(&document, "in"), count(&document, "out")), (Some(1), Some(2)));
        for (id, wires) in [("a", r#"[["i"]]"#), ("i", r#"[["d"],["e"]]"#)] {
            let wires = Json::parse(wires).unwrap();
            document = after(&document, set_property(&document, id, "wires", Some(wires)));
        }
        let port = |output| Port { node: "n".into(), output };
        document = after(&document, toggle_end_wire(&document, "s", End::Input(0), &port(None)));
        document = after(&document, toggle_end_wire(&document, "s", End::Output(1), &port(Some(1))));
        document = after(&document, toggle_end_wire(&document, "s", End::Status, &port(Some(0))));
        assert!(toggle_end_wire(&document, "s", End::Input(0), &port(Some(0))).is_err());
        let wired =
            |document: &Document, key: &str| document.get("s").unwrap().field(key).unwrap().to_js_string();
        assert!(wired(&document, "out").contains(r#"{"id":"n","port":1}"#));
        let again = after(&document, toggle_end_wire(&document, "s", End::Status, &port(Some(0))));
        assert!(!wired(&again, "status").contains("\"n\""));
        let moved = after(&document, move_end(&document, "s", End::Input(0), 20.0, -20.0));
        assert!(wired(&moved, "in").contains(r#""x":80"#), "{}", wired(&moved, "in"));

        // The second output's wires become the first's.
        let fewer = after(&document, remove_end(&document, "s", End::Output(0)));
        assert_eq!(fewer.get("i").unwrap().wires(), [["e"]]);
        let closed = after(&fewer, remove_end(&fewer, "s", End::Input(0)));
        assert_eq!(closed.get("a").unwrap().wires(), [Vec::<&str>::new()]);
        let quiet = after(&closed, remove_end(&closed, "s", End::Status));
        assert!(quiet.get("s").unwrap().field("status").is_none());
        assert!(add_end(&quiet, "t", End::Status).is_err());
    }
}
