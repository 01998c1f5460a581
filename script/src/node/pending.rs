//! Messages that a function node is not done with when its code returns.

use engine::node::Out;
use engine::observe::Level;
use engine::{Message, NodeError};
use model::text::Text;

use super::ScriptNode;
use super::sending::{Origin, emit, origin_of_message};
use crate::errors::ScriptError;
use crate::sandbox::Outputs;

/// Beyond so many messages that wait for their promises, others that wait keep their credits and are counted as what waits for
/// the node: so sources and streams wait with them.
const PARKED_LIMIT: usize = 6000;
/// So many messages may be without their `node.done()`, which may never come; the oldest is let go beyond it.
const UNDONE_LIMIT: usize = 1000;

/// A message whose promise is not settled.
pub(super) struct Pending {
    pub message: Message,
    /// Whether its code has called `node.done()` already.
    pub is_done: bool,
    /// Whether it is counted as one that waits for the node.
    pub is_queued: bool,
}

impl ScriptNode {
    /// A message waits for its promise.
    pub(super) fn wait(&mut self, call: u32, message: Message, is_done: bool, out: &mut Out<'_>) {
        let is_queued = self.pending.len() >= PARKED_LIMIT;
        if is_queued {
            out.queued();
            self.tell_once("function.error.too-many-pending", PARKED_LIMIT, out);
        } else {
            message.delivery().inspect(|delivery| delivery.release_credit());
        }
        if is_done {
            out.done(message.clone());
        }
        self.pending.insert(call, Pending { message, is_done, is_queued });
    }

    /// The message of a call waits no more.
    pub(super) fn take_pending(&mut self, call: u32, out: &mut Out<'_>) -> Option<Pending> {
        let pending = self.pending.remove(&call)?;
        if pending.is_queued {
            out.unqueued();
        }
        Some(pending)
    }

    /// The code for a message came to its end, and says later that it is done, or never: nobody upstream waits for that.
    pub(super) fn leave_undone(&mut self, call: u32, message: Message, out: &mut Out<'_>) {
        message.delivery().inspect(|delivery| delivery.release_credit());
        if self.undone.len() >= UNDONE_LIMIT {
            self.undone.pop_first();
            self.tell_once("function.error.too-many-undone", UNDONE_LIMIT, out);
        }
        self.undone.insert(call, message);
    }

    fn tell_once(&mut self, key: &'static str, limit: usize, out: &mut Out<'_>) {
        if !self.told.contains(&key) {
            self.told.push(key);
            out.log(Level::Warn, Text::key(key).with("limit", limit));
        }
    }

    /// `node.done()` was called for a message whose call has returned.
    pub(super) fn end(&mut self, call: u32, out: &mut Out<'_>) {
        match self.pending.get_mut(&call) {
            Some(Pending { is_done: true, .. }) => {}
            Some(pending) => {
                pending.is_done = true;
                out.done(pending.message.clone());
            }
            None => self.undone.remove(&call).into_iter().for_each(|message| out.done(message)),
        }
    }

    /// A promise came to its end after its call had returned.
    pub(super) fn settle(&mut self, call: u32, result: Result<Outputs, ScriptError>, out: &mut Out<'_>) {
        let Some(Pending { message, is_done, .. }) = self.take_pending(call, out) else { return };
        match result {
            Ok(outputs) => {
                emit(outputs, &origin_of_message(call, &message), out);
                match (is_done, self.calls_done) {
                    (true, _) => {}
                    (false, true) => self.leave_undone(call, message, out),
                    (false, false) => out.done(message),
                }
            }
            Err(error) => out.error(error.into(), Some(message)),
        }
    }

    /// No promise will be settled any more.
    pub(super) fn give_up_waiting(&mut self, error: &NodeError, out: &mut Out<'_>) {
        while let Some((&call, _)) = self.pending.first_key_value()
            && let Some(Pending { message, .. }) = self.take_pending(call, out)
        {
            out.error(error.clone(), Some(message));
        }
    }

    /// The world is gone in which a promise could be settled, or `node.done()` called.
    pub(super) fn give_up(&mut self, error: &NodeError, out: &mut Out<'_>) {
        self.give_up_waiting(error, out);
        for (_, message) in std::mem::take(&mut self.undone) {
            out.error(error.clone(), Some(message));
        }
    }

    /// Whether a call has returned and its message is not done.
    pub(super) fn is_open(&self, call: u32) -> bool {
        self.pending.contains_key(&call) || self.undone.contains_key(&call)
    }

    /// The origin of a call: the one being run, one that is not done, or none.
    pub(super) fn origin_of(&self, call: u32, current: &Origin) -> Origin {
        let undone = || self.undone.get(&call);
        match self.pending.get(&call).map(|pending| &pending.message).or_else(undone) {
            Some(message) => origin_of_message(call, message),
            None if call == current.call => current.clone(),
            None => Origin { call, ..Origin::default() },
        }
    }
}
