//! What stays the same of a running node while cells are rebuilt around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

use super::{NodeInfo, Services};
use crate::cell::CellPort;
use crate::context::Contexts;
use crate::delivery::Gate;
use crate::env::Env;
use crate::observe::{DebugEntry, Event, Level, Observer, Status};
use crate::registry::Registry;

use model::text::Text;

/// A running node as the rest of the engine knows it: who it is, where it is, what it may use.
pub struct NodeHandle {
    /// Who it is.
    pub info: Arc<NodeInfo>,
    /// Its environment.
    pub env: Env,
    /// The context stores.
    pub contexts: Arc<Contexts>,
    /// Types and texts.
    pub registry: Arc<Registry>,
    /// What the server lends to nodes.
    pub services: Arc<Services>,
    /// Whether sources of its flow acknowledge only what is done (`at least once` or better).
    pub acknowledges_late: bool,
    /// What went through it.
    pub counters: Counters,
    pub(crate) observer: Arc<dyn Observer>,
    /// Whether a complete node listens to it.
    pub(crate) completes: AtomicBool,
    /// Where it is.
    pub(crate) place: watch::Sender<Place>,
}

/// Whether and where a node can be reached.
#[derive(Clone)]
pub(crate) enum Place {
    /// Not wired yet, or its cell is being rebuilt by a deploy.
    Between,
    /// Here.
    At(Address),
    /// Stopped for good.
    Gone,
}

/// Where a node is: its cell, and its place there.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) cell: CellPort,
    pub(crate) slot: u32,
    pub(crate) gate: Arc<Gate>,
}

/// What went through a node since it was started.
#[derive(Default, Debug)]
pub struct Counters {
    /// Messages received.
    pub received: AtomicU64,
    /// Messages sent, counted once per wire.
    pub sent: AtomicU64,
    /// Errors, handled ones too.
    pub errors: AtomicU64,
    /// Messages that a source could not wait with and dropped.
    pub dropped: AtomicU64,
}

impl Counters {
    // One writer (the cell) and readers that can live with a stale figure.
    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.store(counter.load(Ordering::Relaxed).wrapping_add(count), Ordering::Relaxed);
    }
}

impl NodeHandle {
    /// Says something in the log.
    pub fn log(&self, level: Level, text: Text) {
        self.observer.event(Event::Log(level, Some(self.info.clone()), text));
    }

    /// Shows something in the debug panel.
    pub fn debug(&self, entry: DebugEntry) {
        self.observer.event(Event::Debug(self.info.clone(), entry));
    }

    /// Tells the observer of a status, but no status node: those hear of it through the node's cell.
    pub(crate) fn show_status(&self, status: Status) {
        self.observer.event(Event::Status(self.info.clone(), status));
    }

    pub(crate) fn current_address(&self) -> Option<Address> {
        match &*self.place.borrow() {
            Place::At(address) => Some(address.clone()),
            Place::Between | Place::Gone => None,
        }
    }
}
