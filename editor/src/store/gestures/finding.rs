//! What a gesture finds at a place: ports, ends of the subflow, what a frame touches.

use super::{Port, REACH, Scene};
use crate::store::Id;
use crate::store::drawing::subflow::End;
use crate::store::drawing::{Drawing, Shape, Wire};
use crate::store::geometry::Rect;
use crate::store::moving::snapped;

pub(super) fn way(frame: Rect, from: (f64, f64), to: (f64, f64), is_free: bool) -> (f64, f64) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if is_free { (dx.round(), dy.round()) } else { snapped(frame, dx, dy) }
}

/// The wires at a port.
pub(super) fn wires_of(drawing: &Drawing, port: &Port) -> Vec<Wire> {
    let is_there = |wire: &&Wire| match port.output {
        Some(output) => wire.from == port.node && wire.port == output,
        None => wire.to == port.node,
    };
    drawing.wires.iter().filter(is_there).cloned().collect()
}

/// Another port of the same side as `port`, at a place in the flow.
pub(super) fn same_side(scene: Scene<'_>, port: &Port, wires: &[Wire], at: (f64, f64)) -> Option<Port> {
    let first = wires.first()?;
    let fixed = match port.output {
        Some(_) => Port { node: first.to.clone(), output: None },
        None => Port { node: first.from.clone(), output: Some(first.port) },
    };
    other_end(scene, &fixed, at)
}

/// What the wires of a port become when they go to another.
pub fn rewired(wires: &[Wire], to: &Port) -> Vec<Wire> {
    let moved = wires.iter().map(|wire| match to.output {
        Some(output) => Wire { from: to.node.clone(), port: output, to: wire.to.clone() },
        None => Wire { to: to.node.clone(), ..wire.clone() },
    });
    moved.collect()
}

/// The port that a wire from an end of the subflow would be connected to.
pub(super) fn port_for(scene: Scene<'_>, end: End, at: (f64, f64)) -> Option<Port> {
    let output = matches!(end, End::Input(_)).then_some(0);
    other_end(scene, &Port { node: "".into(), output }, at)
}

/// The end of the subflow that a wire from a port was let go at.
pub(super) fn end_at(scene: Scene<'_>, port: &Port, at: (f64, f64)) -> Option<End> {
    let fits = |end: End| matches!(end, End::Input(_)) == port.output.is_none();
    let mut ends = scene.drawing.ports.iter().filter(|one| fits(one.end));
    ends.find(|one| one.frame().grown(REACH / scene.viewport.scale).distance(at) == 0.0).map(|one| one.end)
}

/// Nodes that the frame touches and groups that it holds whole.
pub(super) fn touched(drawing: &Drawing, lasso: Rect) -> Vec<Id> {
    let nodes = drawing.nodes.iter().filter(|node| node.frame().meets(lasso)).map(|node| node.id.clone());
    let groups = drawing.groups.iter().filter(|group| lasso.holds(group.frame)).map(|group| group.id.clone());
    nodes.chain(groups).collect()
}

/// The port that a wire from `port` would be connected to at a place in the flow: the nearest one in reach, or
/// that of the node which is there.
pub(super) fn other_end(scene: Scene<'_>, port: &Port, at: (f64, f64)) -> Option<Port> {
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

/// The port that a wire which goes on from node to node would be connected to: never one of its own node.
pub(super) fn next_end(scene: Scene<'_>, port: &Port, at: (f64, f64)) -> Option<Port> {
    other_end(scene, port, at).filter(|found| found.node != port.node)
}

/// Whether a place is where a port is.
pub(super) fn is_at(scene: Scene<'_>, port: &Port, at: (f64, f64)) -> bool {
    let place = scene.drawing.node(&port.node).map(|node| match port.output {
        Some(output) => node.output(output),
        None => node.input(),
    });
    place.is_some_and(|(x, y)| (x - at.0).hypot(y - at.1) <= REACH / scene.viewport.scale)
}

/// The other side of the node that a wire arrived at; none where it has none.
pub(super) fn onward(drawing: &Drawing, arrived: &Port) -> Option<Port> {
    let node = drawing.node(&arrived.node)?;
    let output = match arrived.output {
        Some(_) => node.has_input.then_some(None),
        None => (node.outputs > 0).then_some(Some(0)),
    };
    output.map(|output| Port { node: arrived.node.clone(), output })
}
