//! Icons.

use leptos::prelude::*;

use crate::icons;

/// An icon by its name, in a square of `size` pixels, drawn in the colour of the text. Inside an SVG it
/// stands at (`x`, `y`).
#[component]
pub fn Icon(
    /// Name in the icon set.
    #[prop(into)]
    name: Signal<String>,
    /// Width and height.
    #[prop(default = 16.0)]
    size: f64,
    /// Left edge, inside an SVG.
    #[prop(default = 0.0)]
    x: f64,
    /// Upper edge, inside an SVG.
    #[prop(optional, into)]
    y: Signal<f64>,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            x=x
            y=y
            width=size
            height=size
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=Signal::derive(move || name.with(|name| icons::icon(name).data))
        ></svg>
    }
}
