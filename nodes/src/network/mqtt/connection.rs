//! One connection to a broker, shared by all nodes of its config node: a task that owns the socket, and a handle.
//!
//! The task reads and writes at the same time and never waits for a node. When every node has too many messages
//! waiting it stops reading, so the broker is held back by TCP, unless it waits for the broker to answer or
//! to read: then both could wait for each other for ever. One node alone does not keep others from theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ecow::EcoString;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::backlog::{Backlog, Direct, Pressure};
use super::payload::DataType;
use super::publication::Publication;
use super::session::{Outgoing, PublishError};
use super::settings::Settings;
use super::subscriptions::Subscriber;
use super::wire::Options;
use task::Task;

mod task;

/// How many messages wait to be published, over all nodes of the connection; beyond them nodes are held back.
pub(crate) const OUTBOX: usize = 1000;
/// The longest pause between attempts.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Disconnected,
    Connecting,
    Connected,
}

/// Something to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Connected,
    Lost(String),
    Failed(String),
    SubscriptionRefused {
        filter: EcoString,
        reason: String,
    },
    /// A message of an earlier session was dropped.
    NobodySubscribed {
        topic: EcoString,
    },
}

/// What the task is asked to do.
pub(crate) enum Command {
    Publish(Outgoing),
    Subscribe(EcoString, Subscriber),
    Unsubscribe(u64),
    /// Nodes are done with a message, or were cut off before they were.
    Settled {
        id: u16,
        session: u64,
        done: bool,
    },
    /// A node that had too many messages waiting has room again.
    Room,
    Connect,
    Disconnect,
    /// As `Disconnect`, without a goodbye.
    BreakOff,
    Stop(oneshot::Sender<()>),
}

/// The handle. When the last one is dropped the connection ends.
pub(crate) struct Connection {
    settings: Arc<Settings>,
    commands: UnboundedSender<Command>,
    link: watch::Receiver<Link>,
    outbox: Arc<Semaphore>,
    pressure: Arc<Pressure>,
    last_subscription: AtomicU64,
}

/// A subscription; it ends when this is dropped.
pub(crate) struct Subscription {
    id: u64,
    commands: UnboundedSender<Command>,
}

impl Connection {
    /// Starts the task, which connects if its settings say so.
    pub(crate) fn open(settings: Settings, notify: impl Fn(Notice) + Send + 'static) -> Self {
        let (commands, receiver) = unbounded_channel();
        let (link_sender, link) = watch::channel(Link::Disconnected);
        let settings = Arc::new(settings);
        let (own, notify) = (commands.downgrade(), Box::new(notify));
        let pressure = Arc::<Pressure>::default();
        tokio::spawn(
            Task::new(settings.clone(), (own, receiver), link_sender, pressure.clone(), notify).run(),
        );
        Self {
            settings,
            commands,
            link,
            outbox: Arc::new(Semaphore::new(OUTBOX)),
            pressure,
            last_subscription: AtomicU64::new(0),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How the connection stands, now and later.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// A place for messages to one node; `direct` takes those that need not wait there.
    pub(crate) fn backlog(&self, direct: impl Direct + 'static) -> Arc<Backlog> {
        Backlog::new(self.commands.clone(), self.pressure.clone(), direct)
    }

    /// Subscribes, now or as soon as the connection stands, and again whenever the broker has forgotten it.
    pub(crate) fn subscribe(
        &self,
        filter: EcoString,
        options: Options,
        data_type: DataType,
        backlog: Arc<Backlog>,
    ) -> Subscription {
        let id = self.last_subscription.fetch_add(1, Ordering::Relaxed);
        self.tell(Command::Subscribe(filter, Subscriber { id, options, data_type, backlog }));
        Subscription { id, commands: self.commands.clone() }
    }

    /// Room in the outbox, if there is some.
    pub(crate) fn try_room(&self) -> Option<OwnedSemaphorePermit> {
        self.outbox.clone().try_acquire_owned().ok()
    }

    /// Waits for room in the outbox. Safe to cancel.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        self.outbox.clone().acquire_owned().await.ok()
    }

    /// Publishes, now or as soon as the connection stands; `report` hears what became of it.
    pub(crate) fn publish(
        &self,
        publication: Publication,
        room: Option<OwnedSemaphorePermit>,
        report: impl FnOnce(Result<(), PublishError>) + Send + 'static,
    ) {
        let report = move |outcome| {
            drop(room);
            report(outcome);
        };
        let outgoing =
            Outgoing { publication: Arc::new(publication), is_passing: false, report: Box::new(report) };
        if let Err(error) = self.commands.send(Command::Publish(outgoing))
            && let Command::Publish(outgoing) = error.0
        {
            (outgoing.report)(Err(PublishError::Stopped));
        }
    }

    /// Connects, and again whenever the connection is lost.
    pub(crate) fn connect(&self) {
        self.tell(Command::Connect);
    }

    /// Disconnects in good order and stays away.
    pub(crate) fn disconnect(&self) {
        self.tell(Command::Disconnect);
    }

    /// Cuts the connection off and stays away.
    pub(crate) fn break_off(&self) {
        self.tell(Command::BreakOff);
    }

    /// Publishes what waits (if the connection stands) and the close message, disconnects and ends.
    pub(crate) async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        self.tell(Command::Stop(done));
        // Gone already is as good as ended.
        let _ = ended.await;
    }

    fn tell(&self, command: Command) {
        // A task that has ended needs no telling.
        let _ = self.commands.send(command);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Unsubscribe(self.id));
    }
}
