//! The canvas: one SVG on a sheet that moves under the view. What is outside the view is not drawn.

pub mod actions;
mod breakpoints;
mod find;
mod menus;
mod mover;
pub mod navigator;
pub mod picker;
mod pointer;
mod quick_add;
pub mod sketch;
pub mod subflow_bar;
pub mod use_picker;

use std::hash::Hash;
use std::time::Duration;

use leptos::ev;
use leptos::html::Main;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use self::breakpoints::Breakpoints;
use self::find::find_list;
use self::pointer::Pointer;
use self::quick_add::quick_add_list;
use self::sketch::SketchView;
use super::afar::{BlocksView, LinesView, WordsView};
use super::app::editor;
use super::ends::{EndView, EndWireView};
use super::first::{EmptyCanvas, Guide};
use super::groups::GroupView;
use super::icon::Icon;
use super::links::LinksView;
use super::nodes::{NodeView, Surroundings};
use super::others::Outlines;
use super::wires::WireView;
use crate::later::{Part, later};
use crate::state::Editor;
use crate::store::drawing::Wire;
use crate::store::geometry::Rect;
use crate::store::live::Overlay;
use crate::store::mounted::{Mounted, Wanted};
use crate::store::moving::GRID;
use crate::store::sheet;
use crate::store::viewport::{FAR, Size, ZOOM_STEP};
use crate::texts::{say, show, text};

/// How far outside the view things are drawn, in pixels on screen: what is panned in is there already.
const MARGIN: f64 = 200.0;
/// Below this scale icons and ports are not drawn.
const OFF: f64 = 0.6;
/// What one line of a wheel that counts in lines moves, in pixels.
const LINE_PIXELS: f64 = 24.0;
/// How fast the wheel zooms: the factor is e to the power of this times the pixels.
const WHEEL_ZOOM: f64 = 0.002;

/// So long after the last turn of the wheel zooming is over.
const WHEEL_REST: Duration = Duration::from_millis(150);

/// The canvas with the open tab on it.
#[component]
pub fn Canvas() -> impl IntoView {
    let editor = editor();
    let area = NodeRef::<Main>::new();
    area.on_load(move |area| follow_size(editor, &area));
    let zooming = Zooming::new();
    let painted = Memo::new(move |before: Option<&f64>| {
        sheet::painted_scale(editor.viewport.get(), before.copied(), zooming.goes_on.get())
    });
    let is_far = Memo::new(move |_| painted.get() < FAR);
    let pointer = Pointer::new(editor, area, zooming, is_far);

    let wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        let unit = if event.delta_mode() == 1 { LINE_PIXELS } else { 1.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        let (x, y) = pointer.place(&event);
        let zooms = event.ctrl_key() || event.meta_key();
        if zooms {
            zooming.begin();
        }
        editor.viewport.update(|viewport| {
            *viewport = match (zooms, event.shift_key()) {
                (true, _) => viewport.zoomed_at(x, y, (-dy * WHEEL_ZOOM).exp()),
                (false, true) => viewport.panned(-dy - dx, 0.0),
                (false, false) => viewport.panned(-dx, -dy),
            };
        });
    };
    let key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        " " => pointer.is_panning.set(true),
        // Nothing else is undone by it then.
        "Escape" if pointer.cancel() => event.stop_propagation(),
        _ => {}
    };
    // Asked with each frame that moves the view, and found by looking at all there is.
    let bounds = Memo::new(move |_| editor.drawing.with(|drawing| drawing.bounds()));
    let extent = Memo::new(move |_| {
        let shown = editor.viewport.get().shown(editor.canvas_size.get());
        sheet::extent(bounds.get(), shown)
    });
    let size = Memo::new(move |_| sheet::size(extent.get(), painted.get()));
    let place = move || sheet::place(extent.get(), editor.viewport.get(), painted.get());
    let transform = Memo::new(move |_| sheet::transform(extent.get(), painted.get()));
    let is_warm = Memo::new(move |_| editor.live.overlay.get() == Overlay::Heat);
    let is_off = Memo::new(move |_| painted.get() < OFF);
    provide_context(Surroundings::new(editor));
    let is_subflow = Memo::new(move |_| {
        let open = editor.open_tab.get();
        editor.tabs.with(|tabs| tabs.iter().any(|tab| tab.is_subflow && Some(&tab.id) == open.as_ref()))
    });
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
            <Show when=move || editor.bench.preferences.with(|preferences| preferences.shows_grid)><Grid/></Show>
            <div
                class="surface"
                id=SURFACE
                class:panning=pointer.is_panning
                tabindex="0"
                role="application"
                aria-label=label
                aria-describedby="canvas-says"
                on:wheel=wheel
                on:pointerdown=move |event| pointer.press(&event)
                on:pointermove=move |event| pointer.drag(&event)
                on:pointerup=move |event| pointer.release(&event)
                on:pointercancel=move |event| pointer.lose(&event)
                on:pointerleave=move |_| editor.canvas.pointer.set_value(None)
                on:click=move |event| pointer.click(&event)
                on:dblclick=move |event| pointer.double_click(&event)
                on:contextmenu=move |event| pointer.menu(&event)
                on:keydown=key
                on:keyup=move |event| match event.key().as_str() {
                    " " => pointer.is_panning.set(false),
                    "Control" | "Meta" if pointer.is_chaining() => drop(pointer.cancel()),
                    _ => {}
                }
                on:blur=move |_| pointer.is_panning.set(false)
            >
                <div class="sheet" style:width=move || size.get().0 style:height=move || size.get().1 style:transform=place>
                    <svg class="drawing">
                        <g id="flow" class:far=is_far class:off=is_off class:heat=is_warm transform=transform>
                            <Contents is_far/>
                            <SketchView/>
                        </g>
                    </svg>
                </div>
            </div>
            <p id="canvas-says" class="unseen" aria-live="polite">{move || editor.canvas.announcement.get()}</p>
            <EmptyCanvas/>
            <Guide/>
            <ZoomButtons/>
            {quick_add_list(editor)}
            {find_list(editor)}
            {move || editor.bench.shows_actions.get().then(|| later(Part::Actions))}
            <Show when=move || editor.bench.shows_navigator.get()>{later(Part::Navigator)}</Show>
            <Show when=move || is_subflow.get()>{later(Part::SubflowBar)}</Show>
        </main>
    }
}

/// Knows whether the wheel zooms: meanwhile what is painted is stretched.
#[derive(Clone, Copy)]
struct Zooming {
    goes_on: RwSignal<bool>,
    ends: StoredValue<Option<TimeoutHandle>>,
}

impl Zooming {
    fn new() -> Self {
        Self { goes_on: RwSignal::new(false), ends: StoredValue::new(None) }
    }

    /// The wheel turned; it goes on until the wheel rests.
    fn begin(self) {
        if let Some(ends) = self.ends.get_value() {
            ends.clear();
        }
        if !self.goes_on.get_untracked() {
            self.goes_on.set(true);
        }
        let goes_on = self.goes_on;
        let end = move || {
            // The canvas may be gone.
            goes_on.try_set(false);
        };
        self.ends.set_value(set_timeout_with_handle(end, WHEEL_REST).ok());
    }
}

/// Id of the canvas's drawing in the page.
pub const SURFACE: &str = "surface";

/// Moves the keyboard focus to the canvas.
pub fn focus() {
    if let Some(surface) = document().get_element_by_id(SURFACE) {
        pointer::focus(&surface);
    }
}

/// Dots at the places that nodes line up with; fewer when zoomed out. Larger than the canvas, so that moving the view
/// only moves it, within one step.
#[component]
fn Grid() -> impl IntoView {
    /// Room at each side, as in the style sheet.
    const ROOM: f64 = 100.0;
    let editor = editor();
    let step = Memo::new(move |_| {
        let step = GRID * editor.viewport.get().scale;
        if step < 14.0 { step * 5.0 } else { step }
    });
    let size = move || format!("{0:.3}px {0:.3}px", step.get());
    let place = move || {
        let (viewport, step) = (editor.viewport.get(), step.get());
        let place = |offset: f64| (offset.round() + ROOM).rem_euclid(step);
        format!("translate({:.3}px,{:.3}px)", place(viewport.x), place(viewport.y))
    };
    view! { <div class="grid" style:background-size=size style:transform=place></div> }
}

/// Groups, then wires, then nodes. From afar there are nodes and wires as a few shapes instead of each by itself.
#[component]
fn Contents(is_far: Memo<bool>) -> impl IntoView {
    let editor = editor();
    let seen = Memo::new(move |_| seen(editor));
    let nodes = mounted(move || {
        if is_far.get() {
            return Wanted::default();
        }
        let seen = seen.get();
        editor.drawing.with(|drawing| {
            let inside = drawing.nodes.iter().filter(|node| node.frame().meets(seen));
            Wanted {
                seen: inside.map(|node| node.id.clone()).collect(),
                all: drawing.nodes.iter().map(|node| node.id.clone()).collect(),
            }
        })
    });
    let wires = mounted(move || {
        if is_far.get() {
            return Wanted::default();
        }
        let seen = seen.get();
        editor.drawing.with(|drawing| {
            let crosses = |wire: &&Wire| {
                let ends = drawing.node(&wire.from).zip(drawing.node(&wire.to));
                ends.is_some_and(|(from, to)| from.frame().with(to.frame()).meets(seen))
            };
            Wanted {
                seen: drawing.wires.iter().filter(crosses).cloned().collect(),
                all: drawing.wires.iter().cloned().collect(),
            }
        })
    });
    let groups = move || editor.drawing.with(|drawing| drawing.groups.clone());
    let ends = move || editor.drawing.with(|drawing| drawing.ports.clone());
    let end_wires = move || editor.drawing.with(|drawing| drawing.port_wires.clone());
    view! {
        <g class="groups">
            <For each=groups key=|group| format!("{group:?}") children=|group| view! { <GroupView group/> }/>
        </g>
        <g class="wires">
            <For each=end_wires key=Clone::clone children=|wire| view! { <EndWireView wire/> }/>
            <For each=wires key=Clone::clone children=|wire| view! { <WireView wire/> }/>
            <Show when=move || is_far.get()><LinesView/></Show>
            <LinksView/>
        </g>
        <g class="ends">
            <For each=ends key=|port| format!("{port:?}") children=|port| view! { <EndView port/> }/>
        </g>
        <g class="nodes">
            <For each=nodes key=Clone::clone children=|id| view! { <NodeView id/> }/>
            <Show when=move || is_far.get()><BlocksView/><WordsView/></Show>
        </g>
        <g class="outlines"><Outlines/></g>
        <g class="breakpoints"><Breakpoints/></g>
    }
}

/// The items that stand in the page: follow what is wanted, a step with each frame of the screen.
fn mounted<K>(
    wanted: impl Fn() -> Wanted<K> + Copy + Send + Sync + 'static,
) -> impl Fn() -> Vec<K> + Send + Sync
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    let mounting = Mounting {
        list: RwSignal::new(Mounted::default()),
        wanted: StoredValue::new(Wanted::default()),
        is_asked: StoredValue::new(false),
    };
    Effect::new(move || {
        mounting.wanted.set_value(wanted());
        if !mounting.is_asked.get_value() {
            mounting.step();
        }
    });
    move || mounting.list.with(|list| list.items().to_vec())
}

/// A list in the page on its way to what is wanted. What stands there depends on time, so it is no derived signal.
struct Mounting<K: Send + Sync + 'static> {
    list: RwSignal<Mounted<K>>,
    wanted: StoredValue<Wanted<K>>,
    /// The next frame of the screen brings a step.
    is_asked: StoredValue<bool>,
}

impl<K: Send + Sync> Clone for Mounting<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Send + Sync> Copy for Mounting<K> {}

impl<K: Clone + Eq + Hash + Send + Sync> Mounting<K> {
    fn step(self) {
        let is_settled =
            || self.list.with_untracked(|list| self.wanted.with_value(|wanted| list.is_settled(wanted)));
        if is_settled() {
            return;
        }
        self.list.update(|list| self.wanted.with_value(|wanted| list.step(wanted)));
        if !is_settled() {
            self.is_asked.set_value(true);
            request_animation_frame(move || {
                // The canvas may be gone.
                if self.is_asked.try_set_value(false).is_none() {
                    self.step();
                }
            });
        }
    }
}

/// The part of the flow that is drawn, in steps: it does not change with every pixel.
fn seen(editor: Editor) -> Rect {
    let viewport = editor.viewport.get();
    let margin = MARGIN / viewport.scale;
    let shown = viewport.shown(editor.canvas_size.get()).grown(margin);
    // Small steps: what comes into view comes a few nodes at a time.
    let step = |edge: f64| (edge / margin * 4.0).round() * margin / 4.0;
    Rect {
        left: step(shown.left),
        top: step(shown.top),
        right: step(shown.right),
        bottom: step(shown.bottom),
    }
}

/// Zoom, and how far.
#[component]
pub fn ZoomButtons() -> impl IntoView {
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
            <button
                class="quiet square"
                data-do="live"
                title=move || say(live_title(editor.live.overlay.get()))
                aria-label=say("command.live")
                aria-pressed=Signal::derive(move || if editor.live.overlay.get() == Overlay::Nothing { "false" } else { "true" })
                on:click=move |_| editor.live.overlay.update(|overlay| *overlay = overlay.next())
            >
                {move || match editor.live.overlay.get() {
                    Overlay::Heat => view! { <Icon name="flame"/> },
                    Overlay::Nothing | Overlay::Figures => view! { <Icon name="activity"/> },
                }}
            </button>
            <button
                class="quiet square"
                data-do="navigator"
                title=say("command.navigator")
                aria-label=say("command.navigator")
                aria-pressed=Signal::derive(move || if editor.bench.shows_navigator.get() { "true" } else { "false" })
                on:click=move |_| editor.bench.shows_navigator.update(|shown| *shown = !*shown)
            >
                <Icon name="map"/>
            </button>
            <button class="quiet square" data-do="fit" title=say("zoom.fit") aria-label=say("zoom.fit") on:click=move |_| editor.fit()>
                <Icon name="maximize"/>
            </button>
        </div>
    }
}

/// What its button would do next.
fn live_title(overlay: Overlay) -> &'static str {
    match overlay {
        Overlay::Nothing => "live.show",
        Overlay::Figures => "live.heat",
        Overlay::Heat => "live.hide",
    }
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
            match before.width == 0.0 {
                true => editor.fit(),
                false => editor.keep_selected_seen(before),
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
