//! Lining things up: nodes and groups move as one block each.

use model::document::Document;
use model::edit::{Batch, Edit};

use super::groups::roots;
use crate::store::Id;
use crate::store::drawing::Drawing;
use crate::store::geometry::Rect;
use crate::store::moving::{carried, moved, snapped};
use crate::store::node_types::NodeTypes;
use crate::texts::text;

/// How things are lined up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Left edges on the leftmost.
    Left,
    /// Middles on one vertical line.
    Centre,
    /// Right edges on the rightmost.
    Right,
    /// Top edges on the topmost.
    Top,
    /// Middles on one horizontal line.
    Middle,
    /// Bottom edges on the lowest.
    Bottom,
    /// Each on the grid.
    Grid,
    /// The same room between neighbours, from left to right.
    Across,
    /// The same room between neighbours, from top to bottom.
    Down,
}

/// Lines up what is selected on a tab.
pub fn arrange(
    document: &Document,
    types: &NodeTypes,
    drawing: &Drawing,
    ids: &[Id],
    arrangement: Arrangement,
) -> Edit {
    let blocks: Vec<(Id, Rect)> =
        roots(document, ids).into_iter().filter_map(|id| Some((id.clone(), drawing.frame(&id)?))).collect();
    let fewest = match arrangement {
        Arrangement::Grid => 1,
        Arrangement::Across | Arrangement::Down => 3,
        _ => 2,
    };
    if blocks.len() < fewest {
        return Err(text("arrange.too-few").with("count", fewest));
    }
    let mut batch = Batch::on(document);
    // Frames of groups follow their members: after each block the next sees them where they are by then.
    let mut shown: Option<Drawing> = None;
    for (id, (dx, dy)) in ways(&blocks, arrangement) {
        if dx == 0.0 && dy == 0.0 {
            continue;
        }
        let is_in_group = document.get(&id).is_some_and(|node| node.g().is_some());
        batch.make(|document| {
            let drawing = shown.as_ref().unwrap_or(drawing);
            moved(document, drawing, &carried(document, [&id]), dx, dy)
        })?;
        if let Some(tab) = document.get(&id).and_then(|node| node.z()).filter(|_| is_in_group) {
            shown = Some(Drawing::new(batch.document(), types, tab));
        }
    }
    Ok(batch.finish())
}

/// How far each block goes.
fn ways(blocks: &[(Id, Rect)], arrangement: Arrangement) -> Vec<(Id, (f64, f64))> {
    let Some(all) = blocks.iter().map(|(_, frame)| *frame).reduce(Rect::with) else { return Vec::new() };
    let (x, y) = all.centre();
    let way = |frame: Rect| match arrangement {
        Arrangement::Left => (all.left - frame.left, 0.0),
        Arrangement::Centre => (x - frame.centre().0, 0.0),
        Arrangement::Right => (all.right - frame.right, 0.0),
        Arrangement::Top => (0.0, all.top - frame.top),
        Arrangement::Middle => (0.0, y - frame.centre().1),
        Arrangement::Bottom => (0.0, all.bottom - frame.bottom),
        _ => snapped(frame, 0.0, 0.0),
    };
    match arrangement {
        Arrangement::Across => spread(blocks, |frame| (frame.left, frame.width()), |way| (way, 0.0)),
        Arrangement::Down => spread(blocks, |frame| (frame.top, frame.height()), |way| (0.0, way)),
        _ => blocks.iter().map(|(id, frame)| (id.clone(), way(*frame))).collect(),
    }
}

/// The first and the last stay; what room there is in all is shared out.
fn spread(
    blocks: &[(Id, Rect)],
    extent: impl Fn(Rect) -> (f64, f64),
    way: impl Fn(f64) -> (f64, f64),
) -> Vec<(Id, (f64, f64))> {
    let mut row: Vec<(&Id, f64, f64)> = blocks
        .iter()
        .map(|(id, frame)| {
            let (start, length) = extent(*frame);
            (id, start, length)
        })
        .collect();
    row.sort_by(|a, b| (a.1 + a.2 / 2.0).total_cmp(&(b.1 + b.2 / 2.0)));
    let (Some(first), Some(last)) = (row.first(), row.last()) else { return Vec::new() };
    let filled: f64 = row.iter().map(|(_, _, length)| length).sum();
    let room = (last.1 + last.2 - first.1 - filled) / (row.len() - 1).max(1) as f64;
    let mut next = first.1;
    let ways = row.iter().map(|(id, start, length)| {
        let to = next;
        next += length + room;
        ((*id).clone(), way(to - start))
    });
    ways.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, draw, ids};
    use super::*;
    use crate::store::node_types::tests::sample;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"switch","z":"t","x":100,"y":103,"wires":[]},
        {"id":"b","type":"switch","z":"t","x":180,"y":240,"wires":[]},
        {"id":"g","type":"group","z":"t","nodes":["c"],"x":500,"y":300,"w":200,"h":100},
        {"id":"c","type":"switch","z":"t","g":"g","x":600,"y":350,"wires":[]}]"#;

    fn frames(arrangement: Arrangement, chosen: &[&str]) -> Vec<Rect> {
        let start = Document::parse(FLOW).unwrap();
        let drawing = draw(&start);
        let after = after(&start, arrange(&start, &sample(), &drawing, &ids(chosen), arrangement));
        let drawing = draw(&after);
        chosen.iter().filter_map(|id| drawing.frame(id)).collect()
    }

    #[test]
    fn edges_and_middles_meet() {
        let all = ["a", "b", "g"];
        let same = |list: Vec<f64>| {
            assert!(list.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.11), "{list:?}")
        };
        same(frames(Arrangement::Left, &all).iter().map(|frame| frame.left).collect());
        same(frames(Arrangement::Right, &all).iter().map(|frame| frame.right).collect());
        same(frames(Arrangement::Centre, &all).iter().map(|frame| frame.centre().0).collect());
        same(frames(Arrangement::Top, &all).iter().map(|frame| frame.top).collect());
        same(frames(Arrangement::Middle, &all).iter().map(|frame| frame.centre().1).collect());
        same(frames(Arrangement::Bottom, &all).iter().map(|frame| frame.bottom).collect());
    }

    #[test]
    fn room_is_shared_out_and_groups_carry_their_members() {
        let row = frames(Arrangement::Across, &["a", "b", "g"]);
        assert!(((row[1].left - row[0].right) - (row[2].left - row[1].right)).abs() < 0.11);
        let down = frames(Arrangement::Down, &["a", "b", "g"]);
        assert!(((down[1].top - down[0].bottom) - (down[2].top - down[1].bottom)).abs() < 0.11);
        let start = Document::parse(FLOW).unwrap();
        let to_left = arrange(&start, &sample(), &draw(&start), &ids(&["a", "g", "c"]), Arrangement::Left);
        let after = after(&start, to_left);
        let (group, member) = (after.get("g").unwrap().x().unwrap(), after.get("c").unwrap().x().unwrap());
        assert!((member - group - 100.0).abs() < 0.11);
    }

    #[test]
    fn one_alone_is_put_on_the_grid_only() {
        let start = Document::parse(FLOW).unwrap();
        let one = |arrangement| arrange(&start, &sample(), &draw(&start), &ids(&["a"]), arrangement);
        assert_eq!(after(&start, one(Arrangement::Grid)).get("a").unwrap().y(), Some(100.0));
        assert!(one(Arrangement::Left).is_err() && one(Arrangement::Across).is_err());
    }
}
