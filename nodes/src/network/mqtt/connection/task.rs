//! The task that owns a connection's socket, and its session.

use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use ecow::EcoString;
use model::topic;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Command, LONGEST_PAUSE, Link, Notice};
use crate::network::mqtt::backlog::{Inbound, Pressure, Receipt};
use crate::network::mqtt::publication::{Publication, Quality};
use crate::network::mqtt::session::{Outgoing, Session};
use crate::network::mqtt::settings::{Settings, Version};
use crate::network::mqtt::subscriptions::Subscriptions;
use crate::network::mqtt::transport::{self, Connected};
use crate::network::mqtt::wire::{self, Received};

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How long a connection that is to end waits for what is under way.
const FAREWELL: Duration = Duration::from_secs(3);
/// After how long a message that a flow was cut off with is given to it again.
const RETRY: Duration = Duration::from_secs(5);
/// How long a message of an earlier session waits for a node that subscribes to it; then it is dropped.
const ORPHAN: Duration = Duration::from_secs(30);
/// How often idle filters and orphans are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(1);
/// How many bytes are read at once.
const READ_AHEAD: usize = 64 * 1024;

/// The task: see the module above.
pub(super) struct Task {
    settings: Arc<Settings>,
    session: Session,
    subscriptions: Subscriptions,
    commands: UnboundedReceiver<Command>,
    own_commands: WeakUnboundedSender<Command>,
    link: watch::Sender<Link>,
    pressure: Arc<Pressure>,
    notify: Box<dyn Fn(Notice) + Send>,
    /// Whether there is to be a connection.
    wanted: bool,
    /// Set when the task is to end; told when it has.
    stopped: Option<oneshot::Sender<()>>,
    was_connected: bool,
    /// Whether to leave without a goodbye.
    breaks_off: bool,
    /// Whether messages wait for a node to subscribe to them.
    has_orphans: bool,
}

/// How a connection ended.
enum End {
    /// We left.
    Left,
    Lost(String),
}

impl Task {
    /// A task that was not yet run. It holds its own commands weakly, or it would keep itself alive.
    pub(super) fn new(
        settings: Arc<Settings>,
        (own_commands, commands): (WeakUnboundedSender<Command>, UnboundedReceiver<Command>),
        link: watch::Sender<Link>,
        pressure: Arc<Pressure>,
        notify: Box<dyn Fn(Notice) + Send>,
    ) -> Self {
        Self {
            wanted: settings.connects_by_itself,
            session: Session::new(settings.version),
            settings,
            own_commands,
            commands,
            link,
            pressure,
            subscriptions: Subscriptions::default(),
            notify,
            stopped: None,
            was_connected: false,
            breaks_off: false,
            has_orphans: false,
        }
    }

    /// Runs until the connection is stopped, or its last handle dropped.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        let mut last_reason = None;
        while self.stopped.is_none() {
            if !self.wanted {
                self.link.send_replace(Link::Disconnected);
                match self.commands.recv().await {
                    Some(command) => self.obey(command),
                    None => break,
                }
                continue;
            }
            self.link.send_replace(Link::Connecting);
            let attempt = transport::connect(self.settings.clone(), self.starts_clean());
            match self.meanwhile(attempt).await {
                None => continue,
                Some(Err(reason)) => {
                    self.link.send_replace(Link::Disconnected);
                    // Once is enough for a broker that stays away.
                    if last_reason.as_ref() != Some(&reason) {
                        (self.notify)(Notice::Failed(reason.clone()));
                        last_reason = Some(reason);
                    }
                }
                Some(Ok(connected)) => {
                    (failures, last_reason) = (0, None);
                    let end = self.serve(connected).await;
                    self.session.lost();
                    self.link.send_replace(Link::Disconnected);
                    match end {
                        End::Left => continue,
                        End::Lost(reason) => (self.notify)(Notice::Lost(reason)),
                    }
                }
            }
            let _: Option<()> = self.meanwhile(tokio::time::sleep(pause_after(failures))).await;
            failures += 1;
        }
        self.session.abandon();
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.session.abandon();
        self.link.send_replace(Link::Disconnected);
        if let Some(stopped) = self.stopped.take() {
            // Whoever asked may have lost patience.
            let _ = stopped.send(());
        }
    }

    /// Whether the broker is to forget us first.
    fn starts_clean(&self) -> bool {
        match self.settings.version {
            Version::V311 => self.settings.clean_session,
            // A lost connection resumes its own session.
            Version::V5 => {
                self.settings.clean_session && !(self.was_connected && self.settings.is_persistent())
            }
        }
    }

    /// Waits for `future` and does what it is asked meanwhile; `None` when there is to be no connection.
    async fn meanwhile<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                outcome = &mut future => return Some(outcome),
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => self.wanted = false,
                },
            }
            if !self.stays() {
                return None;
            }
        }
    }

    fn stays(&self) -> bool {
        self.wanted && self.stopped.is_none()
    }

    /// Whether nobody has room for what the broker sends.
    fn is_held_back(&self) -> bool {
        self.pressure.is_any_brimming() || (self.pressure.is_any_full() && self.subscriptions.are_all_full())
    }

    fn is_connected(&self) -> bool {
        *self.link.borrow() == Link::Connected
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Publish(outgoing) => self.session.submit(outgoing),
            Command::Subscribe(filter, subscriber) => {
                self.subscriptions.add(filter.clone(), subscriber);
                if self.is_connected() {
                    self.ask(&filter);
                }
                for (id, publication) in
                    self.session.take_waiting(|publication, _| topic::matches(&filter, &publication.topic))
                {
                    self.deliver(Some(id), &publication);
                }
            }
            Command::Unsubscribe(id) => self.subscriptions.remove(id),
            Command::Settled { id, session, done } => {
                let connected = self.is_connected();
                self.session.settled(id, session, done, connected);
                self.has_orphans |= !done;
            }
            Command::Room => {}
            Command::Connect => self.wanted = true,
            Command::Disconnect => self.wanted = false,
            Command::BreakOff => (self.wanted, self.breaks_off) = (false, self.is_connected()),
            Command::Stop(stopped) => self.stopped = Some(stopped),
        }
    }

    /// Asks the broker for a filter.
    fn ask(&mut self, filter: &EcoString) {
        if let Some(options) = self.subscriptions.ask(filter)
            && let Err(error) = self.session.subscribe(filter, options)
        {
            (self.notify)(Notice::SubscriptionRefused { filter: filter.clone(), reason: error.to_string() });
        }
    }

    /// Gives a message to the nodes that want it; `id` is none for quality 0.
    fn deliver(&mut self, id: Option<u16>, publication: &Arc<Publication>) {
        let wanting = self.subscriptions.wanting(&publication.topic);
        if wanting.is_empty() {
            if let Some(id) = id {
                // Its node may be on its way: a deploy, or a session that was kept while we were away.
                self.session.nobody_there(id);
                self.has_orphans = true;
            }
            return;
        }
        let commands = self.own_commands.upgrade();
        let receipt =
            id.zip(commands).map(|(id, commands)| Receipt::new(id, self.session.number(), commands));
        // Every share but one is made of the first, so that the broker hears when all are settled.
        let shares: Vec<_> = wanting.iter().skip(1).map(|_| receipt.as_ref().map(Receipt::share)).collect();
        let receipts = std::iter::once(receipt).chain(shares);
        for ((data_type, backlog), receipt) in wanting.into_iter().zip(receipts) {
            backlog.push(Inbound { publication: publication.clone(), data_type, receipt });
        }
    }

    /// Lives on a connection until it ends.
    async fn serve(&mut self, connected: Connected) -> End {
        let Connected { socket, welcome, rest: mut input } = connected;
        let keep_alive = welcome.keep_alive_seconds.unwrap_or(self.settings.keep_alive_seconds);
        self.session.welcomed(&welcome);
        self.was_connected = true;
        self.link.send_replace(Link::Connected);
        (self.notify)(Notice::Connected);
        for filter in self.subscriptions.unasked(welcome.session_present) {
            self.ask(&filter);
        }
        if let Some(birth) = self.settings.birth.clone() {
            self.session.submit_first(unreported(birth));
        }
        if let Err(reason) = self.digest(&mut input) {
            return End::Lost(reason);
        }
        let (mut reader, mut writer) = tokio::io::split(socket);
        let mut unflushed = false;
        // A quarter early, so that the broker never waits longer than it was told.
        let ping_interval = Duration::from_secs(keep_alive.into()).mul_f64(0.75);
        let mut next_ping = pin!(tokio::time::sleep(ping_interval));
        let mut awaits_pong = false;
        let mut farewell: Option<Instant> = None;
        let mut said_goodbye = false;
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if std::mem::take(&mut self.breaks_off) {
                return End::Left;
            }
            if !self.stays() {
                let deadline = *farewell.get_or_insert_with(|| {
                    if let Some(close) = self.settings.close.clone() {
                        self.session.submit(unreported(close));
                    }
                    Instant::now() + FAREWELL
                });
                let late = Instant::now() >= deadline;
                if !said_goodbye && (late || self.session.is_idle()) {
                    self.session.disconnect();
                    said_goodbye = true;
                } else if said_goodbye && (late || (self.session.out.is_empty() && !unflushed)) {
                    // The broker may close its end first; either way it is over.
                    let _ = writer.shutdown().await;
                    return End::Left;
                }
            }
            if !said_goodbye {
                self.session.pump();
            }
            let reads = self.session.awaits_broker() || !self.is_held_back();
            input.reserve(READ_AHEAD);
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => {
                        self.obey(command);
                        while let Ok(command) = self.commands.try_recv() {
                            self.obey(command);
                        }
                    }
                    None => self.wanted = false,
                },
                written = write(&mut writer, &mut self.session.out), if unflushed || !self.session.out.is_empty() => {
                    match written {
                        Ok(Written::Flushed) => unflushed = false,
                        Ok(Written::Bytes(1..)) => {
                            unflushed = true;
                            self.session.wrote();
                        }
                        Ok(Written::Bytes(0)) => return End::Lost("the connection takes no more".to_owned()),
                        Err(error) => return End::Lost(error.to_string()),
                    }
                },
                read = reader.read_buf(&mut input), if reads => match read {
                    Ok(0) => return End::Lost("the broker closed the connection".to_owned()),
                    Ok(_) => {
                        awaits_pong = false;
                        if let Err(reason) = self.digest(&mut input) {
                            return End::Lost(reason);
                        }
                    }
                    Err(error) => return End::Lost(error.to_string()),
                },
                () = &mut next_ping, if keep_alive > 0 => {
                    if awaits_pong && reads {
                        return End::Lost(format!("no sign of life within {} s", ping_interval.as_secs_f64()));
                    }
                    self.session.ping();
                    awaits_pong = true;
                    next_ping.as_mut().reset(Instant::now() + ping_interval);
                },
                _ = housekeeping.tick() => self.keep_house(),
                () = until(farewell) => {},
            }
        }
    }

    /// Takes in every packet that is complete.
    fn digest(&mut self, input: &mut BytesMut) -> Result<(), String> {
        while let Some(received) =
            wire::decode(self.settings.version, input).map_err(|error| error.to_string())?
        {
            self.receive(received)?;
        }
        Ok(())
    }

    fn receive(&mut self, received: Received) -> Result<(), String> {
        match received {
            Received::Publish { publication, .. } if publication.quality == Quality::AtMostOnce => {
                self.deliver(None, &Arc::new(publication));
            }
            Received::Publish { publication, id, duplicate } => {
                if let Some(publication) = self.session.take_in(id, publication, duplicate) {
                    self.deliver(Some(id), &publication);
                }
            }
            Received::Acknowledged(id, answer) => self.session.acknowledged(id, answer),
            Received::Arrived(id, answer) => self.session.received_once(id, answer),
            Received::Completed(id) => self.session.completed(id),
            Received::Release(id) => self.session.released(id),
            Received::Subscribed(id, answers) => {
                if let Some(filter) = self.session.subscribed(id)
                    && let Some(reason) = answers.into_iter().find_map(Result::err)
                {
                    (self.notify)(Notice::SubscriptionRefused { filter, reason });
                }
            }
            Received::Unsubscribed | Received::Pong => {}
            Received::Farewell(reason) => return Err(format!("the broker closed the connection: {reason}")),
            Received::Welcome(_) | Received::Refused(_) => {
                return Err("the broker welcomes us twice".to_owned());
            }
        }
        Ok(())
    }

    /// Unsubscribes from what no node wants, and drops messages that nobody came for. Who is about to leave keeps its
    /// subscriptions: the broker queues for a session that is kept.
    fn keep_house(&mut self) {
        let given_up = if self.settings.unsubscribes && self.stays() {
            self.subscriptions.take_idle()
        } else {
            Vec::new()
        };
        for filter in &given_up {
            if let Err(error) = self.session.unsubscribe(filter) {
                let reason = error.to_string();
                (self.notify)(Notice::SubscriptionRefused { filter: filter.clone(), reason });
            }
        }
        if !self.has_orphans {
            return;
        }
        // What a flow was cut off with comes again to the nodes that are there now.
        let subscriptions = &self.subscriptions;
        let again = self.session.take_waiting(|publication, since| {
            since.elapsed() >= RETRY && subscriptions.is_wanted(&publication.topic)
        });
        for (id, publication) in again {
            self.deliver(Some(id), &publication);
        }
        let subscriptions = &self.subscriptions;
        // Those of a filter that was given up waited long enough: they take the place of others.
        let orphans = self.session.take_waiting(|publication, since| {
            let is_late = since.elapsed() >= ORPHAN
                || given_up.iter().any(|filter| topic::matches(filter, &publication.topic));
            is_late && !subscriptions.covers(&publication.topic)
        });
        let number = self.session.number();
        for (id, publication) in orphans {
            (self.notify)(Notice::NobodySubscribed { topic: publication.topic.clone() });
            self.session.settled(id, number, true, true);
        }
    }
}

/// Waits until then, or for ever.
async fn until(when: Option<Instant>) {
    match when {
        Some(when) => tokio::time::sleep_until(when).await,
        None => std::future::pending().await,
    }
}

enum Written {
    Bytes(usize),
    Flushed,
}

/// Writes some of what is there, or flushes when nothing is. Safe to cancel: what was written is gone from
/// `bytes`.
async fn write(writer: &mut (impl AsyncWrite + Unpin), bytes: &mut BytesMut) -> std::io::Result<Written> {
    if bytes.is_empty() {
        writer.flush().await.map(|()| Written::Flushed)
    } else {
        writer.write_buf(bytes).await.map(Written::Bytes)
    }
}

/// A message of the connection's own.
fn unreported(publication: Publication) -> Outgoing {
    Outgoing { publication: Arc::new(publication), is_passing: true, report: Box::new(|_| {}) }
}

/// Twice as long after each failure, and never quite the same: clients that lost one broker together do not
/// come back together.
fn pause_after(failures: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LONGEST_PAUSE);
    let spread = (RandomState::new().hash_one(failures) % 1000) as f64 / 1000.0;
    pause.mul_f64(0.8 + 0.4 * spread)
}
