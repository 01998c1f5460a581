//! The flows in force: what is stored, what runs, and the way from one deploy to the next.

use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use engine::{DeployKind, DeployReport, Engine, Problem};
use model::document::Document;
use model::text::Catalogue;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::comms::Hub;
use crate::credentials;
use crate::failure::{Failure, Result};
use crate::source;
use crate::storage::{Credentials, Storage, Stored};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("flows.not-flows", "{path} is no flow file: {reason}"),
    ("flows.unreadable", "cannot read {path}: {reason}"),
    ("flows.stopping", "wireloom is about to stop; nothing was deployed"),
    (
        "flows.failed",
        "the deploy failed inside: {reason}; what is stored and what runs may differ, so deploy again",
    ),
];

/// How far the flows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// What is stored was not yet started.
    Starting,
    /// They run.
    Running,
    /// They are drained, or gone.
    Stopping,
}

/// What is in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct InForce {
    /// The flows, without credentials in them.
    pub(crate) document: Document,
    /// Their revision, as Node-RED computes it.
    pub(crate) rev: String,
    /// Their credentials.
    pub(crate) credentials: Credentials,
    /// What of it could not be started.
    pub(crate) problems: Vec<Problem>,
}

/// What somebody wants to be in force.
pub(crate) enum Wanted {
    /// New flows.
    New {
        /// The flows, with or without credentials in them.
        document: Document,
        /// All credentials, in place of those known.
        credentials: Option<Credentials>,
        /// Deploy only if the flows in force have this revision.
        rev: Option<String>,
        /// What to restart.
        kind: DeployKind,
    },
    /// The flows as they are stored, all started anew.
    Stored,
    /// The flows in force; what of them could not be started is tried again.
    Same,
}

/// The flows in force.
pub(crate) struct Flows {
    storage: Arc<dyn Storage>,
    engine: Engine,
    hub: Arc<Hub>,
    in_force: RwLock<Arc<InForce>>,
    /// One deploy at a time.
    turn: tokio::sync::Mutex<()>,
    phase: watch::Sender<Phase>,
    /// Somebody stopped the flows.
    is_stopped: AtomicBool,
}

/// Node-RED's words for flows that run and that do not.
const START: &str = "start";
const STOP: &str = "stop";
/// The name that the state is kept under.
const STATE: &str = "flow-state";

impl Flows {
    /// Flows of this storage, not yet started. `may_stop`: those that somebody stopped stay so.
    pub(crate) fn new(storage: Arc<dyn Storage>, engine: Engine, hub: Arc<Hub>, may_stop: bool) -> Arc<Self> {
        let (phase, _) = watch::channel(Phase::Starting);
        let is_stopped = storage
            .text(STATE)
            .ok()
            .flatten()
            .is_some_and(|state| serde_json::from_str(&state).is_ok_and(|state: String| state == STOP));
        let empty = InForce { rev: Document::default().rev(), ..InForce::default() };
        Arc::new(Self {
            storage,
            engine,
            hub,
            in_force: RwLock::new(Arc::new(empty)),
            turn: Default::default(),
            phase,
            is_stopped: (may_stop && is_stopped).into(),
        })
    }

    /// What runs.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How far the flows are.
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// What is in force, once the stored flows were started.
    pub(crate) async fn in_force(&self) -> Arc<InForce> {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.phase.subscribe().wait_for(|phase| *phase != Phase::Starting).await;
        self.now_in_force()
    }

    /// What is in force at this moment; nothing while starting.
    pub(crate) fn now_in_force(&self) -> Arc<InForce> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts the stored flows. A `given` file becomes the first revision where nothing is stored, or
    /// where it is to replace what is.
    ///
    /// # Errors
    /// A file cannot be read or written. Flows with problems are no error.
    pub(crate) async fn start(&self, given: Option<&Path>, replace: bool) -> Result<Arc<InForce>> {
        let _turn = self.turn.lock().await;
        let stored = self.storage.load()?;
        let is_empty = stored.as_ref().is_none_or(|stored| stored.document.is_empty());
        let (flows, is_given) = match given {
            Some(path) if replace || is_empty => {
                let (document, all) = read(path)?;
                (credentials::take(&document, &all.unwrap_or_default()), true)
            }
            _ => (stored.unwrap_or_default(), false),
        };
        let in_force = self.put_in_force(flows.clone(), DeployKind::Full).await;
        self.phase.send_replace(Phase::Running);
        if is_given {
            // Not before: it would take a processor from a start that has work for all of them. Until it is done nothing
            // else is deployed.
            let storage = self.storage.clone();
            blocking(move || storage.save(&flows)).await?;
        }
        self.tidy();
        Ok(in_force)
    }

    /// Stores and starts what is wanted. Goes on to its end even if the caller goes away.
    ///
    /// # Errors
    /// The revision is another, or storing failed; then nothing changed.
    pub(crate) async fn deploy(self: &Arc<Self>, wanted: Wanted) -> Result<Arc<InForce>, DeployError> {
        self.in_turn(move |flows| async move {
            let deployed = flows.deploy_in_turn(wanted).await;
            flows.tidy();
            deployed
        })
        .await
    }

    /// Does what changes the flows: after all that came before, once they are started, and to its end even if nobody waits for
    /// it any more.
    async fn in_turn<T, Work>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> Work + Send + 'static,
    ) -> Result<T, DeployError>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, DeployError>> + Send,
    {
        let flows = self.clone();
        let task = tokio::spawn(async move {
            flows.in_force().await;
            let _turn = flows.turn.lock().await;
            if flows.phase() == Phase::Stopping {
                return Err(Failure::key("flows.stopping").into());
            }
            work(flows.clone()).await
        });
        task.await.unwrap_or_else(|error| Err(Failure::key("flows.failed").with("reason", error).into()))
    }

    /// Has the storage do what can wait, while nobody waits for it.
    fn tidy(&self) {
        let storage = self.storage.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = storage.tidy() {
                tracing::warn!("the flows are saved, but not kept as a revision yet: {error}");
            }
        });
    }

    async fn deploy_in_turn(&self, wanted: Wanted) -> Result<Arc<InForce>, DeployError> {
        Ok(match wanted {
            Wanted::Stored => {
                let storage = self.storage.clone();
                let stored = blocking(move || storage.load()).await?.unwrap_or_default();
                self.put_in_force(stored, DeployKind::Full).await
            }
            Wanted::Same => {
                let InForce { document, credentials, .. } = (*self.now_in_force()).clone();
                self.put_in_force(Stored { document, credentials }, DeployKind::Nodes).await
            }
            Wanted::New { document, credentials, rev, kind } => {
                let before = self.now_in_force();
                if rev.is_some_and(|rev| rev != before.rev) {
                    return Err(DeployError::VersionMismatch);
                }
                let known = credentials.as_ref().unwrap_or(&before.credentials);
                let stored = credentials::take(&document, known);
                let (storage, to_save) = (self.storage.clone(), stored.clone());
                let saving = blocking(move || storage.save(&to_save));
                self.put_in_force_after(saving, stored, kind).await?
            }
        })
    }

    async fn put_in_force(&self, stored: Stored, kind: DeployKind) -> Arc<InForce> {
        let Ok(in_force) = self.put_in_force_after(async { Ok::<_, Infallible>(()) }, stored, kind).await;
        in_force
    }

    /// Puts flows in force once they are saved; the deploy is planned meanwhile.
    async fn put_in_force_after<E>(
        &self,
        saving: impl Future<Output = Result<(), E>>,
        stored: Stored,
        kind: DeployKind,
    ) -> Result<Arc<InForce>, E> {
        let Stored { document, credentials } = stored;
        let is_stopped = self.is_stopped.load(Ordering::Relaxed);
        let problems = if is_stopped {
            saving.await?;
            Vec::new()
        } else {
            let lent = credentials::lent(&credentials);
            let (saved, planned) = tokio::join!(saving, self.engine.plan_deploy(&document, &lent, kind));
            saved?;
            let report = planned.carry_out().await;
            tell(&report);
            report.problems
        };
        let in_force = Arc::new(InForce { rev: document.rev(), document, credentials, problems });
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force.clone();
        self.hub.clear_statuses(|id| self.engine.node(id).is_some());
        let state = if is_stopped { STOP } else { START };
        self.hub.publish("notification/runtime-state", json!({ "state": state, "deploy": true }), true);
        self.hub.publish("notification/runtime-deploy", json!({ "revision": in_force.rev }), true);
        // Whoever shows figures begins anew.
        self.hub.live_changed();
        Ok(in_force)
    }

    /// Whether the flows run, as Node-RED says it: `start` or `stop`.
    pub(crate) fn state(&self) -> &'static str {
        if self.is_stopped.load(Ordering::Relaxed) { STOP } else { START }
    }

    /// Starts or stops the flows; kept over a restart. Goes on to its end even if the caller goes away.
    ///
    /// # Errors
    /// It cannot be kept; then nothing changed.
    pub(crate) async fn set_running(self: &Arc<Self>, is_running: bool) -> Result<(), DeployError> {
        self.in_turn(move |flows| async move {
            let storage = flows.storage.clone();
            let state = json!(if is_running { START } else { STOP }).to_string();
            blocking(move || storage.set_text(STATE, &state)).await?;
            let was_stopped = flows.is_stopped.swap(!is_running, Ordering::Relaxed);
            match (was_stopped, is_running) {
                (true, true) => {
                    let InForce { document, credentials, .. } = (*flows.now_in_force()).clone();
                    flows.put_in_force(Stored { document, credentials }, DeployKind::Full).await;
                }
                (false, false) => {
                    flows.stop_engine().await;
                    flows.hub.clear_statuses(|_| false);
                    flows.hub.publish("notification/runtime-state", json!({ "state": STOP }), true);
                }
                _ => {}
            }
            Ok(())
        })
        .await
    }

    /// Stops the flows: sources first, then what is under way is finished within the drain timeout.
    pub(crate) async fn stop(&self) {
        self.phase.send_replace(Phase::Stopping);
        let _turn = self.turn.lock().await;
        self.stop_engine().await;
    }

    async fn stop_engine(&self) {
        for id in self.engine.stop().await.cut_off {
            tracing::warn!(
                "the node {id} did not stop in time; what it had not finished was not acknowledged"
            );
        }
    }

    /// The storage.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }
}

/// Why nothing was deployed.
#[derive(Debug)]
pub(crate) enum DeployError {
    /// The flows in force are not those that the caller knew.
    VersionMismatch,
    /// Storing failed.
    Failed(Failure),
}

impl From<Failure> for DeployError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Runs what blocks where that does not matter.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let result = tokio::task::spawn_blocking(work).await;
    result.unwrap_or_else(|error| Err(Failure::key("flows.failed").with("reason", error)))
}

/// Reads a flow file of either version, with the credentials that it brings.
///
/// # Errors
/// It cannot be read, or is no flow file.
pub(crate) fn read(path: &Path) -> Result<(Document, Option<Credentials>)> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("flows.unreadable", path, error))?;
    let not_flows = |reason: String| Failure::file("flows.not-flows", path, reason);
    let text = text.trim_start_matches('\u{feff}');
    let source = source::read(text).map_err(|error| not_flows(error.to_string()))?;
    let credentials = source.rest.get("credentials").map(credentials::parse).transpose()?;
    let document = source.document.map_err(|text| not_flows(Failure::from(text).to_string()))?;
    Ok((document, credentials))
}

/// A problem as the API and the log show it.
pub(crate) fn problem_json(problem: &Problem, render: impl Fn(&model::text::Text) -> String) -> Value {
    let message = render(&problem.text);
    json!({
        "node": problem.node, "flow": problem.flow, "path": problem.path, "message": message, "text": problem.text,
    })
}

fn tell(report: &DeployReport) {
    tracing::info!(
        "flows deployed: {} nodes started, {} stopped, {} kept, {} problems",
        report.started,
        report.stopped,
        report.kept,
        report.problems.len()
    );
    for id in &report.cut_off {
        tracing::warn!("the node {id} did not stop in time; what it had not finished was not acknowledged");
    }
}
