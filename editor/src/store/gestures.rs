//! What the pointer does on the canvas: from presses and moves to what is to happen.
//!
//! A [`Gesture`] is what is going on between press and release. It knows nothing of the page: places are those
//! of the screen (canvas pixels) and of the flow, what is under the pointer is told as a [`Target`].

use std::collections::BTreeSet;

use model::document::Document;

use super::Id;
use super::drawing::{Drawing, Shape, Wire};
use super::geometry::Rect;
use super::moving::{carried, snapped};
use super::selection::Selection;
use super::viewport::Viewport;

/// What was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing but the canvas.
    Canvas,
    /// A node, or a group's frame.
    Item(Id),
    /// An end of wires.
    Port(Port),
    /// A wire.
    Wire(Wire),
}

/// An input, or one of the outputs, of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The node.
    pub node: Id,
    /// The output, from 0; none for the input.
    pub output: Option<u16>,
}

impl Target {
    /// Reads the marks that the drawing leaves in the page: `data-id` with `data-port` (`in`, `out:0`), or
    /// `data-wire` (see [`Wire::name`]).
    pub fn read(id: Option<&str>, port: Option<&str>, wire: Option<&str>) -> Self {
        if let (Some(id), Some(port)) = (id, port) {
            let output = port.strip_prefix("out:").and_then(|port| port.parse().ok());
            return Self::Port(Port { node: id.into(), output });
        }
        match (id, wire.and_then(Wire::read)) {
            (Some(id), _) => Self::Item(id.into()),
            (None, Some(wire)) => Self::Wire(wire),
            (None, None) => Self::Canvas,
        }
    }
}

/// How it was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Press {
    /// The middle button, Space held down, or a finger on the canvas: moves the view.
    pub pans: bool,
    /// Shift, Ctrl or Cmd: adds to the selection, or takes away from it.
    pub adds: bool,
}

/// What a gesture looks at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The document.
    pub document: &'a Document,
    /// The open tab.
    pub drawing: &'a Drawing,
    /// What of it is seen.
    pub viewport: Viewport,
    /// What is selected.
    pub selection: &'a Selection,
}

/// What is going on.
#[derive(Clone, Debug, PartialEq)]
pub enum Gesture {
    /// The view moves with the pointer, which was last at this place of the screen.
    Pan {
        /// The last place.
        last: (f64, f64),
    },
    /// A frame is drawn from a corner; what it touches is selected, besides what was.
    Lasso {
        /// The corner, in the flow.
        corner: (f64, f64),
        /// What stays selected.
        kept: Selection,
    },
    /// A thing is held, not yet moved.
    Hold {
        /// The thing.
        id: Id,
        /// Where it was grasped, on the screen.
        at: (f64, f64),
        /// What to select when it is let go without having been moved.
        click: Option<Selection>,
    },
    /// Things move with the pointer.
    Move {
        /// All that moves.
        ids: BTreeSet<Id>,
        /// The frame of the thing that was grasped: it snaps to the grid.
        frame: Rect,
        /// Where it was grasped, in the flow.
        from: (f64, f64),
    },
    /// A wire is drawn.
    Wire {
        /// Its fixed end.
        port: Port,
    },
}

/// What is to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Select this.
    Select(Selection),
    /// Move the view by this distance on the screen.
    Pan(f64, f64),
    /// Show the lasso.
    Lasso(Rect),
    /// Show these things moved by this distance in the flow.
    Moving(BTreeSet<Id>, f64, f64),
    /// They are moved.
    Moved(BTreeSet<Id>, f64, f64),
    /// Show a wire from a port to a place in the flow, or to the port it would be connected to.
    Wiring(Port, (f64, f64), Option<Port>),
    /// Draw this wire.
    Connect(Wire),
    /// A wire from this port was let go over nothing, at this place in the flow.
    LetGo(Port, (f64, f64)),
    /// The gesture showed something that is to be taken away.
    Clear,
}

/// A thing is moved once the pointer went this far, in pixels on the screen.
const SLACK: f64 = 4.0;
/// A wire finds a port this far away, in pixels on the screen.
const REACH: f64 = 26.0;

impl Gesture {
    /// The button went down.
    pub fn press(scene: Scene<'_>, target: Target, at: (f64, f64), press: Press) -> (Self, Option<Effect>) {
        if press.pans {
            return (Self::Pan { last: at }, None);
        }
        match target {
            Target::Canvas => {
                let kept = if press.adds { scene.selection.clone() } else { Selection::default() };
                let corner = scene.viewport.to_flow(at.0, at.1);
                (Self::Lasso { corner, kept: kept.clone() }, Some(Effect::Select(kept)))
            }
            Target::Item(id) => {
                let is_selected = scene.selection.holds(&id);
                let (now, click) = match (press.adds, is_selected) {
                    (true, true) => (None, Some(scene.selection.clone().toggled(&id))),
                    (true, false) => (Some(scene.selection.clone().toggled(&id)), None),
                    (false, true) => (None, Some(Selection::one(id.clone()))),
                    (false, false) => (Some(Selection::one(id.clone())), None),
                };
                (Self::Hold { id, at, click }, now.map(Effect::Select))
            }
            Target::Port(port) if scene.drawing.is_locked => {
                Self::press(scene, Target::Item(port.node), at, press)
            }
            Target::Port(port) => (Self::Wire { port }, None),
            Target::Wire(wire) => {
                let selection = match press.adds {
                    true => scene.selection.clone().toggled_wire(&wire),
                    false => Selection::wire(wire),
                };
                (Self::Pan { last: at }, Some(Effect::Select(selection)))
            }
        }
    }

    /// The pointer went to a place of the screen. With `is_free` nothing snaps to the grid.
    pub fn drag(&mut self, scene: Scene<'_>, at: (f64, f64), is_free: bool) -> Option<Effect> {
        let flow = scene.viewport.to_flow(at.0, at.1);
        match self {
            Self::Pan { last } => {
                let (dx, dy) = (at.0 - last.0, at.1 - last.1);
                *last = at;
                Some(Effect::Pan(dx, dy))
            }
            Self::Lasso { corner, .. } => Some(Effect::Lasso(Rect::between(*corner, flow))),
            Self::Hold { id, at: start, .. } => {
                if scene.drawing.is_locked || (at.0 - start.0).hypot(at.1 - start.1) < SLACK {
                    return None;
                }
                let frame = scene.drawing.frame(id)?;
                let from = scene.viewport.to_flow(start.0, start.1);
                // What was just pressed is selected by now, but the scene may be older.
                let held = std::iter::once(&*id);
                let ids = match scene.selection.holds(id) {
                    true => carried(scene.document, scene.selection.nodes()),
                    false => carried(scene.document, held),
                };
                *self = Self::Move { ids, frame, from };
                self.drag(scene, at, is_free)
            }
            Self::Move { ids, frame, from } => {
                let (dx, dy) = way(*frame, *from, flow, is_free);
                Some(Effect::Moving(ids.clone(), dx, dy))
            }
            Self::Wire { port } => {
                let found = other_end(scene, port, flow);
                Some(Effect::Wiring(port.clone(), flow, found))
            }
        }
    }

    /// The button went up.
    pub fn release(self, scene: Scene<'_>, at: (f64, f64), is_free: bool) -> Option<Effect> {
        let flow = scene.viewport.to_flow(at.0, at.1);
        match self {
            Self::Pan { .. } => None,
            Self::Lasso { corner, kept } => {
                let lasso = Rect::between(corner, flow);
                let is_click = lasso.width().max(lasso.height()) * scene.viewport.scale < SLACK;
                Some(match is_click {
                    true => Effect::Clear,
                    false => Effect::Select(kept.with(touched(scene.drawing, lasso))),
                })
            }
            Self::Hold { click, .. } => click.map(Effect::Select),
            Self::Move { ids, frame, from } => {
                let (dx, dy) = way(frame, from, flow, is_free);
                Some(Effect::Moved(ids, dx, dy))
            }
            Self::Wire { port } => Some(match other_end(scene, &port, flow) {
                Some(other) => Effect::Connect(wire_between(&port, &other)?),
                None => Effect::LetGo(port, flow),
            }),
        }
    }
}

/// The wire between two ports of which one is an input and one an output.
pub fn wire_between(a: &Port, b: &Port) -> Option<Wire> {
    let (from, port, to) = match (a.output, b.output) {
        (Some(port), None) => (a, port, b),
        (None, Some(port)) => (b, port, a),
        _ => return None,
    };
    Some(Wire { from: from.node.clone(), port, to: to.node.clone() })
}

fn way(frame: Rect, from: (f64, f64), to: (f64, f64), is_free: bool) -> (f64, f64) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if is_free { (dx.round(), dy.round()) } else { snapped(frame, dx, dy) }
}

/// Nodes that the frame touches and groups that it holds whole.
fn touched(drawing: &Drawing, lasso: Rect) -> Vec<Id> {
    let nodes = drawing.nodes.iter().filter(|node| node.frame().meets(lasso)).map(|node| node.id.clone());
    let groups = drawing.groups.iter().filter(|group| lasso.holds(group.frame)).map(|group| group.id.clone());
    nodes.chain(groups).collect()
}

/// The port that a wire from `port` would be connected to at a place in the flow: the nearest one in reach, or
/// that of the node which is there.
fn other_end(scene: Scene<'_>, port: &Port, at: (f64, f64)) -> Option<Port> {
    let reach = REACH / scene.viewport.scale;
    let far = |(x, y): (f64, f64)| (x - at.0).hypot(y - at.1);
    let mut best: Option<(f64, Port)> = None;
    for node in scene.drawing.nodes.iter().filter(|node| node.shape != Shape::Comment) {
        let is_inside = node.frame().distance(at) == 0.0;
        if !is_inside && node.frame().distance(at) > reach {
            continue;
        }
        let mut offer = |place: (f64, f64), output: Option<u16>| {
            let far = far(place);
            if (is_inside || far <= reach) && best.as_ref().is_none_or(|(nearest, _)| far < *nearest) {
                best = Some((far, Port { node: node.id.clone(), output }));
            }
        };
        match port.output {
            Some(_) if node.has_input => offer(node.input(), None),
            Some(_) => {}
            None => (0..node.outputs).for_each(|output| offer(node.output(output), Some(output))),
        }
    }
    // A node wired to itself is drawn on purpose only: from port to port.
    best.filter(|(far, found)| found.node != port.node || *far <= reach).map(|(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"inject","z":"t","x":110,"y":100,"wires":[]},
        {"id":"b","type":"switch","z":"t","x":410,"y":100,"rules":[{},{}],"wires":[]},
        {"id":"g","type":"group","z":"t","nodes":[],"x":20,"y":300,"w":100,"h":80}]"#;

    struct Canvas {
        document: Document,
        drawing: Drawing,
        selection: Selection,
    }

    impl Canvas {
        fn new() -> Self {
            let document = Document::parse(FLOW).unwrap();
            let drawing = Drawing::new(&document, &sample(), "t");
            Self { document, drawing, selection: Selection::default() }
        }

        fn scene(&self) -> Scene<'_> {
            let viewport = Viewport::default();
            Scene { document: &self.document, drawing: &self.drawing, viewport, selection: &self.selection }
        }

        /// Presses, drags and lets go; gives back the last effect. Selects as it is told.
        fn gesture(
            &mut self,
            target: Target,
            from: (f64, f64),
            to: (f64, f64),
            press: Press,
        ) -> Option<Effect> {
            let (mut gesture, effect) = Gesture::press(self.scene(), target, from, press);
            if let Some(Effect::Select(selection)) = effect {
                self.selection = selection;
            }
            gesture.drag(self.scene(), to, false);
            let effect = gesture.release(self.scene(), to, false);
            if let Some(Effect::Select(selection)) = &effect {
                self.selection = selection.clone();
            }
            effect
        }
    }

    const ADDS: Press = Press { pans: false, adds: true };

    fn item(id: &str) -> Target {
        Target::Item(id.into())
    }

    #[test]
    fn clicks_select_and_add() {
        let mut canvas = Canvas::new();
        canvas.gesture(item("a"), (110.0, 100.0), (111.0, 100.0), Press::default());
        assert_eq!(canvas.selection.single().unwrap().as_ref(), "a");
        canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), ADDS);
        assert_eq!(canvas.selection.nodes().len(), 2);
        // A click on one of several leaves that one.
        canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), Press::default());
        assert_eq!(canvas.selection.single().unwrap().as_ref(), "b");
        canvas.gesture(item("b"), (410.0, 100.0), (410.0, 100.0), ADDS);
        assert!(canvas.selection.is_empty());
        let effect = canvas.gesture(Target::Canvas, (5.0, 5.0), (6.0, 5.0), Press::default());
        assert_eq!(effect, Some(Effect::Clear));
    }

    #[test]
    fn all_that_is_selected_moves_along_and_snaps() {
        let mut canvas = Canvas::new();
        canvas.selection = Selection::of(["a".into(), "b".into()]);
        let Some(Effect::Moved(ids, dx, dy)) =
            canvas.gesture(item("a"), (110.0, 100.0), (153.0, 122.0), Press::default())
        else {
            panic!("not moved")
        };
        assert_eq!((ids.len(), dx, dy), (2, 40.0, 20.0));
        // What is not selected moves alone, and is selected then.
        let moved = canvas.gesture(item("g"), (30.0, 310.0), (70.0, 310.0), Press::default());
        assert!(matches!(moved, Some(Effect::Moved(ids, ..)) if ids.len() == 1));
        assert_eq!(canvas.selection.single().unwrap().as_ref(), "g");
    }

    #[test]
    fn the_lasso_takes_what_it_touches() {
        let mut canvas = Canvas::new();
        canvas.gesture(Target::Canvas, (60.0, 40.0), (200.0, 100.0), Press::default());
        assert_eq!(canvas.selection.single().unwrap().as_ref(), "a");
        canvas.gesture(Target::Canvas, (600.0, 120.0), (400.0, 90.0), ADDS);
        assert_eq!(canvas.selection.nodes().len(), 2);
        // A group only as a whole.
        canvas.gesture(Target::Canvas, (10.0, 290.0), (60.0, 400.0), Press::default());
        assert!(canvas.selection.is_empty());
        canvas.gesture(Target::Canvas, (10.0, 290.0), (200.0, 400.0), Press::default());
        assert!(canvas.selection.holds("g"));
    }

    #[test]
    fn a_wire_finds_a_port_from_either_end() {
        let mut canvas = Canvas::new();
        let output = |node: &str, port| Target::Port(Port { node: node.into(), output: Some(port) });
        let input = |node: &str| Target::Port(Port { node: node.into(), output: None });
        let wire = |effect| match effect {
            Some(Effect::Connect(wire)) => Some((wire.from.to_string(), wire.port, wire.to.to_string())),
            _ => None,
        };
        let b = canvas.drawing.node("b").unwrap().clone();
        let near_input = (b.input().0 - 12.0, b.input().1 + 5.0);
        let drawn = canvas.gesture(output("a", 0), (160.0, 100.0), near_input, Press::default());
        assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
        // Anywhere on the node will do.
        let drawn = canvas.gesture(output("a", 0), (160.0, 100.0), (b.x, b.y), Press::default());
        assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
        let drawn = canvas.gesture(input("b"), b.input(), (150.0, 100.0), Press::default());
        assert_eq!(wire(drawn), Some(("a".into(), 0, "b".into())));
        let second = canvas.gesture(output("b", 1), b.output(1), b.input(), Press::default());
        assert_eq!(wire(second), Some(("b".into(), 1, "b".into())));
        let nothing = canvas.gesture(output("a", 0), (160.0, 100.0), (250.0, 300.0), Press::default());
        assert!(matches!(nothing, Some(Effect::LetGo(..))));
        // An inject node has no input.
        let nothing = canvas.gesture(output("b", 0), b.output(0), (110.0, 100.0), Press::default());
        assert!(matches!(nothing, Some(Effect::LetGo(..))));
    }

    #[test]
    fn the_marks_in_the_page_are_read_back() {
        let wire = Wire { from: "a:1".into(), port: 2, to: "b:0:c".into() };
        assert_eq!(Target::read(None, None, Some(&wire.name())), Target::Wire(wire));
        assert_eq!(Target::read(Some("n"), None, None), item("n"));
        let port = Target::read(Some("n"), Some("out:3"), None);
        assert_eq!(port, Target::Port(Port { node: "n".into(), output: Some(3) }));
        assert_eq!(Target::read(None, None, Some("nonsense")), Target::Canvas);
        assert_eq!(Target::read(None, None, Some("99:a:0:b")), Target::Canvas);
    }
}
