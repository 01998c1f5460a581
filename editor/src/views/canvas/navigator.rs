//! The navigator: all of the open tab, small, and the part of it that is seen. Pressed, that part moves there.

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::store::geometry::Rect;
use crate::texts::say;
use crate::views::app::editor;

/// Its size on the page, in pixels.
const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 140.0;
/// Room around the flow, in its units.
const MARGIN: f64 = 60.0;

/// The navigator.
#[component]
pub fn Navigator() -> impl IntoView {
    let editor = editor();
    let shown = Memo::new(move |_| editor.viewport.get().shown(editor.canvas_size.get()));
    let all = Memo::new(move |_| {
        let flow = editor.drawing.with(|drawing| drawing.bounds());
        let all = flow.map_or(shown.get(), |flow| flow.grown(MARGIN).with(shown.get()));
        fitted(all)
    });
    let view_box = move || {
        let all = all.get();
        format!("{:.0} {:.0} {:.0} {:.0}", all.left, all.top, all.width(), all.height())
    };
    let nodes = move || {
        editor.drawing.with(|drawing| {
            let rects = drawing.nodes.iter().map(|node| {
                let frame = node.frame();
                let style = format!("fill:{}", node.colour);
                view! { <rect style=style x=frame.left y=frame.top width=frame.width() height=frame.height()/> }
            });
            rects.collect_view()
        })
    };
    let go = move |event: &PointerEvent| {
        let Some(map) = event.current_target().and_then(|map| map.dyn_into::<web_sys::Element>().ok()) else {
            return;
        };
        let area = map.get_bounding_client_rect();
        let all = all.get_untracked();
        let x = all.left + (f64::from(event.client_x()) - area.left()) / area.width() * all.width();
        let y = all.top + (f64::from(event.client_y()) - area.top()) / area.height() * all.height();
        let size = editor.canvas_size.get_untracked();
        editor.viewport.update(|viewport| *viewport = viewport.centred_on(x, y, size));
    };
    let press = move |event: PointerEvent| {
        if let Some(map) = event.current_target().and_then(|map| map.dyn_into::<web_sys::Element>().ok()) {
            // Without it, dragging ends at the navigator's edge.
            let _ = map.set_pointer_capture(event.pointer_id());
        }
        go(&event);
    };
    let drag = move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            go(&event);
        }
    };
    let seen = move |side: fn(Rect) -> f64| move || shown.with(|shown| side(*shown));
    view! {
        <svg
            class="navigator"
            viewBox=view_box
            role="img"
            aria-label=say("navigator.label")
            on:pointerdown=press
            on:pointermove=drag
        >
            {nodes}
            <rect
                class="seen"
                x=seen(|rect| rect.left)
                y=seen(|rect| rect.top)
                width=seen(Rect::width)
                height=seen(Rect::height)
            />
        </svg>
    }
}

/// A frame around it with the navigator's proportions.
fn fitted(frame: Rect) -> Rect {
    let (x, y) = frame.centre();
    let scale = (frame.width() / WIDTH).max(frame.height() / HEIGHT).max(1e-6);
    Rect::around(x, y, WIDTH * scale, HEIGHT * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_flow_fits() {
        for (width, height) in [(1000.0, 10.0), (10.0, 1000.0), (0.0, 0.0)] {
            let frame = Rect::around(5.0, 5.0, width, height);
            let fitted = fitted(frame);
            assert!(fitted.grown(1e-6).holds(frame));
            assert!((fitted.width() / fitted.height() - WIDTH / HEIGHT).abs() < 1e-6);
        }
    }
}
