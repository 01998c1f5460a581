//! Messages on their way from a connection to one node, and word of what became of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::Outcome;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::connection::Command;
use super::payload::DataType;
use super::publication::{Publication, Quality};
use crate::network::overflow::Overflow;

/// From this many waiting messages on a node is full. When all nodes of a connection are, it stops reading, if it can
/// afford to.
pub(crate) const FULL: usize = 256;
/// Beyond this many waiting messages, those of quality 0 are dropped and counted: the connection reads on for other nodes,
/// or because it waits for answers to what it sent.
pub(crate) const OVERFULL: usize = 4096;
/// From this many waiting messages on the connection stops reading whatever other nodes want, if it can afford to. Only a
/// broker that sends without waiting for acknowledgements gets there.
pub(crate) const BRIMMING: usize = 16 * 1024;

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

/// How many backlogs of a connection are full, so that its task need not look into each.
#[derive(Default)]
pub(crate) struct Pressure {
    full: AtomicUsize,
    brimming: AtomicUsize,
}

impl Pressure {
    /// Whether any backlog is full.
    pub(crate) fn is_any_full(&self) -> bool {
        self.full.load(Ordering::Relaxed) > 0
    }

    /// Whether any backlog holds so much that all others have to wait for it.
    pub(crate) fn is_any_brimming(&self) -> bool {
        self.brimming.load(Ordering::Relaxed) > 0
    }
}

/// Messages on their way to one node: those that its flow has no room for wait.
pub(crate) struct Backlog {
    waiting: Mutex<Waiting>,
    filled: Notify,
    is_full: AtomicBool,
    pressure: Arc<Pressure>,
    overflow: Overflow,
    commands: UnboundedSender<Command>,
}

struct Waiting {
    messages: VecDeque<Inbound>,
    level: Level,
    /// Whether the reader holds one that it has not handed on: nothing may overtake it.
    is_held: bool,
    /// None once the node is gone.
    direct: Option<Box<dyn Direct>>,
}

/// How much waits. It goes down only when half is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Roomy,
    Full,
    Brimming,
}

impl Backlog {
    pub(crate) fn new(
        commands: UnboundedSender<Command>,
        pressure: Arc<Pressure>,
        direct: impl Direct + 'static,
    ) -> Arc<Self> {
        let waiting = Waiting {
            messages: VecDeque::new(),
            level: Level::Roomy,
            is_held: false,
            direct: Some(Box::new(direct)),
        };
        Arc::new(Self {
            waiting: Mutex::new(waiting),
            filled: Notify::new(),
            is_full: AtomicBool::new(false),
            pressure,
            overflow: Overflow::default(),
            commands,
        })
    }

    pub(crate) fn push(&self, message: Inbound) {
        let mut waiting = self.lock();
        // What comes for a node that is gone is not settled, and comes again to its successor.
        let Some(direct) = &waiting.direct else { return };
        let mut message = message;
        if waiting.messages.is_empty() && !waiting.is_held {
            match direct(message) {
                None => return,
                Some(refused) => message = refused,
            }
        }
        if waiting.messages.len() >= OVERFULL && message.publication.quality == Quality::AtMostOnce {
            return self.overflow.note();
        }
        waiting.messages.push_back(message);
        self.weigh(&mut waiting);
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

    /// The node goes: messages wait for nobody, and hold nobody up.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.direct = None;
        self.weigh(&mut waiting);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Waits until messages were dropped, and gives how many since this was asked last. Safe to cancel.
    pub(crate) async fn dropped(&self) -> u64 {
        self.overflow.next().await
    }

    /// A message, if one waits.
    pub(crate) fn try_next(&self) -> Option<Inbound> {
        let mut waiting = self.lock();
        let Some(message) = waiting.messages.pop_front() else {
            waiting.is_held = false;
            return None;
        };
        waiting.is_held = true;
        self.weigh(&mut waiting);
        Some(message)
    }

    /// Keeps the connection's count, and tells it when there is room again.
    fn weigh(&self, waiting: &mut Waiting) {
        let (count, before) = (waiting.messages.len(), waiting.level);
        let is_at = |level, limit: usize| count >= limit || (before >= level && count > limit / 2);
        let level = match () {
            () if waiting.direct.is_none() => Level::Roomy,
            () if is_at(Level::Brimming, BRIMMING) => Level::Brimming,
            () if is_at(Level::Full, FULL) => Level::Full,
            () => Level::Roomy,
        };
        if level == before {
            return;
        }
        waiting.level = level;
        self.is_full.store(level >= Level::Full, Ordering::Relaxed);
        for (mark, counter) in
            [(Level::Full, &self.pressure.full), (Level::Brimming, &self.pressure.brimming)]
        {
            if level >= mark && before < mark {
                counter.fetch_add(1, Ordering::Relaxed);
            } else if level < mark && before >= mark {
                counter.fetch_sub(1, Ordering::Relaxed);
            }
        }
        if level < before {
            // A connection that is gone reads no more.
            let _ = self.commands.send(Command::Room);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.close();
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

    fn message(quality: Quality) -> Inbound {
        let publication = Arc::new(Publication { quality, ..Default::default() });
        Inbound { publication, data_type: DataType::Buffer, receipt: None }
    }

    #[tokio::test]
    async fn a_full_backlog_drops_quality_0_alone_and_tells_when_there_is_room() {
        let (sender, mut commands) = unbounded_channel();
        let pressure = Arc::<Pressure>::default();
        let backlog = Backlog::new(sender, pressure.clone(), Some);
        for count in 0..OVERFULL + 3 {
            assert_eq!((backlog.is_full(), pressure.is_any_full()), (count >= FULL, count >= FULL));
            backlog.push(message(Quality::AtMostOnce));
        }
        backlog.push(message(Quality::AtLeastOnce));
        assert_eq!(backlog.dropped().await, 3);
        for _ in 0..OVERFULL {
            assert_eq!(backlog.next().await.publication.quality, Quality::AtMostOnce);
        }
        assert_eq!(backlog.next().await.publication.quality, Quality::AtLeastOnce);
        assert!(matches!(commands.try_recv(), Ok(Command::Room)));
        assert!(commands.try_recv().is_err());
        assert!(!backlog.is_full() && !pressure.is_any_full());
    }

    #[test]
    fn backlogs_that_are_gone_hold_nobody_up() {
        let (sender, _commands) = unbounded_channel();
        let pressure = Arc::<Pressure>::default();
        let [closed, dropped] = [(); 2].map(|()| Backlog::new(sender.clone(), pressure.clone(), Some));
        for _ in 0..BRIMMING {
            assert!(!pressure.is_any_brimming());
            closed.push(message(Quality::AtLeastOnce));
            dropped.push(message(Quality::AtLeastOnce));
        }
        assert!(pressure.is_any_brimming() && closed.is_full());
        closed.close();
        closed.push(message(Quality::AtLeastOnce));
        assert!(pressure.is_any_brimming() && !closed.is_full());
        drop(dropped);
        assert!(!pressure.is_any_brimming() && !pressure.is_any_full());
    }

    #[tokio::test]
    async fn no_message_overtakes_one_that_had_to_wait() {
        let (sender, _commands) = unbounded_channel();
        let (passed, seen) = std::sync::mpsc::channel();
        let has_room = Arc::new(AtomicBool::new(false));
        let room = has_room.clone();
        let backlog = Backlog::new(sender, Arc::default(), move |message: Inbound| {
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
