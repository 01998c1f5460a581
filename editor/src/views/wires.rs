//! Wires, in the colour of the node they come from: a thread can be followed by eye.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::editor;
use super::nodes::Surroundings;
use crate::store::drawing::{DrawnNode, Wire};
use crate::store::geometry::wire_path;
use crate::store::live::{Overlay, short, warmth_of};

/// One wire. Follows both of its nodes.
#[component]
pub fn WireView(
    /// The wire.
    wire: Wire,
) -> impl IntoView {
    let editor = editor();
    let around = expect_context::<Surroundings>();
    let (from, to) = (editor.node(wire.from.clone()), editor.node(wire.to.clone()));
    let path = Memo::new(move |_| {
        let ends = from.get().zip(to.get());
        ends.map(|(from, to)| wire_path(from.output(wire.port), to.input())).unwrap_or_default()
    });
    let name = wire.name();
    let rate = {
        let (from, port) = (wire.from.clone(), wire.port);
        Memo::new(move |_| match editor.live.overlay.get() {
            Overlay::Nothing => 0.0,
            Overlay::Figures | Overlay::Heat => editor.figures(&from).with(|figures| figures.rate(port)),
        })
    };
    let warmth = move || {
        let is_warm = editor.live.overlay.get() == Overlay::Heat;
        match is_warm {
            true => format!(";--warmth:{:.0}%", warmth_of(rate.get()) * 100.0),
            false => String::new(),
        }
    };
    let style =
        move || from.with(|from| from.as_ref().map(|from| format!("--node:{}{}", from.colour, warmth())));
    let is_idle = move || {
        [from, to].iter().any(|end| end.with(|node| node.as_ref().is_some_and(|node| node.is_disabled)))
    };
    let port = wire.port;
    let class = move || {
        let (is_near, is_selected) = editor.selection.with(|selection| {
            (selection.holds(&wire.from) || selection.holds(&wire.to), selection.holds_wire(&wire))
        });
        let marks = [(is_idle(), " idle"), (is_near, " near"), (is_selected, " selected")];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
        format!("wire{marks}")
    };
    // From afar a wire is its line alone: there may be thousands.
    let near = move || {
        (!around.is_far.get()).then(|| view! { {figure(from, to, port, rate)} <path class="hit" d=path/> })
    };
    view! {
        <g class=class style=style data-wire=name>
            <path class="line" d=path/>
            {near}
        </g>
    }
}

/// How much flows, at the middle of a wire.
fn figure(
    from: Memo<Option<Arc<DrawnNode>>>,
    to: Memo<Option<Arc<DrawnNode>>>,
    port: u16,
    rate: Memo<f64>,
) -> impl IntoView {
    move || {
        let rate = Some(rate.get()).filter(|rate| *rate > 0.0)?;
        let (from, to) = from.get().zip(to.get())?;
        let ((x1, y1), (x2, y2)) = (from.output(port), to.input());
        let (x, y) = (f64::midpoint(x1, x2), f64::midpoint(y1, y2));
        Some(view! { <text class="rate" x=x y=y>{format!("{}/s", short(rate))}</text> })
    }
}
