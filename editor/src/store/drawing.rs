//! What one tab shows: its nodes, wires and groups with their places and sizes.

use std::collections::HashMap;
use std::sync::Arc;

use model::descriptor::Role;
use model::document::{Document, Kind, Node};
use model::json::Json;

use super::Id;
use super::colour;
use super::geometry::{self, NODE_HEIGHT, Rect};
use super::node_types::{self, NodeTypes};

/// All of one tab.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Nodes, comments and junctions, in document order.
    pub nodes: Vec<Arc<DrawnNode>>,
    /// Wires between them.
    pub wires: Vec<Wire>,
    /// Groups, outer ones first.
    pub groups: Vec<DrawnGroup>,
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
    /// Whether it has a button that starts it.
    pub has_button: bool,
    /// Whether it is switched off.
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

/// A group's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnGroup {
    /// Its id.
    pub id: Id,
    /// Its frame.
    pub frame: Rect,
    /// Its name; may be empty.
    pub label: String,
    /// Line colour that its user chose.
    pub stroke: Option<String>,
    /// Fill colour that its user chose.
    pub fill: Option<String>,
    /// How much the fill covers, 0 to 1, that its user chose.
    pub fill_opacity: Option<f64>,
    /// Colour of its name that its user chose.
    pub ink: Option<String>,
}

/// Colour of nodes whose type says none.
const PLAIN_COLOUR: &str = "#7b8794";
const JUNCTION_SIZE: f64 = 10.0;
/// Groups nested deeper than this are drawn as if they were not: a loop of groups must end.
const DEEPEST_GROUP: usize = 32;

impl Drawing {
    /// Draws the tab or subflow `container`.
    pub fn new(document: &Document, types: &NodeTypes, container: &str) -> Self {
        let entries: Vec<&Node> = document.nodes_on(container).collect();
        let nodes: Vec<Arc<DrawnNode>> =
            entries.iter().filter_map(|node| draw_node(document, types, node)).map(Arc::new).collect();
        let mut wires = Vec::new();
        {
            let by_id: HashMap<&str, &DrawnNode> =
                nodes.iter().map(|node| (node.id.as_ref(), node.as_ref())).collect();
            for entry in &entries {
                let Some(from) = by_id.get(entry.id()) else { continue };
                for (port, targets) in (0u16..from.outputs).zip(entry.wires()) {
                    let there = targets.into_iter().filter_map(|to| by_id.get(to)).filter(|to| to.has_input);
                    wires.extend(there.map(|to| Wire { from: from.id.clone(), port, to: to.id.clone() }));
                }
            }
        }
        let mut groups: Vec<(usize, DrawnGroup)> = entries
            .iter()
            .filter(|entry| entry.kind() == Kind::Group)
            .filter_map(|entry| Some((depth(document, entry), draw_group(entry)?)))
            .collect();
        groups.sort_by_key(|(depth, _)| *depth);
        let index = nodes.iter().enumerate().map(|(at, node)| (node.id.clone(), at)).collect();
        Self { nodes, wires, groups: groups.into_iter().map(|(_, group)| group).collect(), index }
    }

    /// The rectangle around everything; none where there is nothing.
    pub fn bounds(&self) -> Option<Rect> {
        let nodes = self.nodes.iter().map(|node| node.frame());
        nodes.chain(self.groups.iter().map(|group| group.frame)).reduce(Rect::with)
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

fn draw_node(document: &Document, types: &NodeTypes, node: &Node) -> Option<DrawnNode> {
    let (x, y) = (finite(node.x()?)?, finite(node.y()?)?);
    let look = match node.kind() {
        Kind::Node | Kind::Junction => look_of_type(types, node),
        Kind::SubflowInstance => look_of_subflow(document, node),
        _ => return None,
    };
    let label_is_shown = match node.field("l") {
        Some(Json::Bool(shown)) => *shown,
        _ => !look.is_link,
    };
    let shape = match look.shape {
        Shape::Card if !label_is_shown => Shape::Compact,
        shape => shape,
    };
    let (width, height) = match shape {
        Shape::Junction => (JUNCTION_SIZE, JUNCTION_SIZE),
        Shape::Compact => (NODE_HEIGHT, geometry::node_height(look.outputs)),
        Shape::Card | Shape::Comment => {
            (geometry::node_width(&look.label), geometry::node_height(look.outputs))
        }
    };
    Some(DrawnNode {
        id: node.id().into(),
        type_name: node.type_name().to_owned(),
        shape,
        x,
        y,
        width,
        height,
        label: look.label,
        icon: look.icon,
        colour: look.colour,
        has_input: look.has_input,
        outputs: look.outputs,
        has_button: look.has_button,
        is_disabled: node.is_disabled(),
        is_unknown: look.is_unknown,
    })
}

/// What a node's type, or its subflow, says of its look.
struct Look {
    label: String,
    icon: String,
    colour: String,
    shape: Shape,
    has_input: bool,
    outputs: u16,
    has_button: bool,
    is_link: bool,
    is_unknown: bool,
}

fn look_of_type(types: &NodeTypes, node: &Node) -> Look {
    if node.kind() == Kind::Junction {
        return Look { shape: Shape::Junction, has_input: true, outputs: 1, ..unknown_look(node) };
    }
    let Some(descriptor) = types.get(node.type_name()) else { return unknown_look(node) };
    Look {
        label: node_types::label(descriptor, node),
        icon: descriptor.icon.clone(),
        colour: colour::checked(&descriptor.colour).unwrap_or(PLAIN_COLOUR).to_owned(),
        shape: match descriptor.role {
            Role::Comment => Shape::Comment,
            Role::Junction => Shape::Junction,
            _ => Shape::Card,
        },
        has_input: descriptor.inputs > 0,
        outputs: node_types::outputs(descriptor, node),
        has_button: descriptor.button,
        is_link: matches!(descriptor.role, Role::LinkIn | Role::LinkOut),
        is_unknown: false,
    }
}

/// A node whose type is not installed keeps its ports as far as its wires show them.
fn unknown_look(node: &Node) -> Look {
    let name = if node.name().is_empty() { node.type_name() } else { node.name() };
    Look {
        label: name.to_owned(),
        icon: "circle-help".to_owned(),
        colour: PLAIN_COLOUR.to_owned(),
        shape: Shape::Card,
        has_input: true,
        outputs: u16::try_from(node.wires().len()).unwrap_or(u16::MAX).min(200),
        has_button: false,
        is_link: false,
        is_unknown: true,
    }
}

fn look_of_subflow(document: &Document, node: &Node) -> Look {
    let Some(template) = node.subflow_id().and_then(|id| document.get(id)) else { return unknown_look(node) };
    let ports = |key: &str| template.field(key).and_then(Json::as_array).map_or(0, <[Json]>::len);
    let has_status = template.field("status").is_some_and(|status| status.as_object().is_some());
    let name = [node.name(), template.name()].into_iter().find(|name| !name.is_empty());
    Look {
        label: name.unwrap_or("subflow").to_owned(),
        icon: "workflow".to_owned(),
        colour: template.text("color").and_then(colour::checked).unwrap_or(PLAIN_COLOUR).to_owned(),
        shape: Shape::Card,
        has_input: ports("in") > 0,
        outputs: u16::try_from(ports("out")).unwrap_or(u16::MAX).min(200) + u16::from(has_status),
        has_button: false,
        is_link: false,
        is_unknown: false,
    }
}

fn draw_group(group: &Node) -> Option<DrawnGroup> {
    let number = |key: &str| finite(group.field(key)?.as_f64()?);
    let (left, top) = (number("x")?, number("y")?);
    let style = |key: &str| {
        let colour = group.field("style").and_then(|style| style.get(key)).and_then(Json::as_str);
        colour.and_then(colour::checked).map(str::to_owned)
    };
    let shows_label = group.field("style").and_then(|style| style.get("label")) != Some(&Json::Bool(false));
    Some(DrawnGroup {
        id: group.id().into(),
        frame: Rect { left, top, right: left + number("w")?.max(0.0), bottom: top + number("h")?.max(0.0) },
        label: if shows_label { group.name().to_owned() } else { String::new() },
        stroke: style("stroke"),
        fill: style("fill"),
        fill_opacity: opacity(group),
        ink: style("color"),
    })
}

fn opacity(group: &Node) -> Option<f64> {
    let opacity = match group.field("style")?.get("fill-opacity")? {
        Json::String(text) => text.parse().ok()?,
        other => other.as_f64()?,
    };
    (0.0..=1.0).contains(&opacity).then_some(opacity)
}

fn depth(document: &Document, group: &Node) -> usize {
    let outer = |group: &&Node| group.g().and_then(|id| document.get(id));
    std::iter::successors(Some(group), |group| outer(group)).take(DEEPEST_GROUP).count()
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
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

    #[test]
    fn unknown_types_keep_their_ports() {
        let drawing = draw(r#"{"id":"a","type":"ui_gauge","z":"t","x":1,"y":2,"wires":[["a"],[]]}"#);
        let node = &drawing.nodes[0];
        assert!(node.is_unknown && node.outputs == 2 && node.label == "ui_gauge");
        assert_eq!(drawing.wires.len(), 1);
    }

    #[test]
    fn a_subflow_gives_its_ports_and_name() {
        let drawing = draw(
            r##"{"id":"s","type":"subflow","name":"Twice","in":[{}],"out":[{},{}],"status":{"x":1},"color":"#112233"},
               {"id":"a","type":"subflow:s","z":"t","x":1,"y":2,"wires":[]},
               {"id":"b","type":"subflow:gone","z":"t","x":1,"y":2,"wires":[]}"##,
        );
        let node = &drawing.nodes[0];
        assert_eq!((node.label.as_str(), node.outputs, node.has_input), ("Twice", 3, true));
        assert_eq!(node.colour, "#112233");
        assert!(drawing.nodes[1].is_unknown);
    }

    #[test]
    fn link_nodes_hide_their_label_unless_told() {
        let drawing = draw(
            r#"{"id":"a","type":"link in","z":"t","x":1,"y":2,"wires":[]},
               {"id":"b","type":"link in","z":"t","x":1,"y":2,"l":true,"wires":[]},
               {"id":"c","type":"switch","z":"t","x":1,"y":2,"l":false,"wires":[]}"#,
        );
        let shapes: Vec<Shape> = drawing.nodes.iter().map(|node| node.shape).collect();
        assert_eq!(shapes, [Shape::Compact, Shape::Card, Shape::Compact]);
    }

    #[test]
    fn groups_are_drawn_from_outer_to_inner_and_loops_end() {
        let drawing = draw(
            r##"{"id":"in","type":"group","z":"t","g":"out","x":1,"y":1,"w":10,"h":10,"name":"Inner"},
               {"id":"out","type":"group","z":"t","x":0,"y":0,"w":50,"h":50,
                "style":{"stroke":"#ff0000","fill":"url(javascript:1)","label":false,"fill-opacity":"0.1","color":"#00f"},"name":"Outer"},
               {"id":"l","type":"group","z":"t","g":"l","x":0,"y":0,"w":5,"h":5}"##,
        );
        let ids: Vec<&str> = drawing.groups.iter().map(|group| group.id.as_ref()).collect();
        assert_eq!(ids, ["out", "in", "l"]);
        assert_eq!(drawing.groups[0].stroke.as_deref(), Some("#ff0000"));
        assert_eq!(drawing.groups[0].fill, None);
        assert_eq!(drawing.groups[0].fill_opacity, Some(0.1));
        assert_eq!(drawing.groups[0].ink.as_deref(), Some("#00f"));
        assert_eq!(drawing.groups[0].label, "");
        assert_eq!(drawing.bounds().unwrap().width(), 50.0);
    }
}
