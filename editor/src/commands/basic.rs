//! Commands that are there from the first moment: what the keyboard, the mouse and a first flow need.

use leptos::prelude::*;

use super::{Command, Place, Run};
use crate::actions;
use crate::state::{Dialog, Editor, QuickAdd};
use crate::store::neighbours::Direction;
use crate::store::shortcut::Shortcut;
use crate::store::viewport::ZOOM_STEP;

const fn on_canvas(
    key: &'static str,
    title: &'static str,
    shortcuts: &'static [Shortcut],
    run: fn(Editor),
) -> Command {
    Command { key, title, shortcuts, place: Place::Canvas, run: Run::Now(run) }
}

const LEFT: &str = "ArrowLeft";
const RIGHT: &str = "ArrowRight";
const UP: &str = "ArrowUp";
const DOWN: &str = "ArrowDown";
/// What a key moves the view, in pixels.
const PAN_PIXELS: f64 = 60.0;

/// The commands, in the order in which they are listed.
pub(super) const COMMANDS: &[Command] = &[
    on_canvas("node.add", "command.add", &[Shortcut::plain("a"), Shortcut::plain("Insert")], |editor| {
        editor.canvas.quick_add.set(Some(QuickAdd::default()));
    }),
    Command {
        key: "node.find",
        title: "command.find",
        shortcuts: &[Shortcut::primary("f"), Shortcut::plain("f")],
        place: Place::Page,
        run: Run::Now(|editor| editor.canvas.finds.set(true)),
    },
    on_canvas("node.wire", "command.wire", &[Shortcut::plain("w")], actions::start_wire),
    on_canvas("node.edit", "command.edit", &[Shortcut::plain("Enter"), Shortcut::plain("F2")], confirm),
    on_canvas("node.press", "command.press", &[Shortcut::plain(" ")], crate::net::session::press_selected),
    on_canvas("node.toggle", "command.toggle", &[Shortcut::plain("d")], actions::toggle_enabled),
    on_canvas(
        "edit.delete",
        "command.delete",
        &[Shortcut::plain("Delete"), Shortcut::plain("Backspace")],
        actions::delete_selected,
    ),
    Command {
        key: "edit.undo",
        title: "command.undo",
        shortcuts: &[Shortcut::primary("z")],
        place: Place::Page,
        run: Run::Now(Editor::undo),
    },
    Command {
        key: "edit.redo",
        title: "command.redo",
        shortcuts: &[Shortcut::primary("z").shift(), Shortcut::primary("y")],
        place: Place::Page,
        run: Run::Now(Editor::redo),
    },
    Command {
        key: "edit.copy",
        title: "command.copy",
        shortcuts: &[Shortcut::primary("c")],
        place: Place::Browser,
        run: Run::Now(|_| {}),
    },
    Command {
        key: "edit.cut",
        title: "command.cut",
        shortcuts: &[Shortcut::primary("x")],
        place: Place::Browser,
        run: Run::Now(|_| {}),
    },
    Command {
        key: "edit.paste",
        title: "command.paste",
        shortcuts: &[Shortcut::primary("v")],
        place: Place::Browser,
        run: Run::Now(|_| {}),
    },
    Command {
        key: "flows.deploy",
        title: "command.deploy",
        shortcuts: &[Shortcut::primary("d")],
        place: Place::Everywhere,
        run: Run::Now(crate::net::deploy::deploy),
    },
    Command {
        key: "flows.import",
        title: "command.import",
        shortcuts: &[Shortcut::primary("i")],
        place: Place::Page,
        run: Run::Now(|editor| editor.dialog.set(Some(Dialog::Import(None)))),
    },
    Command {
        key: "flows.export",
        title: "command.export",
        shortcuts: &[Shortcut::primary("e")],
        place: Place::Page,
        run: Run::Now(|editor| editor.dialog.set(Some(Dialog::Export))),
    },
    Command {
        key: "live.overlay",
        title: "command.live",
        shortcuts: &[Shortcut::plain("m")],
        place: Place::Page,
        run: Run::Now(|editor| editor.live.overlay.update(|overlay| *overlay = overlay.next())),
    },
    Command {
        key: "palette.manage",
        title: "command.plugins",
        shortcuts: &[Shortcut::plain("p")],
        place: Place::Page,
        run: Run::Now(|editor| editor.dialog.set(Some(Dialog::Plugins(None)))),
    },
    on_canvas("select.all", "command.select-all", &[Shortcut::primary("a")], actions::select_all),
    on_canvas("select.none", "command.select-none", &[Shortcut::plain("Escape")], escape),
    on_canvas("walk.left", "command.walk-left", &[Shortcut::plain(LEFT)], |editor| {
        walk(editor, Direction::Left)
    }),
    on_canvas("walk.right", "command.walk-right", &[Shortcut::plain(RIGHT)], |editor| {
        walk(editor, Direction::Right);
    }),
    on_canvas("walk.up", "command.walk-up", &[Shortcut::plain(UP)], |editor| walk(editor, Direction::Up)),
    on_canvas("walk.down", "command.walk-down", &[Shortcut::plain(DOWN)], |editor| {
        walk(editor, Direction::Down)
    }),
    on_canvas("move.left", "command.move-left", &[Shortcut::plain(LEFT).shift()], |editor| {
        actions::nudge(editor, Direction::Left);
    }),
    on_canvas("move.right", "command.move-right", &[Shortcut::plain(RIGHT).shift()], |editor| {
        actions::nudge(editor, Direction::Right);
    }),
    on_canvas("move.up", "command.move-up", &[Shortcut::plain(UP).shift()], |editor| {
        actions::nudge(editor, Direction::Up);
    }),
    on_canvas("move.down", "command.move-down", &[Shortcut::plain(DOWN).shift()], |editor| {
        actions::nudge(editor, Direction::Down);
    }),
    on_canvas("view.left", "command.view-left", &[Shortcut::primary(LEFT)], |editor| {
        pan(editor, Direction::Left)
    }),
    on_canvas("view.right", "command.view-right", &[Shortcut::primary(RIGHT)], |editor| {
        pan(editor, Direction::Right);
    }),
    on_canvas("view.up", "command.view-up", &[Shortcut::primary(UP)], |editor| pan(editor, Direction::Up)),
    on_canvas("view.down", "command.view-down", &[Shortcut::primary(DOWN)], |editor| {
        pan(editor, Direction::Down)
    }),
    on_canvas("view.in", "zoom.in", &[Shortcut::plain("+"), Shortcut::plain("=")], |editor| {
        editor.zoom(ZOOM_STEP);
    }),
    on_canvas("view.out", "zoom.out", &[Shortcut::plain("-")], |editor| editor.zoom(1.0 / ZOOM_STEP)),
    on_canvas("view.actual", "zoom.reset", &[Shortcut::plain("0")], |editor| {
        editor.zoom(1.0 / editor.viewport.get_untracked().scale);
    }),
    on_canvas("view.fit", "zoom.fit", &[Shortcut::plain("1")], Editor::fit),
    on_canvas("tab.add", "tabs.add", &[Shortcut::plain("t")], actions::add_tab),
    on_canvas("tab.next", "command.next-tab", &[Shortcut::plain("]")], |editor| actions::next_tab(editor, 1)),
    on_canvas("tab.previous", "command.previous-tab", &[Shortcut::plain("[")], |editor| {
        actions::next_tab(editor, -1);
    }),
    Command {
        key: "help.shortcuts",
        title: "command.shortcuts",
        shortcuts: &[Shortcut::plain("?")],
        place: Place::Page,
        run: Run::Now(|editor| editor.canvas.shows_shortcuts.set(true)),
    },
];

/// Draws the wire that is being drawn, else opens the form of what is selected.
fn confirm(editor: Editor) {
    match editor.canvas.wiring.with_untracked(Option::is_some) {
        true => actions::finish_wire(editor),
        false => editor.focus_form(),
    }
}

/// Ends what is going on, else selects nothing.
fn escape(editor: Editor) {
    match editor.canvas.wiring.with_untracked(Option::is_some) {
        true => actions::cancel_wire(editor),
        false => editor.deselect(),
    }
}

fn walk(editor: Editor, direction: Direction) {
    match editor.canvas.wiring.with_untracked(Option::is_some) {
        true => actions::walk_wire(editor, direction),
        false => actions::walk(editor, direction),
    }
}

fn pan(editor: Editor, direction: Direction) {
    let (x, y) = direction.step();
    editor.viewport.update(|viewport| *viewport = viewport.panned(-x * PAN_PIXELS, -y * PAN_PIXELS));
}
