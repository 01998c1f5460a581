//! The frames of groups.

use model::document::{Document, Kind, Node};
use model::json::Json;

use crate::store::Id;
use crate::store::colour;
use crate::store::geometry::{self, Rect};

/// A group's frame.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnGroup {
    /// Its id.
    pub id: Id,
    /// Its frame.
    pub frame: Rect,
    /// Its name; empty where it is not to be shown.
    pub label: String,
    /// Whether the name stands below rather than above.
    pub label_is_below: bool,
    /// At which side the name stands.
    pub label_side: Side,
    /// Line colour that its user chose.
    pub stroke: Option<String>,
    /// How much the line covers, 0 to 1, that its user chose.
    pub stroke_opacity: Option<f64>,
    /// Fill colour that its user chose.
    pub fill: Option<String>,
    /// How much the fill covers, 0 to 1, that its user chose.
    pub fill_opacity: Option<f64>,
    /// Colour of its name that its user chose.
    pub ink: Option<String>,
}

/// Along a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At its left end.
    Left,
    /// In its middle.
    Middle,
    /// At its right end.
    Right,
}

/// Groups nested deeper than this are drawn as if they were not: a loop of groups must end.
const DEEPEST_GROUP: usize = 32;
/// Distance of a name's lines.
const LINE_HEIGHT: f64 = 16.0;

/// Draws the groups among the entries of a tab, outer ones first.
pub(super) fn draw_all(document: &Document, entries: &[&Node]) -> Vec<DrawnGroup> {
    let groups = entries.iter().filter(|entry| entry.kind() == Kind::Group);
    let mut drawn: Vec<(usize, DrawnGroup)> =
        groups.filter_map(|group| Some((depth(document, group), draw(group)?))).collect();
    drawn.sort_by_key(|(depth, _)| *depth);
    drawn.into_iter().map(|(_, group)| group).collect()
}

impl DrawnGroup {
    /// The lines of its name.
    pub fn label_lines(&self) -> impl Iterator<Item = String> {
        geometry::label_lines(&self.label)
    }

    /// Where each line of its name stands: x, and the baseline's y. Node-RED's places.
    pub fn label_places(&self) -> Vec<(f64, f64)> {
        let x = match self.label_side {
            Side::Left => self.frame.left + 6.0,
            Side::Middle => self.frame.centre().0,
            Side::Right => self.frame.right - 6.0,
        };
        let lines = self.label_lines().count();
        let first = match self.label_is_below {
            false => self.frame.top + 15.0,
            true => self.frame.bottom - 5.0 - LINE_HEIGHT * (lines.saturating_sub(1)) as f64,
        };
        (0..lines).map(|line| (x, first + LINE_HEIGHT * line as f64)).collect()
    }
}

fn draw(group: &Node) -> Option<DrawnGroup> {
    let number = |key: &str| group.field(key)?.as_f64().filter(|number| number.is_finite());
    let (left, top) = (number("x")?, number("y")?);
    let style = |key: &str| group.field("style").and_then(|style| style.get(key));
    let colour = |key: &str| style(key).and_then(Json::as_str).and_then(colour::of_group).map(str::to_owned);
    let shows_label = style("label") != Some(&Json::Bool(false));
    let position = style("label-position").and_then(Json::as_str).unwrap_or("nw");
    Some(DrawnGroup {
        id: group.id().into(),
        frame: Rect { left, top, right: left + number("w")?.max(0.0), bottom: top + number("h")?.max(0.0) },
        label: if shows_label { group.name().to_owned() } else { String::new() },
        label_is_below: position.starts_with('s'),
        label_side: match position.as_bytes().get(1) {
            Some(b'w') => Side::Left,
            Some(b'e') => Side::Right,
            _ => Side::Middle,
        },
        stroke: colour("stroke"),
        stroke_opacity: style("stroke-opacity").and_then(opacity),
        fill: colour("fill"),
        fill_opacity: style("fill-opacity").and_then(opacity),
        ink: colour("color"),
    })
}

fn opacity(value: &Json) -> Option<f64> {
    let opacity = match value {
        Json::String(text) => text.parse().ok()?,
        other => other.as_f64()?,
    };
    (0.0..=1.0).contains(&opacity).then_some(opacity)
}

fn depth(document: &Document, group: &Node) -> usize {
    let outer = |group: &&Node| group.g().and_then(|id| document.get(id));
    std::iter::successors(Some(group), |group| outer(group)).take(DEEPEST_GROUP).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::drawing::Drawing;
    use crate::store::node_types::tests::sample;

    fn draw(entries: &str) -> Drawing {
        Drawing::new(&Document::parse(&format!("[{entries}]")).unwrap(), &sample(), "t")
    }

    #[test]
    fn groups_are_drawn_from_outer_to_inner_and_loops_end() {
        let drawing = draw(
            r##"{"id":"in","type":"group","z":"t","g":"out","x":1,"y":1,"w":10,"h":10,"name":"Inner"},
               {"id":"out","type":"group","z":"t","x":0,"y":0,"w":50,"h":50,
                "style":{"stroke":"#ff0000","fill":"url(javascript:1)","label":false,"fill-opacity":"0.1","color":"#00f"},"name":"Outer"},
               {"id":"l","type":"group","z":"t","g":"l","x":0,"y":0,"w":5,"h":5}"##,
        );
        let ids: Vec<&str> = drawing.groups.iter().map(|group| group.id.as_ref()).collect();
        assert_eq!(ids, ["out", "in", "l"]);
        assert_eq!(drawing.groups[0].stroke.as_deref(), Some("#ff0000"));
        assert_eq!(drawing.groups[0].fill, None);
        assert_eq!(drawing.groups[0].fill_opacity, Some(0.1));
        assert_eq!(drawing.groups[0].ink.as_deref(), Some("#00f"));
        assert_eq!(drawing.groups[0].label, "");
        assert_eq!(drawing.bounds().unwrap().width(), 50.0);
    }

    #[test]
    fn names_stand_where_their_user_put_them() {
        let place = |position: &str| {
            let drawing = draw(&format!(
                r#"{{"id":"g","type":"group","z":"t","x":100,"y":200,"w":80,"h":60,"name":"G",
                    "style":{{"label-position":"{position}","fill":"none","stroke-opacity":0.5}}}}"#
            ));
            let group = &drawing.groups[0];
            assert_eq!((group.fill.as_deref(), group.stroke_opacity), (Some("none"), Some(0.5)));
            group.label_places()[0]
        };
        assert_eq!([place("nw"), place("n"), place("ne")], [(106.0, 215.0), (140.0, 215.0), (174.0, 215.0)]);
        assert_eq!([place("sw"), place("s"), place("se")], [(106.0, 255.0), (140.0, 255.0), (174.0, 255.0)]);
    }
}
