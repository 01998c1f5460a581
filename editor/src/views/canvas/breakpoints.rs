//! Marks at the inputs of nodes whose messages are held: how many wait there.

use leptos::prelude::*;

use crate::texts::{show, text};
use crate::views::app::editor;

/// All of them; nothing while there are no breakpoints.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn Breakpoints() -> impl IntoView {
    let editor = editor();
    move || {
        editor.live.held.with(|held| {
            let marks = held.iter().filter_map(|(id, held)| {
                let frame = editor.drawing.with(|drawing| drawing.frame(id))?;
                let count = held.messages.len();
                let middle = (frame.top + frame.bottom) / 2.0;
                Some(view! {
                    <g class="breakpoint" class:holds=count != 0 data-breakpoint=id.to_string() transform=format!("translate({:.1} {middle:.1})", frame.left - 16.0)>
                        <title>{show(&text("breakpoint.count").with("count", count))}</title>
                        <circle r="9"/>
                        <text>{(count > 0).then_some(count)}</text>
                    </g>
                })
            });
            marks.collect_view()
        })
    }
}
