//! The canvas: one SVG with one transform. What is outside the view is not drawn.

use leptos::ev;
use leptos::html::Main;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::app::editor;
use super::groups::GroupView;
use super::icon::Icon;
use super::nodes::NodeView;
use super::wires::WireView;
use crate::net::session;
use crate::state::Editor;
use crate::store::geometry::Rect;
use crate::store::selection::Selection;
use crate::store::viewport::{Size, ZOOM_STEP};
use crate::texts::{say, show, text};

/// How far outside the view things are drawn, in pixels on screen: what is panned in is there already.
const MARGIN: f64 = 200.0;
/// Below this scale what is too small to be read is not drawn.
const FAR: f64 = 0.3;
/// What one line of a wheel that counts in lines moves, in pixels.
const LINE_PIXELS: f64 = 24.0;
/// What an arrow key moves, in pixels.
const KEY_PIXELS: f64 = 60.0;
/// How fast the wheel zooms: the factor is e to the power of this times the pixels.
const WHEEL_ZOOM: f64 = 0.002;

/// The canvas with the open tab on it.
#[component]
pub fn Canvas() -> impl IntoView {
    let editor = editor();
    let area = NodeRef::<Main>::new();
    area.on_load(move |area| follow_size(editor, &area));
    let grasped = RwSignal::new(None::<(i32, f64, f64)>);

    let wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let unit = if event.delta_mode() == 1 { LINE_PIXELS } else { 1.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        let (x, y) = place_on_canvas(area, &event);
        editor.viewport.update(|viewport| {
            *viewport = match (event.ctrl_key() || event.meta_key(), event.shift_key()) {
                (true, _) => viewport.zoomed_at(x, y, (-dy * WHEEL_ZOOM).exp()),
                (false, true) => viewport.panned(-dy - dx, 0.0),
                (false, false) => viewport.panned(-dx, -dy),
            };
        });
    };
    let press = move |event: ev::PointerEvent| {
        if closest(&event, "[data-action]").is_some() {
            return;
        }
        if let Some(id) = closest(&event, ".node[data-id]").and_then(|node| node.get_attribute("data-id")) {
            editor.select(Selection::one(id.into()));
            return;
        }
        if matches!(event.button(), 0 | 1) {
            grasped.set(Some((event.pointer_id(), f64::from(event.client_x()), f64::from(event.client_y()))));
            let canvas = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if let Some(canvas) = canvas {
                // Without it, dragging ends at the canvas's edge.
                let _ = canvas.set_pointer_capture(event.pointer_id());
            }
            editor.deselect();
        }
    };
    let drag = move |event: ev::PointerEvent| {
        let Some((pointer, x, y)) = grasped.get_untracked() else { return };
        if pointer == event.pointer_id() {
            let (new_x, new_y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            editor.viewport.update(|viewport| *viewport = viewport.panned(new_x - x, new_y - y));
            grasped.set(Some((pointer, new_x, new_y)));
        }
    };
    let release = move |_: ev::PointerEvent| grasped.set(None);
    let click = move |event: ev::MouseEvent| {
        if closest(&event, "[data-action='inject']").is_some() {
            start(editor, &event);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let node = closest(&event, ".node[data-id]").and_then(|node| node.get_attribute("data-id"));
        let is_known = match (event.key().as_str(), node) {
            ("Enter", Some(id)) => {
                editor.select(Selection::one(id.into()));
                true
            }
            (" ", Some(_)) => {
                start(editor, &event);
                true
            }
            (key, _) => press_key(editor, key),
        };
        if is_known {
            event.prevent_default();
        }
    };
    let is_far = Memo::new(move |_| editor.viewport.get().scale < FAR);
    let label = move || {
        let name = editor.tabs.with(|tabs| {
            let open = editor.open_tab.get();
            tabs.iter().find(|tab| Some(&tab.id) == open.as_ref()).map(|tab| tab.name.clone())
        });
        let count = editor.drawing.with(|drawing| drawing.nodes.len());
        show(&text("canvas.label").with("name", name.unwrap_or_default()).with("count", count))
    };
    view! {
        <main class="canvas" node_ref=area>
            <svg
                class="surface"
                class:grasped=move || grasped.with(Option::is_some)
                tabindex="0"
                role="group"
                aria-label=label
                on:wheel=wheel
                on:pointerdown=press
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=release
                on:click=click
                on:keydown=key
            >
                <Grid/>
                <g class:far=is_far transform=move || editor.viewport.get().transform()>
                    <Contents/>
                </g>
            </svg>
            <EmptyNotice/>
            <ZoomButtons/>
        </main>
    }
}

/// Dots at the places that nodes line up with; fewer when zoomed out.
#[component]
fn Grid() -> impl IntoView {
    let editor = editor();
    let step = move || {
        let scale = editor.viewport.get().scale;
        let step = 20.0 * scale;
        if step < 14.0 { step * 5.0 } else { step }
    };
    let transform = move || {
        let viewport = editor.viewport.get();
        format!("translate({:.2} {:.2})", viewport.x, viewport.y)
    };
    view! {
        <defs>
            <pattern id="grid" width=step height=step patternUnits="userSpaceOnUse" patternTransform=transform>
                <circle class="grid-dot" cx="1" cy="1" r="1"/>
            </pattern>
        </defs>
        <rect class="grid" width="100%" height="100%" fill="url(#grid)"/>
    }
}

/// Groups, then wires, then nodes.
#[component]
fn Contents() -> impl IntoView {
    let editor = editor();
    let seen = Memo::new(move |_| seen(editor));
    let nodes = move || {
        let seen = seen.get();
        editor.drawing.with(|drawing| {
            let inside = drawing.nodes.iter().filter(|node| node.frame().meets(seen));
            inside.map(|node| node.id.clone()).collect::<Vec<_>>()
        })
    };
    let wires = move || {
        let seen = seen.get();
        editor.drawing.with(|drawing| {
            let crosses = |wire: &&crate::store::drawing::Wire| {
                let ends = drawing.node(&wire.from).zip(drawing.node(&wire.to));
                ends.is_some_and(|(from, to)| from.frame().with(to.frame()).meets(seen))
            };
            drawing.wires.iter().filter(crosses).cloned().collect::<Vec<_>>()
        })
    };
    let groups = move || editor.drawing.with(|drawing| drawing.groups.clone());
    view! {
        <g class="groups">
            <For each=groups key=|group| format!("{group:?}") children=|group| view! { <GroupView group/> }/>
        </g>
        <g class="wires">
            <For each=wires key=Clone::clone children=|wire| view! { <WireView wire/> }/>
        </g>
        <g class="nodes">
            <For each=nodes key=Clone::clone children=|id| view! { <NodeView id/> }/>
        </g>
    }
}

/// The part of the flow that is drawn, in steps: it does not change with every pixel.
fn seen(editor: Editor) -> Rect {
    let viewport = editor.viewport.get();
    let margin = MARGIN / viewport.scale;
    let shown = viewport.shown(editor.canvas_size.get()).grown(margin);
    let step = |edge: f64| (edge / margin).round() * margin;
    Rect {
        left: step(shown.left),
        top: step(shown.top),
        right: step(shown.right),
        bottom: step(shown.bottom),
    }
}

#[component]
fn EmptyNotice() -> impl IntoView {
    let editor = editor();
    let words = move || {
        let is_loaded = editor.document.with(Option::is_some);
        let is_empty = editor.drawing.with(|drawing| drawing.nodes.is_empty() && drawing.groups.is_empty());
        match (is_loaded && is_empty, editor.tabs.with(|tabs| tabs.is_empty())) {
            (false, _) => None,
            (true, true) => Some("canvas.none"),
            (true, false) => Some("canvas.empty"),
        }
    };
    move || {
        words().map(|key| {
            view! {
                <div class="empty">
                    <strong>{say(key)}</strong>
                    <span>{say("canvas.empty.hint")}</span>
                </div>
            }
        })
    }
}

#[component]
fn ZoomButtons() -> impl IntoView {
    let editor = editor();
    let percent = move || format!("{:.0} %", editor.viewport.get().scale * 100.0);
    let actual_size = move |_| editor.zoom(1.0 / editor.viewport.get_untracked().scale);
    view! {
        <div class="zoom">
            <button class="quiet square" title=say("zoom.out") aria-label=say("zoom.out") on:click=move |_| editor.zoom(1.0 / ZOOM_STEP)>
                <Icon name="minus"/>
            </button>
            <button class="quiet percent" title=say("zoom.reset") on:click=actual_size>{percent}</button>
            <button class="quiet square" title=say("zoom.in") aria-label=say("zoom.in") on:click=move |_| editor.zoom(ZOOM_STEP)>
                <Icon name="plus"/>
            </button>
            <button class="quiet square" title=say("zoom.fit") aria-label=say("zoom.fit") on:click=move |_| editor.fit()>
                <Icon name="maximize"/>
            </button>
        </div>
    }
}

/// The nearest element around what an event is about that a CSS selector finds.
fn closest(event: &web_sys::Event, css: &str) -> Option<web_sys::Element> {
    event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(css).ok()?
}

/// Presses the start button of the node that an event is about.
fn start(editor: Editor, event: &web_sys::Event) {
    let node = closest(event, ".node[data-id]").and_then(|node| node.get_attribute("data-id"));
    let Some(node) = node.and_then(|id| editor.drawing.with_untracked(|drawing| drawing.node(&id).cloned()))
    else {
        return;
    };
    if node.has_button {
        session::inject(editor, node.id.clone(), node.label.clone());
    }
}

/// Where the pointer is, from the canvas's corner.
fn place_on_canvas(area: NodeRef<Main>, event: &web_sys::MouseEvent) -> (f64, f64) {
    let corner = area.get_untracked().map(|area| area.get_bounding_client_rect());
    let (left, top) = corner.map_or((0.0, 0.0), |corner| (corner.left(), corner.top()));
    (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top)
}

/// Moves and zooms by keys; gives back whether the key means something here.
fn press_key(editor: Editor, key: &str) -> bool {
    let pan = |dx: f64, dy: f64| editor.viewport.update(|viewport| *viewport = viewport.panned(dx, dy));
    match key {
        "ArrowLeft" => pan(KEY_PIXELS, 0.0),
        "ArrowRight" => pan(-KEY_PIXELS, 0.0),
        "ArrowUp" => pan(0.0, KEY_PIXELS),
        "ArrowDown" => pan(0.0, -KEY_PIXELS),
        "+" | "=" => editor.zoom(ZOOM_STEP),
        "-" => editor.zoom(1.0 / ZOOM_STEP),
        "0" => editor.zoom(1.0 / editor.viewport.get_untracked().scale),
        "1" => editor.fit(),
        "Escape" => editor.deselect(),
        _ => return false,
    }
    true
}

/// Keeps the canvas's size in the state; the first size fits the flow into it.
fn follow_size(editor: Editor, area: &web_sys::Element) {
    let measured = area.clone();
    let measure = move || {
        let rect = measured.get_bounding_client_rect();
        let size = Size { width: rect.width(), height: rect.height() };
        let before = editor.canvas_size.get_untracked();
        if size != before {
            editor.canvas_size.set(size);
            if before.width == 0.0 {
                editor.fit();
            }
        }
    };
    measure();
    let changed = Closure::<dyn FnMut()>::new(measure);
    if let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(area);
    }
    // The canvas is there as long as the page is.
    changed.forget();
}
