//! Groups: made, taken apart, joined, left and merged. Frames follow their members.

use std::collections::BTreeSet;

use model::document::{Document, Kind};
use model::edit::{Batch, Edit, delete_nodes, set_properties, set_property};
use model::json::{Json, Object};
use model::text::Text;

use super::{list, listed, put};
use crate::store::Id;
use crate::store::drawing::Drawing;
use crate::store::geometry::Rect;
use crate::store::moving::tidy;
use crate::texts::text;

/// Room between a group's frame and what is in it.
const MARGIN: f64 = 25.0;
/// Groups nested deeper than this do not grow along: a loop of groups must end.
const DEEPEST_GROUP: usize = 32;

/// Puts nodes and groups into a new group `id`, inside the group that all of them are in.
pub fn group(document: &Document, drawing: &Drawing, ids: &[Id], id: &str) -> Edit {
    let members = roots(document, ids);
    let Some(first) = members.first().and_then(|id| document.get(id)) else {
        return Err(text("groups.nothing"));
    };
    let around = first.g();
    if members.iter().any(|id| document.get(id).and_then(|node| node.g()) != around) {
        return Err(text("groups.mixed"));
    }
    let Some(frame) = frame_of(drawing, &members) else { return Err(text("groups.nothing")) };
    let frame = frame.grown(MARGIN);
    let mut entry: Object = [("id", id), ("type", "group")].into_iter().collect();
    entry.insert("z", first.z().unwrap_or_default());
    entry.insert("name", "");
    entry.insert("style", Json::Object(Object::from_iter([("label", true)])));
    entry.insert("nodes", Vec::new());
    for (key, value) in sides(frame) {
        entry.insert(key, value);
    }
    let mut batch = Batch::on(document);
    batch.make(|document| put(document, [entry]))?;
    batch.make(|document| reparent(document, &members, Some(id)))?;
    if let Some(around) = around {
        batch.make(|document| reparent(document, &[id.into()], Some(around)))?;
        batch.make(|document| enclose(document, around, frame.grown(MARGIN / 2.0)))?;
    }
    Ok(batch.finish())
}

/// Takes the groups among `ids` apart; what was in them stays.
pub fn ungroup(document: &Document, ids: &[Id]) -> Edit {
    let groups: Vec<&str> = ids.iter().map(AsRef::as_ref).filter(|id| is_group(document, id)).collect();
    if groups.is_empty() {
        return Err(text("groups.none"));
    }
    delete_nodes(document, groups)
}

/// Puts nodes and groups into a group that is there, which grows to hold them.
pub fn join(document: &Document, drawing: &Drawing, ids: &[Id], group: &str) -> Edit {
    let members: Vec<Id> = roots(document, ids).into_iter().filter(|id| id.as_ref() != group).collect();
    if !is_group(document, group) || members.is_empty() {
        return Err(text("groups.nothing"));
    }
    if members.iter().any(|id| is_inside(document, group, id)) {
        return Err(text("groups.inside-itself"));
    }
    let mut batch = Batch::on(document);
    batch.make(|document| reparent(document, &members, Some(group)))?;
    if let Some(frame) = frame_of(drawing, &members) {
        batch.make(|document| enclose(document, group, frame.grown(MARGIN)))?;
    }
    Ok(batch.finish())
}

/// Takes nodes and groups out of the group that they are in, into the group around it.
pub fn leave(document: &Document, drawing: &Drawing, ids: &[Id]) -> Edit {
    let members = roots(document, ids);
    let groups: BTreeSet<String> =
        members.iter().filter_map(|id| document.get(id)?.g()).map(str::to_owned).collect();
    if groups.is_empty() {
        return Err(text("groups.not-in-one"));
    }
    let mut batch = Batch::on(document);
    for group in groups {
        let leaving: Vec<Id> = members
            .iter()
            .filter(|id| document.get(id).and_then(|node| node.g()) == Some(&group))
            .cloned()
            .collect();
        let outer = document.get(&group).and_then(|node| node.g()).map(str::to_owned);
        batch.make(|document| reparent(document, &leaving, outer.as_deref()))?;
        batch.make(|document| fit(document, drawing, &group))?;
    }
    Ok(batch.finish())
}

/// Puts all that is in these groups, and these nodes, into the first of the groups; the others go.
pub fn merge(document: &Document, drawing: &Drawing, ids: &[Id]) -> Edit {
    let chosen = roots(document, ids);
    let mut groups: Vec<&Id> = chosen.iter().filter(|id| is_group(document, id)).collect();
    groups.sort_by_key(|id| document.position(id));
    let Some((target, others)) = groups.split_first().filter(|_| chosen.len() > 1) else {
        return Err(text("groups.two-needed"));
    };
    let mut members: Vec<Id> = chosen.iter().filter(|id| !is_group(document, id)).cloned().collect();
    for other in others {
        let inside = document.get(other).map(|group| listed(group, "nodes")).unwrap_or_default();
        members.extend(inside.into_iter().filter(|id| document.get(id).is_some()).map(Id::from));
    }
    let mut batch = Batch::on(document);
    if !members.is_empty() {
        batch.make(|document| reparent(document, &members, Some(target)))?;
    }
    batch.make(|document| delete_nodes(document, others.iter().map(|id| id.as_ref())))?;
    if let Some(frame) = frame_of(drawing, &members) {
        batch.make(|document| enclose(document, target, frame.grown(MARGIN)))?;
    }
    Ok(batch.finish())
}

/// Gives groups the look of another.
pub fn style(document: &Document, ids: &[Id], style: &Json) -> Edit {
    let mut batch = Batch::on(document);
    let mut groups = ids.iter().filter(|id| is_group(document, id)).peekable();
    if groups.peek().is_none() {
        return Err(text("groups.none"));
    }
    for id in groups {
        batch.make(|document| set_property(document, id, "style", Some(style.clone())))?;
    }
    Ok(batch.finish())
}

/// Those of `ids` that have a place on a tab and are in none of the others.
pub fn roots(document: &Document, ids: &[Id]) -> Vec<Id> {
    let all: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
    let is_root = |id: &&Id| {
        let Some(node) = document.get(id).filter(|node| node.x().is_some() && node.z().is_some()) else {
            return false;
        };
        let outer = std::iter::successors(node.g(), |group| document.get(group)?.g());
        !outer.take(DEEPEST_GROUP).any(|group| all.contains(group))
    };
    ids.iter().filter(is_root).cloned().collect()
}

/// Sets the group that entries are in, on both sides.
pub fn reparent(document: &Document, ids: &[Id], group: Option<&str>) -> Edit {
    let moving: BTreeSet<&str> = ids.iter().map(AsRef::as_ref).collect();
    let left: BTreeSet<&str> =
        ids.iter().filter_map(|id| document.get(id)?.g()).filter(|left| Some(*left) != group).collect();
    let mut batch = Batch::on(document);
    for left in left.into_iter().filter_map(|left| document.get(left)) {
        let stay = listed(left, "nodes").into_iter().filter(|id| !moving.contains(id.as_str()));
        let stay = list(stay);
        batch.make(|document| set_property(document, left.id(), "nodes", Some(stay)))?;
    }
    if let Some(group) = group {
        let node = document.get(group).ok_or_else(|| Text::key("edit.no-node").with("id", group))?;
        let mut members = listed(node, "nodes");
        members.extend(
            ids.iter().map(ToString::to_string).filter(|id| !members.contains(id)).collect::<Vec<_>>(),
        );
        batch.make(|document| set_property(document, group, "nodes", Some(list(members))))?;
    }
    for id in ids {
        batch.make(|document| set_property(document, id, "g", group.map(Json::from)))?;
    }
    Ok(batch.finish())
}

/// Makes a group, and the groups around it, large enough for a frame.
pub fn enclose(document: &Document, group: &str, frame: Rect) -> Edit {
    let mut batch = Batch::on(document);
    let mut inside = frame;
    let groups = std::iter::successors(Some(group), |group| document.get(group)?.g());
    for group in groups.take(DEEPEST_GROUP) {
        let Some(before) = frame_in(document, group) else { break };
        let now = before.with(inside);
        if now != before {
            batch.make(|document| resize(document, group, now))?;
        }
        inside = now.grown(MARGIN / 2.0);
    }
    Ok(batch.finish())
}

/// Draws a group's frame around what is in it, as the drawing shows it.
fn fit(document: &Document, drawing: &Drawing, group: &str) -> Edit {
    let members: Vec<Id> = document
        .get(group)
        .map(|group| listed(group, "nodes"))
        .unwrap_or_default()
        .into_iter()
        .map(Id::from)
        .collect();
    match frame_of(drawing, &members) {
        Some(frame) => resize(document, group, frame.grown(MARGIN)),
        None => Ok(model::diff::Diff::default()),
    }
}

fn resize(document: &Document, group: &str, frame: Rect) -> Edit {
    set_properties(document, group, sides(frame).map(|(key, value)| (key, Some(Json::from(value)))))
}

fn sides(frame: Rect) -> [(&'static str, f64); 4] {
    [("x", frame.left), ("y", frame.top), ("w", frame.width()), ("h", frame.height())]
        .map(|(key, value)| (key, tidy(value)))
}

fn frame_in(document: &Document, group: &str) -> Option<Rect> {
    let node = document.get(group)?;
    let number = |key: &str| node.field(key)?.as_f64().filter(|number| number.is_finite());
    let (left, top) = (number("x")?, number("y")?);
    Some(Rect { left, top, right: left + number("w")?, bottom: top + number("h")? })
}

fn frame_of(drawing: &Drawing, ids: &[Id]) -> Option<Rect> {
    ids.iter().filter_map(|id| drawing.frame(id)).reduce(Rect::with)
}

fn is_group(document: &Document, id: &str) -> bool {
    document.get(id).is_some_and(|node| node.kind() == Kind::Group)
}

/// Whether `inner` is `outer` or somewhere in it.
fn is_inside(document: &Document, inner: &str, outer: &str) -> bool {
    std::iter::successors(Some(inner), |id| document.get(id)?.g()).take(DEEPEST_GROUP).any(|id| id == outer)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{after, draw, ids};
    use super::*;

    const FLOW: &str = r#"[{"id":"t","type":"tab"},
        {"id":"a","type":"switch","z":"t","x":100,"y":100,"wires":[["b"]]},
        {"id":"b","type":"switch","z":"t","x":300,"y":100,"wires":[[]]},
        {"id":"c","type":"switch","z":"t","x":600,"y":400,"wires":[[]]}]"#;

    fn members(document: &Document, group: &str) -> Vec<String> {
        listed(document.get(group).unwrap(), "nodes")
    }

    #[test]
    fn a_group_is_made_nested_left_and_taken_apart() {
        let start = Document::parse(FLOW).unwrap();
        let one = after(&start, group(&start, &draw(&start), &ids(&["a", "b"]), "g"));
        assert_eq!(members(&one, "g"), ["a", "b"]);
        assert_eq!(one.get("a").unwrap().g(), Some("g"));
        let frame = frame_in(&one, "g").unwrap();
        assert!(frame.holds(draw(&one).frame("a").unwrap()) && frame.holds(draw(&one).frame("b").unwrap()));

        let two = after(&one, group(&one, &draw(&one), &ids(&["b"]), "h"));
        assert_eq!(
            (members(&two, "g"), members(&two, "h")),
            (vec!["a".to_owned(), "h".into()], vec!["b".to_owned()])
        );
        assert!(frame_in(&two, "g").unwrap().holds(frame_in(&two, "h").unwrap()));

        let left = after(&two, leave(&two, &draw(&two), &ids(&["b"])));
        assert_eq!(left.get("b").unwrap().g(), Some("g"));
        assert!(leave(&start, &draw(&start), &ids(&["a"])).is_err());

        let apart = after(&two, ungroup(&two, &ids(&["h", "a"])));
        assert_eq!(members(&apart, "g"), ["a", "b"]);
        assert!(ungroup(&apart, &ids(&["a"])).is_err());
    }

    #[test]
    fn what_joins_makes_the_group_grow_and_nothing_joins_itself() {
        let start = Document::parse(FLOW).unwrap();
        let one = after(&start, group(&start, &draw(&start), &ids(&["a"]), "g"));
        let two = after(&one, group(&one, &draw(&one), &ids(&["g"]), "o"));
        let joined = after(&two, join(&two, &draw(&two), &ids(&["c"]), "g"));
        assert_eq!(members(&joined, "g"), ["a", "c"]);
        let (inner, outer) = (frame_in(&joined, "g").unwrap(), frame_in(&joined, "o").unwrap());
        assert!(outer.holds(inner) && inner.holds(draw(&joined).frame("c").unwrap()));
        assert!(join(&two, &draw(&two), &ids(&["o"]), "g").is_err());
        // Members of different groups are not put into one.
        assert!(group(&joined, &draw(&joined), &ids(&["a", "b"]), "x").is_err());
    }

    #[test]
    fn groups_are_merged_into_the_first() {
        let start = Document::parse(FLOW).unwrap();
        let one = after(&start, group(&start, &draw(&start), &ids(&["a"]), "g"));
        let two = after(&one, group(&one, &draw(&one), &ids(&["b"]), "h"));
        let merged = after(&two, merge(&two, &draw(&two), &ids(&["h", "g", "c"])));
        assert!(merged.get("h").is_none());
        assert_eq!(members(&merged, "g").len(), 3);
        assert!(merge(&two, &draw(&two), &ids(&["g"])).is_err());
        let look = Json::Object(Object::from_iter([("fill", "#ff0000")]));
        let styled = after(&two, style(&two, &ids(&["g", "h", "a"]), &look));
        assert_eq!(styled.get("h").unwrap().field("style"), Some(&look));
        assert_eq!(styled.get("a").unwrap().field("style"), None);
    }
}
