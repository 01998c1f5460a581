//! A running flow whose ends the test holds, on the real clock.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ecow::EcoString;
use engine::node::{Progress, Services};
use engine::observe::{Event, Observer};
use engine::registry::Registry;
use engine::testing::recorder;
use engine::{DeployKind, DeployReport, Engine, Message, Options, Setup};
use model::document::Document;
use serde_json::Value as Json;
use tokio::sync::Notify;

/// How long anything may take on a busy machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running flow. Messages that reach a node of the type `end` wait there, with their deliveries, until the
/// test takes and drops them.
pub(crate) struct Flow {
    engine: Engine,
    heard: Arc<Heard>,
    credentials: HashMap<String, HashMap<String, String>>,
}

#[derive(Default)]
struct Heard {
    ends: Mutex<HashMap<EcoString, VecDeque<Message>>>,
    statuses: Mutex<HashMap<EcoString, EcoString>>,
    logged: Mutex<Vec<String>>,
    changed: Notify,
    /// Whether ends let go of what they get.
    is_over: AtomicBool,
}

impl Flow {
    /// Starts a flow that must have no problems.
    pub(crate) async fn start(nodes: Json) -> Self {
        let (flow, report) = Self::start_with(nodes, Options::default(), HashMap::new()).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        flow
    }

    pub(crate) async fn start_with(
        nodes: Json,
        options: Options,
        credentials: HashMap<String, HashMap<String, String>>,
    ) -> (Self, DeployReport) {
        let heard = Arc::new(Heard::default());
        let registry = Registry::of(nodes::registry::NODE_TYPES);
        let ends = heard.clone();
        registry.add(recorder("end", move |id, message| ends.take(id, message)));
        let engine = Engine::on(
            tokio::runtime::Handle::current(),
            Setup {
                registry: Arc::new(registry),
                observer: heard.clone(),
                services: Services::default(),
                contexts: Arc::default(),
                env: Vec::new(),
                options,
            },
        );
        let flow = Self { engine, heard, credentials };
        let report = flow.deploy(nodes, DeployKind::Full).await;
        (flow, report)
    }

    pub(crate) async fn deploy(&self, nodes: Json, kind: DeployKind) -> DeployReport {
        let document = Document::from_json(nodes.into()).expect("a flow");
        self.engine.deploy(&document, &self.credentials, kind).await
    }

    /// Sends a message to a node.
    pub(crate) fn send(&self, node: &str, message: Message) {
        self.engine.receive(node, message).expect("a node");
    }

    /// The next message at an end. Dropping it makes the flow done with it.
    pub(crate) async fn next(&self, end: &str) -> Message {
        self.until("a message", |heard| heard.ends.lock().unwrap().get_mut(end)?.pop_front()).await
    }

    /// How many messages wait at an end.
    pub(crate) fn waiting(&self, end: &str) -> usize {
        self.heard.ends.lock().unwrap().get(end).map_or(0, VecDeque::len)
    }

    /// Waits until so many messages wait at an end.
    pub(crate) async fn until_waiting(&self, end: &str, count: usize) {
        self.until("messages", |heard| {
            (heard.ends.lock().unwrap().get(end).map_or(0, VecDeque::len) >= count).then_some(())
        })
        .await;
    }

    /// Waits until a node shows a status with this text key.
    pub(crate) async fn until_status(&self, node: &str, key: &str) {
        self.until(key, |heard| (heard.statuses.lock().unwrap().get(node)? == key).then_some(())).await;
    }

    /// Waits until something with these words is logged, and gives it.
    pub(crate) async fn until_logged(&self, words: &str) -> String {
        self.until(words, |heard| {
            heard.logged.lock().unwrap().iter().find(|line| line.contains(words)).cloned()
        })
        .await
    }

    /// Stops the flow; what waits at its ends is done with.
    pub(crate) async fn stop(self) -> DeployReport {
        self.heard.is_over.store(true, Ordering::Relaxed);
        self.heard.ends.lock().unwrap().clear();
        self.engine.stop().await
    }

    async fn until<T>(&self, what: &str, mut look: impl FnMut(&Heard) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let changed = self.heard.changed.notified();
                tokio::pin!(changed);
                // From here on no change is missed.
                changed.as_mut().enable();
                if let Some(found) = look(&self.heard) {
                    return found;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!(
                "no {what}; statuses {:?}, log {:?}",
                self.heard.statuses.lock().unwrap(),
                self.heard.logged.lock().unwrap()
            ),
        }
    }
}

impl Heard {
    fn take(&self, end: &EcoString, message: Message) -> Progress {
        if self.is_over.load(Ordering::Relaxed) {
            return Progress::Done;
        }
        self.ends.lock().unwrap().entry(end.clone()).or_default().push_back(message);
        self.changed.notify_waiters();
        Progress::Pending
    }
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Status(info, status) => {
                self.statuses.lock().unwrap().insert(info.id.clone(), status.text.key.as_ref().into());
            }
            Event::Log(_, _, text) => self.logged.lock().unwrap().push(text.to_string()),
            Event::Debug(..) => {}
        }
        self.changed.notify_waiters();
    }
}
