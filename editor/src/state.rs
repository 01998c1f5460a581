//! What is shown, in signals. They belong to the app and outlive every view; a list of nodes follows ids,
//! each node follows itself.

mod arrived;
mod bench;
mod canvas;
mod deploying;
mod flow_tests;
mod live;
mod presence;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use leptos::prelude::*;
use model::document::Document;
use model::edit::Edit;
use model::text::Text;

pub use bench::{Bench, Menu, Sheet};
pub use canvas::{CanvasState, KeyWire, Placing, QuickAdd, Sketch};
pub use deploying::{Deploying, Dialog, PluginFile, Source, Theirs};
pub use flow_tests::Tested;
pub use live::Live;
pub use presence::Presence;

use crate::store::Id;
use crate::store::debug_log::{DebugLog, Message};
use crate::store::deploy::Dirty;
use crate::store::drawing::{Drawing, DrawnNode};
use crate::store::geometry::Rect;
use crate::store::history::Step;
use crate::store::node_types::NodeTypes;
use crate::store::problems::{Problems, Started};
use crate::store::rights::Rights;
use crate::store::selection::Selection;
use crate::store::status::Status;
use crate::store::tabs::{self, Tab};
use crate::store::viewport::{Size, Viewport};
use crate::store::workspace::Workspace;

/// The app's state. Handles only: copying it is free.
#[derive(Clone, Copy)]
pub struct Editor {
    /// How it stands with the server.
    pub connection: RwSignal<Connection>,
    /// The server wants a user name and password.
    pub needs_login: RwSignal<bool>,
    /// Shown in `Authorization`, after a log-in on this page.
    pub token: StoredValue<Option<String>>,
    /// Who the user is for the server, and what it lets them do.
    pub rights: RwSignal<Rights>,
    /// The node types that the server has.
    pub types: RwSignal<Arc<NodeTypes>>,
    /// The flows being edited and their history; none before the first answer.
    pub workspace: RwSignal<Option<Workspace>>,
    /// The flows as they were edited.
    pub document: Memo<Option<Arc<Document>>>,
    /// What of the deployed flows could not be started, as the server said.
    pub started: RwSignal<Arc<Started>>,
    /// What is wrong with the edited flows.
    pub problems: Memo<Arc<Problems>>,
    /// The checks wait until the first flows are drawn: they may take as long as drawing.
    pub are_checks_late: RwSignal<bool>,
    /// What differs from what is deployed.
    pub dirty: Memo<Arc<Dirty>>,
    /// What goes on between edited and deployed flows.
    pub deploying: Deploying,
    /// Edits of an earlier page were taken up; to be told until it is taken note of.
    pub is_restored: RwSignal<bool>,
    /// The guided first flow is shown.
    pub is_guided: RwSignal<bool>,
    /// The dialog that is open.
    pub dialog: RwSignal<Option<Dialog>>,
    /// Counts how often the server told that its plugins are others.
    pub plugin_news: RwSignal<u32>,
    /// All tabs.
    pub tabs: Memo<Arc<Vec<Tab>>>,
    /// The tab that is shown.
    pub open_tab: Memo<Option<Id>>,
    /// What it shows.
    pub drawing: Memo<Arc<Drawing>>,
    /// The part of it that is seen.
    pub viewport: RwSignal<Viewport>,
    /// Size of the canvas.
    pub canvas_size: RwSignal<Size>,
    /// What is selected on the canvas.
    pub selection: RwSignal<Selection>,
    /// The node whose form is shown: the last of `inspected_path`, else the one that is selected alone.
    pub inspected: Memo<Option<Id>>,
    /// Config nodes that were opened from the selected node's form, each from the one before.
    pub inspected_path: RwSignal<Vec<Id>>,
    /// Counts how often the form was asked to take the keyboard focus.
    pub form_focus: RwSignal<u32>,
    /// What the canvas shows while something goes on.
    pub canvas: CanvasState,
    /// What debug nodes received.
    pub debug: RwSignal<DebugLog>,
    /// Debug output waits instead of being shown.
    pub is_paused: RwSignal<bool>,
    /// How much of it waits.
    pub waiting: RwSignal<usize>,
    /// Short messages to the user, newest last.
    pub notices: RwSignal<Vec<Notice>>,
    /// What the user arranged around the flows.
    pub bench: Bench,
    /// What of the running flows is followed.
    pub live: Live,
    /// The flow tests.
    pub tested: Tested,
    /// Who else has the flows open.
    pub presence: Presence,
    chosen_tab: RwSignal<Option<Id>>,
    /// Where each tab was left.
    places: StoredValue<HashMap<Id, Viewport>>,
    statuses: StoredValue<HashMap<Id, ArcRwSignal<Option<Status>>>>,
    /// Nodes with a red status: all that is asked of statuses from afar.
    pub red: RwSignal<BTreeSet<Id>>,
    inbox: StoredValue<Inbox>,
    next_notice: StoredValue<u64>,
}

/// How it stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The first answer, or the next, is awaited.
    Connecting,
    /// What happens is shown as it happens.
    Live,
    /// Tries again in so many seconds.
    Lost {
        /// Seconds until then.
        seconds: u32,
    },
}

/// A short message to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Tells notices apart.
    pub number: u64,
    /// The words.
    pub text: String,
    /// Stays until it is closed.
    pub is_error: bool,
}

/// What arrived and is not shown yet: signals are written a few times a second, however much arrives.
#[derive(Default)]
struct Inbox {
    statuses: HashMap<Id, Option<Status>>,
    debug: Vec<(u32, Message)>,
    /// What nodes log among it: not held back while the debug panel pauses.
    logged: Vec<(u32, Message)>,
    is_timed: bool,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new()
    }
}

impl Editor {
    /// The state before the first answer. To be called once, by the app.
    pub fn new() -> Self {
        let types = RwSignal::new(Arc::new(NodeTypes::default()));
        let workspace = RwSignal::new(None::<Workspace>);
        let document =
            Memo::new(move |_| workspace.with(|workspace| Some(workspace.as_ref()?.document().clone())));
        let (selection, inspected_path) =
            (RwSignal::new(Selection::default()), RwSignal::new(Vec::<Id>::new()));
        let inspected = Memo::new(move |_| {
            let opened = inspected_path.with(|path| path.last().cloned());
            opened.or_else(|| selection.with(|selection| selection.single().cloned()))
        });
        let chosen_tab = RwSignal::new(None::<Id>);
        let tabs = Memo::new(move |_| {
            Arc::new(document.with(|document| document.as_deref().map(tabs::tabs).unwrap_or_default()))
        });
        let open_tab = Memo::new(move |_| {
            chosen_tab.with(|chosen| tabs.with(|tabs| tabs::open(tabs, chosen.as_deref()).cloned()))
        });
        let drawing = Memo::new(move |_| {
            let drawing = document.with(|document| {
                let tab = open_tab.get()?;
                Some(types.with(|types| Drawing::new(document.as_deref()?, types, &tab).into()))
            });
            Arc::new(drawing.flatten().unwrap_or_default())
        });
        let started = RwSignal::new(Arc::<Started>::default());
        let deployed =
            Memo::new(move |_| workspace.with(|workspace| Some(workspace.as_ref()?.deployed().clone())));
        let are_checks_late = RwSignal::new(false);
        let found = move |document: Option<Arc<Document>>| {
            let document = document.filter(|_| !are_checks_late.get());
            let found = types.with(|types| Some(Problems::found(document.as_deref()?, types)));
            Arc::new(found.unwrap_or_default())
        };
        let now = Memo::new(move |_| found(document.get()));
        let in_deployed = Memo::new(move |_| {
            let (deployed, document) = (deployed.get(), document.get());
            let is_same = deployed.as_ref().zip(document.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
            if is_same { now.get() } else { found(deployed) }
        });
        let problems = Memo::new(move |_| {
            let (started, in_deployed, now) = (started.get(), in_deployed.get(), now.get());
            let merged = workspace.with(|workspace| {
                let workspace = workspace.as_ref()?;
                let changes = workspace.changes();
                let holding = started.holding(workspace.deployed(), workspace.document(), &changes);
                Some(Problems::merged(&holding, &in_deployed, &now, &changes))
            });
            Arc::new(merged.unwrap_or_default())
        });
        let dirty = Memo::new(move |_| {
            let dirty = workspace.with(|workspace| {
                let workspace = workspace.as_ref()?;
                Some(Dirty::of(&workspace.changes(), workspace.deployed(), workspace.document()))
            });
            Arc::new(dirty.unwrap_or_default())
        });
        Self {
            connection: RwSignal::new(Connection::Connecting),
            needs_login: RwSignal::new(false),
            token: StoredValue::new(None),
            rights: RwSignal::new(Rights::default()),
            types,
            workspace,
            document,
            started,
            problems,
            are_checks_late,
            dirty,
            deploying: Deploying::default(),
            is_restored: RwSignal::new(false),
            is_guided: RwSignal::new(false),
            dialog: RwSignal::new(None),
            plugin_news: RwSignal::new(0),
            tabs,
            open_tab,
            drawing,
            viewport: RwSignal::new(Viewport::default()),
            canvas_size: RwSignal::new(Size::default()),
            selection,
            inspected,
            inspected_path,
            form_focus: RwSignal::new(0),
            canvas: CanvasState::default(),
            debug: RwSignal::new(DebugLog::default()),
            is_paused: RwSignal::new(false),
            waiting: RwSignal::new(0),
            notices: RwSignal::new(Vec::new()),
            bench: Bench::default(),
            live: Live::default(),
            tested: Tested::new(document),
            presence: Presence::default(),
            chosen_tab,
            places: StoredValue::new(HashMap::new()),
            statuses: StoredValue::new(HashMap::new()),
            red: RwSignal::new(BTreeSet::new()),
            inbox: StoredValue::new(Inbox::default()),
            next_notice: StoredValue::new(0),
        }
    }

    /// Takes the deployed flows for the first time, or in place of others that were not edited. The view stays
    /// where it is; the first flows are shown whole.
    pub fn open(self, deployed: Document, revision: String) {
        let is_first = self.workspace.with_untracked(Option::is_none);
        self.workspace.set(Some(Workspace::open(deployed, revision)));
        self.forget_what_is_gone();
        if is_first {
            self.fit();
        }
    }

    /// Makes an edit as one step to undo; where it cannot be made, the user is told why. Gives back whether it
    /// changed anything.
    pub fn edit(self, what: Text, edit: impl FnOnce(&Document) -> Edit) -> bool {
        self.change(|workspace| workspace.edit(what, edit))
    }

    /// Makes an edit that belongs to the step before it where that has the same tag; see
    /// [`Workspace::edit_going_on`].
    pub fn edit_going_on(self, tag: &str, what: Text, edit: impl FnOnce(&Document) -> Edit) -> bool {
        self.change(|workspace| workspace.edit_going_on(tag, what, edit))
    }

    /// Makes the flows those of another document, as one step to undo.
    pub fn replace(self, what: Text, document: &Document) -> bool {
        self.change(|workspace| workspace.replace(what, document))
    }

    /// What went on with a tag has ended, as when a field loses the focus.
    pub fn settle(self) {
        // Nothing that is shown changes.
        self.workspace.update_untracked(|workspace| {
            if let Some(workspace) = workspace {
                workspace.settle();
            }
        });
    }

    /// Takes the last step back and shows where that was.
    pub fn undo(self) {
        self.step(Workspace::undo);
    }

    /// Does again what was taken back and shows where that was.
    pub fn redo(self) {
        self.step(Workspace::redo);
    }

    /// Changes the flows and what is known of the deployed ones; what is gone is no longer selected.
    pub fn update(self, update: impl FnOnce(&mut Workspace)) {
        self.workspace.update(|workspace| {
            if let Some(workspace) = workspace {
                update(workspace);
            }
        });
        self.forget_what_is_gone();
    }

    fn change(self, change: impl FnOnce(&mut Workspace) -> Result<bool, Text>) -> bool {
        let mut result = Ok(false);
        self.workspace.maybe_update(|workspace| {
            result = workspace.as_mut().map_or(Ok(false), change);
            result == Ok(true)
        });
        match result {
            Ok(true) => self.forget_what_is_gone(),
            Ok(false) => return false,
            Err(reason) => {
                self.notify(&reason, true);
                return false;
            }
        }
        true
    }

    fn step(self, step: impl FnOnce(&mut Workspace) -> Option<Step>) {
        let mut taken = None;
        self.workspace.maybe_update(|workspace| {
            taken = workspace.as_mut().and_then(step);
            taken.is_some()
        });
        let Some(step) = taken else { return };
        self.forget_what_is_gone();
        let touched: Vec<Id> = step.diff.changes().iter().map(|change| Id::from(change.id())).collect();
        self.show(&touched);
    }

    /// Opens the tab that most of these stand on (the first's), selects those that stand there, and brings them
    /// into view where none of them is seen.
    pub fn show(self, ids: &[Id]) {
        let container = self.document.with_untracked(|document| {
            let document = document.as_ref()?;
            ids.iter().find_map(|id| Some(Id::from(document.get(id)?.z()?)))
        });
        let Some(container) = container else { return };
        self.show_tab_at(&container);
        let frames = self.drawing.with_untracked(|drawing| {
            let drawn = ids.iter().filter_map(|id| Some((id.clone(), drawing.frame(id)?)));
            drawn.collect::<Vec<_>>()
        });
        self.bring_into_view(frames.iter().map(|(_, frame)| *frame));
        self.select(Selection::of(frames.into_iter().map(|(id, _)| id)));
    }

    /// Brings a node of the open tab into view; what is selected stays.
    pub fn reveal(self, id: &str) {
        self.bring_into_view(self.drawing.with_untracked(|drawing| drawing.frame(id)));
    }

    /// Shows the middle of these where none of them is seen.
    fn bring_into_view(self, frames: impl IntoIterator<Item = Rect> + Clone) {
        let (viewport, size) = (self.viewport.get_untracked(), self.canvas_size.get_untracked());
        let seen = viewport.shown(size);
        let is_seen = frames.clone().into_iter().any(|frame| seen.holds(frame));
        if let Some(all) = frames.into_iter().reduce(Rect::with).filter(|_| !is_seen) {
            let (x, y) = all.centre();
            self.viewport.set(viewport.centred_on(x, y, size));
        }
    }

    /// Selects; the form follows.
    pub fn select(self, selection: Selection) {
        if self.inspected_path.with_untracked(|path| !path.is_empty()) {
            self.inspected_path.set(Vec::new());
        }
        if self.selection.with_untracked(|now| *now != selection) {
            self.selection.set(selection);
        }
    }

    /// Selects nothing.
    pub fn deselect(self) {
        self.select(Selection::default());
    }

    /// Shows the form of a config node, on top of the form it was opened from.
    pub fn inspect(self, id: &str) {
        self.open_sheet(Sheet::Panel);
        self.inspected_path.update(|path| path.push(id.into()));
    }

    /// Goes back to the form that this one was opened from.
    pub fn inspect_back(self) {
        self.inspected_path.update(|path| {
            path.pop();
        });
    }

    /// Moves the keyboard focus into the form.
    pub fn focus_form(self) {
        self.open_sheet(Sheet::Panel);
        self.form_focus.update(|count| *count = count.wrapping_add(1));
    }

    fn forget_what_is_gone(self) {
        let Some(document) = self.document.get_untracked() else { return };
        let selection = self.selection.with_untracked(|selection| selection.kept_by(&document));
        if self.selection.with_untracked(|now| *now != selection) {
            self.selection.set(selection);
        }
        if self.inspected_path.with_untracked(|path| path.iter().any(|id| document.get(id).is_none())) {
            self.inspected_path.update(|path| path.retain(|id| document.get(id).is_some()));
        }
    }

    /// Goes to another tab, where it was left; the way back is kept.
    pub fn show_tab(self, id: &Id) {
        let from = self.place();
        self.show_tab_at(id);
        self.jumped_from(from);
    }

    fn show_tab_at(self, id: &Id) {
        let Some(current) = self.open_tab.get_untracked() else { return };
        if current == *id {
            return;
        }
        self.places.update_value(|places| {
            places.insert(current, self.viewport.get_untracked());
        });
        let left = self.places.with_value(|places| places.get(id).copied());
        self.chosen_tab.set(Some(id.clone()));
        self.deselect();
        match left {
            Some(viewport) => self.viewport.set(viewport),
            None => self.fit(),
        }
    }

    /// Shows all of the open tab.
    pub fn fit(self) {
        let size = self.canvas_size.get_untracked();
        let bounds = self.drawing.with_untracked(|drawing| drawing.bounds());
        if let (Some(bounds), true) = (bounds, size.width > 0.0) {
            self.viewport.set(Viewport::fitting(bounds, size));
        }
    }

    /// Zooms around the middle of the canvas.
    pub fn zoom(self, factor: f64) {
        let size = self.canvas_size.get_untracked();
        self.viewport
            .update(|viewport| *viewport = viewport.zoomed_at(size.width / 2.0, size.height / 2.0, factor));
    }

    /// Opens a node's tab, brings the node into view and selects it; a config node's form is shown.
    pub fn jump_to(self, id: &str) {
        let is_drawn = self.document.with_untracked(|document| {
            let node = document.as_ref()?.get(id)?;
            Some(node.z().is_some() && !node.is_config())
        });
        let is_tab = self.tabs.with_untracked(|tabs| tabs.iter().any(|tab| *tab.id == *id));
        match is_drawn {
            _ if is_tab => self.show_tab(&id.into()),
            Some(true) => {
                let from = self.place();
                self.show(&[id.into()]);
                self.jumped_from(from);
            }
            Some(false) => {
                self.deselect();
                self.inspect(id);
            }
            None => {}
        }
    }

    /// The node `id` of the open tab, as it is drawn.
    pub fn node(self, id: Id) -> Memo<Option<Arc<DrawnNode>>> {
        Memo::new(move |_| self.drawing.with(|drawing| drawing.node(&id).cloned()))
    }

    /// The status of the node `id`.
    pub fn status(self, id: &Id) -> ArcRwSignal<Option<Status>> {
        let known = self.statuses.with_value(|statuses| statuses.get(id).cloned());
        known.unwrap_or_else(|| {
            let signal = ArcRwSignal::new(None);
            self.statuses.update_value(|statuses| {
                statuses.insert(id.clone(), signal.clone());
            });
            signal
        })
    }

    /// Forgets every status: after a lost connection the server tells them all again.
    pub fn clear_statuses(self) {
        self.inbox.update_value(|inbox| inbox.statuses.clear());
        let signals: Vec<_> = self.statuses.with_value(|statuses| statuses.values().cloned().collect());
        // A node is drawn anew for each that is written.
        for signal in signals.iter().filter(|signal| signal.with_untracked(Option::is_some)) {
            signal.set(None);
        }
        if self.red.with_untracked(|red| !red.is_empty()) {
            self.red.set(BTreeSet::new());
        }
    }

    /// Tells the user something; gives back the number of the notice.
    pub fn notify(self, text: &Text, is_error: bool) -> u64 {
        let number = self.next_notice.with_value(|number| *number);
        self.next_notice.set_value(number + 1);
        let notice = Notice { number, text: crate::texts::show(text), is_error };
        self.notices.update(|notices| {
            // The same trouble is told once.
            notices.retain(|shown| shown.text != notice.text);
            notices.push(notice);
        });
        number
    }

    /// Takes a notice away.
    pub fn dismiss(self, number: u64) {
        self.notices.update(|notices| notices.retain(|notice| notice.number != number));
    }
}

#[cfg(test)]
mod tests;
