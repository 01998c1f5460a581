//! What reaches a cell from outside, and the way there.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedMappedMutexGuard, mpsc, oneshot};

use super::{Cell, CellState, Hold, Resting};
use crate::delivery::Gate;
use crate::error::NodeError;
use crate::message::Message;
use crate::node::{Command, Handover};
use crate::observe::Status;

/// Something that reaches a cell from outside.
pub(crate) enum CellEvent {
    /// A task node sends a message.
    Emit { slot: u32, port: usize, message: Message },
    /// A message for a node's input: a link call from another cell, a test.
    Arrive { slot: u32, message: Message },
    /// A task node is done with a message.
    Done { slot: u32, message: Message },
    /// A task node failed.
    Fail { slot: u32, error: NodeError, message: Message },
    /// A task node's status.
    Status { slot: u32, status: Status },
    /// Something asked of a node from outside its wires.
    Command { slot: u32, command: Command },
    /// Count what waits for the nodes, and let go of the sender.
    Count(mpsc::Sender<()>),
    /// Messages for a node's input are to be held from now on.
    Hold { slot: u32, hold: Arc<Hold> },
    /// So many of them go on, or all, and no more are held.
    LetGo { slot: u32, hold: Arc<Hold>, count: Option<usize> },
    /// No more messages wait for a node than are borne.
    Roomy,
    /// Who worked in the cell instead of its task left something to do.
    Unfinished,
    /// The cell is about to be taken apart: all that is held in it goes on.
    EndHolds,
    /// Stop the nodes in these slots and hand over everything: a deploy rebuilds the cell.
    Suspend { leave: Vec<u32>, reply: oneshot::Sender<Suspended> },
}

/// What suspending gives: the cell's state, and by slot what its leaving nodes parked.
pub(crate) type Suspended = (CellState, Vec<(u32, Handover)>);

impl CellEvent {
    /// The message in it; empty where there is none.
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Emit { message, .. }
            | Self::Arrive { message, .. }
            | Self::Done { message, .. }
            | Self::Fail { message, .. } => message,
            Self::Status { .. }
            | Self::Command { .. }
            | Self::Count(_)
            | Self::Hold { .. }
            | Self::LetGo { .. }
            | Self::Roomy
            | Self::Unfinished
            | Self::EndHolds
            | Self::Suspend { .. } => Message::default(),
        }
    }

    /// The slot that it concerns.
    pub(crate) fn slot(&mut self) -> Option<&mut u32> {
        match self {
            Self::Emit { slot, .. }
            | Self::Arrive { slot, .. }
            | Self::Done { slot, .. }
            | Self::Fail { slot, .. }
            | Self::Status { slot, .. }
            | Self::Command { slot, .. }
            | Self::Hold { slot, .. }
            | Self::LetGo { slot, .. } => Some(slot),
            Self::Count(_) | Self::Roomy | Self::Unfinished | Self::EndHolds | Self::Suspend { .. } => None,
        }
    }
}

/// How others reach a cell: one share for each of its nodes, and for who sends.
#[derive(Clone)]
pub(crate) struct CellPort(Arc<Doors>);

/// The ways into a cell.
pub(crate) struct Doors {
    /// New messages; bounded.
    pub inbox: mpsc::Sender<CellEvent>,
    /// Everything else; bounded by the messages under way.
    pub side: SideDoor,
    /// The cell itself, while it rests.
    pub resting: Resting,
    /// Whether it was asked to count and has not done so yet.
    pub is_counting: Arc<AtomicBool>,
    /// The credits of those who let messages in.
    pub gate: Arc<Gate>,
}

/// The way in for what has no limit of its own.
pub(crate) struct SideDoor {
    pub events: mpsc::UnboundedSender<CellEvent>,
    /// Whether something may wait in there. Of the channel's two ends only that of the task could tell.
    pub is_used: Arc<AtomicBool>,
}

impl SideDoor {
    /// Tells the cell something.
    ///
    /// # Errors
    /// It takes nothing more.
    pub(crate) fn send(&self, event: CellEvent) -> Result<(), mpsc::error::SendError<CellEvent>> {
        self.events.send(event)?;
        // Afterwards: one time too often costs a way through the inbox, one time too few the order of what comes next.
        self.is_used.store(true, Ordering::Release);
        Ok(())
    }
}

impl CellPort {
    /// The cell itself, to be worked in by this thread: where it rests, nothing waits for it, and this is a thread of its
    /// runtime.
    pub(crate) fn take_resting(&self) -> Option<OwnedMappedMutexGuard<Option<Cell>, Cell>> {
        let is_waited_for =
            || self.side.is_used.load(Ordering::Acquire) || self.inbox.capacity() < self.inbox.max_capacity();
        self.resting.take().filter(|_| !is_waited_for())
    }

    pub(crate) fn new(doors: Doors) -> Self {
        Self(Arc::new(doors))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for CellPort {
    type Target = Doors;

    fn deref(&self) -> &Doors {
        &self.0
    }
}
