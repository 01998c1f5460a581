//! The engine: runs one document at a time and moves from one to the next without losing what is under way.

use std::cell::LazyCell;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};
use model::document::Document;
use model::text::Text;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::Credentials;
use crate::cell::{CellEvent, Directory, Hold};
use crate::context::Contexts;
use crate::env::{Env, Variables};
use crate::message::Message;
use crate::node::{Command, NodeHandle, Services};
use crate::observe::Observer;
use crate::plan::{Plan, Reach};
use crate::registry::Registry;

mod build;
mod deploy;
mod measure;
mod reach;
mod stop;
mod supervise;
mod wire;

use deploy::Running;
use reach::Basis;

/// What an engine is made of.
pub struct Setup {
    /// Node types and texts.
    pub registry: Arc<Registry>,
    /// Hears what happens.
    pub observer: Arc<dyn Observer>,
    /// What the server lends to nodes.
    pub services: Services,
    /// Context stores.
    pub contexts: Arc<Contexts>,
    /// Environment variables that every flow sees, in front of the process environment.
    pub env: Vec<(EcoString, crate::Value)>,
    /// Limits.
    pub options: Options,
}

/// Limits of an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many admitted messages may be under way in a cell at once.
    pub credits_per_cell: usize,
    /// How long a deploy or stop waits for what is under way before it cuts it off.
    pub drain_timeout: Duration,
    /// Threads that run flows. More than there are processors, so that a script that will not end (until
    /// its time limit cuts it) leaves the others theirs.
    pub worker_threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            credits_per_cell: 1024,
            // Node-RED gives each node's close handler 15 s (`nodeCloseTimeout`).
            drain_timeout: Duration::from_secs(15),
            worker_threads: (2 * processors).max(4),
        }
    }
}

/// Which nodes a deploy restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DeployKind {
    /// All.
    #[default]
    Full,
    /// All nodes of the tabs on which something changed.
    Flows,
    /// The nodes that changed.
    Nodes,
}

/// Something wrong in a document; the rest runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The node's id in the document.
    pub node: EcoString,
    /// The tab or subflow instance that it was to run in; empty where it is in none, or where this does not matter.
    pub flow: EcoString,
    /// The property, such as `rules[2].v`.
    pub path: String,
    /// What is wrong and how to mend it.
    pub text: Text,
}

/// What a deploy did.
#[derive(Clone, Debug, Default)]
pub struct DeployReport {
    /// Nodes that could not be started, and why. Everything else runs.
    pub problems: Vec<Problem>,
    /// How many nodes were started.
    pub started: usize,
    /// How many nodes were stopped.
    pub stopped: usize,
    /// How many nodes went on without noticing, or were only wired anew.
    pub kept: usize,
    /// Nodes that did not stop in time; their unfinished messages were not acknowledged.
    pub cut_off: Vec<EcoString>,
}

/// Why a command could not be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No node of this id runs.
    #[error("no running node has this id")]
    NoSuchNode,
}

/// A deploy that is about to be carried out. As long as this lives, nothing else is deployed; dropped, it changes nothing.
pub struct PlannedDeploy<'a> {
    engine: &'a Engine,
    running: tokio::sync::MutexGuard<'a, Running>,
    plan: Plan,
    reach: Reach,
    basis: Basis,
    document: &'a Document,
    credentials: &'a Credentials,
    kind: DeployKind,
}

impl PlannedDeploy<'_> {
    /// The second half of [`Engine::deploy`].
    pub async fn carry_out(self) -> DeployReport {
        let Self { engine, mut running, plan, reach, basis, document, credentials, kind } = self;
        let report = engine.change(&mut running, plan, &reach, credentials, kind).await;
        running.basis = Some(basis.with_problems(&report.problems));
        // Flows that are not there (yet) say nothing about what may be forgotten.
        if !document.is_empty() {
            engine.forget_contexts(document);
        }
        report
    }
}

/// Runs one document at a time.
pub struct Engine {
    handle: Handle,
    /// Its own, apart from the one that serves API and editor; `None` when it was lent one.
    runtime: Option<Runtime>,
    registry: Arc<Registry>,
    observer: Arc<dyn Observer>,
    services: Arc<Services>,
    contexts: Arc<Contexts>,
    env: Arc<Variables>,
    options: Options,
    directory: Arc<Directory>,
    running: tokio::sync::Mutex<Running>,
    handles: RwLock<HashMap<EcoString, Arc<NodeHandle>>>,
}

impl Engine {
    /// An engine with threads of its own.
    ///
    /// # Errors
    /// When the operating system gives no threads.
    pub fn new(setup: Setup) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(setup.options.worker_threads.max(1))
            .thread_name("wireloom-flows")
            .enable_all()
            .build()?;
        let mut engine = Self::on(runtime.handle().clone(), setup);
        engine.runtime = Some(runtime);
        Ok(engine)
    }

    /// An engine on a runtime that it is lent: for tests with a paused clock.
    pub fn on(handle: Handle, setup: Setup) -> Self {
        crate::js::date::note_clocks();
        Self {
            handle,
            runtime: None,
            registry: setup.registry,
            observer: setup.observer,
            services: Arc::new(setup.services),
            contexts: setup.contexts,
            env: {
                let variables = Variables::default();
                variables.set(setup.env);
                Arc::new(variables)
            },
            options: setup.options,
            directory: Arc::default(),
            running: tokio::sync::Mutex::default(),
            handles: RwLock::default(),
        }
    }

    /// Replaces what runs by `document`. The whole new graph is built and checked before anything stops; a
    /// node with problems is reported and the rest runs. `credentials` are by document id.
    pub async fn deploy(
        &self,
        document: &Document,
        credentials: &Credentials,
        kind: DeployKind,
    ) -> DeployReport {
        self.plan_deploy(document, credentials, kind).await.carry_out().await
    }

    /// The first half of [`Engine::deploy`]: what there is to do is known, and nothing has changed. Waits for the end of
    /// the deploy before.
    pub async fn plan_deploy<'a>(
        &'a self,
        document: &'a Document,
        credentials: &'a Credentials,
        kind: DeployKind,
    ) -> PlannedDeploy<'a> {
        let running = self.running.lock().await;
        let (plan, reach, basis) = self.plan(&running, document, credentials, kind);
        PlannedDeploy { engine: self, running, plan, reach, basis, document, credentials, kind }
    }

    /// What a deploy of `document` would report: everything is built and nothing is started.
    pub fn check(&self, document: &Document, credentials: &Credentials) -> Vec<Problem> {
        let env = Env::behind(self.env.clone());
        let plan = Plan::of(document, &self.registry, credentials, &env, &Reach::Everything);
        // What a node makes ready while it is built may need the runtime.
        let _on_flows = self.handle.enter();
        self.problems_of(&plan, credentials)
    }

    /// Forgets the contexts of nodes and flows that are gone. What is switched off or cannot run keeps its own.
    fn forget_contexts(&self, document: &Document) {
        // Gathered when a store asks: most flows keep nothing.
        let live = LazyCell::new(|| {
            let mut live: HashSet<EcoString> = document.nodes().iter().map(|node| node.id().into()).collect();
            for handle in self.nodes() {
                live.extend([handle.info.id.clone(), handle.info.flow.clone()]);
            }
            live
        });
        self.contexts.clean(&|scope| {
            let (id, flow) = scope.split_once(':').unwrap_or((scope, ""));
            is_live(&live, id) && (flow.is_empty() || is_live(&live, flow))
        });
    }

    /// Replaces the environment variables that every flow sees. Who looks at one sees it at once; the settings of
    /// nodes do from the next deploy on.
    pub fn set_env(&self, variables: Vec<(EcoString, crate::Value)>) {
        self.env.set(variables);
    }

    /// Stops everything; contexts stay. Sources stop first, then what is under way is finished, within the drain timeout.
    pub async fn stop(&self) -> DeployReport {
        let mut running = self.running.lock().await;
        running.basis = None;
        self.change(&mut running, Plan::default(), &Reach::Everything, &Credentials::new(), DeployKind::Full)
            .await
    }

    /// Asks something of a running node.
    ///
    /// # Errors
    /// When no node of this id runs.
    pub fn command(&self, id: &str, command: Command) -> Result<(), CommandError> {
        self.tell(id, |slot| CellEvent::Command { slot, command })
    }

    /// Hands a message to a node's input, as if it had come along a wire.
    ///
    /// # Errors
    /// When no node of this id runs.
    pub fn receive(&self, id: &str, message: Message) -> Result<(), CommandError> {
        self.tell(id, |slot| CellEvent::Arrive { slot, message })
    }

    /// Holds the messages that reach a node's input from now on, until they are let go or a deploy takes the node's
    /// cell apart. Where they are held already, or the flows are about to change, what this gives is over at once.
    ///
    /// # Errors
    /// When no node of this id runs.
    pub fn hold(&self, id: &str) -> Result<Arc<Hold>, CommandError> {
        let hold = Arc::<Hold>::default();
        let held = hold.clone();
        self.tell(id, |slot| CellEvent::Hold { slot, hold: held })?;
        Ok(hold)
    }

    /// Lets so many of the held messages go on to their node, the oldest first; without a number all of them, and no
    /// more are held.
    pub fn let_go(&self, id: &str, hold: &Arc<Hold>, count: Option<usize>) {
        let hold = hold.clone();
        // Whose node does not run any more is over.
        let _ = self.tell(id, |slot| CellEvent::LetGo { slot, hold, count });
    }

    /// A running node.
    pub fn node(&self, id: &str) -> Option<Arc<NodeHandle>> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// All running nodes, in no particular order.
    pub fn nodes(&self) -> Vec<Arc<NodeHandle>> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// How many admitted messages are under way, in all cells together.
    pub fn in_flight(&self) -> usize {
        let nodes = self.nodes();
        let gate = |node: &Arc<NodeHandle>| Some(node.current_address()?.cell.gate.clone());
        let mut gates: Vec<_> = nodes.iter().filter_map(gate).collect();
        gates.sort_by_key(Arc::as_ptr);
        gates.dedup_by(|a, b| Arc::ptr_eq(a, b));
        gates.iter().map(|gate| gate.in_flight()).sum()
    }

    /// The context stores.
    pub fn contexts(&self) -> &Arc<Contexts> {
        &self.contexts
    }

    /// Node types and texts.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The runtime that the flows run on.
    pub fn runtime(&self) -> &Handle {
        &self.handle
    }

    fn tell(&self, id: &str, event: impl FnOnce(u32) -> CellEvent) -> Result<(), CommandError> {
        let address =
            self.node(id).and_then(|node| node.current_address()).ok_or(CommandError::NoSuchNode)?;
        address.cell.side.send(event(address.slot)).map_err(|_| CommandError::NoSuchNode)
    }
}

/// Whether an id is known; inside of a subflow instance it is `<instance>-<id>`.
fn is_live(live: &HashSet<EcoString>, id: &str) -> bool {
    let mut parts = id.match_indices('-').map(|(at, _)| (&id[..at], &id[at + 1..]));
    live.contains(id) || parts.any(|(instance, inner)| live.contains(instance) && is_live(live, inner))
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Dropping a runtime waits for its threads, which is not allowed inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
