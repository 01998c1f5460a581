//! Wires, in the colour of the node they come from: a thread can be followed by eye.

use leptos::prelude::*;

use super::app::editor;
use super::nodes::Surroundings;
use crate::store::drawing::Wire;
use crate::store::geometry::wire_path;

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
    let style = move || from.with(|from| from.as_ref().map(|from| format!("--node:{}", from.colour)));
    let is_idle = move || {
        [from, to].iter().any(|end| end.with(|node| node.as_ref().is_some_and(|node| node.is_disabled)))
    };
    let class = move || {
        let (is_near, is_selected) = editor.selection.with(|selection| {
            (selection.holds(&wire.from) || selection.holds(&wire.to), selection.holds_wire(&wire))
        });
        let marks = [(is_idle(), " idle"), (is_near, " near"), (is_selected, " selected")];
        let marks: String = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, mark)| *mark).collect();
        format!("wire{marks}")
    };
    view! {
        <g class=class style=style data-wire=name>
            {move || (!around.is_far.get()).then(|| view! { <path class="hit" d=path/> })}
            <path class="line" d=path/>
        </g>
    }
}
