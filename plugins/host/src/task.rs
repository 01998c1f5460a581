//! A plugin that waits, or whose work several instances share: runs in tasks of its own.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use engine::js;
use engine::js::path::PropertyPath;
use engine::node::{BoxFuture, Handover, NodeHandle, TaskContext, TaskInput, TaskNode, TaskOut};
use engine::observe::Status;
use engine::value::Object;
use engine::{Message, NodeError, Value};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::fault::Fault;
use crate::imports::mqtt::Incoming;
use crate::inline::Parked;
use crate::life::Life;
use crate::state::{Effect, Origin, Verdict};

/// The node.
pub(crate) struct PluginTask {
    first: Life,
    workers: usize,
    /// Messages with the same value here go to the same worker.
    key: PropertyPath,
    /// What its predecessor still kept.
    resumed: Vec<Message>,
}

impl PluginTask {
    pub(crate) fn new(first: Life, workers: usize, key: PropertyPath) -> Self {
        Self { first, workers, key, resumed: Vec::new() }
    }
}

impl TaskNode for PluginTask {
    fn run(self: Box<Self>, context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let out = context.out.clone();
            if self.workers == 1 {
                let source = Source::Node(context, self.resumed.into());
                Worker::new(self.first, out, true).run(source).await;
            } else {
                share(*self, context, out).await;
            }
            Ok(())
        })
    }

    fn resume(&mut self, parked: Handover) {
        if let Some(parked) = parked.take::<Parked>() {
            self.resumed = parked.0;
        }
    }
}

/// So many messages wait for one worker; more wait for the node, and are counted there.
const WORKER_QUEUE: usize = 64;

/// Shares messages out among workers.
async fn share(node: PluginTask, context: TaskContext, out: TaskOut) {
    let mut workers = JoinSet::new();
    let mut queues = Vec::with_capacity(node.workers);
    let others: Vec<Life> = (1..node.workers).map(|_| node.first.another()).collect();
    for (at, life) in std::iter::once(node.first).chain(others).enumerate() {
        let (sender, receiver) = mpsc::channel(WORKER_QUEUE);
        queues.push(sender);
        workers.spawn(Worker::new(life, out.clone(), at == 0).run(Source::Queue(Queue(receiver))));
    }
    let mut source = Source::Node(context, node.resumed.into());
    while let Some(message) = source.next().await {
        let at = place(&message, &node.key, queues.len());
        if let Err(mpsc::error::SendError(message)) = queues[at].send(message).await {
            out.give_back(message);
        }
    }
    drop(queues);
    while workers.join_next().await.is_some() {}
}

/// The worker for a message: the same for the same key.
fn place(message: &Message, key: &PropertyPath, workers: usize) -> usize {
    let value = key.get(message.properties());
    let mut hasher = DefaultHasher::new();
    match value.as_deref() {
        Some(Value::Object(_) | Value::Array(_)) => {
            serde_json::to_string(&value.as_deref()).unwrap_or_default().hash(&mut hasher);
        }
        Some(value) => js::to_text(value).hash(&mut hasher),
        None => {}
    }
    (hasher.finish() % workers as u64) as usize
}

/// Where a worker's messages come from.
enum Source {
    /// The node's own inbox, behind what its predecessor kept.
    Node(TaskContext, VecDeque<Message>),
    /// From who shares them out.
    Queue(Queue),
}

impl Source {
    async fn next(&mut self) -> Option<Message> {
        match self {
            Self::Queue(queue) => queue.0.recv().await,
            Self::Node(context, resumed) => loop {
                if let Some(message) = resumed.pop_front() {
                    return Some(message);
                }
                if let TaskInput::Message(message) = context.next().await? {
                    return Some(message);
                }
            },
        }
    }
}

/// What waits for a worker. What nobody took when it is dropped was not done.
struct Queue(mpsc::Receiver<Message>);

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.close();
        while let Ok(message) = self.0.try_recv() {
            if let Some(delivery) = message.delivery() {
                delivery.abort();
            }
        }
    }
}

/// One instance and its task.
struct Worker {
    life: Life,
    out: TaskOut,
    timers: HashMap<u32, Instant>,
    /// Where messages of subscriptions come in; the first worker has them all.
    incoming: mpsc::Receiver<Incoming>,
    sink: Option<mpsc::Sender<Incoming>>,
}

impl Worker {
    fn new(life: Life, out: TaskOut, is_first: bool) -> Self {
        let (sink, incoming) = mpsc::channel(1);
        Self { life, out, timers: HashMap::new(), incoming, sink: is_first.then_some(sink) }
    }

    async fn run(mut self, mut source: Source) {
        self.begin().await;
        loop {
            let due = self.timers.iter().map(|(token, at)| (*at, *token)).min();
            tokio::select! {
                message = source.next() => match message {
                    Some(message) => self.hand_and_report(message).await,
                    None => break,
                },
                Some(incoming) = self.incoming.recv() => self.hand_and_report(of(incoming)).await,
                () = until(due) => self.ring(due.map(|(_, token)| token)).await,
            }
        }
        self.stop().await;
    }

    /// Makes the instance run.
    async fn begin(&mut self) {
        let handle = self.out.node().clone();
        let started = match self.life.make(&handle, self.sink.clone()) {
            Ok(instance) => instance.start_waiting().await,
            Err(error) => return self.broken(&error),
        };
        match started {
            Ok(answer) => {
                self.apply().await;
                if let Err(error) = answer {
                    self.broken(&error);
                }
            }
            Err(fault) => {
                self.clear(&fault);
                let error = fault.error(&self.life.recipe.shared.plugin);
                self.life.give_up(error.clone());
                self.broken(&error);
            }
        }
    }

    async fn hand_and_report(&mut self, message: Message) {
        if self.life.wants_instance() {
            self.begin().await;
        }
        let instance = match self.life.instance() {
            Ok(instance) => instance,
            Err(error) => return self.out.fail(error, Some(message)),
        };
        match instance.on_message_waiting(message).await {
            Ok(verdict) => {
                let sent = self.apply().await;
                match verdict {
                    Verdict::Done(left) if left.is_empty() => self.out.done(sent.unwrap_or(left)),
                    Verdict::Done(left) => self.out.done(left),
                    Verdict::Kept => {}
                    Verdict::Failed(error, left) => self.out.fail(error, Some(left)),
                }
            }
            Err(fault) => {
                if let Some(Verdict::Failed(error, left)) = self.clear(&fault) {
                    self.out.fail(error, Some(left));
                }
                self.replace(&fault).await;
            }
        }
    }

    async fn ring(&mut self, token: Option<u32>) {
        let Some(token) = token else { return };
        self.timers.remove(&token);
        let Ok(instance) = self.life.instance() else { return };
        match instance.on_timer_waiting(token).await {
            Ok(answer) => {
                self.apply().await;
                if let Err(error) = answer {
                    self.out.fail(error, None);
                }
            }
            Err(fault) => {
                self.clear(&fault);
                self.out.fail(fault.error(&self.life.recipe.shared.plugin), None);
                self.replace(&fault).await;
            }
        }
    }

    async fn stop(&mut self) {
        let Ok(instance) = self.life.instance() else { return };
        let stopped = instance.stop_waiting().await;
        // What it kept is not lost, even where it fails to stop: the node's successor gets it.
        for message in instance.state().take_kept() {
            self.out.give_back(message);
        }
        match stopped {
            Ok(()) => drop(self.apply().await),
            Err(fault) => self.out.fail(fault.error(&self.life.recipe.shared.plugin), None),
        }
    }

    /// Does what the last call asks for; gives the last message that it sent.
    async fn apply(&mut self) -> Option<Message> {
        let effects: Vec<Effect> = match self.life.instance() {
            Ok(instance) => instance.effects().collect(),
            Err(_) => return None,
        };
        let mut sent = None;
        for effect in effects {
            match effect {
                Effect::Emit(port, message, origin) => {
                    let message = match origin {
                        Origin::Arrived | Origin::Work => message,
                        // It does not wait for a credit: those who hold them may wait for this node.
                        Origin::Fresh => match self.out.try_admit() {
                            Some(delivery) => message.under(delivery),
                            None => {
                                self.out.count_dropped();
                                continue;
                            }
                        },
                    };
                    sent = Some(message.clone());
                    if let Err(unsent) = self.out.send(port as usize, message).await
                        && let Some(delivery) = unsent.delivery()
                    {
                        delivery.abort();
                    }
                }
                Effect::Done(message) => self.out.done(message),
                Effect::Fail(error, message) => self.out.fail(error, Some(message)),
                Effect::Timer(milliseconds, token) => {
                    let delay = Duration::from_millis(milliseconds.max(1).into());
                    self.timers.insert(token, Instant::now() + delay);
                }
                Effect::Cancel(token) => drop(self.timers.remove(&token)),
                Effect::Status(status) => self.out.status(status),
            }
        }
        sent
    }

    /// Reports what is lost with the instance; gives what became of the message that arrived with the call.
    fn clear(&mut self, fault: &Fault) -> Option<Verdict> {
        self.timers.clear();
        let (verdict, lost) = self.life.instance().ok()?.state().give_up(fault);
        for effect in lost {
            if let Effect::Fail(error, message) = effect {
                self.out.fail(error, Some(message));
            }
        }
        verdict
    }

    async fn replace(&mut self, fault: &Fault) {
        let text = fault.error(&self.life.recipe.shared.plugin).into_fault().text;
        self.out.status(Status::new("red", "ring", text));
        let handle: Arc<NodeHandle> = self.out.node().clone();
        self.life.discard(fault, &handle);
        self.begin().await;
    }

    fn broken(&self, error: &NodeError) {
        self.out.status(Status::new("red", "ring", error.text.clone()));
        self.out.fail(error.clone(), None);
    }
}

/// The message of a subscription.
fn of(incoming: Incoming) -> Message {
    let Incoming { filter, message, delivery } = incoming;
    let properties = Object::from_iter([
        ("topic", Value::from(message.topic.as_str())),
        ("payload", Value::buffer(message.payload)),
        ("qos", Value::from(u32::from(message.qos))),
        ("retain", Value::Bool(message.retain)),
        ("subscription", Value::from(&*filter)),
    ]);
    Message::from_object(properties).under(delivery)
}

async fn until(due: Option<(Instant, u32)>) {
    match due {
        Some((at, _)) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
