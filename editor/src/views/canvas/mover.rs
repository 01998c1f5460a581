//! Shows things on their way: only what moves is written, once for each frame of the screen. From afar, where nodes and
//! wires are drawn together, the drawing is told what is carried.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::state::Editor;
use crate::store::Id;
use crate::store::afar::Carried;
use crate::store::drawing::Wire;
use crate::store::geometry::wire_path;

/// Elements that move, and the wires that follow them.
pub(super) struct Mover {
    moving: Rc<Moving>,
}

struct Moving {
    editor: Editor,
    ids: Arc<BTreeSet<Id>>,
    /// Each with the transform that it had.
    elements: Vec<(Element, String)>,
    wires: Vec<MovingWire>,
    way: Cell<(f64, f64)>,
    is_asked: Cell<bool>,
    /// It is over: a frame that was asked for writes nothing any more.
    is_over: Cell<bool>,
    written: RefCell<String>,
}

struct MovingWire {
    paths: Vec<Element>,
    from: (f64, f64),
    to: (f64, f64),
    from_moves: bool,
    to_moves: bool,
}

impl Mover {
    /// Finds in the page what belongs to these nodes and groups.
    pub(super) fn gather(editor: Editor, ids: &BTreeSet<Id>) -> Self {
        let elements = marked("data-id");
        let elements = ids.iter().filter_map(|id| {
            let element = elements.get(id.as_ref())?.clone();
            let transform = element.get_attribute("transform").unwrap_or_default();
            Some((element, transform))
        });
        let drawing = editor.drawing.get_untracked();
        let mut paths = marked("data-wire");
        let follows = |wire: &&Wire| ids.contains(&wire.from) || ids.contains(&wire.to);
        let wires = drawing.wires.iter().filter(follows).filter_map(|wire| {
            let (from, to) = (drawing.node(&wire.from)?, drawing.node(&wire.to)?);
            Some(MovingWire {
                paths: children(&paths.remove(&wire.name())?),
                from: from.output(wire.port),
                to: to.input(),
                from_moves: ids.contains(&wire.from),
                to_moves: ids.contains(&wire.to),
            })
        });
        let flags = all("[data-flag]")
            .filter(|flag| flag.get_attribute("data-flag").is_some_and(|node| ids.contains(node.as_str())));
        let flags = flags.map(|flag| {
            let transform = flag.get_attribute("transform").unwrap_or_default();
            (flag, transform)
        });
        let links = all("[data-link-from]").filter_map(|path| {
            let ends =
                ["data-link-from", "data-link-to"].map(|end| path.get_attribute(end).unwrap_or_default());
            let [from_moves, to_moves] = ends.each_ref().map(|end| ids.contains(end.as_str()));
            let [from, to] = ends.each_ref().map(|end| drawing.node(end));
            let (from, to) = (from?.output(0), to?.input());
            (from_moves || to_moves).then(|| MovingWire { paths: vec![path], from, to, from_moves, to_moves })
        });
        let moving = Moving {
            editor,
            ids: Arc::new(ids.clone()),
            elements: elements.chain(flags).collect(),
            wires: wires.chain(links).collect(),
            way: Cell::default(),
            is_asked: Cell::default(),
            is_over: Cell::default(),
            written: RefCell::default(),
        };
        Self { moving: Rc::new(moving) }
    }

    /// Shows all moved by this distance, with the next frame of the screen.
    pub(super) fn show(&self, dx: f64, dy: f64) {
        self.moving.way.set((dx, dy));
        if !self.moving.is_asked.replace(true) {
            let moving = Rc::clone(&self.moving);
            request_animation_frame(move || {
                moving.is_asked.set(false);
                if !moving.is_over.get() {
                    moving.write();
                }
            });
        }
    }

    /// Shows all where it was. What moved for good is written by the drawing, after this.
    pub(super) fn put_back(self) {
        self.moving.is_over.set(true);
        self.moving.way.set((0.0, 0.0));
        self.moving.editor.canvas.carried.set(None);
        for (element, transform) in &self.moving.elements {
            // An attribute of this name is never refused.
            let _ = match transform.is_empty() {
                true => element.remove_attribute("transform"),
                false => element.set_attribute("transform", transform),
            };
        }
        for wire in &self.moving.wires {
            wire.write((0.0, 0.0));
        }
    }
}

impl Moving {
    fn write(&self) {
        let (dx, dy) = self.way.get();
        self.editor.canvas.carried.set(Some(Carried { ids: Arc::clone(&self.ids), way: (dx, dy) }));
        for (element, transform) in &self.elements {
            let mut written = self.written.borrow_mut();
            written.clear();
            // Writing to a string cannot fail, and an attribute of this name is never refused.
            let _ = std::fmt::Write::write_fmt(
                &mut *written,
                format_args!("translate({dx:.1} {dy:.1}){transform}"),
            );
            let _ = element.set_attribute("transform", &written);
        }
        for wire in &self.wires {
            wire.write((dx, dy));
        }
    }
}

impl MovingWire {
    fn write(&self, (dx, dy): (f64, f64)) {
        let moved = |(x, y): (f64, f64), moves: bool| if moves { (x + dx, y + dy) } else { (x, y) };
        let path = wire_path(moved(self.from, self.from_moves), moved(self.to, self.to_moves));
        for element in &self.paths {
            let _ = element.set_attribute("d", &path);
        }
    }
}

/// The elements of the canvas that have a mark, by its value.
fn marked(mark: &str) -> HashMap<String, Element> {
    all(&format!("[{mark}]")).filter_map(|one| Some((one.get_attribute(mark)?, one))).collect()
}

/// The elements of the canvas that a CSS selector finds.
fn all(css: &str) -> impl Iterator<Item = Element> + use<> {
    let list = document().query_selector_all(&format!(".surface {css}")).ok();
    let length = list.as_ref().map_or(0, |list| list.length());
    let element = move |at| list.as_ref()?.get(at)?.dyn_into::<Element>().ok();
    (0..length).filter_map(element)
}

fn children(element: &Element) -> Vec<Element> {
    let list = element.children();
    (0..list.length()).filter_map(|at| list.item(at)).filter(|one| one.tag_name() == "path").collect()
}
