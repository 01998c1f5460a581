//! One connection of a tcp request node: what waits is written, what comes back becomes messages.

use std::sync::Arc;

use bytes::BytesMut;
use engine::node::TaskOut;
use engine::observe::Status;
use engine::{Message, NodeError, Value};
use model::text::Text;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::{End, Plan};
use crate::network::stream::{Socket, connect, write_all};
use crate::network::tcp::bytes_of;
use crate::network::tcp::framing::{DataType, Framer, Framing, KEPT_LIMIT};

/// One connection.
pub(super) struct Conversation {
    plan: Arc<Plan>,
    host: String,
    port: u16,
    /// How many connections of the node are open.
    count: Arc<watch::Sender<usize>>,
    out: TaskOut,
    /// The last message that was written: answers are made of it.
    last: Message,
    /// The answer so far.
    answer: BytesMut,
    framer: Framer,
    /// When the answer is sent, once its first part came.
    due: Option<Instant>,
}

/// What waits for a connection. What is not written when it is dropped goes back to the node, or to its successor.
pub(super) struct Queue {
    pub(super) receiver: mpsc::Receiver<Message>,
    pub(super) out: TaskOut,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.receiver.close();
        while let Ok(message) = self.receiver.try_recv() {
            self.out.give_back(message);
        }
    }
}

/// What is being written. What is dropped in the middle of that was not done.
struct Batch(Vec<Message>);

impl Drop for Batch {
    fn drop(&mut self) {
        for delivery in self.0.iter().filter_map(Message::delivery) {
            delivery.abort();
        }
    }
}

/// Counts a connection while it is open.
struct Counted(Arc<watch::Sender<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Conversation {
    pub(super) fn new(
        plan: Arc<Plan>,
        host: String,
        port: u16,
        count: Arc<watch::Sender<usize>>,
        out: TaskOut,
    ) -> Self {
        let framer = Framer::new(Framing {
            data_type: plan.data_type,
            is_stream: true,
            newline: if plan.data_type == DataType::Utf8 { plan.newline.clone() } else { String::new() },
            keeps_newline: plan.keeps_newline,
        });
        let (last, answer) = (Message::default(), BytesMut::new());
        Self { plan, host, port, count, out, last, answer, framer, due: None }
    }

    /// Connects and talks until the connection has served its purpose. Closed by its queue's end.
    pub(super) async fn run(mut self, mut waiting: Queue) {
        let socket = match connect(&self.host, self.port, self.plan.tls.as_deref()).await {
            Ok(socket) => socket,
            Err(error) => return self.fail_all(&mut waiting, &error.to_string()),
        };
        self.count.send_modify(|count| *count += 1);
        let counted = Counted(self.count.clone());
        let count = Text::key("tcp.connections").with("count", *self.count.borrow());
        self.out.status(Status::new("green", "dot", count));
        let (mut reader, mut writer) = tokio::io::split(socket);
        if let Err(reason) = self.talk(&mut reader, &mut writer, &mut waiting).await {
            self.fail_all(&mut waiting, &reason);
        }
        // What came too late for this connection gets another.
        drop(waiting);
        drop(counted);
    }

    async fn talk(
        &mut self,
        reader: &mut ReadHalf<Box<dyn Socket>>,
        writer: &mut WriteHalf<Box<dyn Socket>>,
        waiting: &mut Queue,
    ) -> Result<(), String> {
        let mut batch = Batch(Vec::new());
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let due = self.due.unwrap_or_else(Instant::now);
            tokio::select! {
                taken = waiting.receiver.recv_many(&mut batch.0, 256) => {
                    if taken == 0 {
                        // The node lets go of it.
                        let _ = writer.shutdown().await;
                        return Ok(());
                    }
                    self.write(writer, &mut batch.0).await?;
                    if self.plan.end == End::AtOnce && waiting.receiver.is_empty() {
                        waiting.receiver.close();
                        let _ = writer.shutdown().await;
                        self.out.status(Status::clear());
                    }
                }
                read = reader.read(&mut chunk), if self.plan.end != End::AtOnce => match read {
                    Ok(0) => return self.end().await,
                    Ok(length) => {
                        if self.hear(&chunk[..length]).await? {
                            return Ok(());
                        }
                    }
                    Err(error) => return Err(error.to_string()),
                },
                () = sleep_until(due), if self.due.is_some() => {
                    self.send_answer().await;
                    return Ok(());
                }
            }
        }
    }

    /// Writes all that waits at once.
    async fn write(
        &mut self,
        writer: &mut WriteHalf<Box<dyn Socket>>,
        batch: &mut Vec<Message>,
    ) -> Result<(), String> {
        let mut bytes = BytesMut::new();
        for message in batch.iter() {
            if let Some(payload) = bytes_of(message.payload(), false) {
                bytes.extend_from_slice(&payload);
            }
        }
        let written = write_all(writer, &bytes).await.map_err(|error| error.to_string());
        if let Some(last) = batch.last().filter(|_| written.is_ok()) {
            self.last = last.clone();
            if self.plan.end == End::Never {
                // What comes later may have nothing to do with it.
                self.last.set_delivery(None);
            }
        }
        for message in batch.drain(..) {
            match &written {
                Ok(()) => self.out.done(message),
                Err(reason) => self.fail(message, reason),
            }
        }
        written
    }

    /// Takes what came; whether the connection has served its purpose.
    async fn hear(&mut self, chunk: &[u8]) -> Result<bool, String> {
        match self.plan.end {
            End::Never => {
                let payloads = self.framer.push(chunk).map_err(|_| too_long())?;
                for payload in payloads {
                    self.send(payload).await;
                }
                return Ok(false);
            }
            End::After(time) => {
                self.answer.extend_from_slice(chunk);
                self.due.get_or_insert_with(|| Instant::now() + time);
            }
            End::Count(count) => {
                self.answer.extend_from_slice(chunk);
                if self.answer.len() >= count.max(1) {
                    self.answer.truncate(count.max(1));
                    self.send_answer().await;
                    return Ok(true);
                }
            }
            End::Byte(byte) => {
                let found = chunk.iter().position(|at| *at == byte);
                self.answer.extend_from_slice(found.map_or(chunk, |at| &chunk[..=at]));
                if found.is_some() {
                    self.send_answer().await;
                    return Ok(true);
                }
            }
            End::AtOnce => {}
        }
        if self.answer.len() > KEPT_LIMIT { Err(too_long()) } else { Ok(false) }
    }

    /// The server hung up.
    async fn end(&mut self) -> Result<(), String> {
        if self.due.is_some() {
            self.send_answer().await;
        } else if let Some(rest) = self.framer.finish() {
            self.send(rest).await;
        }
        self.out.status(Status::new("grey", "ring", Text::key("tcp.disconnected")));
        Ok(())
    }

    async fn send_answer(&mut self) {
        let payload = self.plan.data_type.payload(&self.answer);
        self.send(payload).await;
        self.out.status(Status::clear());
    }

    async fn send(&self, payload: Value) {
        let mut message = self.last.clone();
        if message.delivery().is_none() {
            let Some(delivery) = self.out.admit().await else { return };
            message.set_delivery(Some(delivery));
        }
        message.set("payload", payload);
        // The flow is gone: so is whoever waited.
        let _ = self.out.send(0, message).await;
    }

    fn fail(&self, message: Message, reason: &str) {
        let error = NodeError::key("tcp.failed").with("host", &self.host).with("port", self.port);
        self.out.fail(error.with("reason", reason), Some(message));
    }

    fn fail_all(&self, waiting: &mut Queue, reason: &str) {
        waiting.receiver.close();
        self.out.status(Status::new("red", "ring", Text::key("tcp.error")));
        let mut is_told = false;
        while let Ok(message) = waiting.receiver.try_recv() {
            self.fail(message, reason);
            is_told = true;
        }
        if !is_told {
            self.fail(Message::default(), reason);
        }
    }
}

fn too_long() -> String {
    format!("more than {KEPT_LIMIT} bytes came without an end")
}
