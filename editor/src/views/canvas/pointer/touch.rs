//! Fingers on the canvas: a tap selects and opens, a drag moves what it began on or the view, two fingers zoom, a
//! finger that rests opens the menu. On the canvas it draws a lasso when it goes on from there, on a wire a stroke that cuts
//! wires. What is begun is the same [`Gesture`] as with a mouse.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::Pointer;
use crate::net::session;
use crate::panels;
use crate::state::{QuickAdd, Sketch};
use crate::store::Id;
use crate::store::fingers::{Fingers, LONG_PRESS_MS, Lifted, Moved, SLACK};
use crate::store::geometry::Rect;
use crate::store::gestures::finger::{Touched, touched};
use crate::store::gestures::{Effect, Gesture, Port, Press, Slice, Target};
use crate::store::selection::Selection;
use crate::store::viewport::FAR;

/// What is known of the fingers between their events.
#[derive(Default)]
pub(super) struct Touch {
    fingers: Fingers,
    /// What the first finger came down on.
    on: Option<Touched>,
    /// What its press does, once it is clear that it was meant.
    pending: Option<Effect>,
    /// It opens the menu, unless it moves before.
    long_press: Option<TimeoutHandle>,
    /// It has rested beside every node, and not gone on from there yet.
    held: Option<Held>,
    /// When a finger was last on the canvas: the browser makes mouse events of it, which say nothing new.
    last_ms: f64,
}

/// A finger that has rested on the canvas or a wire.
struct Held {
    on: Target,
    /// On the canvas, and in the window.
    at: (f64, f64),
    client: (i32, i32),
}

/// How large what shows that it has is, in pixels: a finger covers less.
const HELD_SIZE: f64 = 72.0;

/// So long after a finger the browser's own clicks are still about it.
const AFTER_TOUCH_MS: f64 = 800.0;

/// Whether an event is about a finger.
pub(super) fn is_finger(event: &ev::PointerEvent) -> bool {
    event.pointer_type() == "touch"
}

impl Pointer {
    /// A finger came down.
    pub(super) fn finger_down(self, event: &ev::PointerEvent) {
        // The browser's mouse events would take the focus from what a tap opens.
        event.prevent_default();
        leave_focus();
        if let Some(surface) = super::surface_of(event) {
            let _ = surface.set_pointer_capture(event.pointer_id());
        }
        let (finger, at) = (event.pointer_id(), self.place(event));
        self.stop_long_press();
        let count = self.touch.try_update_value(|touch| {
            (touch.last_ms, touch.pending, touch.held) = (event.time_stamp(), None, None);
            touch.fingers.press(finger, at)
        });
        if count != Some(1) {
            self.cancel();
            return;
        }
        let hit = self.target(event);
        let Some(on) = self.with_scene(|scene| touched(scene, at, hit)) else { return };
        self.begin(finger, &on, at);
        let (x, y) = (event.client_x(), event.client_y());
        let held = move || self.held(finger, (x, y));
        let timer = set_timeout_with_handle(held, Duration::from_millis(LONG_PRESS_MS)).ok();
        self.touch.update_value(|touch| (touch.on, touch.long_press) = (Some(on), timer));
    }

    /// Nothing happens before it moves or goes up again.
    fn begin(self, finger: i32, on: &Touched, at: (f64, f64)) {
        let started = self.with_scene(|scene| {
            let is_far = scene.viewport.scale < FAR;
            let (target, pans) = match on {
                // Things too small to be read are not moved by chance.
                Touched::Target(Target::Item(id)) if is_far && !scene.selection.holds(id) => (None, true),
                Touched::Target(Target::Canvas | Target::Wire(_)) | Touched::Button(..) => (None, true),
                Touched::Target(target) => (Some(target.clone()), false),
            };
            let press = Press { pans, ..Press::default() };
            Gesture::press(scene, target.unwrap_or(Target::Canvas), at, press)
        });
        let Some((gesture, effect)) = started else { return };
        self.going_on.set_value(Some((finger, gesture)));
        self.touch.update_value(|touch| touch.pending = effect);
    }

    /// A finger moved; gives back whether that is all there is to it.
    pub(super) fn finger_moved(self, event: &ev::PointerEvent) -> bool {
        let at = self.place(event);
        if self.rests(at) {
            return true;
        }
        let moved = self.touch.try_update_value(|touch| touch.fingers.drag(event.pointer_id(), at)).flatten();
        match moved {
            None | Some(Moved::Drags(false)) => false,
            Some(Moved::Rests) => true,
            Some(Moved::Drags(true)) => {
                self.stop_long_press();
                let pending = self.touch.try_update_value(|touch| touch.pending.take()).flatten();
                self.take(pending);
                false
            }
            Some(Moved::Pinches(from, to)) => {
                self.zooming.begin();
                self.editor.viewport.update(|viewport| *viewport = viewport.pinched(from, to));
                true
            }
        }
    }

    /// A finger went up; gives back whether it tapped, so that no gesture ends.
    pub(super) fn finger_up(self, event: &ev::PointerEvent) -> bool {
        self.stop_long_press();
        let time = event.time_stamp();
        let lifted = self.touch.try_update_value(|touch| {
            touch.last_ms = time;
            touch.fingers.lift(event.pointer_id(), time)
        });
        if let Some(held) = self.touch.try_update_value(|touch| touch.held.take()).flatten() {
            self.end();
            self.open_menu(&held.on, held.client);
            return true;
        }
        let Some(lifted @ (Lifted::Tap | Lifted::DoubleTap)) = lifted.flatten() else { return false };
        self.end();
        let Some(on) = self.touch.try_update_value(|touch| touch.on.take()).flatten() else { return true };
        match on {
            Touched::Button(id, action) => session::press(self.editor, action, id),
            Touched::Target(target) if lifted == Lifted::DoubleTap => self.double_tapped(target, event),
            Touched::Target(target) => self.tapped(target),
        }
        true
    }

    /// The browser took the finger away.
    pub(super) fn finger_lost(self, event: &ev::PointerEvent) {
        self.stop_long_press();
        self.touch.update_value(|touch| {
            touch.held = None;
            touch.fingers.lift(event.pointer_id(), f64::NEG_INFINITY);
        });
    }

    /// Whether an event of the mouse is what the browser makes of a finger.
    pub(super) fn is_of_finger(self, event: &ev::MouseEvent) -> bool {
        let last = self.touch.with_value(|touch| touch.last_ms);
        last > 0.0 && event.time_stamp() - last < AFTER_TOUCH_MS
    }

    fn tapped(self, target: Target) {
        let editor = self.editor;
        match target {
            Target::Item(id) | Target::Port(Port { node: id, .. }) => {
                editor.select(Selection::one(id));
                panels::show_form(editor);
            }
            Target::Wire(wire) => editor.select(Selection::wire(wire)),
            Target::Canvas => editor.deselect(),
            Target::End(..) => {}
        }
    }

    fn double_tapped(self, target: Target, event: &ev::PointerEvent) {
        let (x, y) = self.place(event);
        let at = self.editor.viewport.get_untracked().to_flow(x, y);
        match target {
            Target::Item(_) => self.editor.focus_form(),
            Target::Canvas | Target::Wire(_) => self.editor.canvas.quick_add.set(Some(QuickAdd {
                at: Some(at),
                port: None,
                is_over_wire: matches!(target, Target::Wire(_)),
            })),
            // From a port the new node is wired.
            Target::Port(port) => self.take(Some(Effect::LetGo(port, at))),
            Target::End(..) => {}
        }
    }

    /// A finger has rested: the menu of what is under it; beside nodes only when it goes up from there.
    fn held(self, finger: i32, client: (i32, i32)) {
        let held = self.touch.try_update_value(|touch| Some((touch.fingers.hold(finger)?, touch.on.take())));
        let Some((at, on)) = held.flatten() else { return };
        self.cancel();
        let target = on.map_or(Target::Canvas, item_of);
        let press = match &target {
            Target::Canvas => Press::default(),
            Target::Wire(_) => Press { slices: Some(Slice::Cut), ..Press::default() },
            _ => return self.open_menu(&target, client),
        };
        let started = self.with_scene(|scene| {
            let size = HELD_SIZE / scene.viewport.scale;
            let (x, y) = scene.viewport.to_flow(at.0, at.1);
            (Gesture::press(scene, target.clone(), at, press), Rect::around(x, y, size, size))
        });
        let Some(((gesture, effect), sign)) = started else { return };
        self.going_on.set_value(Some((finger, gesture)));
        self.take(effect);
        self.editor.canvas.sketch.set(Some(Sketch::Lasso(sign)));
        self.touch.update_value(|touch| touch.held = Some(Held { on: target, at, client }));
    }

    /// Whether the finger that has rested still does, at this place.
    fn rests(self, at: (f64, f64)) -> bool {
        let rests = self.touch.try_update_value(|touch| {
            let is_near = |held: &Held| (held.at.0 - at.0).hypot(held.at.1 - at.1) < SLACK;
            touch.held.take_if(|held| !is_near(held));
            touch.held.is_some()
        });
        rests.unwrap_or_default()
    }

    fn stop_long_press(self) {
        self.touch.update_value(|touch| {
            if let Some(timer) = touch.long_press.take() {
                timer.clear();
            }
        });
    }
}

/// Whatever has the keyboard focus loses it, as it would to a mouse: menus close, keyboards on the screen go.
fn leave_focus() {
    let focused = document().active_element().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(focused) = focused {
        // One that keeps it is no trouble.
        let _ = focused.blur();
    }
}

/// What the menu is about: a part of a node stands for the node.
fn item_of(on: Touched) -> Target {
    let item = |id: Id| Target::Item(id);
    match on {
        Touched::Button(id, _) => item(id),
        Touched::Target(Target::Port(port)) => item(port.node),
        Touched::Target(target) => target,
    }
}
