//! A stroke across wires, and places near them: the curves of wires as lines.

use super::Id;
use super::drawing::{Drawing, Wire};
use super::geometry::{Rect, wire_curves};

/// Lines that one curve is looked at as.
const PIECES: usize = 12;

/// A wire as a line with corners.
pub fn wire_line(from: (f64, f64), to: (f64, f64)) -> Vec<(f64, f64)> {
    let curves = wire_curves(from, to);
    let points =
        curves.iter().flat_map(|curve| (1..=PIECES).map(|at| point(curve, at as f64 / PIECES as f64)));
    std::iter::once(from).chain(points).collect()
}

fn point(curve: &[(f64, f64); 4], at: f64) -> (f64, f64) {
    let rest = 1.0 - at;
    let weights = [rest * rest * rest, 3.0 * rest * rest * at, 3.0 * rest * at * at, at * at * at];
    let sum = |place: fn(&(f64, f64)) -> f64| {
        curve.iter().map(place).zip(weights).map(|(at, weight)| at * weight).sum()
    };
    (sum(|at| at.0), sum(|at| at.1))
}

/// The wires that a stroke crosses, each with the first place where.
pub fn crossed(drawing: &Drawing, stroke: &[(f64, f64)]) -> Vec<(Wire, (f64, f64))> {
    let Some(extent) = bounds(stroke) else { return Vec::new() };
    let crossing = |wire: &Wire| {
        let line = line_of(drawing, wire)?;
        bounds(&line).filter(|bounds| bounds.meets(extent))?;
        let pairs = line.windows(2).flat_map(|piece| stroke.windows(2).map(move |cut| (piece, cut)));
        let mut places = pairs.filter_map(|(piece, cut)| meeting(piece[0], piece[1], cut[0], cut[1]));
        Some((wire.clone(), places.next()?))
    };
    drawing.wires.iter().filter_map(crossing).collect()
}

/// The wire that runs through a frame nearest to its middle, but not one of the node `except`.
pub fn wire_under(drawing: &Drawing, frame: Rect, except: &str) -> Option<Wire> {
    let middle = frame.centre();
    let far = |wire: &Wire| {
        let line = line_of(drawing, wire)?;
        bounds(&line).filter(|bounds| bounds.meets(frame))?;
        let far =
            line.windows(2).map(|piece| distance(middle, piece[0], piece[1])).fold(f64::INFINITY, f64::min);
        (far <= frame.height() / 2.0).then(|| (far, wire.clone()))
    };
    let is_own = |wire: &&Wire| wire.from.as_ref() == except || wire.to.as_ref() == except;
    let near = drawing.wires.iter().filter(|wire| !is_own(wire)).filter_map(far);
    near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, wire)| wire)
}

/// The wire that is nearest to a place, at most `reach` away.
pub fn wire_near(drawing: &Drawing, place: (f64, f64), reach: f64) -> Option<Wire> {
    let frame = Rect::around(place.0, place.1, 2.0 * reach, 2.0 * reach);
    let far = |wire: &Wire| {
        let line = line_of(drawing, wire)?;
        bounds(&line).filter(|bounds| bounds.meets(frame))?;
        let far =
            line.windows(2).map(|piece| distance(place, piece[0], piece[1])).fold(f64::INFINITY, f64::min);
        (far <= reach).then(|| (far, wire.clone()))
    };
    drawing.wires.iter().filter_map(far).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, wire)| wire)
}

/// The smallest group, but none of `except`, that the middle of a frame is in.
pub fn group_under(drawing: &Drawing, frame: Rect, except: impl Fn(&Id) -> bool) -> Option<Id> {
    let middle = Rect::between(frame.centre(), frame.centre());
    let around = drawing.groups.iter().filter(|group| !except(&group.id) && group.frame.holds(middle));
    let area = |frame: Rect| frame.width() * frame.height();
    around.min_by(|a, b| area(a.frame).total_cmp(&area(b.frame))).map(|group| group.id.clone())
}

fn line_of(drawing: &Drawing, wire: &Wire) -> Option<Vec<(f64, f64)>> {
    let (from, to) = (drawing.node(&wire.from)?, drawing.node(&wire.to)?);
    Some(wire_line(from.output(wire.port), to.input()))
}

fn bounds(line: &[(f64, f64)]) -> Option<Rect> {
    line.iter().map(|at| Rect::between(*at, *at)).reduce(Rect::with)
}

/// Where two lines cross.
fn meeting(a: (f64, f64), b: (f64, f64), c: (f64, f64), d: (f64, f64)) -> Option<(f64, f64)> {
    let (first, second) = ((b.0 - a.0, b.1 - a.1), (d.0 - c.0, d.1 - c.1));
    let cross = first.0 * second.1 - first.1 * second.0;
    if cross.abs() < 1e-9 {
        return None;
    }
    let between = (c.0 - a.0, c.1 - a.1);
    let along = (between.0 * second.1 - between.1 * second.0) / cross;
    let across = (between.0 * first.1 - between.1 * first.0) / cross;
    let is_on = |at: f64| (0.0..=1.0).contains(&at);
    (is_on(along) && is_on(across)).then_some((a.0 + along * first.0, a.1 + along * first.1))
}

fn distance(at: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let way = (to.0 - from.0, to.1 - from.1);
    let length = (way.0 * way.0 + way.1 * way.1).max(1e-9);
    let along = (((at.0 - from.0) * way.0 + (at.1 - from.1) * way.1) / length).clamp(0.0, 1.0);
    (at.0 - from.0 - along * way.0).hypot(at.1 - from.1 - along * way.1)
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::geometry::wire_path;
    use crate::store::node_types::tests::sample;

    #[test]
    fn lines_follow_the_curves_that_are_drawn() {
        for to in [(300.0, 40.0), (-300.0, 5.0), (-20.0, 400.0)] {
            let (line, path) = (wire_line((0.0, 0.0), to), wire_path((0.0, 0.0), to));
            let [_, first, .., last] = line.as_slice() else { panic!("too short") };
            assert!((last.0 - to.0).abs() < 1e-6 && (last.1 - to.1).abs() < 1e-6);
            // Leaves to the right, as the path does.
            assert!(first.0 > 0.0);
            let numbers = path.split(['M', 'C', 'S', ' ']).filter_map(|part| part.parse::<f64>().ok());
            let widest = numbers.step_by(2).fold(0.0, f64::max);
            assert!(line.iter().all(|(x, _)| *x <= widest + 0.1), "{path}");
        }
    }

    #[test]
    fn strokes_and_nodes_find_wires_and_groups() {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"a","type":"inject","z":"t","x":100,"y":100,"wires":[["b"]]},
                {"id":"b","type":"debug","z":"t","x":500,"y":100,"wires":[]},
                {"id":"o","type":"group","z":"t","nodes":["i"],"x":0,"y":200,"w":600,"h":300},
                {"id":"i","type":"group","z":"t","g":"o","nodes":[],"x":100,"y":250,"w":300,"h":200}]"#,
        )
        .unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        let found = crossed(&drawing, &[(300.0, 0.0), (300.0, 150.0)]);
        assert_eq!(found.len(), 1);
        assert!((found[0].1.0 - 300.0).abs() < 1e-6 && (found[0].1.1 - 100.0).abs() < 1.0);
        assert!(
            crossed(&drawing, &[(300.0, 0.0), (300.0, 50.0)]).is_empty() && crossed(&drawing, &[]).is_empty()
        );
        let under = |y: f64| wire_under(&drawing, Rect::around(300.0, y, 100.0, 30.0), "c");
        assert!(under(108.0).is_some() && under(140.0).is_none());
        let frame = Rect::around(200.0, 300.0, 100.0, 30.0);
        assert_eq!(group_under(&drawing, frame, |_| false).as_deref(), Some("i"));
        assert_eq!(group_under(&drawing, frame, |id| id.as_ref() == "i").as_deref(), Some("o"));
        assert_eq!(group_under(&drawing, frame.shifted(0.0, 400.0), |_| false), None);
    }
}
