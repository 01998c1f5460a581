//! What is dragged from the palette onto the canvas.

use leptos::prelude::*;

use super::app::editor;
use super::icon::Icon;
use crate::store::colour;
use crate::store::node_types::type_title;

/// What is dragged from the palette, under the pointer.
#[component]
pub fn PlacingView() -> impl IntoView {
    let editor = editor();
    move || {
        let placing = editor.canvas.placing.get()?;
        let one = editor.descriptor(&placing.type_name)?;
        let colour = colour::checked(&one.colour).map(colour::style).unwrap_or_default();
        let place = format!("left:{:.0}px;top:{:.0}px;", placing.at.0, placing.at.1);
        Some(view! {
            <div class="item placing" style=place + &colour aria-hidden="true">
                <span class="block"><Icon name=one.icon.clone() size=14.0/></span>
                <span class="name">{type_title(&one)}</span>
            </div>
        })
    }
}
