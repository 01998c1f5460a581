//! What a function node can do while it is called.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ecow::EcoString;
use tokio::time::Instant;

use super::NodeHandle;
use crate::cell::{Core, Stream};
use crate::delivery::Delivery;
use crate::error::NodeError;
use crate::message::Message;
use crate::observe::{DebugEntry, Level, Status};

use model::text::Text;

/// A timer set with [`Out::after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimerId(pub(crate) u64);

/// The way out of a node: its wires, timers, status, log and context.
pub struct Out<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) slot: u32,
}

impl Out<'_> {
    /// Sends a message along every wire of `port`. A port without wires drops it.
    pub fn send(&mut self, port: usize, message: Message) {
        self.core.emit(self.slot, port, message);
    }

    /// Sends what the iterator gives, one message at a time, whenever the cell has nothing else to do: a
    /// million elements take no more memory than one. An error ends the stream and is catchable: it is one of the
    /// message `of` which they come, and its delivery fails.
    pub fn stream(
        &mut self,
        port: usize,
        of: Message,
        messages: impl Iterator<Item = Result<Message, NodeError>> + Send + 'static,
    ) {
        self.core.streams.push_back(Stream {
            slot: self.slot,
            port,
            of: Box::new(of),
            messages: Box::new(messages),
        });
    }

    /// Lets others have the thread after this call, before the next hop: for a node that woke somebody who waits for it. What
    /// comes next in the cell may take long.
    pub fn give_way(&mut self) {
        self.core.gives_way = true;
    }

    /// Calls the node's `on_timer` with `token` after `delay`.
    pub fn after(&mut self, delay: Duration, token: u64) -> TimerId {
        self.core.timers.set(Instant::now() + delay, self.slot, token)
    }

    /// Cancels a timer; one that is gone already is ignored.
    pub fn cancel(&mut self, timer: TimerId) {
        self.core.timers.cancel(timer);
    }

    /// A credit and delivery for a new message of a source, if one is free. A source that cannot wait counts
    /// what it drops with [`Out::count_dropped`].
    pub fn try_admit(&mut self) -> Option<Delivery> {
        self.core.gate.try_admit()
    }

    /// A message waits in a line of the node's own until something outside has room for it, and keeps its credit;
    /// [`TaskOut::unqueued`] when it does so no more. While more than 2,048 wait, no source of the cell lets one in, and no
    /// stream goes on.
    ///
    /// [`TaskOut::unqueued`]: super::TaskOut::unqueued
    pub fn queued(&mut self) {
        self.core.queue_at(self.slot);
    }

    /// A message that was counted with [`Out::queued`] waits no more.
    pub fn unqueued(&mut self) {
        self.core.unqueue_at(self.slot);
    }

    /// Counts a message that the node could not wait with.
    pub fn count_dropped(&mut self) {
        self.node().counters.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the node's status.
    pub fn status(&mut self, status: Status) {
        self.core.set_status(self.slot, status);
    }

    /// Reports that the node is done with a message for which it returned [`super::Progress::Pending`].
    pub fn done(&mut self, message: Message) {
        self.core.complete(self.slot, message);
    }

    /// Reports an error, with the message it concerns: for work that ends after `on_message` returned, and
    /// for more than one error per message.
    pub fn error(&mut self, error: NodeError, message: Option<Message>) {
        self.core.fail(self.slot, error, message.unwrap_or_default());
    }

    /// Sends a message to a link in node, named by id or name, as a link call node does. What comes back goes to the
    /// node's `on_answer`, with the id of the call that this gives; the node itself says how long it waits.
    ///
    /// # Errors
    /// When there is no such link in node, or several.
    pub fn call_link(&mut self, target: &str, message: Message) -> Result<EcoString, NodeError> {
        self.core.call_link(self.slot, target, message)
    }

    /// Says something in the log.
    pub fn log(&mut self, level: Level, text: Text) {
        self.node().log(level, text);
    }

    /// Shows something in the debug panel.
    pub fn debug(&mut self, entry: DebugEntry) {
        self.node().debug(entry);
    }

    /// The node itself: who it is, its environment, context stores and texts.
    pub fn node(&self) -> &Arc<NodeHandle> {
        &self.core.slots[self.slot as usize].handle
    }
}
