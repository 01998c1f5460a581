//! The next node in a direction: how the arrow keys walk over a flow.

use super::Id;
use super::drawing::{Drawing, DrawnNode};

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smaller x.
    Left,
    /// Larger x.
    Right,
    /// Smaller y.
    Up,
    /// Larger y.
    Down,
}

impl Direction {
    /// The step in this direction: one along its axis.
    pub fn step(self) -> (f64, f64) {
        match self {
            Self::Left => (-1.0, 0.0),
            Self::Right => (1.0, 0.0),
            Self::Up => (0.0, -1.0),
            Self::Down => (0.0, 1.0),
        }
    }

    /// The direction of an arrow key.
    pub fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "ArrowLeft" => Self::Left,
            "ArrowRight" => Self::Right,
            "ArrowUp" => Self::Up,
            "ArrowDown" => Self::Down,
            _ => return None,
        })
    }
}

/// What lies aside counts this much more than what lies ahead.
const ASIDE: f64 = 2.5;

/// The nearest node from the place (`x`, `y`) in a direction, among those that `is_wanted`.
pub fn next(
    drawing: &Drawing,
    (x, y): (f64, f64),
    direction: Direction,
    is_wanted: impl Fn(&DrawnNode) -> bool,
) -> Option<Id> {
    let (step_x, step_y) = direction.step();
    let far = |node: &DrawnNode| {
        let (dx, dy) = (node.x - x, node.y - y);
        let (ahead, aside) = (dx * step_x + dy * step_y, (dx * step_y).abs() + (dy * step_x).abs());
        (ahead > 0.5).then_some(ahead + ASIDE * aside)
    };
    let wanted = drawing.nodes.iter().filter(|node| is_wanted(node));
    let ahead = wanted.filter_map(|node| Some((far(node)?, node)));
    ahead.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, node)| node.id.clone())
}

/// The node nearest to the place (`x`, `y`), among those that `is_wanted`.
pub fn nearest(drawing: &Drawing, (x, y): (f64, f64), is_wanted: impl Fn(&DrawnNode) -> bool) -> Option<Id> {
    let wanted = drawing.nodes.iter().filter(|node| is_wanted(node));
    let near = wanted.min_by(|a, b| a.frame().distance((x, y)).total_cmp(&b.frame().distance((x, y))));
    near.map(|node| node.id.clone())
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::node_types::tests::sample;

    #[test]
    fn walks_ahead_rather_than_aside() {
        let document = Document::parse(
            r#"[{"id":"a","type":"switch","z":"t","x":100,"y":100,"wires":[]},
                {"id":"b","type":"switch","z":"t","x":400,"y":110,"wires":[]},
                {"id":"c","type":"switch","z":"t","x":200,"y":300,"wires":[]}]"#,
        )
        .unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        let next = |direction| next(&drawing, (100.0, 100.0), direction, |node| &*node.id != "a");
        assert_eq!(next(Direction::Right).as_deref(), Some("b"));
        assert_eq!(next(Direction::Down).as_deref(), Some("c"));
        assert_eq!(next(Direction::Left), None);
        assert_eq!(nearest(&drawing, (0.0, 0.0), |_| true).as_deref(), Some("a"));
        assert_eq!(nearest(&drawing, (0.0, 0.0), |_| false), None);
    }
}
