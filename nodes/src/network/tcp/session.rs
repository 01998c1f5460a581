//! Open connections by the id in `msg._session`, so that a tcp out node can answer on one that a tcp in node has.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ecow::EcoString;
use engine::message::new_id;
use engine::node::NodeHandle;
use engine::{Message, Object, Value};
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::network::stream::{Socket, WRITE_WAIT, write_all};

/// What waits to be written to one connection; whoever writes then waits.
const OUTBOX_LIMIT: usize = 64;

/// An open connection.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: EcoString,
    outbox: mpsc::Sender<Outgoing>,
    closing: CancellationToken,
}

struct Outgoing {
    bytes: Bytes,
    /// Nothing is written after it.
    is_last: bool,
    written: oneshot::Sender<Result<(), String>>,
}

/// Whose sessions: those of one engine, which is known by its context stores.
type Owner = usize;

/// All open sessions. Ids are unique in the process; a broadcast goes to those of one engine.
static OPEN: LazyLock<Mutex<HashMap<EcoString, (Owner, Session)>>> = LazyLock::new(Mutex::default);

fn open_sessions() -> MutexGuard<'static, HashMap<EcoString, (Owner, Session)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn owner(node: &NodeHandle) -> Owner {
    Arc::as_ptr(&node.contexts) as usize
}

/// A session and the side of it that is read; dropping it closes the connection.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) reader: ReadHalf<Box<dyn Socket>>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        open_sessions().remove(&self.session.id);
        self.session.close();
    }
}

/// Opens a session on a connection; `is_shared`: tcp out nodes may reply on it.
pub(crate) fn open(socket: Box<dyn Socket>, node: &NodeHandle, is_shared: bool) -> Opened {
    let (reader, writer) = tokio::io::split(socket);
    let (outbox, outgoing) = mpsc::channel(OUTBOX_LIMIT);
    let session = Session { id: new_id(), outbox, closing: CancellationToken::new() };
    tokio::spawn(write(writer, outgoing, session.closing.clone()));
    if is_shared {
        open_sessions().insert(session.id.clone(), (owner(node), session.clone()));
    }
    Opened { session, reader }
}

/// The session of a message, or all of the engine's for one without; empty when it is closed.
pub(crate) fn find(message: &Message, node: &NodeHandle) -> Vec<Session> {
    let session = message.get("_session");
    let session = session.filter(|session| session.get("type").and_then(Value::as_str) == Some("tcp"));
    match session.and_then(|session| session.get("id")).and_then(Value::as_str) {
        Some(id) => open_sessions().get(id).map(|(_, session)| session.clone()).into_iter().collect(),
        None => {
            let mine = owner(node);
            let open = open_sessions();
            open.values().filter(|(owner, _)| *owner == mine).map(|(_, session)| session.clone()).collect()
        }
    }
}

impl Session {
    /// As it stands in messages.
    pub(crate) fn to_value(&self) -> Value {
        Object::from_iter([("type", Value::from("tcp")), ("id", self.id.clone().into())]).into()
    }

    /// Waits until the bytes are written; after the last ones the connection is closed.
    ///
    /// # Errors
    /// Why they are not.
    pub(crate) async fn write(&self, bytes: Bytes, is_last: bool) -> Result<(), String> {
        let gone = || "the connection ended".to_owned();
        let (written, outcome) = oneshot::channel();
        self.outbox.send(Outgoing { bytes, is_last, written }).await.map_err(|_| gone())?;
        outcome.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Waits until the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.closing.cancelled().await;
    }

    /// Closes the connection.
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }
}

/// Writes the same bytes to several; how many did not get them, and why.
pub(crate) async fn write_to_all(
    sessions: &[Session],
    bytes: &Bytes,
    is_last: bool,
) -> Result<(), (usize, String)> {
    let written = sessions.iter().map(|session| session.write(bytes.clone(), is_last));
    let written = futures_util::future::join_all(written).await;
    let mut failures: Vec<String> = written.into_iter().filter_map(Result::err).collect();
    match failures.pop() {
        Some(reason) => Err((failures.len() + 1, reason)),
        None => Ok(()),
    }
}

async fn write(
    mut writer: WriteHalf<Box<dyn Socket>>,
    mut outgoing: mpsc::Receiver<Outgoing>,
    closing: CancellationToken,
) {
    loop {
        let next = tokio::select! {
            () = closing.cancelled() => None,
            next = outgoing.recv() => next,
        };
        let Some(Outgoing { bytes, is_last, written }) = next else { break };
        let outcome = write_all(&mut writer, &bytes).await.map_err(|error| error.to_string());
        let is_over = is_last || outcome.is_err();
        // Whoever wrote may be gone.
        let _ = written.send(outcome);
        if is_over {
            break;
        }
    }
    // Says goodbye, if that goes quickly; the reading side sees the rest.
    let _ = timeout(WRITE_WAIT, writer.shutdown()).await;
    closing.cancel();
}
