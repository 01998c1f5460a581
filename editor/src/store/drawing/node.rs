//! How a node is drawn: what its type says, what its user said, Node-RED's sizes.

use model::descriptor::{NodeDescriptor, Role};
use model::document::{Document, Kind, Node};
use model::json::Json;

use super::{DrawnNode, Shape};
use crate::store::colour;
use crate::store::geometry::{self, NODE_HEIGHT};
use crate::store::node_red_icons;
use crate::store::node_types::{self, NodeTypes};

/// Colour of nodes whose type says none.
const PLAIN_COLOUR: &str = "#7b8794";
const JUNCTION_SIZE: f64 = 10.0;
/// More ports than a screen is high: what a mistyped number must not draw.
const MOST_OUTPUTS: u16 = 200;

/// Draws a node; none for what has no place on a tab.
pub(super) fn draw(document: &Document, types: &NodeTypes, node: &Node) -> Option<DrawnNode> {
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
        Shape::Compact => (NODE_HEIGHT, geometry::node_height(0, look.outputs)),
        Shape::Card | Shape::Comment => {
            let lines = geometry::label_lines(&look.label).count();
            (geometry::node_width(&look.label, look.has_input), geometry::node_height(lines, look.outputs))
        }
    };
    let own_icon = node.text("icon").and_then(node_red_icons::icon_of);
    Some(DrawnNode {
        id: node.id().into(),
        type_name: node.type_name().to_owned(),
        shape,
        x,
        y,
        width,
        height,
        label: look.label,
        icon: own_icon.map_or(look.icon, str::to_owned),
        colour: look.colour,
        has_input: look.has_input,
        outputs: look.outputs,
        input_label: port_labels(node, "inputLabels").next().unwrap_or_default(),
        output_labels: port_labels(node, "outputLabels").collect(),
        has_button: look.has_button,
        switch: look.switch,
        has_info: node.text("info").is_some_and(|info| !info.trim().is_empty()),
        is_disabled: node.is_disabled(),
        is_unknown: look.is_unknown,
    })
}

fn port_labels(node: &Node, key: &str) -> impl Iterator<Item = String> {
    let labels = node.field(key).and_then(Json::as_array).unwrap_or_default();
    labels.iter().map(|label| label.as_str().unwrap_or_default().to_owned())
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
    switch: Option<bool>,
    is_link: bool,
    is_unknown: bool,
}

fn look_of_type(types: &NodeTypes, node: &Node) -> Look {
    if node.kind() == Kind::Junction {
        return Look {
            shape: Shape::Junction,
            has_input: true,
            outputs: 1,
            is_unknown: false,
            ..unknown_look(node)
        };
    }
    let Some(descriptor) = types.get(node.type_name()) else { return unknown_look(node) };
    let colour = own_colour(descriptor, node).or_else(|| colour::checked(&descriptor.colour));
    Look {
        label: node_types::label(descriptor, node),
        icon: descriptor.icon.clone(),
        colour: colour.unwrap_or(PLAIN_COLOUR).to_owned(),
        shape: match descriptor.role {
            Role::Comment => Shape::Comment,
            Role::Junction => Shape::Junction,
            _ => Shape::Card,
        },
        has_input: descriptor.inputs > 0,
        outputs: node_types::outputs(descriptor, node),
        has_button: descriptor.button && descriptor.inputs == 0,
        switch: (descriptor.button && descriptor.inputs > 0)
            .then(|| node.field("active") != Some(&Json::Bool(false))),
        is_link: matches!(descriptor.role, Role::LinkIn | Role::LinkOut),
        is_unknown: false,
    }
}

/// The colour that a node's user gave it, unless `color` is one of its type's own properties.
fn own_colour<'a>(descriptor: &NodeDescriptor, node: &'a Node) -> Option<&'a str> {
    let colour = node.text("color").and_then(colour::checked)?;
    let is_setting = descriptor.schema.pointer("/properties/color").is_some();
    (!is_setting).then_some(colour)
}

/// A node whose type is not installed keeps its ports as far as its wires show them.
fn unknown_look(node: &Node) -> Look {
    let name = if node.name().is_empty() { node.type_name() } else { node.name() };
    Look {
        label: name.to_owned(),
        icon: "circle-help".to_owned(),
        colour: node.text("color").and_then(colour::checked).unwrap_or(PLAIN_COLOUR).to_owned(),
        shape: Shape::Card,
        has_input: true,
        outputs: u16::try_from(node.wires().len()).unwrap_or(u16::MAX).min(MOST_OUTPUTS),
        has_button: false,
        switch: None,
        is_link: false,
        is_unknown: true,
    }
}

/// A subflow's status is shown under its instances; it is no port of theirs.
fn look_of_subflow(document: &Document, node: &Node) -> Look {
    let Some(template) = node.subflow_id().and_then(|id| document.get(id)) else { return unknown_look(node) };
    let ports = |key: &str| template.field(key).and_then(Json::as_array).map_or(0, <[Json]>::len);
    let name = [node.name(), template.name()].into_iter().find(|name| !name.is_empty());
    let icon = template.text("icon").and_then(node_red_icons::icon_of);
    let colours = [node.text("color"), template.text("color")];
    Look {
        label: name.unwrap_or("subflow").to_owned(),
        icon: icon.unwrap_or("workflow").to_owned(),
        colour: colours.into_iter().flatten().find_map(colour::checked).unwrap_or(PLAIN_COLOUR).to_owned(),
        shape: Shape::Card,
        has_input: ports("in") > 0,
        outputs: u16::try_from(ports("out")).unwrap_or(u16::MAX).min(MOST_OUTPUTS),
        has_button: false,
        switch: None,
        is_link: false,
        is_unknown: false,
    }
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::drawing::Drawing;
    use crate::store::node_types::tests::sample;

    fn draw(entries: &str) -> Drawing {
        Drawing::new(&Document::parse(&format!("[{entries}]")).unwrap(), &sample(), "t")
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
        assert_eq!((node.label.as_str(), node.outputs, node.has_input), ("Twice", 2, true));
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
    fn what_a_user_chose_is_drawn() {
        let drawing = draw(
            r##"{"id":"a","type":"switch","z":"t","x":1,"y":2,"icon":"font-awesome/fa-car","color":"#aa0000","info":"Why",
                "inputLabels":["readings"],"outputLabels":["cars",""],"rules":[{},{}],"wires":[]},
               {"id":"b","type":"switch","z":"t","x":1,"y":2,"icon":"font-awesome/fa-pied-piper","color":"red","info":" ","wires":[]},
               {"id":"c","type":"switch","z":"t","x":1,"y":2,"name":"two \\n lines","wires":[]},
               {"id":"d","type":"lamp","z":"t","x":1,"y":2,"color":"#aa0000","wires":[]}"##,
        );
        let [own, plain, lines, lamp] = drawing.nodes.as_slice() else { panic!("four nodes") };
        assert_eq!((own.icon.as_str(), own.colour.as_str(), own.has_info), ("car", "#aa0000", true));
        assert_eq!(
            (own.input_label.as_str(), own.output_labels.as_slice()),
            ("readings", &["cars".to_owned(), String::new()][..])
        );
        assert_eq!((plain.icon.as_str(), plain.colour.as_str(), plain.has_info), ("zap", "#3b82a0", false));
        assert_eq!(lines.height, 54.0);
        // It is a setting of lamps.
        assert_eq!(lamp.colour, "#3b82a0");
    }

    #[test]
    fn a_switch_is_on_unless_told() {
        let drawing = draw(
            r#"{"id":"a","type":"debug","z":"t","x":1,"y":2,"active":false,"wires":[]},
               {"id":"b","type":"debug","z":"t","x":1,"y":2,"wires":[]},
               {"id":"c","type":"switch","z":"t","x":1,"y":2,"wires":[]}"#,
        );
        let switches: Vec<Option<bool>> = drawing.nodes.iter().map(|node| node.switch).collect();
        assert_eq!(switches, [Some(false), Some(true), None]);
    }

    #[test]
    fn all_of_a_disabled_tab_is_disabled() {
        let drawing = draw(
            r#"{"id":"t","type":"tab","disabled":true,"locked":true},
               {"id":"a","type":"switch","z":"t","x":1,"y":2,"wires":[]}"#,
        );
        assert!(drawing.nodes[0].is_disabled && drawing.is_locked);
    }
}
