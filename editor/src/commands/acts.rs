//! What the commands do that are loaded later. Each is one step to undo.

use leptos::prelude::*;
use model::document::Kind;
use model::edit::set_property;
use model::json::Json;
use model::text::Text;

use crate::actions;
use crate::ids;
use crate::net::{breakpoints, browser, deploy, preferences};
use crate::state::{Dialog, Editor};
use crate::store::Id;
use crate::store::edits::arrange::{Arrangement, arrange};
use crate::store::edits::order::{Layer, restack};
use crate::store::edits::subflows::{self, NewSubflow};
use crate::store::edits::{expand, groups, wires};
use crate::store::reach::{Way, reached};
use crate::store::selection::Selection;
use crate::store::slicing::wire_line;
use crate::texts::{show, text};
use crate::views::app::DEBUG_ADDRESS;

/// A command's key, and what it does.
type Act = (&'static str, fn(Editor));

/// What each does, by the command's key.
pub const ACTS: &[Act] = &[
    ("edit.delete-reconnect", |editor| {
        let ids = with_contents(editor);
        edit(editor, "step.delete-reconnect", |editor| {
            with_document(editor, |document| wires::delete_and_reconnect(document, &ids))
        });
    }),
    ("edit.detach", |editor| {
        edit(editor, "step.detach", |editor| {
            with_document(editor, |document| wires::detach(document, &editor.selected()))
        })
    }),
    ("wire.series", |editor| {
        edit(editor, "step.wire-series", |editor| {
            with_document(editor, |document| {
                wires::wire_series(document, &editor.drawing.get_untracked(), &editor.selected())
            })
        })
    }),
    ("wire.many", |editor| {
        edit(editor, "step.wire-many", |editor| {
            with_document(editor, |document| {
                wires::wire_to_many(document, &editor.drawing.get_untracked(), &editor.selected())
            })
        })
    }),
    ("wire.split", split),
    ("wire.junction", join_selected),
    ("group.make", group),
    ("group.ungroup", |editor| {
        edit(editor, "step.ungroup", |editor| {
            with_document(editor, |document| groups::ungroup(document, &editor.selected()))
        })
    }),
    ("group.merge", |editor| {
        edit(editor, "step.group-merge", |editor| {
            with_document(editor, |document| {
                groups::merge(document, &editor.drawing.get_untracked(), &editor.selected())
            })
        })
    }),
    ("group.leave", |editor| {
        edit(editor, "step.group-leave", |editor| {
            with_document(editor, |document| {
                groups::leave(document, &editor.drawing.get_untracked(), &editor.selected())
            })
        })
    }),
    ("group.copy-style", copy_style),
    ("group.paste-style", paste_style),
    ("subflow.add", add_subflow),
    ("subflow.make", make_subflow),
    ("subflow.open", open_subflow),
    ("subflow.expand", expand_selected),
    ("subflow.dissolve", dissolve),
    ("arrange.left", |editor| line_up(editor, Arrangement::Left)),
    ("arrange.centre", |editor| line_up(editor, Arrangement::Centre)),
    ("arrange.right", |editor| line_up(editor, Arrangement::Right)),
    ("arrange.top", |editor| line_up(editor, Arrangement::Top)),
    ("arrange.middle", |editor| line_up(editor, Arrangement::Middle)),
    ("arrange.bottom", |editor| line_up(editor, Arrangement::Bottom)),
    ("arrange.grid", |editor| line_up(editor, Arrangement::Grid)),
    ("arrange.across", |editor| line_up(editor, Arrangement::Across)),
    ("arrange.down", |editor| line_up(editor, Arrangement::Down)),
    ("order.front", |editor| pile(editor, Layer::Front)),
    ("order.forward", |editor| pile(editor, Layer::Forward)),
    ("order.backward", |editor| pile(editor, Layer::Backward)),
    ("order.back", |editor| pile(editor, Layer::Back)),
    ("select.up", |editor| select_reached(editor, Way::Up)),
    ("select.down", |editor| select_reached(editor, Way::Down)),
    ("select.connected", |editor| select_reached(editor, Way::Both)),
    ("names.generate", |editor| {
        edit(editor, "step.names", |editor| {
            with_document(editor, |document| wires::generate_names(document, &editor.selected()))
        })
    }),
    ("labels.toggle", toggle_labels),
    ("jump.back", |editor| editor.jump(-1)),
    ("jump.forward", |editor| editor.jump(1)),
    ("tab.edit", edit_tab),
    ("tab.toggle", |editor| toggle_of_tab(editor, "disabled", "step.tab-disable", "step.tab-enable")),
    ("tab.lock", |editor| toggle_of_tab(editor, "locked", "step.tab-lock", "step.tab-unlock")),
    ("tab.hide", hide_tab),
    ("tab.show-all", |editor| preferences::change(editor, |preferences| preferences.hidden_tabs.clear())),
    ("tab.left", |editor| actions::move_tab(editor, -1)),
    ("tab.right", |editor| actions::move_tab(editor, 1)),
    ("tab.delete", actions::delete_tab),
    ("panel.debug", |editor| editor.show_panel("debug")),
    ("panel.node", |editor| editor.show_panel("node")),
    ("panel.outline", |editor| editor.show_panel("outline")),
    ("panel.configs", |editor| editor.show_panel("configs")),
    ("panel.context", |editor| editor.show_panel("context")),
    ("panel.events", |editor| editor.show_panel("events")),
    ("panel.failed", |editor| editor.show_panel("failed")),
    ("panel.tests", |editor| editor.show_panel("tests")),
    ("panel.wire", |editor| editor.show_panel("wire")),
    ("tests.run", |editor| {
        editor.show_panel("tests");
        crate::net::flow_tests::run(editor, None);
    }),
    ("view.navigator", |editor| editor.bench.shows_navigator.update(|shown| *shown = !*shown)),
    ("debug.window", |_| browser::open_window(DEBUG_ADDRESS)),
    ("grid.toggle", |editor| {
        preferences::change(editor, |preferences| preferences.shows_grid = !preferences.shows_grid);
    }),
    ("snap.toggle", |editor| {
        preferences::change(editor, |preferences| preferences.snaps = !preferences.snaps)
    }),
    ("live.breakpoint", breakpoints::toggle),
    ("flows.changes", |editor| editor.dialog.set(Some(Dialog::Changes))),
    ("flows.revisions", |editor| editor.dialog.set(Some(Dialog::Revisions))),
    ("flows.restart", deploy::restart),
    ("flows.stop", |editor| deploy::set_running(editor, false)),
    ("flows.start", |editor| deploy::set_running(editor, true)),
    ("settings.open", |editor| editor.dialog.set(Some(Dialog::Settings))),
];

/// Does what a command does.
pub fn act(editor: Editor, key: &str) {
    if let Some((_, act)) = ACTS.iter().find(|(name, _)| *name == key) {
        act(editor);
    }
}

fn edit(editor: Editor, what: &'static str, make: impl FnOnce(Editor) -> model::edit::Edit) {
    let made = make(editor);
    editor.edit(text(what), |_| made);
}

fn with_document(
    editor: Editor,
    make: impl FnOnce(&model::document::Document) -> model::edit::Edit,
) -> model::edit::Edit {
    match editor.document.get_untracked() {
        Some(document) => make(&document),
        None => Ok(model::diff::Diff::default()),
    }
}

/// What is selected, with all that is in the groups among it.
fn with_contents(editor: Editor) -> Vec<Id> {
    let Some(document) = editor.document.get_untracked() else { return Vec::new() };
    crate::store::moving::carried(&document, &editor.selected()).into_iter().collect()
}

fn group(editor: Editor) {
    let id = ids::fresh();
    edit(editor, "step.group", |editor| {
        with_document(editor, |document| {
            groups::group(document, &editor.drawing.get_untracked(), &editor.selected(), &id)
        })
    });
    let is_there =
        editor.drawing.with_untracked(|drawing| drawing.groups.iter().any(|group| *group.id == *id));
    if is_there {
        editor.select(Selection::one(Id::from(id.as_str())));
    }
}

fn copy_style(editor: Editor) {
    let style = editor.document.with_untracked(|document| {
        let document = document.as_ref()?;
        let group = editor
            .selected()
            .into_iter()
            .filter_map(|id| document.get(&id))
            .find(|node| node.kind() == Kind::Group)?;
        Some(group.field("style").cloned().unwrap_or_else(|| Json::Object(Default::default())))
    });
    match style {
        Some(style) => editor.bench.group_style.set_value(Some(style)),
        None => drop(editor.notify(&text("groups.none"), false)),
    }
}

fn paste_style(editor: Editor) {
    let Some(style) = editor.bench.group_style.get_value() else { return };
    edit(editor, "step.group-style", |editor| {
        with_document(editor, |document| groups::style(document, &editor.selected(), &style))
    });
}

fn split(editor: Editor) {
    let chosen: Vec<_> = editor.selection.with_untracked(|selection| selection.wires().cloned().collect());
    edit(editor, "step.wire-split", |editor| {
        let (types, drawing) = (editor.types.get_untracked(), editor.drawing.get_untracked());
        with_document(editor, |document| {
            wires::split_with_links(document, types.as_ref(), &drawing, &chosen, &mut ids::fresh)
        })
    });
}

/// Puts a junction into the middle of each selected wire.
fn join_selected(editor: Editor) {
    let drawing = editor.drawing.get_untracked();
    let chosen: Vec<_> = editor.selection.with_untracked(|selection| selection.wires().cloned().collect());
    let middles = chosen.into_iter().filter_map(|wire| {
        let (from, to) = (drawing.node(&wire.from)?, drawing.node(&wire.to)?);
        let line = wire_line(from.output(wire.port), to.input());
        Some((wire, line[line.len() / 2]))
    });
    let middles: Vec<_> = middles.collect();
    if middles.is_empty() {
        editor.notify(&text("wires.none-selected"), false);
        return;
    }
    edit(editor, "step.junction", |editor| {
        with_document(editor, |document| wires::add_junctions(document, &middles, &mut ids::fresh))
    });
}

fn add_subflow(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let (id, name) = (ids::fresh(), subflow_name(&document));
    if editor.edit(text("step.subflow-add"), |document| subflows::add(document, &id, &name)) {
        editor.show_tab(&Id::from(id.as_str()));
    }
}

fn make_subflow(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let (id, instance, name) = (ids::fresh(), ids::fresh(), subflow_name(&document));
    edit(editor, "step.subflow-make", |editor| {
        let new = NewSubflow { id: &id, instance: &instance, name: &name };
        subflows::from_selection(&document, &editor.drawing.get_untracked(), &editor.selected(), new)
    });
    if editor.drawing.with_untracked(|drawing| drawing.node(&instance).is_some()) {
        editor.select(Selection::one(Id::from(instance.as_str())));
    }
}

fn subflow_name(document: &model::document::Document) -> String {
    subflows::free_name(document, |number| show(&text("subflows.new").with("number", number)))
}

fn open_subflow(editor: Editor) {
    let template = editor.document.with_untracked(|document| {
        let document = document.as_ref()?;
        editor.selected().into_iter().find_map(|id| document.get(&id)?.subflow_id().map(Id::from))
    });
    match template {
        Some(template) => editor.show_tab(&template),
        None => drop(editor.notify(&text("subflows.select-one"), false)),
    }
}

fn expand_selected(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let is_instance = |id: &Id| document.get(id).is_some_and(|node| node.subflow_id().is_some());
    let chosen: Vec<Id> = editor.selected().into_iter().filter(is_instance).collect();
    if chosen.is_empty() {
        editor.notify(&text("subflows.select-one"), false);
        return;
    }
    editor.edit(text("step.subflow-expand"), |document| {
        let mut batch = model::edit::Batch::on(document);
        for id in &chosen {
            batch.make(|document| expand::expand(document, id, &mut ids::fresh))?;
        }
        Ok(batch.finish())
    });
}

/// Replaces all instances of the open subflow by its contents and deletes it.
fn dissolve(editor: Editor) {
    let open = editor.tabs.with_untracked(|tabs| {
        let open = editor.open_tab.get_untracked()?;
        tabs.iter().find(|tab| tab.id == open && tab.is_subflow).map(|tab| tab.id.clone())
    });
    match open {
        Some(open) => drop(editor.edit(text("step.subflow-dissolve"), |document| {
            expand::dissolve(document, &open, &mut ids::fresh)
        })),
        None => drop(editor.notify(&text("subflows.open-one"), false)),
    }
}

fn line_up(editor: Editor, arrangement: Arrangement) {
    edit(editor, "step.arrange", |editor| {
        let (types, drawing) = (editor.types.get_untracked(), editor.drawing.get_untracked());
        with_document(editor, |document| arrange(document, &types, &drawing, &editor.selected(), arrangement))
    });
}

fn pile(editor: Editor, layer: Layer) {
    edit(editor, "step.order", |editor| {
        with_document(editor, |document| restack(document, &editor.selected(), layer))
    });
}

fn select_reached(editor: Editor, way: Way) {
    let found = editor.drawing.with_untracked(|drawing| reached(drawing, editor.selected(), way));
    editor.select(Selection::of(found));
}

/// Shows the labels of the selected nodes, or hides them where all of them are shown.
fn toggle_labels(editor: Editor) {
    let Some(document) = editor.document.get_untracked() else { return };
    let drawing = editor.drawing.get_untracked();
    let nodes: Vec<_> = editor.selected().into_iter().filter_map(|id| drawing.node(&id).cloned()).collect();
    let is_shown = nodes.iter().all(|node| node.shape == crate::store::drawing::Shape::Card);
    editor.edit(text(if is_shown { "step.labels-off" } else { "step.labels-on" }), |_| {
        let mut batch = model::edit::Batch::on(&document);
        for node in &nodes {
            batch.make(|document| set_property(document, &node.id, "l", Some(Json::Bool(!is_shown))))?;
        }
        Ok(batch.finish())
    });
}

fn edit_tab(editor: Editor) {
    editor.deselect();
    editor.show_panel("node");
    editor.focus_form();
}

fn toggle_of_tab(editor: Editor, key: &'static str, on: &'static str, off: &'static str) {
    let Some((document, open)) = editor.document.get_untracked().zip(editor.open_tab.get_untracked()) else {
        return;
    };
    let Some(tab) = document.get(&open).filter(|tab| tab.kind() == Kind::Tab) else { return };
    let is_on = tab.field(key) == Some(&Json::Bool(true));
    let what: Text = text(if is_on { off } else { on });
    editor.edit(what, |document| set_property(document, &open, key, Some(Json::Bool(!is_on))));
}

fn hide_tab(editor: Editor) {
    let Some(open) = editor.open_tab.get_untracked() else { return };
    let hidden = editor.bench.preferences.with_untracked(|preferences| preferences.hidden_tabs.clone());
    let next = editor.tabs.with_untracked(|tabs| {
        let shown = tabs.iter().filter(|tab| tab.id != open && !hidden.contains(&tab.id));
        shown.map(|tab| tab.id.clone()).next()
    });
    let Some(next) = next else { return };
    preferences::change(editor, |preferences| {
        preferences.hidden_tabs.insert(open);
    });
    editor.show_tab(&next);
}
