//! Commands whose doing is loaded later: see [`super::acts`].

use super::{Command, Place, Run};
use crate::store::shortcut::Shortcut;

const fn canvas(key: &'static str, title: &'static str, shortcuts: &'static [Shortcut]) -> Command {
    Command { key, title, shortcuts, place: Place::Canvas, run: Run::Later }
}

const fn page(key: &'static str, title: &'static str, shortcuts: &'static [Shortcut]) -> Command {
    Command { key, title, shortcuts, place: Place::Page, run: Run::Later }
}

/// The first key of those that line things up, that select and that wire, and of those that show a panel.
const A: Shortcut = Shortcut::plain("a").alt();
const S: Shortcut = Shortcut::plain("s").alt();
const L: Shortcut = Shortcut::plain("l").alt();
const G: Shortcut = Shortcut::primary("g");

/// The commands, in the order in which they are listed. Keys are Node-RED's where it has some.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        key: "actions.list",
        title: "command.actions",
        shortcuts: &[Shortcut::primary("p").shift()],
        place: Place::Everywhere,
        run: Run::Now(|editor| leptos::prelude::Set::set(&editor.bench.shows_actions, true)),
    },
    canvas(
        "edit.delete-reconnect",
        "command.delete-reconnect",
        &[Shortcut::primary("Delete"), Shortcut::primary("Backspace")],
    ),
    canvas("edit.detach", "command.detach", &[L.then("d")]),
    canvas("wire.series", "command.wire-series", &[L.then("s")]),
    canvas("wire.many", "command.wire-many", &[L.then("m")]),
    canvas("wire.split", "command.wire-split", &[L.then("l")]),
    canvas("wire.junction", "command.wire-junction", &[L.then("j")]),
    canvas("group.make", "command.group", &[Shortcut::primary("g").shift()]),
    canvas("group.ungroup", "command.ungroup", &[Shortcut::primary("u").shift()]),
    canvas("group.merge", "command.group-merge", &[]),
    canvas("group.leave", "command.group-leave", &[]),
    canvas("group.copy-style", "command.group-copy-style", &[Shortcut::primary("c").shift()]),
    canvas("group.paste-style", "command.group-paste-style", &[Shortcut::primary("v").shift()]),
    canvas("subflow.add", "command.subflow-add", &[]),
    canvas("subflow.make", "command.subflow-make", &[]),
    canvas("subflow.open", "command.subflow-open", &[]),
    canvas("subflow.expand", "command.subflow-expand", &[]),
    page("subflow.dissolve", "command.subflow-dissolve", &[]),
    canvas("arrange.left", "command.align-left", &[A.then("l")]),
    canvas("arrange.centre", "command.align-centre", &[A.then("c")]),
    canvas("arrange.right", "command.align-right", &[A.then("r")]),
    canvas("arrange.top", "command.align-top", &[A.then("t")]),
    canvas("arrange.middle", "command.align-middle", &[A.then("m")]),
    canvas("arrange.bottom", "command.align-bottom", &[A.then("b")]),
    canvas("arrange.grid", "command.align-grid", &[A.then("g")]),
    canvas("arrange.across", "command.distribute-across", &[A.then("h")]),
    canvas("arrange.down", "command.distribute-down", &[A.then("v")]),
    canvas("order.front", "command.to-front", &[]),
    canvas("order.forward", "command.forward", &[]),
    canvas("order.backward", "command.backward", &[]),
    canvas("order.back", "command.to-back", &[]),
    canvas("select.up", "command.select-up", &[S.then("u")]),
    canvas("select.down", "command.select-down", &[S.then("d")]),
    canvas("select.connected", "command.select-connected", &[S.then("c")]),
    canvas("names.generate", "command.names", &[]),
    canvas("labels.toggle", "command.labels", &[]),
    page("jump.back", "command.jump-back", &[Shortcut::plain("ArrowLeft").alt().shift()]),
    page("jump.forward", "command.jump-forward", &[Shortcut::plain("ArrowRight").alt().shift()]),
    page("tab.edit", "command.tab-edit", &[]),
    page("tab.toggle", "command.tab-toggle", &[]),
    page("tab.lock", "command.tab-lock", &[]),
    page("tab.hide", "command.tab-hide", &[]),
    page("tab.show-all", "command.tab-show-all", &[]),
    page("tab.left", "command.tab-left", &[]),
    page("tab.right", "command.tab-right", &[]),
    page("tab.delete", "command.tab-delete", &[]),
    page("panel.debug", "command.panel-debug", &[G.then("d")]),
    page("panel.node", "command.panel-node", &[G.then("i")]),
    page("panel.outline", "command.panel-outline", &[G.then("o")]),
    page("panel.configs", "command.panel-configs", &[G.then("c")]),
    page("panel.context", "command.panel-context", &[G.then("x")]),
    page("panel.events", "command.panel-events", &[G.then("e")]),
    page("panel.failed", "command.panel-failed", &[G.then("f")]),
    page("panel.tests", "command.panel-tests", &[G.then("t")]),
    page("tests.run", "command.tests-run", &[]),
    page("panel.wire", "command.panel-wire", &[G.then("m")]),
    page("view.navigator", "command.navigator", &[]),
    page("debug.window", "debug.window", &[]),
    page("grid.toggle", "command.grid", &[]),
    page("snap.toggle", "command.snap", &[]),
    canvas("live.breakpoint", "command.breakpoint", &[Shortcut::plain("b")]),
    page("flows.changes", "command.changes", &[]),
    page("flows.revisions", "command.revisions", &[]),
    page("flows.restart", "command.restart", &[]),
    page("flows.stop", "command.stop", &[]),
    page("flows.start", "command.start", &[]),
    page("settings.open", "command.settings", &[Shortcut::primary(",")]),
];
