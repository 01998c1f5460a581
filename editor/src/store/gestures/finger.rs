//! What a finger means. It hides what it touches and is broader than most of it: what is near counts, too, and the
//! nearest thing is meant.

use super::{Port, Scene, Target};
use crate::store::Id;
use crate::store::drawing::{DrawnNode, Shape};
use crate::store::geometry::Rect;
use crate::store::slicing::wire_near;
use crate::store::viewport::FAR;

/// A thing is hit this far from its middle, in pixels on the screen: half of what a finger needs.
pub const REACH: f64 = 20.0;

/// What a finger touches.
#[derive(Clone, Debug, PartialEq)]
pub enum Touched {
    /// A button on a node, and what it does: `inject` or `toggle`.
    Button(Id, &'static str),
    /// Anything else.
    Target(Target),
}

/// What a finger at a place of the screen touches; `hit` is what lies under its middle.
pub fn touched(scene: Scene<'_>, at: (f64, f64), hit: Target) -> Touched {
    let (scale, place) = (scene.viewport.scale, scene.viewport.to_flow(at.0, at.1));
    let reach = REACH / scale;
    if matches!(hit, Target::End(..)) {
        return Touched::Target(hit);
    }
    let inside = scene.drawing.nodes.iter().rev().find(|node| node.frame().distance(place) == 0.0);
    let part = (scale >= FAR).then(|| match inside {
        Some(node) => part_of(node, place, reach),
        None => {
            let parts = scene.drawing.nodes.iter().filter_map(|node| part_of(node, place, reach));
            parts.min_by(|a, b| a.0.total_cmp(&b.0))
        }
    });
    if let Some((_, part)) = part.flatten() {
        return part;
    }
    if let Some(node) = inside {
        return Touched::Target(Target::Item(node.id.clone()));
    }
    // Smaller than a finger: what is beside it counts as far as a finger goes.
    let grown = |node: &DrawnNode| {
        let frame = node.frame();
        let room = |length: f64| (reach - length / 2.0).max(0.0);
        let away = frame.distance(place);
        (away <= room(frame.width().min(frame.height()))).then_some(away)
    };
    let near = scene.drawing.nodes.iter().filter_map(|node| Some((grown(node)?, node)));
    if let Some((_, node)) = near.min_by(|a, b| a.0.total_cmp(&b.0)) {
        return Touched::Target(Target::Item(node.id.clone()));
    }
    let wire = wire_near(scene.drawing, place, reach / 2.0).map(Target::Wire);
    Touched::Target(wire.unwrap_or(hit))
}

/// The port or button of a node that a finger touches, and how far it is.
fn part_of(node: &DrawnNode, place: (f64, f64), reach: f64) -> Option<(f64, Touched)> {
    if node.shape == Shape::Comment || node.frame().distance(place) > reach + 2.0 * node.height {
        return None;
    }
    let button = node.button().and_then(|(frame, action)| {
        let room = Rect::around(frame.centre().0, frame.centre().1, 2.0 * reach, 2.0 * reach).with(frame);
        let away = frame.distance(place);
        (room.distance(place) == 0.0).then(|| (away, Touched::Button(node.id.clone(), action)))
    });
    // Of a node something is left to take hold of.
    let inward = reach.min(node.width / 4.0);
    let port = |at: (f64, f64), output: Option<u16>| {
        let outward = if output.is_some() { place.0 - at.0 } else { at.0 - place.0 };
        let is_near = (-inward..=reach).contains(&outward) && (place.1 - at.1).abs() <= reach;
        let port = Touched::Target(Target::Port(Port { node: node.id.clone(), output }));
        is_near.then(|| ((place.0 - at.0).hypot(place.1 - at.1), port))
    };
    let input = node.has_input.then(|| port(node.input(), None)).flatten();
    let outputs = (0..node.outputs).filter_map(|output| port(node.output(output), Some(output)));
    input.into_iter().chain(outputs).chain(button).min_by(|a, b| a.0.total_cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::super::{Selection, Viewport};
    use super::*;
    use crate::store::drawing::{Drawing, Wire};
    use crate::store::node_types::tests::sample;
    use model::document::Document;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"inject","z":"t","x":150,"y":100,"wires":[["b"]]},
        {"id":"b","type":"switch","z":"t","x":450,"y":100,"rules":[{},{}],"wires":[[],[]]},
        {"id":"c","type":"debug","z":"t","x":150,"y":300,"wires":[]}]"#;

    /// What a finger touches at a place of the flow, seen at a scale.
    fn at(place: (f64, f64), scale: f64) -> Touched {
        let document = Document::parse(FLOW).unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        let viewport = Viewport { x: 7.0, y: 5.0, scale };
        let screen = (place.0 * scale + viewport.x, place.1 * scale + viewport.y);
        let selection = Selection::default();
        let scene = Scene { document: &document, drawing: &drawing, viewport, selection: &selection };
        touched(scene, screen, Target::Canvas)
    }

    fn item(id: &str) -> Touched {
        Touched::Target(Target::Item(id.into()))
    }

    fn port(node: &str, output: Option<u16>) -> Touched {
        Touched::Target(Target::Port(Port { node: node.into(), output }))
    }

    #[test]
    fn ports_and_buttons_are_forty_pixels_wide_at_every_scale() {
        for scale in [0.5, 1.0, 2.0] {
            let near = 19.0 / scale;
            assert_eq!(at((200.0 + near, 100.0 - near), scale), port("a", Some(0)), "{scale}");
            assert_eq!(
                at((78.0 - near, 100.0 + near), scale),
                Touched::Button("a".into(), "inject"),
                "{scale}"
            );
            assert_eq!(at((400.0 - near, 100.0), scale), port("b", None), "{scale}");
            // The nearest of two.
            assert_eq!(at((500.0, 100.0 - near), scale), port("b", Some(0)), "{scale}");
            assert_eq!(at((500.0, 100.0 + near), scale), port("b", Some(1)), "{scale}");
        }
        assert!(matches!(at((225.0, 300.0), 1.0), Touched::Button(id, "toggle") if id.as_ref() == "c"));
    }

    #[test]
    fn a_node_is_left_to_take_hold_of() {
        for scale in [0.5, 1.0, 2.0] {
            assert_eq!(at((150.0, 100.0), scale), item("a"), "{scale}");
            assert_eq!(at((450.0, 104.0), scale), item("b"), "{scale}");
        }
        // Less high than a finger: above it still counts.
        assert_eq!(at((150.0, 82.0), 1.0), item("a"));
        assert_eq!(at((150.0, 74.0), 1.0), Touched::Target(Target::Canvas));
    }

    #[test]
    fn from_afar_there_are_nodes_alone() {
        assert_eq!(at((200.0, 100.0), 0.2), item("a"));
        assert_eq!(at((150.0, 190.0), 0.2), item("a"));
        assert_eq!(at((150.0, 215.0), 0.2), item("c"));
    }

    #[test]
    fn wires_are_hit_beside_them() {
        let wire = Wire { from: "a".into(), port: 0, to: "b".into() };
        assert_eq!(at((300.0, 109.0), 1.0), Touched::Target(Target::Wire(wire)));
        assert_eq!(at((300.0, 112.0), 1.0), Touched::Target(Target::Canvas));
    }
}
