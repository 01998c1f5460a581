//! A subflow's own tab: its inputs, outputs and status, and the wires between them and its nodes.

use model::document::Node;
use model::json::Json;

use super::Drawing;
use crate::store::Id;
use crate::store::geometry::Rect;

/// Width and height of a port, as in Node-RED.
pub const PORT_SIZE: f64 = 40.0;

/// An end of a subflow, on its own tab.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnPort {
    /// Which end.
    pub end: End,
    /// Its centre, horizontally.
    pub x: f64,
    /// Its centre, vertically.
    pub y: f64,
}

/// Which end of a subflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// What its instances get comes out of it.
    Input(usize),
    /// What goes into it leaves its instances by this output.
    Output(usize),
    /// What goes into it becomes its instances' status.
    Status,
}

/// A wire between an end of a subflow and one of its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortWire {
    /// The end.
    pub end: End,
    /// The node.
    pub node: Id,
    /// The node's output; none where the wire goes to its input.
    pub output: Option<u16>,
}

impl End {
    /// How it is named in the page.
    pub fn name(self) -> String {
        match self {
            Self::Input(at) => format!("in:{at}"),
            Self::Output(at) => format!("out:{at}"),
            Self::Status => "status:0".to_owned(),
        }
    }

    /// Reads a name that [`End::name`] gave.
    pub fn read(name: &str) -> Option<Self> {
        let (side, at) = name.split_once(':')?;
        let at = at.parse().ok()?;
        match side {
            "in" => Some(Self::Input(at)),
            "out" => Some(Self::Output(at)),
            "status" => Some(Self::Status),
            _ => None,
        }
    }
}

impl DrawnPort {
    /// Its edges.
    pub fn frame(&self) -> Rect {
        Rect::around(self.x, self.y, PORT_SIZE, PORT_SIZE)
    }

    /// Where its wires end.
    pub fn tip(&self) -> (f64, f64) {
        match self.end {
            End::Input(_) => (self.x + PORT_SIZE / 2.0, self.y),
            End::Output(_) | End::Status => (self.x - PORT_SIZE / 2.0, self.y),
        }
    }
}

/// Reads a template's `in`, `out` and `status`: `{x, y, wires: [{id, port}]}`.
pub(super) fn draw(template: &Node, drawing: &Drawing) -> (Vec<DrawnPort>, Vec<PortWire>) {
    let list = |key: &str| template.field(key).and_then(Json::as_array).unwrap_or_default().iter();
    let inputs = list("in").enumerate().map(|(at, port)| (End::Input(at), port));
    let outputs = list("out").enumerate().map(|(at, port)| (End::Output(at), port));
    let status = template.field("status").map(|port| (End::Status, port));
    let (mut ports, mut wires) = (Vec::new(), Vec::new());
    for (end, port) in inputs.chain(outputs).chain(status) {
        let number = |key: &str| port.get(key)?.as_f64().filter(|number| number.is_finite());
        let (Some(x), Some(y)) = (number("x"), number("y")) else { continue };
        ports.push(DrawnPort { end, x, y });
        for wire in port.get("wires").and_then(Json::as_array).unwrap_or_default() {
            let node = wire.get("id").and_then(Json::as_str).and_then(|id| drawing.node(id));
            let Some(node) = node else { continue };
            let output = match end {
                End::Input(_) if node.has_input => None,
                End::Input(_) => continue,
                End::Output(_) | End::Status => {
                    let output = wire.get("port").and_then(Json::as_f64).unwrap_or_default();
                    match (0..node.outputs).find(|port| f64::from(*port) == output) {
                        Some(output) => Some(output),
                        None => continue,
                    }
                }
            };
            wires.push(PortWire { end, node: node.id.clone(), output });
        }
    }
    (ports, wires)
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn the_ends_of_a_subflow_are_drawn_on_its_tab() {
        let document = Document::parse(
            r#"[{"id":"t","type":"subflow","name":"S","in":[{"x":40,"y":80,"wires":[{"id":"a"},{"id":"i"},{"id":"gone"}]}],
                "out":[{"x":500,"y":80,"wires":[{"id":"a","port":1},{"id":"a","port":7}]},{"x":"no"}],
                "status":{"x":500,"y":200,"wires":[{"id":"i","port":0}]}},
               {"id":"a","type":"switch","z":"t","x":200,"y":80,"rules":[{},{}],"wires":[]},
               {"id":"i","type":"inject","z":"t","x":200,"y":200,"wires":[]}]"#,
        );
        let drawing = Drawing::new(&document.unwrap(), &sample(), "t");
        let ends: Vec<End> = drawing.ports.iter().map(|port| port.end).collect();
        assert_eq!(ends, [End::Input(0), End::Output(0), End::Status]);
        assert_eq!((drawing.ports[0].tip(), drawing.ports[1].tip()), ((60.0, 80.0), (480.0, 80.0)));
        let wire = |end, node: &str, output| PortWire { end, node: node.into(), output };
        assert_eq!(
            drawing.port_wires,
            [
                wire(End::Input(0), "a", None),
                wire(End::Output(0), "a", Some(1)),
                wire(End::Status, "i", Some(0))
            ]
        );
        assert_eq!(drawing.bounds().unwrap().left, 20.0);
    }
}
