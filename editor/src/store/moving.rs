//! Moving nodes and groups: what goes along, where it snaps, and how the groups around it follow.

use std::collections::BTreeSet;

use model::document::{Document, Kind};
use model::edit::{Batch, Edit, move_nodes, set_properties};
use model::json::Json;

use super::Id;
use super::drawing::Drawing;
use super::geometry::Rect;

/// Distance of the grid's lines, in the flow's units.
pub const GRID: f64 = 20.0;
/// Groups nested deeper than this do not follow: a loop of groups must end.
const DEEPEST_GROUP: usize = 32;

/// What moves when these do: they themselves, and all that stands in the groups among them.
pub fn carried<'a>(document: &Document, ids: impl IntoIterator<Item = &'a Id>) -> BTreeSet<Id> {
    let mut carried: BTreeSet<Id> = BTreeSet::new();
    let mut open: Vec<Id> = ids.into_iter().cloned().collect();
    while let Some(id) = open.pop() {
        let members = document.get(&id).filter(|node| node.kind() == Kind::Group);
        let members = members.and_then(|group| group.field("nodes")).and_then(Json::as_array);
        if carried.insert(id) {
            open.extend(members.unwrap_or_default().iter().filter_map(Json::as_str).map(Id::from));
        }
    }
    carried.retain(|id| document.get(id).is_some_and(|node| node.x().is_some() && node.y().is_some()));
    carried
}

/// The way to go so that a thing with this frame stands on the grid: left edge and middle on its lines.
pub fn snapped(frame: Rect, dx: f64, dy: f64) -> (f64, f64) {
    let snap = |at: f64| (at / GRID).round() * GRID;
    let (_, middle) = frame.centre();
    (snap(frame.left + dx) - frame.left, snap(middle + dy) - middle)
}

/// A place to a tenth of a pixel: sums of places leave nothing behind their point in flow files.
pub fn tidy(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// Moves nodes and groups; the groups around them follow, at the distance from their members that they had.
pub fn moved(document: &Document, drawing: &Drawing, ids: &BTreeSet<Id>, dx: f64, dy: f64) -> Edit {
    let mut batch = Batch::on(document);
    let places = ids.iter().filter_map(|id| {
        let node = document.get(id)?;
        Some((id.as_ref(), tidy(node.x()? + dx), tidy(node.y()? + dy)))
    });
    batch.make(|document| move_nodes(document, places))?;
    for (group, frame) in followed(document, drawing, ids, dx, dy) {
        let values = [("x", frame.left), ("y", frame.top), ("w", frame.width()), ("h", frame.height())];
        batch.make(|document| {
            set_properties(document, &group, values.map(|(key, value)| (key, Some(Json::from(value)))))
        })?;
    }
    Ok(batch.finish())
}

/// The groups that do not move themselves but hold something that does, inner ones first, with their new frames.
pub fn followed(
    document: &Document,
    drawing: &Drawing,
    ids: &BTreeSet<Id>,
    dx: f64,
    dy: f64,
) -> Vec<(Id, Rect)> {
    let mut around: Vec<(usize, Id)> = Vec::new();
    for id in ids {
        let outer = |id: &Id| document.get(id).and_then(|node| node.g()).map(Id::from);
        let groups = std::iter::successors(outer(id), outer).take(DEEPEST_GROUP);
        for group in groups.filter(|group| !ids.contains(group)) {
            let depth = std::iter::successors(Some(group.clone()), outer).take(DEEPEST_GROUP).count();
            if !around.iter().any(|(_, known)| *known == group) {
                around.push((depth, group));
            }
        }
    }
    around.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
    let mut frames: Vec<(Id, Rect)> = Vec::new();
    for (_, group) in around {
        let Some(before) = drawing.frame(&group) else { continue };
        let members = document.get(&group).and_then(|group| group.field("nodes")).and_then(Json::as_array);
        let members: Vec<Id> =
            members.unwrap_or_default().iter().filter_map(Json::as_str).map(Id::from).collect();
        let old = members.iter().filter_map(|id| drawing.frame(id)).reduce(Rect::with);
        let new = members.iter().filter_map(|id| {
            let frame = drawing.frame(id)?;
            let followed = frames.iter().find(|(known, _)| known == id).map(|(_, frame)| *frame);
            Some(followed.unwrap_or_else(|| if ids.contains(id) { frame.shifted(dx, dy) } else { frame }))
        });
        let (Some(old), Some(new)) = (old, new.reduce(Rect::with)) else { continue };
        let frame = Rect {
            left: new.left - (old.left - before.left),
            top: new.top - (old.top - before.top),
            right: new.right + (before.right - old.right),
            bottom: new.bottom + (before.bottom - old.bottom),
        };
        frames.push((group, frame));
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"o","type":"group","z":"t","nodes":["g","c"],"x":0,"y":0,"w":400,"h":200},
        {"id":"g","type":"group","z":"t","g":"o","nodes":["a"],"x":20,"y":20,"w":140,"h":70},
        {"id":"a","type":"switch","z":"t","g":"g","x":90,"y":55,"wires":[]},
        {"id":"c","type":"switch","z":"t","g":"o","x":300,"y":160,"wires":[]}]"#;

    fn flow() -> (Document, Drawing) {
        let document = Document::parse(FLOW).unwrap();
        let drawing = Drawing::new(&document, &sample(), "t");
        (document, drawing)
    }

    fn ids(list: &[&str]) -> BTreeSet<Id> {
        list.iter().map(|id| Id::from(*id)).collect()
    }

    #[test]
    fn a_group_carries_all_that_is_in_it() {
        let (document, _) = flow();
        assert_eq!(carried(&document, &ids(&["o"])), ids(&["o", "g", "a", "c"]));
        assert_eq!(carried(&document, &ids(&["a", "t", "gone"])), ids(&["a"]));
    }

    #[test]
    fn the_groups_around_follow_with_their_margins() {
        let (document, drawing) = flow();
        let mut after = document.clone();
        moved(&document, &drawing, &ids(&["a"]), 100.0, -50.0).unwrap().apply(&mut after).unwrap();
        let frame = |id: &str| {
            let node = after.get(id).unwrap();
            ["x", "y", "w", "h"].map(|key| node.field(key).and_then(Json::as_f64).unwrap())
        };
        assert_eq!(frame("g"), [120.0, -30.0, 140.0, 70.0]);
        // The outer one reached 20 to the left of the inner; on the right the other member keeps it.
        assert_eq!(frame("o")[0], 100.0);
        assert_eq!(frame("o")[1], -50.0);
        assert_eq!(frame("o")[0] + frame("o")[2], 400.0);
        assert!(model::edit::invariants(&after).is_empty());
    }

    #[test]
    fn snaps_by_the_left_edge_and_the_middle() {
        let frame = Rect { left: 13.0, top: 0.0, right: 113.0, bottom: 30.0 };
        assert_eq!(snapped(frame, 10.0, 0.0), (7.0, 5.0));
        assert_eq!(snapped(frame, 0.0, 8.0), (7.0, 5.0));
    }
}
