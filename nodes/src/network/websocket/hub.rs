//! Those connected, and the nodes that hear of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use engine::message::new_id;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use indexmap::IndexMap;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

use super::Frame;
use crate::network::outbox::{Outbox, Outgoing, Waiting, outbox, send_to_all};
use crate::network::overflow::Overflow;

/// Peers of one listener at most; who comes then is refused.
const PEER_LIMIT: usize = 1000;
/// From this many waiting frames on a node is full; when all are, nothing more is read from the peers.
const FULL: usize = 64;
/// Beyond this many waiting frames those that come are dropped and counted: they are read for other nodes.
pub(crate) const INBOX_LIMIT: usize = 1024;
/// A peer that takes nothing for this long is gone.
const SEND_WAIT: Duration = Duration::from_secs(30);

/// Those connected to one listener or by one client, and the nodes that hear of them.
pub(crate) struct Hub {
    /// Whether frames are whole messages.
    pub(crate) takes_whole: bool,
    /// Whether it waits for others, or connects itself.
    is_listener: bool,
    state: Mutex<State>,
    /// Tells that a node took a frame, or left.
    room: Arc<Notify>,
    link: watch::Sender<Link>,
    /// How many nodes use it.
    users: watch::Sender<usize>,
    /// Whether it is going away, with all that are connected.
    closing: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    peers: IndexMap<EcoString, Outbox<Frame>>,
    inputs: Vec<Input>,
}

/// The way to one node.
#[derive(Clone)]
struct Input {
    sender: mpsc::Sender<Inbound>,
    overflow: Arc<Overflow>,
}

/// What comes in for one node.
pub(crate) struct Inbox {
    receiver: mpsc::Receiver<Inbound>,
    room: Arc<Notify>,
    overflow: Arc<Overflow>,
}

/// How the connections are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nobody connected yet.
    Never,
    /// So many are connected to a listener.
    Open(usize),
    /// A client is connected.
    Connected,
    /// The last one left.
    Closed,
    /// The last one was lost, or could not be reached.
    Failed,
}

/// A frame that came in.
#[derive(Clone)]
pub(crate) struct Inbound {
    pub(crate) session: EcoString,
    pub(crate) frame: Frame,
}

impl Input {
    fn is_full(&self) -> bool {
        self.sender.max_capacity() - self.sender.capacity() >= FULL
    }
}

impl Inbox {
    /// Waits for a frame. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Inbound> {
        let next = self.receiver.recv().await;
        self.room.notify_waiters();
        next
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }

    /// Tells of frames that were dropped.
    pub(crate) fn overflow(&self) -> Arc<Overflow> {
        self.overflow.clone()
    }
}

/// A node that is gone holds nobody up.
impl Drop for Inbox {
    fn drop(&mut self) {
        self.receiver.close();
        self.room.notify_waiters();
    }
}

/// Counts a node as a user of its hub while it is alive.
pub(crate) struct User(Arc<Hub>);

impl Drop for User {
    fn drop(&mut self) {
        self.0.users.send_modify(|users| *users -= 1);
    }
}

impl Hub {
    pub(crate) fn new(takes_whole: bool, is_listener: bool) -> Arc<Self> {
        Arc::new(Self {
            takes_whole,
            is_listener,
            state: Mutex::default(),
            room: Arc::default(),
            link: watch::Sender::new(Link::Never),
            users: watch::Sender::new(0),
            closing: watch::Sender::new(false),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the connections are, now and later.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    /// How many nodes use it, now and later.
    pub(crate) fn users(&self) -> watch::Receiver<usize> {
        self.users.subscribe()
    }

    /// Whether it is going away, now and later.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Goes away.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Uses it.
    pub(crate) fn join(self: &Arc<Self>) -> User {
        self.users.send_modify(|users| *users += 1);
        User(self.clone())
    }

    /// What comes in from now on.
    pub(crate) fn listen(&self) -> Inbox {
        let (sender, receiver) = mpsc::channel(INBOX_LIMIT);
        let overflow = Arc::<Overflow>::default();
        let mut state = self.state();
        state.inputs.retain(|input| !input.sender.is_closed());
        state.inputs.push(Input { sender, overflow: overflow.clone() });
        Inbox { receiver, room: self.room.clone(), overflow }
    }

    /// Whether one more may connect.
    pub(crate) fn has_room(&self) -> bool {
        self.state().peers.len() < PEER_LIMIT
    }

    /// Whether anybody is connected.
    pub(crate) fn is_connected(&self) -> bool {
        !self.state().peers.is_empty()
    }

    /// Says that the connection could not be made.
    pub(crate) fn note_failure(&self) {
        self.link.send_replace(Link::Failed);
    }

    /// Sends a frame to one peer and waits until it was written. One that left is no error.
    ///
    /// # Errors
    /// Why it was not written.
    pub(crate) async fn reply(&self, session: &str, frame: Frame) -> Result<(), String> {
        let peer = self.state().peers.get(session).cloned();
        match peer {
            Some(outbox) => outbox.send(frame).await,
            None => Ok(()),
        }
    }

    /// Sends a frame to all peers and waits for those who keep up.
    ///
    /// # Errors
    /// How many do not get it, and why.
    pub(crate) async fn broadcast(&self, frame: Frame) -> Result<(), (usize, String)> {
        let peers: Vec<_> = self.state().peers.values().cloned().collect();
        send_to_all(&peers, &frame).await
    }

    /// Serves one peer until it leaves; `heartbeat`: how often it must give a sign of life.
    ///
    /// # Errors
    /// Why the connection broke.
    pub(crate) async fn converse<S>(&self, socket: S, heartbeat: Option<Duration>) -> Result<(), String>
    where
        S: Stream<Item = Result<Frame, String>> + Sink<Frame, Error = String> + Send,
    {
        let (sink, stream) = socket.split();
        let (outbox, outgoing) = outbox();
        let session = new_id();
        let cut_off = outbox.cut_off();
        let _seat = self.seat(session.clone(), outbox);
        let signs = Signs::default();
        let ended = tokio::select! {
            ended = self.read(stream, session, &signs) => ended,
            ended = write(sink, outgoing, heartbeat, &signs) => ended,
            () = cut_off => Err("it fell behind".to_owned()),
        };
        if ended.is_err() && !self.is_listener {
            self.note_failure();
        }
        ended
    }

    fn seat(&self, session: EcoString, peer: Outbox<Frame>) -> Seat<'_> {
        let count = {
            let mut state = self.state();
            state.peers.insert(session.clone(), peer);
            state.peers.len()
        };
        self.link.send_replace(if self.is_listener { Link::Open(count) } else { Link::Connected });
        Seat { hub: self, session }
    }

    async fn read(
        &self,
        stream: impl Stream<Item = Result<Frame, String>>,
        session: EcoString,
        signs: &Signs,
    ) -> Result<(), String> {
        let mut stream = std::pin::pin!(stream);
        while let Some(frame) = stream.next().await {
            let frame = frame?;
            signs.is_awaited.store(false, Ordering::Relaxed);
            match frame {
                Frame::Close => return Ok(()),
                Frame::Ping(_) | Frame::Pong(_) => {}
                frame => {
                    signs.is_held_up.store(true, Ordering::Relaxed);
                    self.hand_out(&Inbound { session: session.clone(), frame }).await;
                    signs.is_held_up.store(false, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }
}

impl Hub {
    /// Gives a frame to the nodes, as soon as one of them has room: a slow one does not take it from the others.
    async fn hand_out(&self, inbound: &Inbound) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            // From here on no change is missed.
            room.as_mut().enable();
            let mut inputs = self.state().inputs.clone();
            inputs.retain(|input| !input.sender.is_closed());
            if inputs.is_empty() || !inputs.iter().all(Input::is_full) {
                for input in inputs {
                    if let Err(mpsc::error::TrySendError::Full(_)) = input.sender.try_send(inbound.clone()) {
                        input.overflow.note();
                    }
                }
                return;
            }
            room.await;
        }
    }
}

/// A peer's place; dropping it tells that the peer left.
struct Seat<'a> {
    hub: &'a Hub,
    session: EcoString,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let count = {
            let mut state = self.hub.state();
            state.peers.shift_remove(&self.session);
            state.peers.len()
        };
        self.hub.link.send_replace(if count > 0 { Link::Open(count) } else { Link::Closed });
    }
}

/// Signs of life of a peer.
#[derive(Default)]
struct Signs {
    /// It was asked for one.
    is_awaited: AtomicBool,
    /// It cannot be heard: the flow takes nothing right now.
    is_held_up: AtomicBool,
}

async fn write(
    sink: impl Sink<Frame, Error = String>,
    mut outgoing: Waiting<Frame>,
    heartbeat: Option<Duration>,
    signs: &Signs,
) -> Result<(), String> {
    let mut sink = std::pin::pin!(sink);
    // Without one it never beats.
    let mut beat = tokio::time::interval(heartbeat.unwrap_or(Duration::from_secs(86_400)));
    beat.tick().await;
    loop {
        let (frame, sent) = tokio::select! {
            next = outgoing.next() => match next {
                Some(Outgoing { item, written }) => (item, Some(written)),
                None => return Ok(()),
            },
            _ = beat.tick(), if heartbeat.is_some() => {
                let is_missing = signs.is_awaited.swap(true, Ordering::Relaxed);
                if is_missing && !signs.is_held_up.load(Ordering::Relaxed) {
                    return Err("no sign of life in time".to_owned());
                }
                (Frame::Ping("".into()), None)
            }
        };
        let written = match timeout(SEND_WAIT, sink.send(frame)).await {
            Ok(written) => written,
            Err(_) => Err(format!("nothing was taken for {} s", SEND_WAIT.as_secs())),
        };
        let ended = written.clone();
        if let Some(sent) = sent {
            // Whoever sent it may be gone.
            let _ = sent.send(written);
        }
        ended?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_node_does_not_take_frames_from_another() {
        let hub = Hub::new(false, true);
        let inbound = Inbound { session: "s".into(), frame: Frame::Text("x".into()) };
        let (slow, mut fast) = (hub.listen(), hub.listen());
        for _ in 0..INBOX_LIMIT + 10 {
            hub.hand_out(&inbound).await;
            assert!(fast.next().await.is_some());
        }
        assert_eq!(slow.overflow().next().await, 10);

        for _ in 0..FULL {
            hub.hand_out(&inbound).await;
        }
        let mut waiting = std::pin::pin!(hub.hand_out(&inbound));
        tokio::select! {
            biased;
            () = &mut waiting => panic!("nobody has room"),
            () = std::future::ready(()) => {}
        }
        drop(slow);
        assert!(fast.next().await.is_some());
        waiting.await;
        drop(fast);
        hub.hand_out(&inbound).await;
    }
}
