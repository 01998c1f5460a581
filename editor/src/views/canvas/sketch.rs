//! What is drawn over the flow while something goes on: the lasso, a wire on its way.

use leptos::prelude::*;

use crate::state::Sketch;
use crate::store::geometry::wire_path;
use crate::views::app::editor;

/// The sketch, inside the canvas's transform.
#[component]
pub fn SketchView() -> impl IntoView {
    let editor = editor();
    move || {
        editor.canvas.sketch.get().map(|sketch| match sketch {
            Sketch::Lasso(frame) => view! {
                <rect class="lasso" x=frame.left y=frame.top width=frame.width() height=frame.height()/>
            }
            .into_any(),
            Sketch::Wire { from, to, is_held } => view! {
                <g class="wire sketch" class:held=is_held>
                    <path class="line" d=wire_path(from, to)/>
                    <circle class="port" cx=to.0 cy=to.1 r="5"/>
                </g>
            }
            .into_any(),
            Sketch::Wires(wires) => {
                let lines =
                    wires.into_iter().map(|(from, to)| view! { <path class="line" d=wire_path(from, to)/> });
                view! { <g class="wire sketch">{lines.collect_view()}</g> }.into_any()
            }
            Sketch::Path { path, cuts } => {
                view! { <g class="wire sketch held" class:cuts=cuts><path class="line" d=path/></g> }
                    .into_any()
            }
        })
    }
}
