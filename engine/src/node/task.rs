//! What a task node lives on: its inbox, its way out, and word that it should stop.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Address, Command, NodeHandle, ROOMY};
use crate::cell::CellEvent;
use crate::delivery::{Delivery, cut_off};
use crate::error::NodeError;
use crate::message::Message;
use crate::observe::{DebugEntry, Level, Status};

use model::text::Text;

/// Something for a task node to do.
#[derive(Debug)]
pub enum TaskInput {
    /// A message arrived. When done with it, the node says so: [`TaskOut::done`] or [`TaskOut::fail`].
    Message(Message),
    /// A command from the editor or the admin API.
    Command(Command),
}

/// What waits for a task node. What nobody took when it is dropped was not done.
pub(crate) struct TaskInbox(pub(crate) mpsc::UnboundedReceiver<TaskInput>);

impl Drop for TaskInbox {
    fn drop(&mut self) {
        self.0.close();
        while let Ok(input) = self.0.try_recv() {
            cut_off(input);
        }
    }
}

/// The life of a task node.
pub struct TaskContext {
    /// The way out; clone it for tasks of the node's own.
    pub out: TaskOut,
    /// Shared with the supervisor, so that what waits survives a restart of the node.
    pub(crate) inbox: Arc<Mutex<TaskInbox>>,
    pub(crate) stop: CancellationToken,
}

impl TaskContext {
    /// Waits for the next thing to do; `None` when the node is asked to stop and everything that arrived
    /// before has been given out. While more than 2,048 messages wait, no source of the cell lets one in, and no stream goes on.
    ///
    /// Safe to cancel: nothing is lost when it is one arm of a `select!`.
    pub async fn next(&mut self) -> Option<TaskInput> {
        let mut inbox = self.inbox.lock().await;
        let input = tokio::select! {
            biased;
            input = inbox.0.recv() => input,
            () = self.stop.cancelled() => inbox.0.try_recv().ok(),
        };
        if let Some(TaskInput::Message(_)) = input {
            self.out.unqueued();
        }
        input
    }

    /// For a node without an input: whatever reaches it all the same is done at once. Resolves as [`TaskContext::next`]
    /// gives `None`, and is as safe to cancel.
    pub async fn without_input(&mut self) {
        while let Some(input) = self.next().await {
            if let TaskInput::Message(message) = input {
                self.out.done(message);
            }
        }
    }

    /// Resolves when the node is asked to stop. A source stops admitting at once and returns; others finish
    /// what they have.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static {
        self.stop.clone().cancelled_owned()
    }

    /// The node itself.
    pub fn node(&self) -> &Arc<NodeHandle> {
        &self.out.handle
    }
}

/// The way out of a task node. Cheap to clone; usable from any task or thread.
#[derive(Clone)]
pub struct TaskOut {
    pub(crate) handle: Arc<NodeHandle>,
}

impl NodeHandle {
    /// The way out of the node for code outside of its cell.
    pub fn task_out(self: &Arc<Self>) -> TaskOut {
        TaskOut { handle: self.clone() }
    }
}

impl TaskOut {
    /// Sends a message along every wire of `port`; waits while the cell's inbox is full or the cell is being
    /// rebuilt by a deploy.
    ///
    /// # Errors
    /// Gives the message back when the node is gone.
    pub async fn send(&self, port: usize, message: Message) -> Result<(), Message> {
        let mut message = message;
        loop {
            let Some(Address { cell, slot }) = self.handle.place.next(None).await else {
                return Err(message);
            };
            match cell.inbox.send(CellEvent::Emit { slot, port, message }).await {
                Ok(()) => return Ok(()),
                Err(mpsc::error::SendError(event)) => message = event.into_message(),
            }
            // The cell closed its inbox: it is being rebuilt, and a new address follows.
            if self.handle.place.next(Some(&cell)).await.is_none() {
                return Err(message);
            }
        }
    }

    /// As [`TaskOut::send`], for one of many messages that all come of one, such as the lines of a file: waits too while more
    /// messages wait for a node of the cell than are borne. Not where many wait for this node itself: it may be the cause, and
    /// would wait for itself.
    ///
    /// # Errors
    /// Gives the message back when the node is gone.
    pub async fn send_part(&self, port: usize, message: Message) -> Result<(), Message> {
        if let Some(Address { cell, .. }) = self.handle.current_address()
            && self.handle.counters.inbox.load(Ordering::Acquire) <= ROOMY
        {
            cell.gate.open().await;
        }
        self.send(port, message).await
    }

    /// Sends without waiting: for callers that answer "busy" instead.
    ///
    /// # Errors
    /// Gives the message back when the inbox is full, or the node is stopped or being rebuilt.
    pub fn try_send(&self, port: usize, message: Message) -> Result<(), Message> {
        let Some(Address { cell, slot }) = self.handle.current_address() else { return Err(message) };
        cell.inbox
            .try_send(CellEvent::Emit { slot, port, message })
            .map_err(|error| error.into_inner().into_message())
    }

    /// Waits for a credit and opens a delivery for a new message of a source. `None` when the node is gone.
    pub async fn admit(&self) -> Option<Delivery> {
        let mut closed = None;
        loop {
            let Address { cell, .. } = self.handle.place.next(closed.as_ref()).await?;
            match cell.gate.admit().await {
                Some(delivery) => return Some(delivery),
                None => closed = Some(cell),
            }
        }
    }

    /// A credit and delivery for a new message of a source, if one is free right now.
    pub fn try_admit(&self) -> Option<Delivery> {
        self.handle.current_address()?.cell.gate.try_admit()
    }

    /// Lets a new message of a source in without waiting: `make` makes it of `input`, or reports why it is none.
    ///
    /// # Errors
    /// Gives `input` back when there is no credit, the inbox is full, or the node is stopped or being rebuilt.
    pub fn try_start<T>(
        &self,
        port: usize,
        input: T,
        make: impl FnOnce(T, Delivery) -> Option<Message>,
    ) -> Result<(), T> {
        let Some(Address { cell, slot }) = self.handle.current_address() else { return Err(input) };
        let Ok(room) = cell.inbox.try_reserve() else { return Err(input) };
        let Some(delivery) = cell.gate.try_admit() else { return Err(input) };
        if let Some(message) = make(input, delivery) {
            room.send(CellEvent::Emit { slot, port, message });
        }
        Ok(())
    }

    /// As [`TaskOut::try_start`], for who waits for what comes of the message, such as a request for its answer: where its
    /// cell rests and nothing else waits for it, what comes of the message without waiting is done when this returns, on this
    /// thread, and no task was woken for it. Elsewhere, or when the caller is on no thread of the flows, the message goes to
    /// the cell as any other.
    ///
    /// # Errors
    /// Gives `input` back when there is no credit, the message has to go through an inbox that is full, or the node is stopped
    /// or being rebuilt.
    pub fn try_start_here<T>(
        &self,
        port: usize,
        input: T,
        make: impl FnOnce(T, Delivery) -> Option<Message>,
    ) -> Result<(), T> {
        let Some(Address { cell, slot }) = self.handle.current_address() else { return Err(input) };
        let Some(mut resting) = cell.take_resting() else { return self.try_start(port, input, make) };
        let Some(delivery) = cell.gate.try_admit() else { return Err(input) };
        if let Some(message) = make(input, delivery)
            && resting.work_off(CellEvent::Emit { slot, port, message })
        {
            // Nobody takes it only where the task was aborted: then what is left ends so, too.
            let _ = cell.side.send(CellEvent::Unfinished);
        }
        Ok(())
    }

    /// A message that waited for the node does so no more: for a function node that counted it with [`Out::queued`].
    ///
    /// [`Out::queued`]: super::Out::queued
    pub fn unqueued(&self) {
        if self.handle.counters.inbox.fetch_sub(1, Ordering::AcqRel) == ROOMY + 1 {
            self.tell(|_| CellEvent::Roomy);
        }
    }

    /// Counts a message that the node could not wait with.
    pub fn count_dropped(&self) {
        self.handle.counters.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Reports that the node is done with a message.
    pub fn done(&self, message: Message) {
        if self.handle.completes.load(Ordering::Relaxed) {
            self.tell(|slot| CellEvent::Done { slot, message });
        }
    }

    /// Reports an error, with the message it concerns.
    pub fn fail(&self, error: NodeError, message: Option<Message>) {
        let message = message.unwrap_or_default();
        let (level_error, delivery) = (error.clone(), message.delivery().cloned());
        if !self.tell(|slot| CellEvent::Fail { slot, error, message }) {
            // The node is between two cells or gone: nobody can catch it, but nobody must miss it.
            if let Some(delivery) = delivery {
                delivery.fail_at(&self.handle.info, &level_error);
            }
            self.handle.observer.error(&self.handle.info, level_error, false);
        }
    }

    /// Puts a message back in front of the node's input: for the node that took it and could not finish it before it
    /// was stopped. Its successor gets it.
    pub fn give_back(&self, message: Message) {
        let kept = message.delivery().cloned();
        if !self.tell(|slot| CellEvent::Arrive { slot, message })
            && let Some(delivery) = kept
        {
            delivery.abort();
        }
    }

    /// Sets the node's status.
    pub fn status(&self, status: Status) {
        let shown = status.clone();
        if !self.tell(|slot| CellEvent::Status { slot, status }) {
            self.handle.show_status(shown);
        }
    }

    /// Says something in the log.
    pub fn log(&self, level: Level, text: Text) {
        self.handle.log(level, text);
    }

    /// Shows something in the debug panel.
    pub fn debug(&self, entry: DebugEntry) {
        self.handle.debug(entry);
    }

    /// The node itself.
    pub fn node(&self) -> &Arc<NodeHandle> {
        &self.handle
    }

    /// Puts word in the cell's side channel, which has no limit of its own: what goes through it is bounded
    /// by the messages under way. `false` when there is no cell to tell.
    pub(crate) fn tell(&self, event: impl FnOnce(u32) -> CellEvent) -> bool {
        self.handle
            .current_address()
            .is_some_and(|address| address.cell.side.send(event(address.slot)).is_ok())
    }
}
