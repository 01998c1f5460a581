//! What the pointer does on the canvas: from presses and moves to what is to happen.
//!
//! A [`Gesture`] is what is going on between press and release. It knows nothing of the page: places are those
//! of the screen (canvas pixels) and of the flow, what is under the pointer is told as a [`Target`].

mod finding;
pub mod finger;

use std::collections::BTreeSet;

use model::document::Document;

use super::Id;
use super::drawing::subflow::End;
use super::drawing::{Drawing, Wire};
use super::geometry::Rect;
use super::moving::carried;
use super::selection::Selection;
use super::viewport::Viewport;
use finding::{end_at, is_at, next_end, onward, other_end, port_for, same_side, touched, way, wires_of};

pub use finding::rewired;

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
    /// An end of the subflow that is open; its port where the flag is set.
    End(End, bool),
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
    /// Ctrl or Cmd: a wire goes on from where it arrives.
    pub chains: bool,
    /// Draws a stroke across wires.
    pub slices: Option<Slice>,
}

/// What becomes of the wires that a stroke crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// A junction comes into them.
    Join,
    /// They are taken away.
    Cut,
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

impl Scene<'_> {
    /// The node at a place of the screen, the uppermost.
    pub fn node_at(self, (x, y): (f64, f64)) -> Option<Id> {
        let place = self.viewport.to_flow(x, y);
        let mut nodes = self.drawing.nodes.iter().rev();
        nodes.find(|node| node.frame().distance(place) == 0.0).map(|node| node.id.clone())
    }
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
    /// A wire is drawn that goes on from node to node while Ctrl is held; the button may be up.
    Chain {
        /// Its fixed end.
        port: Port,
    },
    /// Wires were taken off a port and go to another.
    Rewire {
        /// The port that they were taken off.
        port: Port,
        /// The wires.
        wires: Vec<Wire>,
    },
    /// A stroke is drawn across wires.
    Slice {
        /// What becomes of them.
        slice: Slice,
        /// The stroke, in the flow.
        stroke: Vec<(f64, f64)>,
    },
    /// An end of the subflow is held, or moves.
    MoveEnd {
        /// The end.
        end: End,
        /// Where it was grasped, in the flow.
        from: (f64, f64),
    },
    /// A wire is drawn from an end of the subflow.
    EndWire {
        /// The end.
        end: End,
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
    /// Show these wires without one of their ends, which is at this place; and whether it could stay there.
    Rewiring(Port, Vec<Wire>, (f64, f64), Option<Port>),
    /// These wires go to another port; to none, they are taken away.
    Rewired(Port, Vec<Wire>, Option<Port>),
    /// Show a stroke.
    Slicing(Vec<(f64, f64)>),
    /// A stroke was drawn.
    Sliced(Slice, Vec<(f64, f64)>),
    /// An end of the subflow is moved by this distance.
    EndMoved(End, f64, f64),
    /// Show a wire from an end of the subflow.
    EndWiring(End, (f64, f64), Option<Port>),
    /// Wire an end of the subflow to a port, or take that wire away.
    EndConnect(End, Port),
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
        if let Some(slice) = press.slices.filter(|_| !scene.drawing.is_locked) {
            let stroke = vec![scene.viewport.to_flow(at.0, at.1)];
            return (Self::Slice { slice, stroke }, None);
        }
        match target {
            Target::End(..) if scene.drawing.is_locked => (Self::Pan { last: at }, None),
            Target::End(end, true) => (Self::EndWire { end }, None),
            Target::End(end, false) => {
                (Self::MoveEnd { end, from: scene.viewport.to_flow(at.0, at.1) }, None)
            }
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
            Target::Port(port) if press.chains => (Self::Chain { port }, None),
            Target::Port(port) if press.adds => {
                let wires = wires_of(scene.drawing, &port);
                match wires.is_empty() {
                    true => (Self::Wire { port }, None),
                    false => (Self::Rewire { port, wires }, None),
                }
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
            Self::Chain { port } => {
                let found = next_end(scene, port, flow);
                Some(Effect::Wiring(port.clone(), flow, found))
            }
            Self::Wire { port } => {
                let found = other_end(scene, port, flow);
                Some(Effect::Wiring(port.clone(), flow, found))
            }
            Self::Rewire { port, wires } => {
                let found = same_side(scene, port, wires, flow);
                Some(Effect::Rewiring(port.clone(), wires.clone(), flow, found))
            }
            Self::Slice { stroke, .. } => {
                stroke.push(flow);
                Some(Effect::Slicing(stroke.clone()))
            }
            Self::MoveEnd { end, from } => {
                let frame = scene.drawing.ports.iter().find(|port| port.end == *end)?.frame();
                let (dx, dy) = way(frame, *from, flow, is_free);
                Some(Effect::Lasso(frame.shifted(dx, dy)))
            }
            Self::EndWire { end } => Some(Effect::EndWiring(*end, flow, port_for(scene, *end, flow))),
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
            Self::Chain { port } | Self::Wire { port } => Some(match other_end(scene, &port, flow) {
                Some(other) => Effect::Connect(wire_between(&port, &other)?),
                None => match end_at(scene, &port, flow) {
                    Some(end) => Effect::EndConnect(end, port),
                    None => Effect::LetGo(port, flow),
                },
            }),
            Self::Rewire { port, wires } => {
                let found = same_side(scene, &port, &wires, flow);
                let is_back = found.as_ref() == Some(&port);
                Some(if is_back { Effect::Clear } else { Effect::Rewired(port, wires, found) })
            }
            Self::Slice { slice, mut stroke } => {
                stroke.push(flow);
                Some(Effect::Sliced(slice, stroke))
            }
            Self::MoveEnd { end, from } => {
                let frame = scene.drawing.ports.iter().find(|port| port.end == end)?.frame();
                let (dx, dy) = way(frame, from, flow, is_free);
                Some(Effect::EndMoved(end, dx, dy))
            }
            Self::EndWire { end } => Some(match port_for(scene, end, flow) {
                Some(port) => Effect::EndConnect(end, port),
                None => Effect::Clear,
            }),
        }
    }
}

impl Gesture {
    /// The button went up while Ctrl is held: what happens to a wire that goes on, and the wire that begins where
    /// this one arrived, if that has an end for it. None where it is no such wire, or was let go over nothing.
    pub fn chained(&self, scene: Scene<'_>, at: (f64, f64)) -> Option<(Option<Effect>, Option<Self>)> {
        let Self::Chain { port } = self else { return None };
        let flow = scene.viewport.to_flow(at.0, at.1);
        let Some(found) = next_end(scene, port, flow) else {
            // A click on the port itself: the wire goes on without the button.
            return is_at(scene, port, flow).then(|| (None, Some(self.clone())));
        };
        let effect = wire_between(port, &found).map(Effect::Connect);
        Some((effect, onward(scene.drawing, &found).map(|port| Self::Chain { port })))
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

#[cfg(test)]
mod tests;
