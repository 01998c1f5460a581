//! What waits to be written to those connected, and sending to many without waiting for the slowest.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What waits for one peer at most. Who answers it waits then; one who falls so far behind in what goes to all
/// is cut off.
const OUTBOX_LIMIT: usize = 64;
/// How long what goes to all waits for the next peer to have it, once one has.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits for one peer.
#[derive(Clone)]
pub(crate) struct Outbox<T> {
    sender: mpsc::Sender<Outgoing<T>>,
    standing: Arc<Standing>,
}

/// The side of it that writes.
pub(crate) struct Waiting<T> {
    receiver: mpsc::Receiver<Outgoing<T>>,
    standing: Arc<Standing>,
}

/// Something to be written, and whom to tell what became of it.
pub(crate) struct Outgoing<T> {
    pub(crate) item: T,
    pub(crate) written: oneshot::Sender<Result<(), String>>,
}

/// How a peer does.
#[derive(Default)]
struct Standing {
    /// What goes to all does not wait for it, until it has caught up.
    is_behind: AtomicBool,
    cut_off: CancellationToken,
}

/// An outbox, and the side of it that writes.
pub(crate) fn outbox<T>() -> (Outbox<T>, Waiting<T>) {
    let (sender, receiver) = mpsc::channel(OUTBOX_LIMIT);
    let standing = Arc::<Standing>::default();
    (Outbox { sender, standing: standing.clone() }, Waiting { receiver, standing })
}

impl<T> Waiting<T> {
    /// The next to be written. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Outgoing<T>> {
        if self.receiver.is_empty() {
            self.standing.is_behind.store(false, Ordering::Relaxed);
        }
        self.receiver.recv().await
    }
}

impl<T> Outbox<T> {
    /// Waits until it is written.
    ///
    /// # Errors
    /// Why it is not.
    pub(crate) async fn send(&self, item: T) -> Result<(), String> {
        let (written, outcome) = oneshot::channel();
        self.sender.send(Outgoing { item, written }).await.map_err(|_| gone())?;
        outcome.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Resolves when the peer fell too far behind: its connection is to end at once.
    pub(crate) fn cut_off(&self) -> impl Future<Output = ()> + Send + 'static {
        self.standing.cut_off.clone().cancelled_owned()
    }

    /// Puts it with what waits; a peer that has no room for it is cut off.
    fn offer(&self, item: T) -> Result<oneshot::Receiver<Result<(), String>>, String> {
        let (written, outcome) = oneshot::channel();
        match self.sender.try_send(Outgoing { item, written }) {
            Ok(()) => Ok(outcome),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(gone()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.standing.cut_off.cancel();
                Err(format!("{OUTBOX_LIMIT} messages wait for it already, so it was disconnected"))
            }
        }
    }
}

/// Sends to all, and waits for those who keep up; how many do not get it, and why. Where nobody keeps up it goes at the
/// pace of the first.
///
/// # Errors
/// How many were lost, and why the last of them was.
pub(crate) async fn send_to_all<T: Clone>(peers: &[Outbox<T>], item: &T) -> Result<(), (usize, String)> {
    let (awaited, laggards) = (FuturesUnordered::new(), FuturesUnordered::new());
    let (mut owing, mut owing_laggards, mut failures) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (at, peer) in peers.iter().enumerate() {
        let is_behind = peer.standing.is_behind.load(Ordering::Relaxed);
        match peer.offer(item.clone()) {
            Ok(outcome) => {
                let (group, owing) =
                    if is_behind { (&laggards, &mut owing_laggards) } else { (&awaited, &mut owing) };
                owing.insert(at);
                group.push(async move { (at, outcome.await.unwrap_or_else(|_| Err(gone()))) });
            }
            Err(reason) => failures.push(reason),
        }
    }
    let (mut awaited, mut owing) =
        if awaited.is_empty() { (laggards, owing_laggards) } else { (awaited, owing) };
    let mut has_arrived = false;
    loop {
        let next = match has_arrived {
            true => timeout(PATIENCE, awaited.next()).await.ok().flatten(),
            // Whoever takes nothing at all is given up by the side that writes.
            false => awaited.next().await,
        };
        let Some((at, outcome)) = next else { break };
        owing.remove(&at);
        match outcome {
            Ok(()) => has_arrived = true,
            Err(reason) => failures.push(reason),
        }
    }
    for at in owing {
        peers[at].standing.is_behind.store(true, Ordering::Relaxed);
    }
    match failures.pop() {
        Some(reason) => Err((failures.len() + 1, reason)),
        None => Ok(()),
    }
}

fn gone() -> String {
    "the connection ended".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes what comes as fast as it can.
    fn keeping_up(mut waiting: Waiting<u32>) -> tokio::task::JoinHandle<Vec<u32>> {
        tokio::spawn(async move {
            let mut got = Vec::new();
            while let Some(outgoing) = waiting.next().await {
                got.push(outgoing.item);
                let _ = outgoing.written.send(Ok(()));
            }
            got
        })
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_behind_holds_nobody_up_and_is_cut_off_in_the_end() {
        let ((slow, kept), (fast, waiting)) = (outbox(), outbox());
        let reading = keeping_up(waiting);
        let peers = [slow.clone(), fast];
        let start = tokio::time::Instant::now();
        for number in 0..OUTBOX_LIMIT as u32 {
            assert_eq!(send_to_all(&peers, &number).await, Ok(()));
        }
        assert_eq!(start.elapsed(), PATIENCE, "it was waited for once");
        let (count, reason) = send_to_all(&peers, &1000).await.unwrap_err();
        assert!(count == 1 && reason.contains("disconnected"), "{reason}");
        slow.cut_off().await;
        drop((peers, slow, kept));
        assert_eq!(reading.await.unwrap().len(), OUTBOX_LIMIT + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_caught_up_is_waited_for_again() {
        let ((slow, mut waiting), (fast, others)) = (outbox(), outbox());
        let _reading = keeping_up(others);
        let peers = [slow, fast];
        for number in 0..3 {
            send_to_all(&peers, &number).await.unwrap();
        }
        for _ in 0..3 {
            let _ = waiting.next().await.unwrap().written.send(Ok(()));
        }
        let sending = tokio::spawn(async move { send_to_all(&peers, &3).await });
        // It asks for more, and by that has caught up.
        let last = waiting.next().await.unwrap();
        assert_eq!(last.item, 3);
        let _ = last.written.send(Err("broken".to_owned()));
        assert_eq!(sending.await.unwrap(), Err((1, "broken".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn one_alone_sets_the_pace() {
        let (slow, mut waiting) = outbox();
        let reading = tokio::spawn(async move {
            for _ in 0..3 * OUTBOX_LIMIT {
                tokio::time::sleep(3 * PATIENCE).await;
                let _ = waiting.next().await.unwrap().written.send(Ok(()));
            }
        });
        for number in 0..3 * OUTBOX_LIMIT {
            assert_eq!(send_to_all(std::slice::from_ref(&slow), &number).await, Ok(()));
        }
        reading.await.unwrap();
    }
}
