//! What the canvas shows beside the flow, while something goes on.

use leptos::prelude::*;

use super::Editor;
use crate::store::Id;
use crate::store::afar::Carried;
use crate::store::geometry::Rect;
use crate::store::gestures::Port;
use crate::store::viewport::Size;

/// Signals of the canvas. Handles only.
#[derive(Clone, Copy)]
pub struct CanvasState {
    /// What is drawn over the flow while the pointer is down.
    pub sketch: RwSignal<Option<Sketch>>,
    /// What moves with the pointer, and how far it is from its place.
    pub carried: RwSignal<Option<Carried>>,
    /// The node type that is dragged from the palette.
    pub placing: RwSignal<Option<Placing>>,
    /// The list to choose a new node from is open.
    pub quick_add: RwSignal<Option<QuickAdd>>,
    /// The list to find a node in is open.
    pub finds: RwSignal<bool>,
    /// A wire is drawn with the keyboard.
    pub wiring: RwSignal<Option<KeyWire>>,
    /// Where the pointer was last over the canvas, from the canvas's corner.
    pub pointer: StoredValue<Option<(f64, f64)>>,
    /// What is said to those who do not see the canvas.
    pub announcement: RwSignal<String>,
    /// The list of keyboard shortcuts is open.
    pub shows_shortcuts: RwSignal<bool>,
}

impl Default for CanvasState {
    fn default() -> Self {
        Self {
            sketch: RwSignal::new(None),
            carried: RwSignal::new(None),
            placing: RwSignal::new(None),
            quick_add: RwSignal::new(None),
            finds: RwSignal::new(false),
            wiring: RwSignal::new(None),
            pointer: StoredValue::new(None),
            announcement: RwSignal::new(String::new()),
            shows_shortcuts: RwSignal::new(false),
        }
    }
}

/// What is kept in view stands this far inside the canvas, in pixels.
const ROOM: f64 = 16.0;

impl Editor {
    /// The canvas had another size: what is selected alone, and was seen, is brought into view again.
    pub fn keep_selected_seen(self, before: Size) {
        let single = self.selection.with_untracked(|selection| selection.single().cloned());
        let frame = single.and_then(|id| self.drawing.with_untracked(|drawing| drawing.frame(&id)));
        let (viewport, now) = (self.viewport.get_untracked(), self.canvas_size.get_untracked());
        let Some(frame) = frame.filter(|frame| viewport.shown(before).meets(*frame)) else { return };
        if !viewport.shown(now).holds(frame.grown(ROOM / viewport.scale)) {
            let (x, y) = frame.centre();
            self.viewport.set(viewport.centred_on(x, y, now));
        }
    }
}

/// What is drawn over the flow, in the flow's places.
#[derive(Clone, Debug, PartialEq)]
pub enum Sketch {
    /// The frame that selects.
    Lasso(Rect),
    /// A wire on its way.
    Wire {
        /// Where it leaves.
        from: (f64, f64),
        /// Where it arrives.
        to: (f64, f64),
        /// There is something to connect it to.
        is_held: bool,
    },
    /// Several wires on their way, each from its start to its end.
    Wires(Vec<((f64, f64), (f64, f64))>),
    /// A line: the wire that something would go into, or a stroke across wires.
    Path {
        /// As SVG has it.
        path: String,
        /// It takes away what it crosses.
        cuts: bool,
    },
}

/// A node type on its way from the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Placing {
    /// The type.
    pub type_name: String,
    /// Where the pointer is in the window.
    pub at: (f64, f64),
}

/// Where a node that is chosen from the list goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuickAdd {
    /// Its place in the flow; suggested where there is none.
    pub at: Option<(f64, f64)>,
    /// The port that it is wired to.
    pub port: Option<Port>,
    /// It goes into the wire that is there.
    pub is_over_wire: bool,
}

/// A wire that is drawn with the keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWire {
    /// The node it leaves.
    pub from: Id,
    /// The output, from 0.
    pub port: u16,
    /// The node it would arrive at.
    pub to: Option<Id>,
}
