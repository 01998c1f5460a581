//! Messages that are held at a node's input while somebody looks at them.
//!
//! What runs in the node's slot is wrapped for as long: where nothing is held, no hop asks whether anything is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Body, Cell};
use crate::message::Message;
use crate::node::{Counters, Seen, at_rest};

/// So many messages are held at one node; the oldest goes on when one more comes. Far fewer than the credits of a
/// cell, so that sources go on, and no message is lost.
pub const HELD_MESSAGES: usize = 64;

/// What is held at a node's input, for those outside of its cell.
#[derive(Default)]
pub struct Hold(Mutex<State>);

#[derive(Default)]
struct State {
    messages: VecDeque<Seen>,
    next: u64,
    crowded_out: u64,
    is_on: bool,
    is_over: bool,
}

/// What a [`Hold`] was like at one moment.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    /// The messages, the oldest first, as copies that hold nothing open. Their numbers count on by 1.
    pub messages: Vec<Seen>,
    /// Messages that went on by themselves, for others came.
    pub crowded_out: u64,
    /// The number of the message that comes next.
    pub next: u64,
}

impl Hold {
    /// What is held now.
    pub fn now(&self) -> Holding {
        let state = self.state();
        Holding {
            messages: state.messages.iter().cloned().collect(),
            crowded_out: state.crowded_out,
            next: state.next,
        }
    }

    /// How many of the messages came before this time, in milliseconds since 1970 (UTC).
    pub fn older_than(&self, time: u64) -> usize {
        self.state().messages.iter().take_while(|seen| seen.time < time).count()
    }

    /// Whether messages are held right now.
    pub fn is_on(&self) -> bool {
        let state = self.state();
        state.is_on && !state.is_over
    }

    /// Whether nothing is held any more, and nothing will be.
    pub fn is_over(&self) -> bool {
        self.state().is_over
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node whose messages are held.
pub(crate) struct Held {
    node: Body,
    /// Unfinished work: the cell has it, and those who look at it have copies.
    messages: VecDeque<Message>,
    hold: Arc<Hold>,
}

impl Held {
    fn add(&mut self, message: Message) {
        let mut state = self.hold.state();
        let seen = Seen::now(state.next, at_rest(&message));
        state.messages.push_back(seen);
        state.next += 1;
        drop(state);
        self.messages.push_back(message);
    }

    fn next(&mut self) -> Option<Message> {
        self.hold.state().messages.pop_front();
        self.messages.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.hold.state();
        state.messages.clear();
        state.is_over = true;
    }
}

impl Body {
    /// The node itself, whether its messages are held or not.
    pub(super) fn node(&mut self) -> &mut Body {
        match self {
            Body::Held(held) => &mut held.node,
            body => body,
        }
    }
}

impl Cell {
    /// From now on messages for this node are held.
    pub(super) fn hold(&mut self, slot: u32, hold: Arc<Hold>) {
        let body = &mut self.bodies[slot as usize];
        let is_free = !self.is_ending && !matches!(body, Body::Held(_));
        let node = if is_free { std::mem::replace(body, Body::Pass) } else { Body::Pass };
        // One that cannot be is over at once.
        let held = Held { node, messages: VecDeque::new(), hold };
        if is_free {
            held.hold.state().is_on = true;
            self.bodies[slot as usize] = Body::Held(Box::new(held));
        }
    }

    /// Holds a message that was about to be handed to its node.
    #[cold]
    pub(super) fn keep(&mut self, slot: u32, message: Message) {
        let Body::Held(held) = &mut self.bodies[slot as usize] else { return };
        held.add(message);
        let is_full = held.len() > HELD_MESSAGES;
        if is_full {
            held.hold.state().crowded_out += 1;
        }
        // It is received when it goes on.
        Counters::add(&self.core.slots[slot as usize].handle.counters.received, 1_u64.wrapping_neg());
        if is_full {
            self.let_go(slot, 1);
        }
    }

    /// The oldest messages go on to the node, the later ones stay.
    pub(super) fn let_go(&mut self, slot: u32, count: usize) {
        for _ in 0..count {
            let Body::Held(held) = &mut self.bodies[slot as usize] else { return };
            let Some(message) = held.next() else { return };
            let node = std::mem::replace(&mut held.node, Body::Pass);
            let held = std::mem::replace(&mut self.bodies[slot as usize], node);
            self.deliver(slot, message, false);
            // Which may be another by now: built anew after a panic.
            let node = std::mem::replace(&mut self.bodies[slot as usize], held);
            *self.bodies[slot as usize].node() = node;
        }
    }

    /// All messages go on, and nothing is held here any more.
    pub(super) fn end_hold(&mut self, slot: u32) {
        let Body::Held(held) = &mut self.bodies[slot as usize] else { return };
        let messages = std::mem::take(&mut held.messages);
        self.bodies[slot as usize] = std::mem::replace(&mut held.node, Body::Pass);
        for message in messages {
            self.deliver(slot, message, false);
        }
    }

    /// The cell is about to be taken apart: nothing is held in it any more.
    pub(super) fn end_holds(&mut self) {
        self.is_ending = true;
        for slot in 0..self.bodies.len() {
            self.end_hold(u32::try_from(slot).unwrap_or(u32::MAX));
        }
    }

    /// Whether this is what holds the messages of a node.
    pub(super) fn is_held_by(&self, slot: u32, hold: &Arc<Hold>) -> bool {
        matches!(&self.bodies[slot as usize], Body::Held(held) if Arc::ptr_eq(&held.hold, hold))
    }
}
