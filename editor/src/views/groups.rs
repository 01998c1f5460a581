//! The frames of groups.

use leptos::prelude::*;

use super::app::editor;
use crate::store::drawing::{DrawnGroup, Side};

/// One frame with its name.
#[component]
pub fn GroupView(
    /// The group.
    group: DrawnGroup,
) -> impl IntoView {
    let editor = editor();
    let frame = group.frame;
    let lines: Vec<_> = group.label_lines().zip(group.label_places()).collect();
    let anchor = match group.label_side {
        Side::Left => "start",
        Side::Middle => "middle",
        Side::Right => "end",
    };
    let lines = lines
        .into_iter()
        .filter(|(line, _)| !line.is_empty())
        .map(|(line, (x, y))| view! { <text x=x y=y text-anchor=anchor>{line}</text> });
    let style = [
        ("--group-line", group.stroke),
        ("--group-line-cover", group.stroke_opacity.map(|opacity| opacity.to_string())),
        ("--group-fill", group.fill),
        ("--group-cover", group.fill_opacity.map(|opacity| opacity.to_string())),
        ("--group-ink", group.ink),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name}:{};", value?)))
    .collect::<String>();
    let id = group.id.clone();
    let is_selected = move || editor.selection.with(|selection| selection.holds(&id));
    view! {
        <g class="group" class:selected=is_selected style=style data-id=group.id.to_string()>
            <rect x=frame.left y=frame.top width=frame.width() height=frame.height() rx="8"/>
            {lines.collect_view()}
        </g>
    }
}
