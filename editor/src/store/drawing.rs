//! What one tab shows: its nodes, wires and groups with their places and sizes.

mod group;
pub mod links;
mod node;
pub mod subflow;

use std::collections::HashMap;
use std::sync::Arc;

use model::document::{Document, Kind, Node};
use model::json::Json;

pub use group::{DrawnGroup, Side};
use subflow::{DrawnPort, PortWire};

use super::Id;
use super::geometry::{self, Rect};
use super::node_types::NodeTypes;

/// All of one tab.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Nodes, comments and junctions, in document order.
    pub nodes: Vec<Arc<DrawnNode>>,
    /// Wires between them.
    pub wires: Vec<Wire>,
    /// Groups, outer ones first.
    pub groups: Vec<DrawnGroup>,
    /// On a subflow's own tab, its inputs, outputs and status.
    pub ports: Vec<DrawnPort>,
    /// Wires between them and the nodes.
    pub port_wires: Vec<PortWire>,
    /// Nothing on it may be changed, until its tab is unlocked.
    pub is_locked: bool,
    /// Where each node stands in `nodes`.
    index: HashMap<Id, usize>,
}

/// One node as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnNode {
    /// Its id.
    pub id: Id,
    /// Its type.
    pub type_name: String,
    /// How it is drawn.
    pub shape: Shape,
    /// Its centre, horizontally.
    pub x: f64,
    /// Its centre, vertically.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// What it is called.
    pub label: String,
    /// Name of its icon.
    pub icon: String,
    /// Its type's colour, `#rrggbb`.
    pub colour: String,
    /// Whether it has an input port.
    pub has_input: bool,
    /// How many output ports it has.
    pub outputs: u16,
    /// What its input is called, where its user said so.
    pub input_label: String,
    /// What its outputs are called, as far as its user said so.
    pub output_labels: Vec<String>,
    /// Whether it has a button that starts it.
    pub has_button: bool,
    /// Whether its switch is on; none where it has no switch.
    pub switch: Option<bool>,
    /// Whether its user described it.
    pub has_info: bool,
    /// Whether it, or its tab, is switched off.
    pub is_disabled: bool,
    /// Whether the server does not know its type.
    pub is_unknown: bool,
}

/// How a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A card with icon and label.
    Card,
    /// Icon only; the label stands beside it where there is one.
    Compact,
    /// Words without ports.
    Comment,
    /// A point that wires run through.
    Junction,
}

/// A wire from an output to an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire {
    /// The node that sends.
    pub from: Id,
    /// Its output, from 0.
    pub port: u16,
    /// The node that receives.
    pub to: Id,
}

impl Wire {
    /// How a wire is named in the page: `length of from:from:port:to`, for ids may hold colons.
    pub fn name(&self) -> String {
        format!("{}:{}:{}:{}", self.from.len(), self.from, self.port, self.to)
    }

    /// Reads a name that [`Wire::name`] gave.
    pub fn read(name: &str) -> Option<Self> {
        let (length, rest) = name.split_once(':')?;
        let (from, rest) = rest.split_at_checked(length.parse().ok()?)?;
        let (port, to) = rest.strip_prefix(':')?.split_once(':')?;
        Some(Self { from: from.into(), port: port.parse().ok()?, to: to.into() })
    }
}

impl Drawing {
    /// Draws the tab or subflow `container`.
    pub fn new(document: &Document, types: &NodeTypes, container: &str) -> Self {
        let entries: Vec<&Node> = document.nodes_on(container).collect();
        let tab = document.get(container);
        let is_true = |key: &str| tab.is_some_and(|tab| tab.field(key) == Some(&Json::Bool(true)));
        let is_disabled = is_true("disabled");
        let nodes: Vec<Arc<DrawnNode>> = entries
            .iter()
            .filter_map(|node| node::draw(document, types, node))
            .map(|node| Arc::new(DrawnNode { is_disabled: node.is_disabled || is_disabled, ..node }))
            .collect();
        let index: HashMap<Id, usize> =
            nodes.iter().enumerate().map(|(at, node)| (node.id.clone(), at)).collect();
        let mut drawing = Self { nodes, index, is_locked: is_true("locked"), ..Self::default() };
        drawing.wires = drawing.draw_wires(&entries);
        drawing.groups = group::draw_all(document, &entries);
        if let Some(template) = tab.filter(|tab| tab.kind() == Kind::Subflow) {
            (drawing.ports, drawing.port_wires) = subflow::draw(template, &drawing);
        }
        drawing
    }

    /// Only from outputs that are there, to nodes of this tab that have an input.
    fn draw_wires(&self, entries: &[&Node]) -> Vec<Wire> {
        let mut wires = Vec::new();
        for entry in entries {
            let Some(from) = self.node(entry.id()) else { continue };
            for (port, targets) in (0u16..from.outputs).zip(entry.wires()) {
                let there = targets.into_iter().filter_map(|to| self.node(to)).filter(|to| to.has_input);
                wires.extend(there.map(|to| Wire { from: from.id.clone(), port, to: to.id.clone() }));
            }
        }
        wires
    }

    /// The rectangle around everything; none where there is nothing.
    pub fn bounds(&self) -> Option<Rect> {
        let nodes = self.nodes.iter().map(|node| {
            let frame = node.frame();
            node.button().map_or(frame, |(button, _)| frame.with(button))
        });
        let ports = self.ports.iter().map(|port| port.frame());
        nodes.chain(ports).chain(self.groups.iter().map(|group| group.frame)).reduce(Rect::with)
    }

    /// The edges of the node or group with this id.
    pub fn frame(&self, id: &str) -> Option<Rect> {
        let group = || self.groups.iter().find(|group| group.id.as_ref() == id).map(|group| group.frame);
        self.node(id).map(|node| node.frame()).or_else(group)
    }

    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Arc<DrawnNode>> {
        self.nodes.get(*self.index.get(id)?)
    }
}

impl DrawnNode {
    /// Its edges.
    pub fn frame(&self) -> Rect {
        Rect::around(self.x, self.y, self.width, self.height)
    }

    /// Its place as an SVG transform, to its upper left corner.
    pub fn place(&self) -> String {
        let frame = self.frame();
        format!("translate({:.1} {:.1})", frame.left, frame.top)
    }

    /// Whether it is drawn like `other`, wherever the two are.
    pub fn looks_like(&self, other: &Self) -> bool {
        *self == Self { x: self.x, y: self.y, ..other.clone() }
    }

    /// The frame of its button, and what the button does: `inject` or `toggle`.
    pub fn button(&self) -> Option<(Rect, &'static str)> {
        let frame = self.frame();
        let size = 2.0 * geometry::BUTTON_RADIUS;
        if self.has_button {
            let start = Rect::around(frame.left - geometry::BUTTON_OUT, self.y, size, size);
            return Some((start, "inject"));
        }
        let switch = Rect::around(frame.right + geometry::SWITCH_OUT, self.y, geometry::SWITCH_WIDTH, size);
        self.switch.map(|_| (switch, "toggle"))
    }

    /// Where wires leave from output `port`.
    pub fn output(&self, port: u16) -> (f64, f64) {
        match self.shape {
            Shape::Junction => (self.x, self.y),
            _ => (self.x + self.width / 2.0, self.y + geometry::output_offset(port, self.outputs)),
        }
    }

    /// Where wires arrive.
    pub fn input(&self) -> (f64, f64) {
        match self.shape {
            Shape::Junction => (self.x, self.y),
            _ => (self.x - self.width / 2.0, self.y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    fn draw(entries: &str) -> Drawing {
        Drawing::new(&Document::parse(&format!("[{entries}]")).unwrap(), &sample(), "t")
    }

    #[test]
    fn draws_nodes_and_wires_of_the_tab() {
        let drawing = draw(
            r#"{"id":"a","type":"inject","z":"t","x":100,"y":40,"name":"Start","wires":[["b","gone","a","o"]]},
               {"id":"b","type":"switch","z":"t","x":300,"y":40,"rules":[{},{}],"wires":[[],["j"],["a"]]},
               {"id":"j","type":"junction","z":"t","x":400,"y":40,"wires":[["b"]]},
               {"id":"o","type":"switch","z":"other","x":1,"y":1,"wires":[]},
               {"id":"c","type":"mqtt-broker"}"#,
        );
        let ids: Vec<&str> = drawing.nodes.iter().map(|node| node.id.as_ref()).collect();
        assert_eq!(ids, ["a", "b", "j"]);
        let wires: Vec<(&str, u16, &str)> =
            drawing.wires.iter().map(|wire| (wire.from.as_ref(), wire.port, wire.to.as_ref())).collect();
        // Neither to what is not there or elsewhere, nor to a node without input, nor from a port that is not there.
        assert_eq!(wires, [("a", 0, "b"), ("b", 1, "j"), ("j", 0, "b")]);
        assert_eq!(drawing.nodes[0].label, "Start");
        assert!(drawing.nodes[0].has_button);
        assert_eq!(drawing.nodes[2].shape, Shape::Junction);
    }
}
