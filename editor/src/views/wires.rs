//! Wires, in the colour of the node they come from: a thread can be followed by eye.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::editor;
use crate::state::Editor;
use crate::store::drawing::{DrawnNode, Wire};
use crate::store::geometry::wire_path;
use crate::store::live::{Overlay, short, warmth_of};

/// One wire, which can be hit and says how much flows. Follows both of its nodes.
#[component]
pub fn WireView(
    /// The wire.
    wire: Wire,
) -> impl IntoView {
    let editor = editor();
    let (from, to) = (editor.node(wire.from.clone()), editor.node(wire.to.clone()));
    let marks = {
        let wire = wire.clone();
        Memo::new(move |_| marks(editor, &wire, [from, to]))
    };
    let (name, port) = (wire.name(), wire.port);
    let path = Memo::new(move |_| path(from, to, port));
    let rate = {
        let from = wire.from.clone();
        Memo::new(move |_| match editor.live.overlay.get() {
            Overlay::Nothing => 0.0,
            Overlay::Figures | Overlay::Heat => editor.figures(&from).with(|figures| figures.rate(port)),
        })
    };
    let style = move || style(from, (editor.live.overlay.get() == Overlay::Heat).then(|| rate.get()));
    view! {
        <g class=move || format!("wire{}", marks.get()) style=style data-wire=name>
            <path class="hit" d=path/>
            <path class="line" d=path/>
            {figure(from, to, port, rate)}
        </g>
    }
}

type Drawn = Memo<Option<Arc<DrawnNode>>>;

/// What a wire's class says beside what it is.
fn marks(editor: Editor, wire: &Wire, ends: [Drawn; 2]) -> String {
    let is_idle = ends.iter().any(|end| end.with(|node| node.as_ref().is_some_and(|node| node.is_disabled)));
    let (is_near, is_selected) = editor.selection.with(|selection| {
        (selection.holds(&wire.from) || selection.holds(&wire.to), selection.holds_wire(wire))
    });
    let marks = [(is_idle, " idle"), (is_near, " near"), (is_selected, " selected")];
    marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect()
}

fn path(from: Drawn, to: Drawn, port: u16) -> String {
    let ends = from.get().zip(to.get());
    ends.map(|(from, to)| wire_path(from.output(port), to.input())).unwrap_or_default()
}

/// Its colour, and how warm what flows makes it.
fn style(from: Drawn, rate: Option<f64>) -> Option<String> {
    let warmth = rate.map(|rate| format!(";--warmth:{:.0}%", warmth_of(rate) * 100.0)).unwrap_or_default();
    from.with(|from| from.as_ref().map(|from| format!("--node:{}{warmth}", from.colour)))
}

/// How much flows, at the middle of a wire.
fn figure(from: Drawn, to: Drawn, port: u16, rate: Memo<f64>) -> impl IntoView {
    move || {
        let rate = Some(rate.get()).filter(|rate| *rate > 0.0)?;
        let (from, to) = from.get().zip(to.get())?;
        let ((x1, y1), (x2, y2)) = (from.output(port), to.input());
        let (x, y) = (f64::midpoint(x1, x2), f64::midpoint(y1, y2));
        Some(view! { <text class="rate" x=x y=y>{format!("{}/s", short(rate))}</text> })
    }
}
