//! A running engine for tests that data cases cannot express: real databases, real servers, real time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::context::Contexts;
use engine::node::{Progress, Services};
use engine::observe::{Event, Level, Observer};
use engine::registry::Registry;
use engine::testing::recorder;
use engine::{DeployKind, Engine, Gate, Message, Object, Options, Outcome, Setup};
use model::document::Document;

use crate::registry::NODE_TYPES;

/// How long a test waits for something that must come. Long: it only matters when the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine, what it said, and a gate for messages sent to it.
pub(crate) struct Bench {
    pub engine: Engine,
    heard: Arc<Heard>,
    gate: Arc<Gate>,
    outcomes: Arc<Mutex<HashMap<usize, Outcome>>>,
    sent: usize,
    recorded: Arc<Mutex<Vec<Message>>>,
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Observer for Heard {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Bench {
    /// Deploys a flow that must have no problems.
    pub(crate) async fn start(flow: serde_json::Value, services: Services) -> Self {
        Self::start_with(flow, &HashMap::new(), services).await
    }

    /// As [`Bench::start`], with credentials by node.
    pub(crate) async fn start_with(
        flow: serde_json::Value,
        credentials: &HashMap<String, HashMap<String, String>>,
        services: Services,
    ) -> Self {
        let heard = Arc::new(Heard::default());
        let registry = Registry::of(NODE_TYPES);
        let recorded = Arc::<Mutex<Vec<Message>>>::default();
        let keeps = recorded.clone();
        registry.add(recorder("recorder", move |_, mut message| {
            message.set_delivery(None);
            keeps.lock().unwrap().push(message);
            Progress::Done
        }));
        let setup = Setup {
            registry: Arc::new(registry),
            observer: heard.clone(),
            services,
            contexts: Arc::new(Contexts::new()),
            env: vec![],
            options: Options { drain_timeout: Duration::from_secs(5), ..Options::default() },
        };
        let engine = Engine::on(tokio::runtime::Handle::current(), setup);
        let document = Document::from_json(flow.into()).unwrap();
        let report = engine.deploy(&document, credentials, DeployKind::Full).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        Self { engine, heard, gate: Gate::new(100_000), outcomes: Arc::default(), sent: 0, recorded }
    }

    /// Sends a message with a delivery of its own to a node; gives its number.
    pub(crate) fn send(&mut self, node: &str, message: serde_json::Value) -> usize {
        let number = self.sent;
        self.sent += 1;
        let delivery = self.gate.try_admit().unwrap();
        let outcomes = self.outcomes.clone();
        delivery.on_end(move |outcome| {
            let before = outcomes.lock().unwrap().insert(number, outcome);
            assert_eq!(before, None, "a delivery ends once");
        });
        let properties: Object = serde_json::from_value(message).unwrap();
        self.engine.receive(node, Message::from_object(properties).under(delivery)).unwrap();
        number
    }

    /// What recorders got and nobody took yet.
    pub(crate) fn recorded(&self) -> Vec<Message> {
        self.recorded.lock().unwrap().clone()
    }

    /// Takes what recorders got.
    pub(crate) fn take_recorded(&self) -> Vec<Message> {
        std::mem::take(&mut *self.recorded.lock().unwrap())
    }

    /// How a message ended, if it did.
    pub(crate) fn outcome(&self, number: usize) -> Option<Outcome> {
        self.outcomes.lock().unwrap().get(&number).copied()
    }

    /// How many messages are not done.
    pub(crate) fn open(&self) -> usize {
        self.sent - self.outcomes.lock().unwrap().len()
    }

    /// The texts of errors that nobody caught.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.logged(Level::Error)
    }

    /// The texts that were logged at this level.
    pub(crate) fn logged(&self, wanted: Level) -> Vec<String> {
        let heard = self.heard.0.lock().unwrap();
        let texts = heard.iter().filter_map(|event| match event {
            Event::Log(level, _, text) if *level == wanted => {
                Some(self.engine.registry().render(text).to_string())
            }
            _ => None,
        });
        texts.collect()
    }

    /// The last status of a node: fill, shape and the key of its text.
    pub(crate) fn status(&self, node: &str) -> Option<(String, String, String)> {
        let heard = self.heard.0.lock().unwrap();
        heard.iter().rev().find_map(|event| match event {
            Event::Status(info, status) if info.id == node => {
                Some((status.fill.to_string(), status.shape.to_string(), status.text.key.to_string()))
            }
            _ => None,
        })
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds().await {
        assert!(start.elapsed() < PATIENCE, "still not: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
