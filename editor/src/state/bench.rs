//! What the user arranged around the flows: settings, panels, where they were.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use model::descriptor::NodeDescriptor;
use model::json::Json;

use super::Editor;
use crate::store::Id;
use crate::store::edits::subflows::as_type;
use crate::store::jumps::{Jumps, Place};
use crate::store::preferences::Preferences;
use crate::store::shortcut::Shortcut;

/// Signals around the flows. Handles only.
#[derive(Clone, Copy)]
pub struct Bench {
    /// What the user set up.
    pub preferences: RwSignal<Preferences>,
    /// The panel that was asked for, and how often one was: asking for the same one again counts.
    pub panel: RwSignal<(&'static str, u32)>,
    /// The first of two keys was pressed.
    pub first_key: StoredValue<Option<Shortcut>>,
    /// The look of a group that was copied.
    pub group_style: StoredValue<Option<Json>>,
    /// The tab that is dragged along the bar.
    pub dragged_tab: StoredValue<Option<Id>>,
    /// The list of all commands is open.
    pub shows_actions: RwSignal<bool>,
    /// The navigator is shown.
    pub shows_navigator: RwSignal<bool>,
    /// This is a window beside the editor's own: nodes are shown there.
    pub is_apart: StoredValue<bool>,
    /// Paths in debug messages that are unfolded from the start.
    pub pinned: RwSignal<BTreeSet<String>>,
    /// Where there is no room beside the canvas: what is open under it.
    pub sheet: RwSignal<Sheet>,
    /// It is open as high as there is room.
    pub is_sheet_tall: RwSignal<bool>,
    /// The list of all tabs is open, where there is no room for them side by side.
    pub lists_tabs: RwSignal<bool>,
    /// A menu is open, at this place of the window, with these commands.
    pub menu: RwSignal<Option<Menu>>,
    jumps: StoredValue<Jumps>,
}

/// What is open under the canvas of a narrow page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Nothing.
    Closed,
    /// The panel that is chosen.
    Panel,
    /// The node types.
    Palette,
}

impl Sheet {
    /// How it is named in the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Panel => "panel",
            Self::Palette => "palette",
        }
    }
}

/// A menu over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Its upper left corner in the window.
    pub at: (i32, i32),
    /// The commands, by key; an empty one parts them.
    pub commands: &'static [&'static str],
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            preferences: RwSignal::new(Preferences::default()),
            panel: RwSignal::new(("", 0)),
            first_key: StoredValue::new(None),
            group_style: StoredValue::new(None),
            dragged_tab: StoredValue::new(None),
            shows_actions: RwSignal::new(false),
            shows_navigator: RwSignal::new(false),
            is_apart: StoredValue::new(false),
            pinned: RwSignal::new(BTreeSet::new()),
            sheet: RwSignal::new(Sheet::Closed),
            is_sheet_tall: RwSignal::new(false),
            lists_tabs: RwSignal::new(false),
            menu: RwSignal::new(None),
            jumps: StoredValue::new(Jumps::default()),
        }
    }
}

impl Editor {
    /// What is known of a type: a node type of the server, or a subflow of the document.
    pub fn descriptor(self, type_name: &str) -> Option<Arc<NodeDescriptor>> {
        if let Some(template) = type_name.strip_prefix("subflow:") {
            return self
                .document
                .with_untracked(|document| Some(Arc::new(as_type(document.as_ref()?.get(template)?))));
        }
        self.types.with_untracked(|types| types.get(type_name).cloned())
    }

    /// Shows a panel.
    pub fn show_panel(self, key: &'static str) {
        self.open_sheet(Sheet::Panel);
        self.bench.panel.update(|(panel, count)| {
            *panel = key;
            *count = count.wrapping_add(1);
        });
    }

    /// Opens a sheet, or closes it.
    pub fn open_sheet(self, sheet: Sheet) {
        if self.bench.sheet.get_untracked() != sheet {
            self.bench.sheet.set(sheet);
        }
    }

    /// Where the user is.
    pub(super) fn place(self) -> Option<Place> {
        let node = self.selection.with_untracked(|selection| selection.single().cloned());
        Some(Place { tab: self.open_tab.get_untracked()?, node })
    }

    /// The user was at `from` and went on to where they are now.
    pub(super) fn jumped_from(self, from: Option<Place>) {
        if let Some((from, to)) = from.zip(self.place()) {
            self.bench.jumps.update_value(|jumps| jumps.jumped(from, to));
        }
    }

    /// Goes back (`step` -1) to where the user was, or forward again (1).
    pub fn jump(self, step: isize) {
        let Some(document) = self.document.get_untracked() else { return };
        let is_there = |place: &Place| document.get(&place.tab).is_some();
        let mut jumps = self.bench.jumps.get_value();
        let Some(place) = jumps.step(step, is_there) else { return };
        match place.node.filter(|node| document.get(node).is_some()) {
            Some(node) => self.show(&[node]),
            None => self.show_tab_at(&place.tab),
        }
        self.bench.jumps.set_value(jumps);
    }

    /// What is selected, in a list.
    pub fn selected(self) -> Vec<Id> {
        self.selection.with_untracked(|selection| selection.nodes().cloned().collect())
    }
}
