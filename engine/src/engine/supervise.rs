//! Task nodes: started, watched, started again when they fail, stopped.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use model::text::Text;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::build::Blueprint;
use crate::cell::panic_text;
use crate::delivery::cut_off;
use crate::error::NodeError;
use crate::node::{BoxFuture, Built, NodeHandle, TaskContext, TaskInbox, TaskInput, TaskNode, TaskOut};
use crate::observe::Status;

/// The first pause before a failed task node is started again; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A running task node.
pub(super) struct RunningTask {
    pub stop: CancellationToken,
    pub ended: JoinHandle<()>,
}

/// Starts a task node. Its `run` is called before this returns, so that what it does before its first wait,
/// such as offering an HTTP route, is there when the deploy is reported.
pub(super) fn start(
    runtime: &Handle,
    node: Box<dyn TaskNode>,
    blueprint: Arc<Blueprint>,
    handle: Arc<NodeHandle>,
    inbox: mpsc::UnboundedReceiver<TaskInput>,
    stop: CancellationToken,
) -> RunningTask {
    let life =
        Life { out: TaskOut { handle }, inbox: Arc::new(Mutex::new(TaskInbox(inbox))), stop: stop.clone() };
    let first = {
        let _entered = runtime.enter();
        life.begin(node)
    };
    let ended = runtime.spawn(async move {
        life.supervise(first, blueprint).await;
        give_back(&life.out, &life.inbox).await;
    });
    RunningTask { stop, ended }
}

/// What stays the same while a task node is started again and again.
struct Life {
    out: TaskOut,
    inbox: Arc<Mutex<TaskInbox>>,
    stop: CancellationToken,
}

/// What came while the node said goodbye goes back to its cell, which keeps it for the node's successor.
async fn give_back(out: &TaskOut, inbox: &Mutex<TaskInbox>) {
    let mut inbox = inbox.lock().await;
    inbox.0.close();
    while let Some(input) = inbox.0.recv().await {
        if let TaskInput::Message(message) = input {
            out.unqueued();
            out.give_back(message);
        }
    }
}

impl Life {
    /// Calls the node's `run`.
    fn begin(&self, node: Box<dyn TaskNode>) -> Result<Caught, Panic> {
        let context =
            TaskContext { out: self.out.clone(), inbox: self.inbox.clone(), stop: self.stop.clone() };
        std::panic::catch_unwind(AssertUnwindSafe(|| node.run(context)))
            .map(|future| Caught { future: Some(future) })
    }

    async fn supervise(&self, first: Result<Caught, Panic>, blueprint: Arc<Blueprint>) {
        let (mut begun, mut pause) = (first, FIRST_PAUSE);
        loop {
            let started = Instant::now();
            let ended = match begun {
                Ok(running) => running.await,
                Err(panic) => Err(panic),
            };
            let error = match ended {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(panic) => NodeError::key("engine.panic").with("reason", panic_text(panic.as_ref())),
            };
            if started.elapsed() > LONGEST_PAUSE {
                // It ran well for a while: this is a new fault, not the same one again.
                pause = FIRST_PAUSE;
            }
            self.out.fail(error.clone(), None);
            self.out.status(Status::new("red", "ring", error.into_fault().text));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            begun = match blueprint.build() {
                Ok(Built::Task(node)) => self.begin(node),
                Ok(_) => return,
                Err(error) => {
                    let text = error
                        .problems
                        .into_iter()
                        .next()
                        .map_or(Text::key("engine.broken"), |(_, text)| text);
                    return self.out.fail(text.into(), None);
                }
            };
        }
    }
}

/// What a panic was called with.
type Panic = Box<dyn Any + Send>;

/// A future whose panic is a result. What a node still held when it failed was not done: its deliveries
/// are cut off before they are dropped, so that sources do not acknowledge them.
struct Caught {
    future: Option<BoxFuture<'static, Result<(), NodeError>>>,
}

impl Future for Caught {
    type Output = Result<Result<(), NodeError>, Panic>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = self.future.as_mut() else { return Poll::Pending };
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(Ok(()))) => {
                self.future = None;
                Poll::Ready(Ok(Ok(())))
            }
            Ok(Poll::Ready(Err(error))) => {
                self.cut_off();
                Poll::Ready(Ok(Err(error)))
            }
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => {
                self.cut_off();
                Poll::Ready(Err(panic))
            }
        }
    }
}

impl Caught {
    fn cut_off(&mut self) {
        // Dropping what is left of a future that panicked may panic once more.
        let future = self.future.take();
        let _ = std::panic::catch_unwind(AssertUnwindSafe(|| cut_off(future)));
    }
}

/// A node that did not stop in time is dropped in the middle of its work.
impl Drop for Caught {
    fn drop(&mut self) {
        self.cut_off();
    }
}
