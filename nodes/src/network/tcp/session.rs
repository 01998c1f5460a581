//! Open connections by the id in `msg._session`, so that a tcp out node can answer on one that a tcp in node has.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ecow::EcoString;
use engine::message::new_id;
use engine::node::NodeHandle;
use engine::{Message, Object, Value};
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::network::outbox::{Outbox, Outgoing, Waiting, outbox, send_to_all};
use crate::network::stream::{Socket, WRITE_WAIT, write_all};

/// An open connection.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: EcoString,
    outbox: Outbox<Part>,
    closing: CancellationToken,
}

/// Something to be written.
#[derive(Clone)]
struct Part {
    bytes: Bytes,
    /// Nothing is written after it.
    is_last: bool,
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
    let (outbox, waiting) = outbox();
    let session = Session { id: new_id(), outbox, closing: CancellationToken::new() };
    let (cut_off, closing) = (session.outbox.cut_off(), session.closing.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = write(writer, waiting, closing.clone()) => {}
            () = cut_off => {}
        }
        closing.cancel();
    });
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
        self.outbox.send(Part { bytes, is_last }).await
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

/// Writes the same bytes to several. One alone is waited for; of many, those who keep up.
///
/// # Errors
/// How many did not get them, and why.
pub(crate) async fn write_to_all(
    sessions: &[Session],
    bytes: Bytes,
    is_last: bool,
) -> Result<(), (usize, String)> {
    if let [session] = sessions {
        return session.write(bytes, is_last).await.map_err(|reason| (1, reason));
    }
    let outboxes: Vec<_> = sessions.iter().map(|session| session.outbox.clone()).collect();
    send_to_all(&outboxes, &Part { bytes, is_last }).await
}

async fn write(
    mut writer: WriteHalf<Box<dyn Socket>>,
    mut waiting: Waiting<Part>,
    closing: CancellationToken,
) {
    loop {
        let next = tokio::select! {
            () = closing.cancelled() => None,
            next = waiting.next() => next,
        };
        let Some(Outgoing { item: Part { bytes, is_last }, written }) = next else { break };
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
}
