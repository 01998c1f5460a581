//! The frames of groups.

use leptos::prelude::*;

use crate::store::drawing::DrawnGroup;

/// One frame with its name.
#[component]
pub fn GroupView(
    /// The group.
    group: DrawnGroup,
) -> impl IntoView {
    let frame = group.frame;
    let style = [
        ("--group-line", group.stroke),
        ("--group-fill", group.fill),
        ("--group-cover", group.fill_opacity.map(|opacity| opacity.to_string())),
        ("--group-ink", group.ink),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name}:{};", value?)))
    .collect::<String>();
    view! {
        <g class="group" style=style data-id=group.id.to_string()>
            <rect x=frame.left y=frame.top width=frame.width() height=frame.height() rx="8"/>
            <text x=frame.left + 10.0 y=frame.top + 16.0>{group.label}</text>
        </g>
    }
}
