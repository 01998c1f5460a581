//! Messages on their way from a connection to one node, and word of what became of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::Outcome;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::connection::Command;
use super::payload::DataType;
use super::publication::{Publication, Quality};

/// From this many waiting messages on the connection stops reading, if it can afford to.
pub(crate) const FULL: usize = 256;
/// Beyond this many waiting messages, those of quality 0 are dropped and counted. Between the two limits the
/// connection reads on only because it waits for answers to what it sent.
pub(crate) const OVERFULL: usize = 4096;

/// A message for one node.
pub(crate) struct Inbound {
    pub(crate) publication: Arc<Publication>,
    /// What the subscription wants its payload to become.
    pub(crate) data_type: DataType,
    /// To be settled when the node, and all that comes of the message, is done; none for quality 0.
    pub(crate) receipt: Option<Receipt>,
}

/// Takes a message without waiting, or gives it back.
pub(crate) trait Direct: Fn(Inbound) -> Option<Inbound> + Send {}
impl<F: Fn(Inbound) -> Option<Inbound> + Send> Direct for F {}

/// Messages on their way to one node: those that its flow has no room for wait.
pub(crate) struct Backlog {
    waiting: Mutex<Waiting>,
    filled: Notify,
    dropped: AtomicU64,
    commands: UnboundedSender<Command>,
}

struct Waiting {
    messages: VecDeque<Inbound>,
    /// Whether the reader holds one that it has not handed on: nothing may overtake it.
    is_held: bool,
    /// None once the node is gone.
    direct: Option<Box<dyn Direct>>,
}

impl Backlog {
    pub(crate) fn new(commands: UnboundedSender<Command>, direct: impl Direct + 'static) -> Arc<Self> {
        let direct: Box<dyn Direct> = Box::new(direct);
        Arc::new(Self {
            waiting: Mutex::new(Waiting { messages: VecDeque::new(), is_held: false, direct: Some(direct) }),
            filled: Notify::new(),
            dropped: AtomicU64::new(0),
            commands,
        })
    }

    pub(crate) fn push(&self, message: Inbound) {
        let mut waiting = self.lock();
        let mut message = message;
        if waiting.messages.is_empty()
            && !waiting.is_held
            && let Some(direct) = &waiting.direct
        {
            match direct(message) {
                None => return,
                Some(refused) => message = refused,
            }
        }
        if waiting.messages.len() >= OVERFULL && message.publication.quality == Quality::AtMostOnce {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.messages.push_back(message);
        drop(waiting);
        self.filled.notify_one();
    }

    /// Waits for a message. The reader has handed on the one before. Safe to cancel. One reader at a time.
    pub(crate) async fn next(&self) -> Inbound {
        loop {
            if let Some(message) = self.try_next() {
                return message;
            }
            self.filled.notified().await;
        }
    }

    /// The node goes: messages wait for nobody.
    pub(crate) fn close(&self) {
        self.lock().direct = None;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lock().messages.len() >= FULL
    }

    /// How many messages were dropped since this was asked last.
    pub(crate) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// A message, if one waits.
    pub(crate) fn try_next(&self) -> Option<Inbound> {
        let mut waiting = self.lock();
        let Some(message) = waiting.messages.pop_front() else {
            waiting.is_held = false;
            return None;
        };
        waiting.is_held = true;
        if waiting.messages.len() == FULL / 2 {
            // A connection that is gone reads no more.
            let _ = self.commands.send(Command::Room);
        }
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One node's share in the acknowledgement of a message: when every share is settled, the broker hears of it.
/// A share that is dropped without being settled (its node was stopped) keeps the message with the broker.
pub(crate) struct Receipt {
    settled: bool,
    shared: Arc<Shared>,
}

struct Shared {
    id: u16,
    /// Packet identifiers mean nothing beyond a session.
    session: u64,
    cut_off: AtomicBool,
    commands: UnboundedSender<Command>,
}

impl Receipt {
    pub(crate) fn new(id: u16, session: u64, commands: UnboundedSender<Command>) -> Self {
        Self {
            settled: false,
            shared: Arc::new(Shared { id, session, cut_off: AtomicBool::new(false), commands }),
        }
    }

    /// Another share.
    pub(crate) fn share(&self) -> Self {
        Self { settled: false, shared: self.shared.clone() }
    }

    /// This share is done with the message.
    pub(crate) fn settle(mut self, outcome: Outcome) {
        // A message that failed would fail again: it is acknowledged, and the error was reported.
        self.settled = outcome != Outcome::Aborted;
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if !self.settled {
            self.shared.cut_off.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let done = !*self.cut_off.get_mut();
        // A connection that is gone acknowledges nothing; the broker will send the message again.
        let _ = self.commands.send(Command::Settled { id: self.id, session: self.session, done });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    fn settled(commands: &mut tokio::sync::mpsc::UnboundedReceiver<Command>) -> Option<bool> {
        commands.try_recv().ok().map(|command| match command {
            Command::Settled { id: 7, session: 3, done } => done,
            _ => panic!("another command"),
        })
    }

    #[test]
    fn the_broker_hears_of_a_message_when_every_share_is_settled() {
        let (sender, mut commands) = unbounded_channel();
        let first = Receipt::new(7, 3, sender.clone());
        let second = first.share();
        first.settle(Outcome::Delivered);
        assert_eq!(settled(&mut commands), None);
        second.settle(Outcome::Failed);
        assert_eq!(settled(&mut commands), Some(true));

        let first = Receipt::new(7, 3, sender.clone());
        let second = first.share();
        first.settle(Outcome::Aborted);
        second.settle(Outcome::Delivered);
        assert_eq!(settled(&mut commands), Some(false));

        drop(Receipt::new(7, 3, sender));
        assert_eq!(settled(&mut commands), Some(false));
    }

    #[tokio::test]
    async fn a_full_backlog_drops_quality_0_alone_and_tells_when_there_is_room() {
        let (sender, mut commands) = unbounded_channel();
        let backlog = Backlog::new(sender, Some);
        let message = |quality| Inbound {
            publication: Arc::new(Publication { quality, ..Default::default() }),
            data_type: DataType::Buffer,
            receipt: None,
        };
        for count in 0..OVERFULL + 3 {
            assert_eq!(backlog.is_full(), count >= FULL);
            backlog.push(message(Quality::AtMostOnce));
        }
        backlog.push(message(Quality::AtLeastOnce));
        assert_eq!((backlog.take_dropped(), backlog.take_dropped()), (3, 0));
        for _ in 0..OVERFULL {
            assert_eq!(backlog.next().await.publication.quality, Quality::AtMostOnce);
        }
        assert_eq!(backlog.next().await.publication.quality, Quality::AtLeastOnce);
        assert!(matches!(commands.try_recv(), Ok(Command::Room)));
        assert!(commands.try_recv().is_err());
    }

    #[tokio::test]
    async fn no_message_overtakes_one_that_had_to_wait() {
        let (sender, _commands) = unbounded_channel();
        let (passed, seen) = std::sync::mpsc::channel();
        let has_room = Arc::new(AtomicBool::new(false));
        let room = has_room.clone();
        let backlog = Backlog::new(sender, move |message: Inbound| {
            if !room.load(Ordering::Relaxed) {
                return Some(message);
            }
            passed.send(message.publication.topic.to_string()).unwrap();
            None
        });
        let push = |topic: &str| {
            let publication = Arc::new(Publication { topic: topic.into(), ..Default::default() });
            backlog.push(Inbound { publication, data_type: DataType::Buffer, receipt: None });
        };
        push("1");
        has_room.store(true, Ordering::Relaxed);
        push("2");
        assert_eq!(backlog.next().await.publication.topic, "1");
        assert_eq!(backlog.try_next().map(|message| message.publication.topic.clone()), Some("2".into()));
        push("3");
        assert!(seen.try_recv().is_err(), "the reader still holds the second");
        assert_eq!(backlog.try_next().map(|message| message.publication.topic.clone()), Some("3".into()));
        assert!(backlog.try_next().is_none());
        push("4");
        assert_eq!(seen.try_recv().as_deref(), Ok("4"));
        backlog.close();
        push("5");
        assert!(seen.try_recv().is_err());
    }
}
