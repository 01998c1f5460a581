//! A flow from afar: nodes are blocks and wires are lines, and those that look alike are drawn as one shape. There may
//! be thousands of them, and what a page keeps for each costs more than drawing it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Id;
use super::drawing::{Drawing, DrawnNode, Shape, Wire};
use super::geometry::{push_number, push_wire};

/// So many nodes, or wires, are looked at together: where one looks otherwise, the shapes of these alone are drawn anew.
const TOGETHER: usize = 256;

/// Nodes, or wires, that look alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alike {
    /// What CSS calls them.
    pub class: String,
    /// Their colour and warmth as CSS properties.
    pub style: String,
    /// All of them as one SVG path.
    pub path: String,
}

/// Things on their way: they are drawn apart from what stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// What moves.
    pub ids: Arc<BTreeSet<Id>>,
    /// How far.
    pub way: (f64, f64),
}

impl Carried {
    /// How far a node is from its place.
    pub fn way_of(&self, id: &Id) -> (f64, f64) {
        if self.ids.contains(id) { self.way } else { (0.0, 0.0) }
    }
}

/// How it stands with a node, as far as it is seen from afar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// It is selected.
    pub is_selected: bool,
    /// It has an error, or tells of one.
    pub is_wrong: bool,
    /// A message is followed that has come to it.
    pub is_traced: bool,
}

/// How it stands with a wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineMarks {
    /// It is selected.
    pub is_selected: bool,
    /// One of its nodes is.
    pub is_near: bool,
    /// How warm what flows makes it, in percent.
    pub warmth: Option<u8>,
}

/// The blocks of nodes; those without marks are left out.
pub fn blocks(nodes: &[Arc<DrawnNode>], marks: impl Fn(&Id) -> Option<Marks>) -> Vec<Alike> {
    let together = |nodes: &[Arc<DrawnNode>]| {
        let mut sorted = Sorted(Vec::new());
        for node in nodes {
            let Some(marks) = marks(&node.id) else { continue };
            let is_plain = matches!(node.shape, Shape::Card | Shape::Compact);
            let shape = if is_plain { Shape::Card } else { node.shape };
            let marks = Marks { is_wrong: marks.is_wrong || node.is_unknown, ..marks };
            let path = sorted.path((shape, node.is_disabled, marks), &node.colour);
            let frame = node.frame();
            let (left, top) = (frame.left.round(), frame.top.round());
            for (letter, number) in
                [('M', left), (' ', top), ('h', frame.width()), ('v', frame.height()), ('h', -frame.width())]
            {
                path.push(letter);
                push_number(path, number);
            }
            path.push('z');
        }
        sorted.shapes(|(shape, is_disabled, marks)| {
            let names = [
                (shape == Shape::Comment, " comment"),
                (shape == Shape::Junction, " junction"),
                (is_disabled, " disabled"),
                (marks.is_wrong, " wrong"),
                (marks.is_traced, " traced"),
                (marks.is_selected, " selected"),
            ];
            (class("nodes-afar", &names), None)
        })
    };
    nodes.chunks(TOGETHER).flat_map(together).collect()
}

/// The lines of wires, with what is carried on its way; those without marks are left out.
pub fn lines(
    drawing: &Drawing,
    wires: &[Wire],
    carried: Option<&Carried>,
    marks: impl Fn(&Wire) -> Option<LineMarks>,
) -> Vec<Alike> {
    let away = |id: &Id| carried.map_or((0.0, 0.0), |carried| carried.way_of(id));
    let moved = |place: (f64, f64), id: &Id| (place.0 + away(id).0, place.1 + away(id).1);
    let together = |wires: &[Wire]| {
        let mut sorted = Sorted(Vec::new());
        for wire in wires {
            let ends = drawing.node(&wire.from).zip(drawing.node(&wire.to));
            let Some(((from, to), marks)) = ends.zip(marks(wire)) else { continue };
            let is_idle = from.is_disabled || to.is_disabled;
            let path = sorted.path((is_idle, marks), &from.colour);
            push_wire(path, moved(from.output(wire.port), &wire.from), moved(to.input(), &wire.to));
        }
        sorted.shapes(|(is_idle, marks)| {
            let names = [(is_idle, " idle"), (marks.is_near, " near"), (marks.is_selected, " selected")];
            (class("wires-afar", &names), marks.warmth)
        })
    };
    wires.chunks(TOGETHER).flat_map(together).collect()
}

/// The ways of some things, by how they look and their colour.
struct Sorted<'a, Look>(Vec<(Look, &'a str, String)>);

impl<'a, Look: Copy + PartialEq> Sorted<'a, Look> {
    fn path(&mut self, look: Look, colour: &'a str) -> &mut String {
        let known = self.0.iter().position(|(other, ground, _)| *other == look && *ground == colour);
        let at = known.unwrap_or_else(|| {
            self.0.push((look, colour, String::new()));
            self.0.len() - 1
        });
        &mut self.0[at].2
    }

    fn shapes(self, class: impl Fn(Look) -> (String, Option<u8>)) -> Vec<Alike> {
        let shape = |(look, colour, path)| {
            let (class, warmth) = class(look);
            let warmth = warmth.map(|warmth| format!(";--warmth:{warmth}%")).unwrap_or_default();
            Alike { class, style: format!("--node:{colour}{warmth}"), path }
        };
        self.0.into_iter().map(shape).collect()
    }
}

fn class(name: &str, marks: &[(bool, &str)]) -> String {
    let marks = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark);
    std::iter::once(name).chain(marks).collect()
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::node_types::tests::sample;

    fn drawing() -> Drawing {
        let document = Document::parse(
            r#"[{"id":"t","type":"tab"},{"id":"a","type":"inject","z":"t","x":150,"y":100,"wires":[["b"]]},
                {"id":"b","type":"json","z":"t","x":350,"y":100,"wires":[["c"]]},
                {"id":"c","type":"json","z":"t","x":550,"y":100,"d":true,"wires":[]},
                {"id":"j","type":"junction","z":"t","x":700,"y":105,"wires":[[]]}]"#,
        );
        Drawing::new(&document.unwrap(), &sample(), "t")
    }

    #[test]
    fn nodes_that_look_alike_are_one_shape() {
        let drawing = drawing();
        let found = blocks(&drawing.nodes, |_| Some(Marks::default()));
        let classes: Vec<&str> = found.iter().map(|one| one.class.as_str()).collect();
        assert_eq!(classes, ["nodes-afar", "nodes-afar disabled", "nodes-afar junction"]);
        assert_eq!(found[0].path, "M100 85h100v30h-100zM300 85h100v30h-100z");
        assert_eq!(found[0].style, "--node:#3b82a0");
        let selected = Marks { is_selected: true, ..Marks::default() };
        let found = blocks(&drawing.nodes, |id| (id.as_ref() == "b").then_some(selected));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].class.as_str(), found[0].path.as_str()),
            ("nodes-afar selected", "M300 85h100v30h-100z")
        );
    }

    #[test]
    fn wires_follow_what_is_carried() {
        let drawing = drawing();
        let warm = LineMarks { warmth: Some(40), ..LineMarks::default() };
        let found = lines(&drawing, &drawing.wires, None, |_| Some(warm));
        let classes: Vec<&str> = found.iter().map(|one| one.class.as_str()).collect();
        assert_eq!(classes, ["wires-afar", "wires-afar idle"]);
        assert_eq!(found[0].style, "--node:#3b82a0;--warmth:40%");
        assert!(found[0].path.starts_with("M200 100C"), "{}", found[0].path);
        let carried = Carried { ids: Arc::new(BTreeSet::from(["a".into()])), way: (-40.0, 20.0) };
        let found = lines(&drawing, &drawing.wires, Some(&carried), |_| Some(LineMarks::default()));
        assert!(
            found[0].path.starts_with("M160 120C") && found[0].path.ends_with(" 300 100"),
            "{}",
            found[0].path
        );
    }
}
