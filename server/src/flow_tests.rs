//! Flow tests that are kept beside the flows: made of messages that were seen, run apart from what runs.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecow::EcoString;
use engine::context::Contexts;
use engine::node::Services;
use engine::registry::Registry;
use engine::testing::{self, Case, Scopes, Step};
use model::api::{FLOW_TESTS_TOPIC, FlowTest, FlowTestResult, FlowTests, Mismatch};
use model::document::Document;
use model::excerpt::Excerpt;
use model::json::Json;
use model::text::{Catalogue, Text};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::app::Parts;
use crate::comms::now;
use crate::credentials;
use crate::failure::{Failure, Result};
use crate::flows::blocking;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("flow-tests.broken", "{file} in the data folder is no list of flow tests: {reason}"),
    ("flow-tests.no-threads", "the system gives no threads: {reason}"),
    (
        "flow-tests.context",
        "the context values of {scope} must be an object of values by key, such as {\"count\": 1}",
    ),
    ("flow-tests.name", "a flow test needs a name"),
    ("flow-tests.taken", "there is a flow test {name} already: give this one another name"),
    ("flow-tests.no-nodes", "a flow test is about one node or more: name them in `nodes`"),
    ("flow-tests.no-target", "the messages must arrive at nodes that the test is about: name them in `to`"),
    ("flow-tests.no-messages", "a flow test sends one message or more: name them in `messages`"),
    ("flow-tests.not-recorded", "these nodes cannot be tested like this: {reason}"),
];

/// The name that they are kept under: the file `flow-tests.json` of the data folder.
pub(crate) const NAME: &str = "flow-tests";
/// Waiting takes no time in a test, so what takes longer does not end.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// What is known of the tests besides the file.
#[derive(Default)]
pub(crate) struct Kept {
    /// What came of the last run of each, by name.
    results: Mutex<HashMap<EcoString, FlowTestResult>>,
    /// Held while the file is read and written back.
    turn: tokio::sync::Mutex<()>,
}

impl Kept {
    /// The tests and how they stand.
    pub(crate) async fn list(&self, app: &Parts) -> Result<FlowTests> {
        let cases = read(app).await?;
        let results = self.results();
        let one = |case: &Case| FlowTest {
            name: case.name.as_str().into(),
            nodes: case.nodes.clone(),
            messages: case.steps.iter().filter(|step| matches!(step, Step::Send { .. })).count(),
            credentials: case.flow_credentials,
            before: as_json(case.context_set()),
            after: as_json(case.context_expected()),
            result: results.get(case.name.as_str()).cloned(),
        };
        Ok(FlowTests { tests: cases.iter().map(one).collect() })
    }

    /// Adds a test that expects what its nodes give now. `false` where the name is taken; else why it cannot be made.
    pub(crate) async fn add(
        &self,
        app: &Parts,
        case: Case,
        flows: Arc<Document>,
    ) -> Result<Result<bool, Mismatch>> {
        let _turn = self.turn.lock().await;
        let mut cases = read(app).await?;
        if cases.iter().any(|known| known.name == case.name) {
            return Ok(Ok(false));
        }
        // What its nodes read of the context as it is now is what it begins with.
        let live = Some(app.flows.engine().contexts().clone());
        let case = match record(app, case, flows.clone(), live).await? {
            Ok(case) => case,
            Err(mismatch) => return Ok(Err(mismatch)),
        };
        self.passed(&case, &flows);
        cases.push(case);
        write(app, cases).await?;
        Ok(Ok(true))
    }

    /// Runs tests, all of them or those named, one after another.
    pub(crate) async fn run(
        &self,
        app: &Parts,
        names: Option<&[EcoString]>,
        flows: Arc<Document>,
    ) -> Result<()> {
        for case in read(app).await?.into_iter().filter(|case| is_meant(case, names)) {
            let (registry, tested) = (app.registry.clone(), flows.clone());
            let (name, fingerprint) = (EcoString::from(case.name.as_str()), fingerprint(&case, &flows));
            let case = with_credentials(app, case, &flows);
            let outcome = blocking(move || {
                on_own_clock(testing::check(&case, Some(&tested), &registry, Services::default()))
            });
            let mismatch = outcome.await?.err();
            self.results().insert(name, FlowTestResult { fingerprint, time: now(), mismatch });
        }
        tell(app);
        Ok(())
    }

    /// Makes tests expect what their nodes give now.
    pub(crate) async fn accept(
        &self,
        app: &Parts,
        names: Option<&[EcoString]>,
        flows: Arc<Document>,
    ) -> Result<Result<(), Mismatch>> {
        let _turn = self.turn.lock().await;
        let mut cases = read(app).await?;
        for case in cases.iter_mut().filter(|case| is_meant(case, names)) {
            match record(app, case.clone(), flows.clone(), None).await? {
                Ok(recorded) => *case = recorded,
                Err(mismatch) => return Ok(Err(mismatch)),
            }
            self.passed(case, &flows);
        }
        write(app, cases).await?;
        Ok(Ok(()))
    }

    /// Makes a test begin with other context values, and expect what its nodes give then. `false` where there is no
    /// such test.
    pub(crate) async fn begin_with(
        &self,
        app: &Parts,
        name: &str,
        before: Scopes,
        flows: Arc<Document>,
    ) -> Result<Result<bool, Mismatch>> {
        let _turn = self.turn.lock().await;
        let mut cases = read(app).await?;
        let Some(case) = cases.iter_mut().find(|case| case.name == name) else { return Ok(Ok(false)) };
        let mut changed = case.clone();
        changed.steps.retain(|step| !matches!(step, Step::SetContext(_)));
        if !before.is_empty() {
            changed.steps.insert(0, Step::SetContext(before));
        }
        match record(app, changed, flows.clone(), None).await? {
            Ok(recorded) => *case = recorded,
            Err(mismatch) => return Ok(Err(mismatch)),
        }
        self.passed(case, &flows);
        write(app, cases).await?;
        Ok(Ok(true))
    }

    /// Deletes a test; whether there was one.
    pub(crate) async fn remove(&self, app: &Parts, name: &str) -> Result<bool> {
        let _turn = self.turn.lock().await;
        let mut cases = read(app).await?;
        let before = cases.len();
        cases.retain(|case| case.name != name);
        if cases.len() == before {
            return Ok(false);
        }
        self.results().remove(name);
        write(app, cases).await?;
        Ok(true)
    }

    /// What was recorded just now passes.
    fn passed(&self, case: &Case, flows: &Document) {
        let result = FlowTestResult { fingerprint: fingerprint(case, flows), time: now(), mismatch: None };
        self.results().insert(case.name.as_str().into(), result);
    }

    fn results(&self) -> MutexGuard<'_, HashMap<EcoString, FlowTestResult>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cases in a text.
///
/// # Errors
/// It holds none.
pub(crate) fn parse(text: &str) -> serde_json::Result<Vec<Case>> {
    serde_json::from_str(text)
}

/// Runs work on a clock that jumps over waits, apart from everything else; it is given up after ten seconds of real
/// time. It blocks.
///
/// # Errors
/// The system gives no threads.
pub(crate) fn on_own_clock<T>(
    work: impl Future<Output = Result<T, Mismatch>>,
) -> Result<Result<T, Mismatch>> {
    let no_threads = |error: std::io::Error| Failure::key("flow-tests.no-threads").with("reason", error);
    let runtime =
        Builder::new_current_thread().enable_all().start_paused(true).build().map_err(no_threads)?;
    let (over, is_over) = oneshot::channel();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    // The runtime's own clock cannot tell how long it really takes.
    let watch = move || {
        if is_done.recv_timeout(TIME_LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            // Done at the very last moment: nobody waits for it.
            let _ = over.send(());
        }
    };
    std::thread::Builder::new().name("wireloom-test".to_owned()).spawn(watch).map_err(no_threads)?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            Ok(()) = is_over => {
                let text = Text::key("flow-test.time").with("seconds", TIME_LIMIT.as_secs());
                Err(Mismatch { step: None, text, differences: Vec::new() })
            }
            outcome = work => outcome,
        }
    });
    drop(done);
    runtime.shutdown_background();
    Ok(outcome)
}

fn is_meant(case: &Case, names: Option<&[EcoString]>) -> bool {
    names.is_none_or(|names| names.iter().any(|name| *name == case.name))
}

fn fingerprint(case: &Case, flows: &Document) -> EcoString {
    let excerpt = Excerpt::of(flows, case.nodes.iter().map(EcoString::as_str));
    excerpt.map(|excerpt| excerpt.fingerprint().into()).unwrap_or_default()
}

async fn record(
    app: &Parts,
    case: Case,
    flows: Arc<Document>,
    live: Option<Arc<Contexts>>,
) -> Result<Result<Case, Mismatch>> {
    let registry: Arc<Registry> = app.registry.clone();
    let own = case.credentials.clone();
    let case = with_credentials(app, case, &flows);
    let recorded = blocking(move || {
        on_own_clock(testing::record(&case, &flows, &registry, Services::default, live.as_ref()))
    });
    // What was lent is not kept.
    Ok(recorded.await?.map(|case| Case { credentials: own, ..case }))
}

/// The case with the credentials that the flows in force have for its nodes, where it wants them.
fn with_credentials(app: &Parts, case: Case, flows: &Document) -> Case {
    lend(case, flows, &credentials::lent(&app.flows.now_in_force().credentials))
}

/// The case with those of these credentials that are of nodes which it is about or which they use, where it wants them.
pub(crate) fn lend(mut case: Case, flows: &Document, all: &HashMap<String, HashMap<String, String>>) -> Case {
    if !case.flow_credentials {
        return case;
    }
    let Ok(excerpt) = Excerpt::of(flows, case.nodes.iter().map(EcoString::as_str)) else { return case };
    let ids = excerpt.entries().iter().filter_map(|entry| entry.get("id").and_then(Json::as_str));
    let lent = ids.filter_map(|id| Some((id.to_owned(), all.get(id)?.clone())));
    let lent: HashMap<_, _> = lent.collect();
    case.credentials = lent.into_iter().chain(case.credentials).collect();
    case
}

fn as_json(scopes: Scopes) -> BTreeMap<EcoString, Json> {
    scopes.into_iter().map(|(scope, values)| (scope, serde_json::Value::Object(values).into())).collect()
}

async fn read(app: &Parts) -> Result<Vec<Case>> {
    let storage = app.flows.storage().clone();
    let text = blocking(move || storage.text(NAME)).await?;
    let cases = text.as_deref().map(parse).transpose();
    let file = format!("{NAME}.json");
    cases
        .map(Option::unwrap_or_default)
        .map_err(|error| Failure::key("flow-tests.broken").with("file", file).with("reason", error))
}

async fn write(app: &Parts, cases: Vec<Case>) -> Result<()> {
    let storage = app.flows.storage().clone();
    let text = serde_json::to_string_pretty(&cases).unwrap_or_default() + "\n";
    blocking(move || storage.set_text(NAME, &text)).await?;
    tell(app);
    Ok(())
}

/// Whoever shows the tests asks for them again.
fn tell(app: &Parts) {
    app.hub.publish(FLOW_TESTS_TOPIC, json!({}), false);
}
