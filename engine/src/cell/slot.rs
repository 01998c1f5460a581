//! A node's place in a cell.

use std::sync::Arc;

use ecow::EcoString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::LinkCall;
use super::hold::Held;
use crate::error::NodeError;
use crate::message::Message;
use crate::node::{Built, FunctionNode, NodeHandle, NodeInfo, Outlet, Stopwatch, TaskInput};

/// What runs in a slot.
pub(crate) enum Body {
    Function(Box<dyn FunctionNode>),
    /// Its inbox, and whether it is being stopped.
    Task(mpsc::UnboundedSender<TaskInput>, CancellationToken),
    /// Junctions, links, and the receiving ends of catch, status and complete.
    Pass,
    /// In a box, so that the others are no larger for it.
    LinkCall(Box<LinkCall>),
    /// Where the answers to the link calls of the node in that slot come back.
    LinkAnswer(u32),
    /// A link out in return mode.
    LinkReturn,
    /// A subflow's status output: what arrives becomes the status of the instance of this id.
    SubflowStatus(EcoString),
    /// A node that could not be built: what reaches it is an error.
    Broken,
    /// A node whose messages are held for somebody who looks at them.
    Held(Box<Held>),
}

/// A catch node that hears a node's errors.
pub(crate) struct Catch {
    /// Where the catch node is.
    pub slot: u32,
    /// Only if no other catch node handled it.
    pub uncaught: bool,
    /// How far out: 0 in the node's own flow, 1 in the flow around its subflow instance, and so on.
    pub level: u8,
    /// Who is named as the source: the node, or from outside its subflow instance.
    pub source: Arc<NodeInfo>,
}

/// Who else hears of a node's status, and as whose.
pub(crate) struct StatusWatch {
    pub slot: u32,
    pub source: Arc<NodeInfo>,
}

/// Who else hears of a node.
#[derive(Default)]
pub(crate) struct Listeners {
    pub catches: Vec<Catch>,
    pub statuses: Vec<StatusWatch>,
    pub completes: Vec<u32>,
}

/// Makes a node anew after a panic.
pub(crate) trait Rebuild: Send + Sync {
    /// The node; none where it cannot be built any more.
    fn rebuild(&self) -> Option<Built>;
}

/// A node's place in a cell: everything that the cell needs besides the node itself.
pub(crate) struct Slot {
    pub handle: Arc<NodeHandle>,
    pub ports: Box<[Port]>,
    /// None where nobody does, as of most nodes.
    pub listeners: Option<Box<Listeners>>,
    pub rebuild: Option<Arc<dyn Rebuild>>,
    pub stopwatch: Stopwatch,
}

impl Slot {
    /// A place for a node that sends nothing and that nobody listens to.
    pub(crate) fn new(handle: Arc<NodeHandle>) -> Self {
        Self {
            handle,
            ports: Box::default(),
            listeners: None,
            rebuild: None,
            stopwatch: Stopwatch::default(),
        }
    }

    pub(super) fn catches(&self) -> &[Catch] {
        self.listeners.as_ref().map_or(&[][..], |listeners| listeners.catches.as_slice())
    }

    pub(super) fn statuses(&self) -> &[StatusWatch] {
        self.listeners.as_ref().map_or(&[][..], |listeners| listeners.statuses.as_slice())
    }

    #[inline]
    pub(super) fn completes(&self) -> &[u32] {
        self.listeners.as_ref().map_or(&[][..], |listeners| listeners.completes.as_slice())
    }
}

impl Listeners {
    /// In a box, if there are any.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        let has_any = !(self.catches.is_empty() && self.statuses.is_empty() && self.completes.is_empty());
        has_any.then(|| Box::new(self))
    }
}

/// An output port.
pub(crate) struct Port {
    /// Who gets what is sent here.
    pub targets: Box<[u32]>,
    pub outlet: Arc<Outlet>,
}

/// Messages that a node gives one at a time.
pub(crate) struct Stream {
    pub slot: u32,
    pub port: usize,
    /// What they come of; empty where that is many messages.
    pub of: Box<Message>,
    pub messages: Box<dyn Iterator<Item = Result<Message, NodeError>> + Send>,
}
