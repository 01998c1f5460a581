//! What stays the same of a running node while cells are rebuilt around it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use super::whereabouts::{Address, Whereabouts};
use super::{Counters, NodeInfo, Outlet, Services};
use crate::context::Contexts;
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
    /// Its output ports: those that its type has, and as many more as ever had a wire.
    pub(crate) outlets: RwLock<Vec<Arc<Outlet>>>,
    /// Where it is.
    pub(crate) place: Whereabouts,
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

    /// Its output ports, in order.
    pub fn outlets(&self) -> Vec<Arc<Outlet>> {
        self.outlets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its first `count` output ports; made where they were not there.
    pub(crate) fn first_outlets(&self, count: usize) -> Vec<Arc<Outlet>> {
        let mut outlets = self.outlets.write().unwrap_or_else(PoisonError::into_inner);
        let missing = count.saturating_sub(outlets.len());
        // No more room than ports: there are many nodes, and most have one.
        outlets.reserve_exact(missing);
        outlets.extend(std::iter::repeat_with(Arc::default).take(missing));
        outlets[..count].to_vec()
    }

    pub(crate) fn current_address(&self) -> Option<Address> {
        self.place.address()
    }
}
