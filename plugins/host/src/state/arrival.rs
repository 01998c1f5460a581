//! A message that arrived, and how the plugin ended its work on it.

use engine::delivery::Delivery;
use engine::{Message, NodeError};

use super::{Effect, Origin, State};
use crate::bindings::Progress;
use crate::fault::Fault;

/// Work that a message asks for.
pub(crate) struct Arrival {
    pub(crate) id: u64,
    /// The number of the plugin's handle.
    pub(crate) rep: u32,
    pub(crate) delivery: Option<Delivery>,
    /// What the plugin did with it in the call that it came with.
    pub(crate) end: Option<End>,
}

/// What a plugin did with the message that it got.
pub(crate) enum End {
    /// Sent it on.
    Sent,
    /// Said that it is done.
    Done(Message),
    /// Said that it failed.
    Failed(NodeError, Message),
    /// Let go of it.
    Dropped(Message),
}

/// How a call of `on-message` ended.
pub(crate) enum Verdict {
    /// Done, with what is left of the message; empty where it was sent on.
    Done(Message),
    /// The plugin keeps it.
    Kept,
    /// Failed, with what a catch node gets.
    Failed(NodeError, Message),
}

impl State {
    /// Settles what became of the message that arrived with this call, which ended well or with a failure of the plugin's own.
    pub(crate) fn settle(&mut self, answer: Result<Progress, NodeError>) -> Verdict {
        let Some(mut arrival) = self.call.arrival.take() else { return Verdict::Done(Message::default()) };
        let under = |mut message: Message| {
            message.set_delivery(arrival.delivery.clone());
            message
        };
        let progress = match answer {
            Ok(progress) => progress,
            Err(error) => {
                let message = self.last_seen(arrival.end.take(), arrival.rep);
                return Verdict::Failed(error, under(message));
            }
        };
        match (arrival.end.take(), progress) {
            (Some(End::Sent), _) => Verdict::Done(Message::default()),
            (Some(End::Done(message)), _) | (Some(End::Dropped(message)), Progress::Done) => {
                Verdict::Done(under(message))
            }
            (Some(End::Failed(error, message)), _) => Verdict::Failed(error, under(message)),
            (Some(End::Dropped(message)), Progress::Kept) => {
                Verdict::Failed(Fault::Dropped.error(&self.shared.plugin), under(message))
            }
            (None, Progress::Done) => {
                let left = self.table.empty(arrival.rep).unwrap_or_default();
                Verdict::Done(under(left))
            }
            (None, Progress::Kept) => self.keep(arrival),
        }
    }

    /// The plugin keeps a message: its credit goes back, for the buffer that it is in has a limit of its own.
    fn keep(&mut self, arrival: Arrival) -> Verdict {
        let limit = self.shared.limits.held_messages;
        if self.kept.len() >= limit {
            let mut message = self.table.empty(arrival.rep).unwrap_or_default();
            message.set_delivery(arrival.delivery);
            return Verdict::Failed(Fault::Kept(limit).error(&self.shared.plugin), message);
        }
        if let Some(delivery) = &arrival.delivery {
            delivery.release_credit();
        }
        self.kept.insert(arrival.id, arrival);
        Verdict::Kept
    }

    /// The call trapped: nothing of it happens, and nothing that the instance kept will be done.
    pub(crate) fn give_up(&mut self, fault: &Fault) -> (Option<Verdict>, Vec<Effect>) {
        let error = fault.error(&self.shared.plugin);
        let verdict = self.call.arrival.take().map(|mut arrival| {
            let mut message = self.last_seen(arrival.end.take(), arrival.rep);
            message.set_delivery(arrival.delivery.clone());
            Verdict::Failed(error.clone(), message)
        });
        self.call.effects.clear();
        let lost = self.take_kept().into_iter().map(|message| Effect::Fail(error.clone(), message));
        (verdict, lost.collect())
    }

    /// The messages that the plugin keeps, in the order in which they came.
    pub(crate) fn take_kept(&mut self) -> Vec<Message> {
        let mut kept: Vec<Arrival> = self.kept.drain().map(|(_, arrival)| arrival).collect();
        kept.sort_unstable_by_key(|arrival| arrival.id);
        let message = |arrival: Arrival| {
            let mut message = self.table.empty(arrival.rep)?;
            message.set_delivery(arrival.delivery);
            Some(message)
        };
        kept.into_iter().filter_map(message).collect()
    }

    /// The message that arrived, as the plugin left it.
    fn last_seen(&mut self, end: Option<End>, rep: u32) -> Message {
        match end {
            Some(End::Done(message) | End::Failed(_, message) | End::Dropped(message)) => message,
            None => self.table.empty(rep).unwrap_or_default(),
            Some(End::Sent) => {
                let sent = self.call.effects.iter().rev().find_map(|effect| match effect {
                    Effect::Emit(_, message, Origin::Arrived) => Some(message.clone()),
                    _ => None,
                });
                sent.unwrap_or_default()
            }
        }
    }
}
