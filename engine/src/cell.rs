//! Cells: connected nodes that share nothing with others but context stores.
//!
//! A cell is one tokio task with one bounded inbox and one plain run queue. A hop is a queue push and a
//! call: no lock, no channel, no wake-up. Nothing inside a cell ever waits for room, so loops cannot
//! deadlock; what enters is bounded by the credits of its [`Gate`].

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ecow::EcoString;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::delivery::{Gate, cut_off};
use crate::error::NodeError;
use crate::message::Message;
use crate::node::{
    Built, Command, Counters, FunctionNode, NodeHandle, NodeInfo, Out, Outlet, Progress, Stopwatch,
    TaskInput, Timed,
};
use crate::observe::{Level, Status};

mod count;
mod errors;
mod link;
mod timers;

pub(crate) use link::{Directory, Entry, LinkCall};
pub(crate) use timers::Timers;

/// Messages that may wait in a cell's inbox; who sends more waits.
pub(crate) const INBOX_LIMIT: usize = 1024;
/// Hops that a cell makes before it looks at its inbox, its timers and the clock again.
const STEP_BUDGET: usize = 128;
/// A busy cell lets others have the thread so often. Not at every look at the clock: the runtime wakes another thread for a
/// task that gives way, which costs as much as a hundred hops.
const SLICE: Duration = Duration::from_micros(500);
/// So many of the hops after a pause are timed: waking up costs more than they all.
const TIMED_AFTER_PAUSE: usize = 8;
/// While the run queue holds this many messages, the inbox waits.
const QUEUE_TARGET: usize = 256;

/// Something that reaches a cell from outside.
pub(crate) enum CellEvent {
    /// A task node sends a message.
    Emit { slot: u32, port: usize, message: Message },
    /// A message for a node's input: a link call from another cell, a test.
    Arrive { slot: u32, message: Message },
    /// A task node is done with a message.
    Done { slot: u32, message: Message },
    /// A task node failed.
    Fail { slot: u32, error: NodeError, message: Message },
    /// A task node's status.
    Status { slot: u32, status: Status },
    /// Something asked of a node from outside its wires.
    Command { slot: u32, command: Command },
    /// Count what waits for the nodes, and let go of the sender.
    Count(mpsc::Sender<()>),
    /// Stop the nodes in these slots and hand over everything: a deploy rebuilds the cell.
    Suspend { leave: Vec<u32>, reply: oneshot::Sender<Suspended> },
}

/// What suspending gives: the cell's state, and by slot what its leaving nodes parked.
pub(crate) type Suspended = (CellState, Vec<(u32, Parked)>);

/// Messages that a node parked, for its successor.
pub(crate) type Parked = Box<dyn Any + Send>;

impl CellEvent {
    /// The message in it; empty where there is none.
    pub(crate) fn into_message(self) -> Message {
        match self {
            Self::Emit { message, .. }
            | Self::Arrive { message, .. }
            | Self::Done { message, .. }
            | Self::Fail { message, .. } => message,
            Self::Status { .. } | Self::Command { .. } | Self::Count(_) | Self::Suspend { .. } => {
                Message::default()
            }
        }
    }

    /// The slot that it concerns.
    pub(crate) fn slot(&mut self) -> Option<&mut u32> {
        match self {
            Self::Emit { slot, .. }
            | Self::Arrive { slot, .. }
            | Self::Done { slot, .. }
            | Self::Fail { slot, .. }
            | Self::Status { slot, .. }
            | Self::Command { slot, .. } => Some(slot),
            Self::Count(_) | Self::Suspend { .. } => None,
        }
    }
}

/// How others reach a cell.
#[derive(Clone)]
pub(crate) struct CellPort {
    /// New messages; bounded.
    pub inbox: mpsc::Sender<CellEvent>,
    /// Everything else; bounded by the messages under way.
    pub side: mpsc::UnboundedSender<CellEvent>,
    /// Whether it was asked to count and has not done so yet.
    pub is_counting: Arc<AtomicBool>,
}

impl CellPort {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.inbox.same_channel(&other.inbox)
    }
}

/// What runs in a slot.
pub(crate) enum Body {
    Function(Box<dyn FunctionNode>),
    /// Its inbox, and whether it is being stopped.
    Task(mpsc::UnboundedSender<TaskInput>, CancellationToken),
    /// Junctions, links, and the receiving ends of catch, status and complete.
    Pass,
    LinkCall(LinkCall),
    /// Where the answers to the link calls of the node in that slot come back.
    LinkAnswer(u32),
    /// A link out in return mode.
    LinkReturn,
    /// A subflow's status output: what arrives becomes the status of the instance of this id.
    SubflowStatus(EcoString),
    /// A node that could not be built: what reaches it is an error.
    Broken,
}

/// A catch node that hears a node's errors.
pub(crate) struct Catch {
    /// Where the catch node is.
    pub slot: u32,
    /// Only if no other catch node handled it.
    pub uncaught: bool,
    /// How far out: 0 in the node's own flow, 1 in the flow around its subflow instance, and so on.
    pub level: u8,
    /// Who is named as the source: the node, or from outside its subflow instance.
    pub source: Arc<NodeInfo>,
}

/// Who else hears of a node's status, and as whose.
pub(crate) struct StatusWatch {
    pub slot: u32,
    pub source: Arc<NodeInfo>,
}

/// A node's place in a cell: everything that the cell needs besides the node itself.
pub(crate) struct Slot {
    pub handle: Arc<NodeHandle>,
    pub ports: Vec<Port>,
    pub catches: Vec<Catch>,
    pub statuses: Vec<StatusWatch>,
    pub completes: Vec<u32>,
    /// Makes the node anew after a panic.
    pub rebuild: Option<Arc<dyn Fn() -> Option<Built> + Send + Sync>>,
    pub stopwatch: Stopwatch,
}

/// An output port.
pub(crate) struct Port {
    /// Who gets what is sent here.
    pub targets: Box<[u32]>,
    pub outlet: Arc<Outlet>,
}

/// Messages that a node gives one at a time.
pub(crate) struct Stream {
    pub slot: u32,
    pub port: usize,
    pub messages: Box<dyn Iterator<Item = Result<Message, NodeError>> + Send>,
}

/// All of a cell but the nodes themselves: what a node may touch while it is called.
pub(crate) struct Core {
    pub slots: Vec<Slot>,
    pub queue: VecDeque<(u32, Message)>,
    pub streams: VecDeque<Stream>,
    pub timers: Timers,
    pub gate: Arc<Gate>,
    pub directory: Arc<Directory>,
    /// Messages for task nodes that are being stopped, kept for their successors.
    held: Vec<(u32, Message)>,
    /// The message that the node being called sent last, kept for the complete nodes that listen to it.
    last_sent: Option<Message>,
    /// Whether somebody outside waits for what a node just did, and should have the thread next.
    pub gives_way: bool,
}

/// A suspended cell, ready to be taken apart and wired anew.
pub(crate) struct CellState {
    pub core: Core,
    pub bodies: Vec<Body>,
    /// What was in the inbox and the side channel.
    pub waiting: Vec<CellEvent>,
}

/// A cell, running or about to.
pub(crate) struct Cell {
    pub core: Core,
    bodies: Vec<Body>,
    inbox: mpsc::Receiver<CellEvent>,
    side: mpsc::UnboundedReceiver<CellEvent>,
    is_counting: Arc<AtomicBool>,
}

impl Core {
    pub(crate) fn new(slots: Vec<Slot>, gate: Arc<Gate>, directory: Arc<Directory>) -> Self {
        Self {
            slots,
            queue: VecDeque::new(),
            streams: VecDeque::new(),
            timers: Timers::default(),
            gate,
            directory,
            held: Vec::new(),
            last_sent: None,
            gives_way: false,
        }
    }

    /// Whether there is a next hop.
    fn has_work(&self) -> bool {
        !self.queue.is_empty() || !self.streams.is_empty()
    }

    /// Queues a message at every receiver of a port.
    pub(crate) fn emit(&mut self, slot: u32, port: usize, message: Message) {
        let Self { slots, queue, last_sent, .. } = self;
        let from = &slots[slot as usize];
        if !from.completes.is_empty() {
            *last_sent = Some(message.clone());
        }
        let Some(port) = from.ports.get(port) else { return };
        let Some((last, others)) = port.targets.split_last() else { return port.outlet.pass_by(&message) };
        port.outlet.pass(&message);
        for target in others {
            queue.push_back((*target, message.clone()));
        }
        queue.push_back((*last, message));
    }

    /// Tells the complete nodes that listen to a node.
    pub(crate) fn complete(&mut self, slot: u32, message: Message) {
        let Self { slots, queue, .. } = self;
        for target in &slots[slot as usize].completes {
            queue.push_back((*target, message.clone()));
        }
    }
}

impl Cell {
    /// A cell of these nodes, and how to reach it.
    pub(crate) fn new(core: Core, bodies: Vec<Body>) -> (Self, CellPort) {
        let (inbox_sender, inbox) = mpsc::channel(INBOX_LIMIT);
        let (side_sender, side) = mpsc::unbounded_channel();
        let is_counting = Arc::<AtomicBool>::default();
        let port = CellPort { inbox: inbox_sender, side: side_sender, is_counting: is_counting.clone() };
        (Self { core, bodies, inbox, side, is_counting }, port)
    }

    /// Whether answers to a link call come back in this slot.
    pub(crate) fn is_answer(&self, slot: u32) -> bool {
        matches!(self.bodies.get(slot as usize), Some(Body::LinkAnswer(_)))
    }

    /// Starts the nodes of `fresh`, hands `parked` to them, then runs until suspended.
    pub(crate) async fn run(mut self, fresh: Vec<u32>, parked: Vec<(u32, Parked)>) {
        for slot in fresh {
            self.call(slot, |node, out| {
                node.start(out);
                Ok(())
            });
        }
        for (slot, state) in parked {
            self.call(slot, move |node, out| {
                node.resume(state, out);
                Ok(())
            });
        }
        let mut is_woken = true;
        let mut busy_since = None;
        loop {
            while let Ok(event) = self.side.try_recv() {
                if let Some((leave, reply)) = self.take(event) {
                    return self.suspend(&leave, reply).await;
                }
            }
            while self.core.queue.len() < QUEUE_TARGET
                && let Ok(event) = self.inbox.try_recv()
            {
                self.take(event);
            }
            self.ring();
            if self.work(is_woken) {
                is_woken = false;
                let begin = *busy_since.get_or_insert_with(std::time::Instant::now);
                if self.core.gives_way || begin.elapsed() >= SLICE {
                    busy_since = None;
                    tokio::task::yield_now().await;
                }
                continue;
            }
            (is_woken, busy_since) = (true, None);
            if let Some((leave, reply)) = self.wait().await {
                return self.suspend(&leave, reply).await;
            }
        }
    }

    /// Makes up to [`STEP_BUDGET`] hops; whether there is more to do. After a pause the first ones are all timed.
    fn work(&mut self, is_woken: bool) -> bool {
        self.core.gives_way = false;
        for step in 0..STEP_BUDGET {
            if self.core.gives_way && self.core.has_work() {
                return true;
            }
            if let Some((slot, message)) = self.core.queue.pop_front() {
                self.deliver(slot, message, is_woken && step < TIMED_AFTER_PAUSE);
            } else if !self.pull() {
                return false;
            }
        }
        true
    }

    /// Takes the next message of the next stream; `false` when no stream is open.
    fn pull(&mut self) -> bool {
        let Some(mut stream) = self.core.streams.pop_front() else { return false };
        let (slot, port) = (stream.slot, stream.port);
        match catch_unwind(AssertUnwindSafe(|| stream.messages.next())) {
            Ok(Some(Ok(message))) => {
                self.core.emit(slot, port, message);
                self.core.streams.push_back(stream);
            }
            Ok(Some(Err(error))) => self.core.fail(slot, error, Message::default()),
            Ok(None) => {}
            Err(panic) => self.recover(slot, &panic, Message::default()),
        }
        true
    }

    /// Calls the nodes whose timers are due.
    fn ring(&mut self) {
        if self.core.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some((slot, token)) = self.core.timers.due(now) {
            if let Body::LinkCall(call) = &mut self.bodies[slot as usize] {
                call.time_out(token, &mut self.core, slot);
            } else {
                self.call(slot, |node, out| node.on_timer(token, out));
            }
        }
    }

    async fn wait(&mut self) -> Option<SuspendRequest> {
        let next = self.core.timers.next();
        let event = tokio::select! {
            biased;
            event = self.side.recv() => event,
            event = self.inbox.recv() => event,
            () = sleep_until(next) => None,
        };
        event.and_then(|event| self.take(event))
    }

    /// Acts on an event; a request to suspend is handed back.
    pub(crate) fn take(&mut self, event: CellEvent) -> Option<SuspendRequest> {
        match event {
            CellEvent::Emit { slot, port, message } => self.core.emit(slot, port, message),
            CellEvent::Arrive { slot, message } => self.core.queue.push_back((slot, message)),
            CellEvent::Done { slot, message } => self.core.complete(slot, message),
            CellEvent::Fail { slot, error, message } => self.core.fail(slot, error, message),
            CellEvent::Status { slot, status } => self.core.set_status(slot, status),
            CellEvent::Command { slot, command } => match &self.bodies[slot as usize] {
                Body::Task(inbox, _) => drop(inbox.send(TaskInput::Command(command))),
                _ => self.call(slot, |node, out| node.on_command(command, out)),
            },
            CellEvent::Count(told) => {
                self.is_counting.store(false, Ordering::Release);
                self.count_waiting();
                drop(told);
            }
            CellEvent::Suspend { leave, reply } => return Some((leave, reply)),
        }
        None
    }

    /// Hands a message to a node.
    fn deliver(&mut self, slot: u32, message: Message, is_timed: bool) {
        let Self { core, bodies, .. } = self;
        let place = &mut core.slots[slot as usize];
        Counters::add(&place.handle.counters.received, 1);
        match &mut bodies[slot as usize] {
            Body::Function(node) => {
                let original = (!place.completes.is_empty()).then(|| message.clone());
                let mut message = message;
                let timed = if is_timed { Some(Timed::single()) } else { place.stopwatch.start() };
                let called = {
                    let mut out = Out { core, slot };
                    catch_unwind(AssertUnwindSafe(|| node.on_message(&mut message, &mut out)))
                };
                if let Some(timed) = timed {
                    core.stop(timed, slot);
                }
                let sent = core.last_sent.take();
                match called {
                    Ok(Ok(Progress::Pending)) => {}
                    Ok(Ok(Progress::Done)) => {
                        if let Some(original) = original {
                            let left = (!message.is_empty()).then_some(message);
                            core.complete(slot, left.or(sent).unwrap_or(original));
                        }
                    }
                    Ok(Err(error)) => core.fail(slot, error, message),
                    Err(panic) => self.recover(slot, &panic, message),
                }
            }
            Body::Task(inbox, stop) => {
                place.handle.counters.inbox.fetch_add(1, Ordering::Relaxed);
                if let Err(mpsc::error::SendError(TaskInput::Message(message))) =
                    inbox.send(TaskInput::Message(message))
                {
                    place.handle.counters.inbox.fetch_sub(1, Ordering::Relaxed);
                    if stop.is_cancelled() {
                        core.held.push((slot, message));
                    } else {
                        core.fail(slot, NodeError::key("engine.stopped"), message);
                    }
                }
            }
            Body::Pass => core.emit(slot, 0, message),
            Body::LinkCall(call) => call.call(message, core, slot),
            Body::LinkAnswer(caller) => {
                let caller = *caller;
                self.answer(caller, message);
            }
            Body::LinkReturn => link::give_back(message, core, slot),
            Body::SubflowStatus(instance) => core.set_status_of(instance, &message),
            Body::Broken => core.fail(slot, NodeError::key("engine.broken"), message),
        }
    }

    /// Hands the answer to a link call to its caller.
    fn answer(&mut self, caller: u32, mut message: Message) {
        match &mut self.bodies[caller as usize] {
            Body::LinkCall(call) => call.answer(message, &mut self.core, caller),
            Body::Function(_) => {
                if let Some(id) = link::answered(&mut message) {
                    self.call(caller, |node, out| node.on_answer(id, message, out));
                }
            }
            // Nobody waits for it any more.
            _ => cut_off(message),
        }
    }

    /// Calls a function node outside of message delivery.
    fn call(
        &mut self,
        slot: u32,
        what: impl FnOnce(&mut dyn FunctionNode, &mut Out<'_>) -> Result<(), NodeError>,
    ) {
        let Self { core, bodies, .. } = self;
        let Body::Function(node) = &mut bodies[slot as usize] else { return };
        let timed = Timed::single();
        let mut out = Out { core, slot };
        let called = catch_unwind(AssertUnwindSafe(|| what(node.as_mut(), &mut out)));
        core.last_sent = None;
        core.stop(timed, slot);
        match called {
            Ok(Ok(())) => {}
            Ok(Err(error)) => core.fail(slot, error, Message::default()),
            Err(panic) => self.recover(slot, &panic, Message::default()),
        }
    }

    /// A node panicked: reports it and builds the node anew.
    fn recover(&mut self, slot: u32, panic: &Box<dyn Any + Send>, message: Message) {
        let reason = panic_text(panic.as_ref());
        self.core.timers.cancel_all(slot);
        // What it had parked was not done.
        let failed = std::mem::replace(&mut self.bodies[slot as usize], Body::Broken);
        let _ = catch_unwind(AssertUnwindSafe(|| cut_off(failed)));
        let rebuilt = self.core.slots[slot as usize].rebuild.clone().and_then(|rebuild| rebuild());
        match rebuilt {
            Some(Built::Function(node)) => {
                self.bodies[slot as usize] = Body::Function(node);
                // A panic in `start` itself must not go round in circles.
                let started = catch_unwind(AssertUnwindSafe(|| {
                    if let Body::Function(node) = &mut self.bodies[slot as usize] {
                        node.start(&mut Out { core: &mut self.core, slot });
                    }
                }));
                if started.is_err() {
                    self.bodies[slot as usize] = Body::Broken;
                }
            }
            _ => self.bodies[slot as usize] = Body::Broken,
        }
        let place = &self.core.slots[slot as usize];
        place.handle.log(Level::Error, model::text::Text::key("engine.panic").with("reason", &reason));
        let error = NodeError::key("engine.panic").with("reason", &reason);
        self.core.set_status(slot, Status::new("red", "ring", error.text.clone()));
        self.core.fail(slot, error, message);
    }

    /// Stops the leaving nodes, closes the doors and hands over everything.
    async fn suspend(mut self, leave: &[u32], reply: oneshot::Sender<Suspended>) {
        let mut parked = Vec::new();
        for slot in leave {
            self.call(*slot, |node, out| {
                node.stop(out);
                parked.extend(node.park().map(|state| (*slot, state)));
                Ok(())
            });
            self.core.timers.cancel_all(*slot);
        }
        self.inbox.close();
        self.side.close();
        let mut waiting = Vec::new();
        // Until it is closed and empty: a sender may be just about to put something in.
        while let Some(event) = self.side.recv().await {
            waiting.push(event);
        }
        while let Some(event) = self.inbox.recv().await {
            waiting.push(event);
        }
        self.core.queue.extend(std::mem::take(&mut self.core.held));
        // Nobody waits for the state only when the whole engine is gone.
        let _ = reply.send((CellState { core: self.core, bodies: self.bodies, waiting }, parked));
    }
}

/// Slots to leave, and where to send the state.
type SuspendRequest = (Vec<u32>, oneshot::Sender<Suspended>);

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
