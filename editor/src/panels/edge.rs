//! The edge of the right panels: dragged, or moved with arrow keys, it makes them wider or narrower.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::net::browser;
use crate::texts::say;

/// Width of the panels in pixels: what a form needs, and what leaves room for the canvas.
const NARROWEST: f64 = 260.0;
const WIDEST: f64 = 900.0;
/// The width at first, where nobody chose one: this share of the page, from what forms are made for to what they can use.
const FIRST_SHARE: f64 = 0.18;
const FIRST: (f64, f64) = (330.0, 460.0);
/// What an arrow key moves.
const STEP: f64 = 24.0;
const REMEMBERED: &str = "wireloom.right-panel-px";

/// The width as this browser remembers it.
pub(super) fn remembered() -> f64 {
    let width = browser::remembered(REMEMBERED).and_then(|width| width.parse::<f64>().ok());
    width.filter(|width| width.is_finite()).map_or_else(first, |width| width.clamp(NARROWEST, WIDEST))
}

fn first() -> f64 {
    let page = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or_default();
    (page * FIRST_SHARE).clamp(FIRST.0, FIRST.1).round()
}

/// The edge.
#[component]
#[allow(unreachable_pub, reason = "the macro makes items of it that are")]
pub fn Edge(
    /// Width of the panels in pixels.
    width: RwSignal<f64>,
) -> impl IntoView {
    // Where the pointer took hold, and the width then.
    let held = RwSignal::new(None::<(f64, f64)>);
    let set = move |wanted: f64| width.set(wanted.clamp(NARROWEST, WIDEST).round());
    let keep = move || browser::remember(REMEMBERED, &width.get_untracked().to_string());
    let grasp = move |event: PointerEvent| {
        event.prevent_default();
        held.set(Some((f64::from(event.client_x()), width.get_untracked())));
        if let Some(edge) = event.current_target().and_then(|edge| edge.dyn_into::<web_sys::Element>().ok()) {
            // Without it the drag ends where the pointer leaves the edge.
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
    };
    let drag = move |event: PointerEvent| {
        if let Some((x, before)) = held.get_untracked() {
            set(before + x - f64::from(event.client_x()));
        }
    };
    let drop = move |_: PointerEvent| {
        held.set(None);
        keep();
    };
    let by_key = move |event: KeyboardEvent| {
        let now = width.get_untracked();
        let wanted = match event.key().as_str() {
            "ArrowLeft" => now + STEP,
            "ArrowRight" => now - STEP,
            "Home" => WIDEST,
            "End" => NARROWEST,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        set(wanted);
        keep();
    };
    view! {
        <div
            class="edge"
            class:held=Signal::derive(move || held.get().is_some())
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=say("panels.resize")
            aria-valuenow=Signal::derive(move || width.get())
            aria-valuemin=NARROWEST
            aria-valuemax=WIDEST
            on:pointerdown=grasp
            on:pointermove=drag
            on:pointerup=drop
            on:pointercancel=drop
            on:keydown=by_key
        ></div>
    }
}
