//! The pointer over the canvas: from the page's events to gestures, and from their effects to the page.

mod touch;

use leptos::ev;
use leptos::html::Main;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use self::touch::{Touch, is_finger};
use super::mover::Mover;
use super::{Zooming, menus};
use crate::actions;
use crate::net::session;
use crate::state::{Editor, Menu, QuickAdd, Sketch};
use crate::store::drawing::Wire;
use crate::store::drawing::subflow::End;
use crate::store::gestures::{Effect, Gesture, Port, Press, Scene, Slice, Target};
use crate::store::selection::Selection;

/// What is going on between press and release. Handles only.
#[derive(Clone, Copy)]
pub(super) struct Pointer {
    editor: Editor,
    area: NodeRef<Main>,
    going_on: StoredValue<Option<(i32, Gesture)>>,
    mover: StoredValue<Option<Mover>, LocalStorage>,
    touch: StoredValue<Touch>,
    zooming: Zooming,
    is_far: Memo<bool>,
    /// Space is held down: the pointer moves the view.
    pub(super) is_panning: RwSignal<bool>,
}

impl Pointer {
    /// For the canvas in `area`.
    pub(super) fn new(editor: Editor, area: NodeRef<Main>, zooming: Zooming, is_far: Memo<bool>) -> Self {
        Self {
            editor,
            area,
            going_on: StoredValue::new(None),
            mover: StoredValue::new_local(None),
            touch: StoredValue::new(Touch::default()),
            zooming,
            is_far,
            is_panning: RwSignal::new(false),
        }
    }

    /// The button went down.
    pub(super) fn press(self, event: &ev::PointerEvent) {
        if is_finger(event) {
            return self.finger_down(event);
        }
        let is_slicing_button = event.button() == 2 && slice_of(event).is_some();
        if !(matches!(event.button(), 0 | 1) || is_slicing_button)
            || self.going_on.with_value(Option::is_some)
        {
            return;
        }
        if closest(event, "[data-action]").is_some() {
            return;
        }
        // The wheel's button would start scrolling.
        if event.button() == 1 {
            event.prevent_default();
        }
        actions::cancel_wire(self.editor);
        let target = self.target(event);
        let press = Press {
            pans: event.button() == 1 || self.is_panning.get_untracked(),
            adds: event.shift_key() || event.ctrl_key() || event.meta_key(),
            chains: goes_on(event),
            slices: slice_of(event).filter(|_| event.button() == 2 || target == Target::Canvas),
        };
        let at = self.place(event);
        let started = self.with_scene(|scene| Gesture::press(scene, target, at, press));
        let Some((gesture, effect)) = started else { return };
        if let Some(surface) = surface_of(event) {
            // Without it, dragging ends at the canvas's edge.
            let _ = surface.set_pointer_capture(event.pointer_id());
        }
        self.going_on.set_value(Some((event.pointer_id(), gesture)));
        self.take(effect);
    }

    /// The pointer moved.
    pub(super) fn drag(self, event: &ev::PointerEvent) {
        if is_finger(event) && self.finger_moved(event) {
            return;
        }
        let at = self.place(event);
        self.editor.canvas.pointer.set_value(Some(at));
        let is_free = self.is_free(event);
        let Some((pointer, mut gesture)) = self.going_on.get_value() else { return };
        if pointer != event.pointer_id() {
            return;
        }
        // The key went up where nobody heard of it.
        if self.is_chaining() && event.buttons() == 0 && !goes_on(event) {
            self.cancel();
            return;
        }
        let effect = self.with_scene(|scene| gesture.drag(scene, at, is_free)).flatten();
        self.going_on.set_value(Some((pointer, gesture)));
        self.take(effect);
    }

    /// The button went up.
    pub(super) fn release(self, event: &ev::PointerEvent) {
        if is_finger(event) && self.finger_up(event) {
            return;
        }
        let Some((pointer, gesture)) = self.going_on.get_value() else { return };
        if pointer != event.pointer_id() {
            return;
        }
        let (at, is_free) = (self.place(event), self.is_free(event));
        let chained = goes_on(event).then(|| self.with_scene(|scene| gesture.chained(scene, at))).flatten();
        if let Some((effect, next)) = chained.flatten() {
            self.end();
            self.going_on.set_value(next.map(|next| (pointer, next)));
            return self.take(effect);
        }
        let effect = self.with_scene(|scene| gesture.release(scene, at, is_free)).flatten();
        self.end();
        self.take(effect);
    }

    /// The browser took the pointer away.
    pub(super) fn lose(self, event: &ev::PointerEvent) {
        if is_finger(event) {
            self.finger_lost(event);
        }
        self.cancel();
    }

    /// Ends the gesture as if it had not been. Gives back whether there was one.
    pub(super) fn cancel(self) -> bool {
        let was_going_on = self.going_on.with_value(Option::is_some);
        self.end();
        was_going_on
    }

    /// Whether a wire is drawn that goes on from node to node.
    pub(super) fn is_chaining(self) -> bool {
        self.going_on.with_value(|going_on| matches!(going_on, Some((_, Gesture::Chain { .. }))))
    }

    /// A button on a node.
    pub(super) fn click(self, event: &ev::MouseEvent) {
        if self.is_of_finger(event) {
            return;
        }
        let Some(button) = closest(event, "[data-action]") else { return };
        let Some(id) = id_at(event) else { return };
        if let Some(action) = button.get_attribute("data-action") {
            session::press(self.editor, &action, id.into());
        }
    }

    /// Opens the form of a node, or the list of new nodes on the canvas.
    pub(super) fn double_click(self, event: &ev::MouseEvent) {
        // Buttons on nodes are pressed twice then.
        if self.is_of_finger(event) || closest(event, "[data-action]").is_some() {
            return;
        }
        match self.target(event) {
            Target::Item(id) => {
                self.editor.select(Selection::one(id));
                self.editor.focus_form();
            }
            Target::Canvas => {
                let (x, y) = self.place(event);
                let at = self.editor.viewport.get_untracked().to_flow(x, y);
                self.editor.canvas.quick_add.set(Some(QuickAdd { at: Some(at), ..QuickAdd::default() }));
            }
            // In the list, what is chosen goes into the wire.
            Target::Wire(_) => {
                let (x, y) = self.place(event);
                let at = self.editor.viewport.get_untracked().to_flow(x, y);
                self.editor.canvas.quick_add.set(Some(QuickAdd {
                    at: Some(at),
                    port: None,
                    is_over_wire: true,
                }));
            }
            Target::Port(_) | Target::End(..) => {}
        }
    }

    /// Opens the menu of what was pressed.
    pub(super) fn menu(self, event: &ev::MouseEvent) {
        event.prevent_default();
        let is_busy = self.going_on.with_value(Option::is_some);
        let has_key = event.shift_key() || event.ctrl_key() || event.alt_key();
        if !is_busy && !has_key && !self.is_of_finger(event) {
            self.open_menu(&self.target(event), (event.client_x(), event.client_y()));
        }
    }

    fn open_menu(self, target: &Target, at: (i32, i32)) {
        match target.clone() {
            Target::Item(id) if !self.editor.selection.with_untracked(|selection| selection.holds(&id)) => {
                self.editor.select(Selection::one(id));
            }
            Target::Wire(wire)
                if !self.editor.selection.with_untracked(|selection| selection.holds_wire(&wire)) =>
            {
                self.editor.select(Selection::wire(wire));
            }
            _ => {}
        }
        let selection = self.editor.selection.get_untracked();
        let commands = match (selection.nodes().len(), selection.wires().len()) {
            (0, 0) => menus::CANVAS,
            (0, _) => menus::WIRES,
            _ => menus::NODES,
        };
        self.editor.bench.menu.set(Some(Menu { at, commands }));
    }

    /// Nothing snaps with Alt; or with Alt alone where the user wants no grid.
    fn is_free(self, event: &ev::PointerEvent) -> bool {
        let snaps = self.editor.bench.preferences.with_untracked(|preferences| preferences.snaps);
        event.alt_key() == snaps
    }

    fn end(self) {
        self.going_on.set_value(None);
        self.mover.update_value(|mover| {
            if let Some(mover) = mover.take() {
                mover.put_back();
            }
        });
        if self.editor.canvas.sketch.with_untracked(Option::is_some) {
            self.editor.canvas.sketch.set(None);
        }
    }

    fn take(self, effect: Option<Effect>) {
        let editor = self.editor;
        match effect {
            None | Some(Effect::Clear) => {}
            Some(Effect::Select(selection)) => editor.select(selection),
            Some(Effect::Pan(dx, dy)) => {
                editor.viewport.update(|viewport| *viewport = viewport.panned(dx, dy));
            }
            Some(Effect::Lasso(frame)) => editor.canvas.sketch.set(Some(Sketch::Lasso(frame))),
            Some(Effect::Moving(ids, dx, dy)) => self.mover.update_value(|mover| {
                let mover = mover.get_or_insert_with(|| Mover::gather(editor, &ids));
                mover.show(dx, dy);
                actions::preview(editor, &ids, (dx, dy));
            }),
            Some(Effect::Moved(ids, dx, dy)) => actions::drop_moved(editor, &ids, dx, dy),
            Some(Effect::Wiring(port, at, found)) => self.show_wire(&port, at, found.as_ref()),
            Some(Effect::Connect(wire)) => actions::connect(editor, &wire),
            Some(Effect::Rewiring(port, wires, at, found)) => {
                self.show_rewiring(&port, &wires, at, found.as_ref())
            }
            Some(Effect::Rewired(_, wires, to)) => actions::rewire(editor, &wires, to.as_ref()),
            Some(Effect::Slicing(stroke)) => {
                let cuts = self.going_on.with_value(|going_on| {
                    matches!(going_on, Some((_, Gesture::Slice { slice: Slice::Cut, .. })))
                });
                editor.canvas.sketch.set(Some(Sketch::Path { path: line_path(&stroke), cuts }));
            }
            Some(Effect::Sliced(slice, stroke)) => actions::slice(editor, slice, &stroke),
            Some(Effect::EndMoved(end, dx, dy)) => actions::end_moved(editor, end, dx, dy),
            Some(Effect::EndWiring(end, at, found)) => self.show_end_wire(end, at, found.as_ref()),
            Some(Effect::EndConnect(end, port)) => actions::end_wired(editor, end, &port),
            Some(Effect::LetGo(port, at)) => {
                editor.canvas.quick_add.set(Some(QuickAdd {
                    at: Some(at),
                    port: Some(port),
                    is_over_wire: false,
                }));
            }
        }
    }

    fn show_wire(self, port: &Port, at: (f64, f64), found: Option<&Port>) {
        let place = |port: &Port| self.place_of(port);
        let Some(fixed) = place(port) else { return };
        let (free, is_held) = (found.and_then(place).unwrap_or(at), found.is_some());
        let (from, to) = if port.output.is_some() { (fixed, free) } else { (free, fixed) };
        self.editor.canvas.sketch.set(Some(Sketch::Wire { from, to, is_held }));
    }

    fn place_of(self, port: &Port) -> Option<(f64, f64)> {
        self.editor.drawing.with_untracked(|drawing| {
            let node = drawing.node(&port.node)?;
            Some(port.output.map_or_else(|| node.input(), |output| node.output(output)))
        })
    }

    fn show_rewiring(self, port: &Port, wires: &[Wire], at: (f64, f64), found: Option<&Port>) {
        let free = found.and_then(|port| self.place_of(port)).unwrap_or(at);
        let shown = wires.iter().filter_map(|wire| match port.output {
            Some(_) => Some((free, self.place_of(&Port { node: wire.to.clone(), output: None })?)),
            None => Some((self.place_of(&Port { node: wire.from.clone(), output: Some(wire.port) })?, free)),
        });
        self.editor.canvas.sketch.set(Some(Sketch::Wires(shown.collect())));
    }

    fn show_end_wire(self, end: End, at: (f64, f64), found: Option<&Port>) {
        let tip = self.editor.drawing.with_untracked(|drawing| {
            drawing.ports.iter().find(|port| port.end == end).map(|port| port.tip())
        });
        let Some(tip) = tip else { return };
        let free = found.and_then(|port| self.place_of(port)).unwrap_or(at);
        let (from, to) = if matches!(end, End::Input(_)) { (tip, free) } else { (free, tip) };
        self.editor.canvas.sketch.set(Some(Sketch::Wire { from, to, is_held: found.is_some() }));
    }

    fn with_scene<T>(self, look: impl FnOnce(Scene<'_>) -> T) -> Option<T> {
        let document = self.editor.document.get_untracked()?;
        let (drawing, selection) =
            (self.editor.drawing.get_untracked(), self.editor.selection.get_untracked());
        let viewport = self.editor.viewport.get_untracked();
        Some(look(Scene { document: &document, drawing: &drawing, viewport, selection: &selection }))
    }

    /// What an event is about: by the marks of what is drawn there, and from afar, where nodes are drawn together, by the
    /// place.
    pub(super) fn target(self, event: &web_sys::MouseEvent) -> Target {
        let at = self.place(event);
        let is_far = self.is_far.get_untracked();
        let node = is_far.then(|| self.with_scene(|scene| scene.node_at(at))).flatten().flatten();
        node.map_or_else(|| marked_target(event), Target::Item)
    }

    /// Where the pointer is, from the canvas's corner.
    pub(super) fn place(self, event: &web_sys::MouseEvent) -> (f64, f64) {
        let corner = self.area.get_untracked().map(|area| area.get_bounding_client_rect());
        let (left, top) = corner.map_or((0.0, 0.0), |corner| (corner.left(), corner.top()));
        (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top)
    }
}

/// Whether a wire that arrives goes on to the next node.
fn goes_on(event: &ev::PointerEvent) -> bool {
    (event.ctrl_key() || event.meta_key()) && !event.alt_key()
}

/// With Alt a stroke is drawn that puts junctions into wires, with Ctrl too one that takes them away; with the right
/// button Shift and Ctrl say which.
fn slice_of(event: &ev::PointerEvent) -> Option<Slice> {
    let is_control = event.ctrl_key() || event.meta_key();
    match (event.button(), event.alt_key(), is_control, event.shift_key()) {
        (0, true, true, _) | (2, _, true, _) => Some(Slice::Cut),
        (0, true, false, _) | (2, _, false, true) => Some(Slice::Join),
        _ => None,
    }
}

fn line_path(line: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in line.iter().enumerate() {
        path.push_str(&format!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' }));
    }
    path
}

/// The canvas, which listens.
fn surface_of(event: &ev::PointerEvent) -> Option<web_sys::Element> {
    event.current_target()?.dyn_into().ok()
}

fn marked_target(event: &web_sys::Event) -> Target {
    if let Some(end) =
        closest(event, "[data-end-at]").and_then(|end| End::read(&end.get_attribute("data-end-at")?))
    {
        return Target::End(end, closest(event, ".end .port").is_some());
    }
    let port = closest(event, "[data-port]").and_then(|port| port.get_attribute("data-port"));
    let wire = closest(event, "[data-wire]").and_then(|wire| wire.get_attribute("data-wire"));
    Target::read(id_at(event).as_deref(), port.as_deref(), wire.as_deref())
}

fn id_at(event: &web_sys::Event) -> Option<String> {
    closest(event, "[data-id]")?.get_attribute("data-id")
}

/// The nearest element around what an event is about that a CSS selector finds.
fn closest(event: &web_sys::Event, css: &str) -> Option<web_sys::Element> {
    touched(event)?.closest(css).ok()?
}

/// What an event is about. Of a pointer that the canvas captured the browser says that all of its clicks are about the
/// canvas: they are about what is under the pointer.
fn touched(event: &web_sys::Event) -> Option<web_sys::Element> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let Some(mouse) = event.dyn_ref::<web_sys::MouseEvent>().filter(|_| target.id() == super::SURFACE) else {
        return Some(target);
    };
    let (x, y) = (mouse.client_x() as f32, mouse.client_y() as f32);
    let below = document().element_from_point(x, y).filter(|below| target.contains(Some(below)));
    Some(below.unwrap_or(target))
}

/// Moves the keyboard focus to an element.
pub(super) fn focus(element: &web_sys::Element) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // What cannot be focused keeps the focus where it was.
    let _ = match (element.dyn_ref::<web_sys::SvgElement>(), element.dyn_ref::<web_sys::HtmlElement>()) {
        (Some(drawn), _) => drawn.focus_with_options(&options),
        (_, Some(element)) => element.focus_with_options(&options),
        (None, None) => return,
    };
}
