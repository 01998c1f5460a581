//! What others selected on the flow that is shown: an outline in their colour, with their name at the first.

use leptos::prelude::*;

use super::called;
use crate::store::drawing::Drawing;
use crate::store::geometry::{Rect, text_width};
use crate::store::presence::Other;
use crate::views::app::editor;

/// How far an outline stands off.
const OFF: f64 = 4.0;
/// Height of a name.
const HEIGHT: f64 = 16.0;

/// All of them; nothing while nobody else is there.
#[component]
pub fn Outlines() -> impl IntoView {
    let editor = editor();
    // What is dragged elsewhere on the flow leaves it as it is.
    let shown: Memo<Vec<Outline>> = Memo::new(move |_| {
        let others = editor.presence.others.get();
        if others.is_empty() {
            return Vec::new();
        }
        let tab = editor.open_tab.get();
        let here = others.iter().filter(|other| other.tab.is_some() && other.tab == tab);
        editor.drawing.with(|drawing| here.filter_map(|other| Outline::of(other, drawing)).collect())
    });
    move || shown.with(|outlines| outlines.iter().map(outline_view).collect_view())
}

/// What one of the others selected.
#[derive(Clone, Debug, PartialEq)]
struct Outline {
    client: String,
    name: String,
    colour: u8,
    frames: Vec<(String, Rect)>,
}

impl Outline {
    fn of(other: &Other, drawing: &Drawing) -> Option<Self> {
        let edited = other.editing.iter().filter(|id| !other.selection.contains(id));
        let ids = other.selection.iter().chain(edited);
        let frames: Vec<_> =
            ids.filter_map(|id| Some((id.to_string(), drawing.frame(id)?.grown(OFF)))).collect();
        let is_any = !frames.is_empty();
        is_any.then(|| Self {
            client: other.client.clone(),
            name: called(other),
            colour: other.colour,
            frames,
        })
    }

    /// Where the name stands: at the uppermost.
    fn name_at(&self) -> (f64, f64) {
        let upper = self.frames.iter().map(|(_, frame)| (frame.left, frame.top));
        upper.min_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or_default()
    }
}

fn outline_view(outline: &Outline) -> impl IntoView + use<> {
    let rects = outline.frames.iter().map(|(id, frame)| {
        view! {
            <rect class="around" data-around=id.clone() x=frame.left y=frame.top width=frame.width() height=frame.height() rx="9"/>
        }
    });
    let (left, top) = outline.name_at();
    // Names are set smaller than labels.
    let width = text_width(&outline.name) * 11.0 / 14.0 + 12.0;
    view! {
        <g class="other" aria-hidden="true" data-client=outline.client.clone() data-person=outline.colour.to_string()>
            {rects.collect_view()}
            <g class="name">
                <rect x=left y=top - HEIGHT width=width height=HEIGHT rx="4"/>
                <text x=left + 6.0 y=top - HEIGHT / 2.0>{outline.name.clone()}</text>
            </g>
        </g>
    }
}

#[cfg(test)]
mod tests {
    use model::document::Document;

    use super::*;
    use crate::store::node_types::NodeTypes;

    #[test]
    fn the_name_stands_at_the_uppermost_and_what_is_not_here_is_left_out() {
        let flows = r#"[{"id":"t","type":"tab","label":"T"},{"id":"a","type":"x","z":"t","x":100,"y":300,"wires":[]},
            {"id":"b","type":"x","z":"t","x":500,"y":90,"wires":[]}]"#;
        let drawing = Drawing::new(&Document::parse(flows).unwrap(), &NodeTypes::default(), "t");
        let other = Other {
            name: "Ann".into(),
            selection: vec!["a".into(), "gone".into()],
            editing: Some("b".into()),
            ..Other::default()
        };
        let outline = Outline::of(&other, &drawing).unwrap();
        let ids: Vec<_> = outline.frames.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        let upper = drawing.frame("b").unwrap();
        assert_eq!(outline.name_at(), (upper.left - OFF, upper.top - OFF));
        assert_eq!(Outline::of(&Other::default(), &drawing), None);
    }
}
