//! All of a cell but the nodes themselves: where messages wait and where they go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Directory, Slot, Stream, Timers};
use crate::delivery::Gate;
use crate::message::Message;
use crate::node::{CROWDED, ROOMY};

/// From so many copies of a message on it pays to prepare it for that.
const MANY_COPIES: usize = 3;

/// All of a cell but the nodes themselves: what a node may touch while it is called.
pub(crate) struct Core {
    pub slots: Vec<Slot>,
    pub queue: VecDeque<(u32, Message)>,
    pub streams: VecDeque<Stream>,
    pub timers: Timers,
    pub gate: Arc<Gate>,
    pub directory: Arc<Directory>,
    /// Where too many messages wait for a node: as long as there is any such place, nothing new comes in, neither from
    /// sources nor from streams.
    crowded: Vec<u32>,
    /// Messages for task nodes that are being stopped, kept for their successors.
    pub(super) held: Vec<(u32, Message)>,
    /// Whether complete nodes listen to the node being called, so that what it sends is kept for them.
    pub(super) keeps_sent: bool,
    /// The message that it sent last.
    last_sent: Option<Message>,
    /// Whether somebody outside waits for what a node just did, and should have the thread next.
    pub gives_way: bool,
}

impl Core {
    pub(crate) fn new(slots: Vec<Slot>, gate: Arc<Gate>, directory: Arc<Directory>) -> Self {
        Self {
            slots,
            queue: VecDeque::new(),
            streams: VecDeque::new(),
            timers: Timers::default(),
            gate,
            directory,
            crowded: Vec::new(),
            held: Vec::new(),
            keeps_sent: false,
            last_sent: None,
            gives_way: false,
        }
    }

    /// Whether there is a next hop.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty() || (self.crowded.is_empty() && !self.streams.is_empty())
    }

    /// Takes out the stream whose turn it is; none while they have to wait.
    pub(super) fn take_stream(&mut self) -> Option<Stream> {
        if self.crowded.is_empty() { self.streams.pop_front() } else { None }
    }

    /// One more message waits for a node.
    #[inline]
    pub(crate) fn queue_at(&mut self, slot: u32) {
        let before = self.slots[slot as usize].handle.counters.inbox.fetch_add(1, Ordering::AcqRel);
        if before >= CROWDED {
            self.crowd(slot);
        }
    }

    #[cold]
    fn crowd(&mut self, slot: u32) {
        if self.crowded.is_empty() {
            self.gate.hold_back();
        }
        if !self.crowded.contains(&slot) {
            self.crowded.push(slot);
        }
    }

    /// It does not wait any more.
    pub(crate) fn unqueue_at(&mut self, slot: u32) {
        self.slots[slot as usize].handle.counters.inbox.fetch_sub(1, Ordering::AcqRel);
        self.look_for_room();
    }

    /// Nothing waits for a node any more.
    pub(super) fn forget_queue_at(&mut self, slot: u32) {
        self.slots[slot as usize].handle.counters.inbox.store(0, Ordering::Release);
        self.look_for_room();
    }

    /// Lets new messages in again where few enough wait now.
    pub(super) fn look_for_room(&mut self) {
        if self.crowded.is_empty() {
            return;
        }
        let waiting = |slot: u32| self.slots[slot as usize].handle.counters.inbox.load(Ordering::Acquire);
        self.crowded.retain(|slot| waiting(*slot) > ROOMY);
        if self.crowded.is_empty() {
            self.gate.let_in();
        }
    }

    /// Queues a message at every receiver of a port.
    pub(crate) fn emit(&mut self, slot: u32, port: usize, mut message: Message) {
        if self.keeps_sent {
            self.last_sent = Some(message.clone());
        }
        let Self { slots, queue, .. } = self;
        let from = &slots[slot as usize];
        let Some(port) = from.ports.get(port) else { return };
        let Some((last, others)) = port.targets.split_last() else { return port.outlet.pass_by(&message) };
        port.outlet.pass(&message);
        if others.len() >= MANY_COPIES {
            message.settle();
        }
        for target in others {
            queue.push_back((*target, message.clone()));
        }
        queue.push_back((*last, message));
    }

    /// What the node that was called sent last; nothing is kept from now on.
    pub(super) fn take_sent(&mut self) -> Option<Message> {
        self.keeps_sent = false;
        self.last_sent.take()
    }

    /// Tells the complete nodes that listen to a node.
    pub(crate) fn complete(&mut self, slot: u32, message: Message) {
        let Self { slots, queue, .. } = self;
        for target in slots[slot as usize].completes() {
            queue.push_back((*target, message.clone()));
        }
    }
}
