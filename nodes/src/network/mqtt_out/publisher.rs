//! The way of messages from an mqtt out node to its connection. Those that there is no room for wait, in order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::node::{Out, Progress, TaskOut};
use engine::{Message, NodeError};
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};
use tokio::task::JoinHandle;

use crate::network::mqtt::connection::{Connection, Link};
use crate::network::mqtt::link_status;
use crate::network::mqtt::payload::{self, Preset};
use crate::network::mqtt::session::PublishError;
use crate::network::mqtt::settings::Version;

/// Publishes at once where it can. Its task shows how the connection stands, and publishes what had to wait.
pub(super) struct Publisher {
    pub(super) line: Arc<Line>,
    task: JoinHandle<()>,
}

/// What the node and its task share.
pub(super) struct Line {
    pub(super) connection: Arc<Connection>,
    preset: Arc<Preset>,
    out: TaskOut,
    /// Messages without room. As long as there are any, others wait behind them. They keep their credits, and are counted as
    /// what waits for the node, so their sources are held back.
    waiting: Mutex<VecDeque<Message>>,
    pub(super) filled: Notify,
}

impl Publisher {
    /// Starts the task; what `link` showed so far is known.
    pub(super) fn start(
        connection: Arc<Connection>,
        link: watch::Receiver<Link>,
        preset: Arc<Preset>,
        out: TaskOut,
    ) -> Self {
        let (waiting, filled) = (Mutex::default(), Notify::new());
        let line = Arc::new(Line { connection, preset, out, waiting, filled });
        Self { task: tokio::spawn(attend(line.clone(), link)), line }
    }

    /// Publishes a message, or puts it in the line.
    ///
    /// # Errors
    /// The message cannot be published.
    pub(super) fn take(&self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let mut waiting = self.line.lock();
        let room = if waiting.is_empty() { self.line.connection.try_room() } else { None };
        let Some(room) = room else {
            waiting.push_back(message.take());
            out.queued();
            drop(waiting);
            self.line.filled.notify_one();
            return Ok(Progress::Pending);
        };
        self.line.publish(message, Some(room))
    }

    /// Puts messages in the line again.
    pub(super) fn resume(&self, waiting: Vec<Message>, out: &mut Out<'_>) {
        waiting.iter().for_each(|_| out.queued());
        self.line.lock().extend(waiting);
        self.line.filled.notify_one();
    }

    /// Ends the task. A connection that stands takes all that waits, and publishes it before it ends; otherwise it is
    /// given back.
    pub(super) fn stop(self) -> Vec<Message> {
        self.task.abort();
        if *self.line.connection.link().borrow() == Link::Connected {
            while self.line.publish_next(None) {}
        }
        self.line.take_all().into()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
        // Was it not given back, it was not done.
        for message in self.line.take_all() {
            if let Some(delivery) = message.delivery() {
                delivery.abort();
            }
        }
    }
}

impl Line {
    pub(super) fn lock(&self) -> MutexGuard<'_, VecDeque<Message>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(
        &self,
        message: &mut Message,
        room: Option<OwnedSemaphorePermit>,
    ) -> Result<Progress, NodeError> {
        let is_v5 = self.connection.settings().version == Version::V5;
        let Some(publication) = payload::from_message(message, &self.preset, is_v5)? else {
            return Ok(Progress::Done);
        };
        let (message, out) = (message.take(), self.out.clone());
        self.connection.publish(publication, room, move |outcome| report(outcome, message, &out));
        Ok(Progress::Pending)
    }

    fn take_all(&self) -> VecDeque<Message> {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.iter().for_each(|_| self.out.unqueued());
        waiting
    }

    /// Publishes the first message that waits; `false` when none does.
    fn publish_next(&self, room: Option<OwnedSemaphorePermit>) -> bool {
        let mut waiting = self.lock();
        let Some(mut message) = waiting.pop_front() else { return false };
        self.out.unqueued();
        match self.publish(&mut message, room) {
            Ok(Progress::Pending) => {}
            Ok(Progress::Done) => self.out.done(message),
            Err(error) => self.out.fail(error, Some(message)),
        }
        true
    }
}

/// Follows the connection until it is gone.
async fn attend(line: Arc<Line>, mut link: watch::Receiver<Link>) {
    loop {
        let is_waiting = !line.lock().is_empty();
        tokio::select! {
            changed = link.changed() => match changed {
                Ok(()) => line.out.status(link_status(*link.borrow_and_update())),
                // The connection's task is gone: it was stopped, and so will this node be.
                Err(_) => return,
            },
            room = line.connection.room(), if is_waiting => match room {
                Some(room) => {
                    line.publish_next(Some(room));
                }
                None => return,
            },
            () = line.filled.notified(), if !is_waiting => {}
        }
    }
}

/// Tells what became of a message.
fn report(outcome: Result<(), PublishError>, message: Message, out: &TaskOut) {
    match outcome {
        Ok(()) => out.done(message),
        Err(PublishError::Refused(reason)) => {
            out.fail(NodeError::key("mqtt.refused").with("reason", reason), Some(message));
        }
        Err(PublishError::TooLarge { size, limit }) => {
            let error = NodeError::key("mqtt.too-large").with("size", size).with("limit", limit);
            out.fail(error, Some(message));
        }
        // It was not published, and nobody is to believe that it was.
        Err(PublishError::Stopped) => {
            if let Some(delivery) = message.delivery() {
                delivery.abort();
            }
        }
    }
}
