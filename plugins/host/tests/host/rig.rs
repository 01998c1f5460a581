//! An engine with plugins in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::context::Contexts;
use engine::delivery::{Delivery, Gate, Outcome};
use engine::node::{Progress, Services as Lent};
use engine::observe::{Event, Observer, Status};
use engine::registry::Registry;
use engine::testing::recorder;
use engine::{DeployKind, DeployReport, Engine, Message, NodeError, Options, Setup, Value};
use model::document::Document;
use serde_json::Value as Json;
use wireloom_plugins::{Capabilities, Host, Plugin, TEXTS};

use crate::guest::Guest;

/// An engine, and what was heard of it.
pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) registry: Arc<Registry>,
    pub(crate) heard: Arc<Heard>,
    gate: Arc<Gate>,
}

/// What happened so far.
#[derive(Default)]
pub(crate) struct Heard {
    messages: Mutex<Vec<(String, Message)>>,
    errors: Mutex<Vec<(String, NodeError)>>,
    statuses: Mutex<HashMap<String, Status>>,
    logs: Mutex<Vec<String>>,
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Status(info, status) => {
                self.statuses.lock().unwrap().insert(info.id.to_string(), status);
            }
            Event::Log(_, _, text) => self.logs.lock().unwrap().push(text.to_string()),
            Event::Debug(..) => {}
        }
    }

    fn error(&self, node: &Arc<engine::node::NodeInfo>, error: NodeError, _is_caught: bool) {
        self.errors.lock().unwrap().push((node.id.to_string(), error));
    }
}

impl Heard {
    /// The payloads that a recorder got since it was asked last.
    pub(crate) fn payloads(&self, id: &str) -> Vec<Value> {
        let mut messages = self.messages.lock().unwrap();
        let (got, others) = std::mem::take(&mut *messages).into_iter().partition(|(to, _)| to == id);
        *messages = others;
        let got: Vec<(String, Message)> = got;
        got.into_iter().map(|(_, message)| message.payload().clone()).collect()
    }

    /// The keys of the errors since they were asked for last.
    pub(crate) fn errors(&self) -> Vec<String> {
        let errors = std::mem::take(&mut *self.errors.lock().unwrap());
        errors.into_iter().map(|(_, error)| error.into_fault().text.key.into_owned()).collect()
    }

    /// Lets go of all that was heard, where a measurement would count its memory.
    pub(crate) fn forget(&self) {
        self.messages.lock().unwrap().clear();
        self.errors.lock().unwrap().clear();
        self.logs.lock().unwrap().clear();
    }

    pub(crate) fn status(&self, id: &str) -> Option<Status> {
        self.statuses.lock().unwrap().get(id).cloned()
    }

    pub(crate) fn logs(&self) -> Vec<String> {
        std::mem::take(&mut *self.logs.lock().unwrap())
    }
}

/// What became of a message.
pub(crate) type Ends = Arc<Mutex<Vec<Outcome>>>;

impl Rig {
    /// With these plugins, granted what they ask for.
    pub(crate) fn of(plugins: &[Plugin]) -> Self {
        let rig = Self::with(Arc::default());
        plugins.iter().for_each(|plugin| rig.install(plugin));
        rig
    }

    pub(crate) fn with(contexts: Arc<Contexts>) -> Self {
        let heard = Arc::<Heard>::default();
        let registry = Registry::of(&[]);
        registry.add_texts(TEXTS);
        let take = heard.clone();
        registry.add(recorder("out", move |id, mut message| {
            message.set_delivery(None);
            take.messages.lock().unwrap().push((id.to_string(), message));
            Progress::Done
        }));
        let registry = Arc::new(registry);
        let setup = Setup {
            registry: registry.clone(),
            observer: heard.clone(),
            services: Lent::default(),
            contexts,
            env: vec![],
            options: Options::default(),
        };
        let engine = Engine::on(tokio::runtime::Handle::current(), setup);
        Self { engine, registry, heard, gate: Gate::new(1000) }
    }

    pub(crate) fn install(&self, plugin: &Plugin) {
        self.install_with(plugin, plugin.requests().clone());
    }

    pub(crate) fn install_with(&self, plugin: &Plugin, grants: Capabilities) {
        assert!(self.registry.add_plugin(plugin.factory(grants)));
    }

    pub(crate) async fn deploy(&self, flow: Json, kind: DeployKind) -> DeployReport {
        let document = Document::parse(&flow.to_string()).unwrap();
        let report = self.engine.deploy(&document, &HashMap::new(), kind).await;
        settle().await;
        report
    }

    /// Deploys a node of a plugin with a recorder behind it; no problem may be reported.
    pub(crate) async fn node(&self, type_name: &str) {
        let report = self.deploy(flow(type_name, Json::Null), DeployKind::Full).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
    }

    /// Sends a message as a source would that wants to know what becomes of it.
    pub(crate) async fn send(&self, to: &str, payload: impl Into<Value>) -> Ends {
        self.send_message(to, Message::with_payload(payload)).await
    }

    pub(crate) async fn send_message(&self, to: &str, message: Message) -> Ends {
        let delivery: Delivery = self.gate.try_admit().unwrap();
        let ends = Ends::default();
        let note = ends.clone();
        delivery.on_end(move |outcome| note.lock().unwrap().push(outcome));
        self.engine.receive(to, message.under(delivery)).unwrap();
        settle().await;
        ends
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, is_so: impl Fn(&Heard) -> bool) {
        for _ in 0..2000 {
            if is_so(&self.heard) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came to that: {:?}", self.heard.errors.lock().unwrap());
    }

    /// How many messages a recorder has got.
    pub(crate) fn count(&self, id: &str) -> usize {
        self.heard.messages.lock().unwrap().iter().filter(|(to, _)| to == id).count()
    }
}

/// A tab with a node `n` of a type, with these further properties, and a recorder `r` behind it.
pub(crate) fn flow(type_name: &str, properties: Json) -> Json {
    let mut node =
        serde_json::json!({ "id": "n", "z": "t", "type": type_name, "x": 1, "y": 1, "wires": [["r"]] });
    if let (Some(node), Json::Object(more)) = (node.as_object_mut(), properties) {
        node.extend(more);
    }
    serde_json::json!([
        { "id": "t", "type": "tab", "label": "" },
        node,
        { "id": "r", "z": "t", "type": "out", "x": 1, "y": 1, "wires": [] },
    ])
}

/// Lets everything run until it waits.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Loads a plugin with a host of its own.
pub(crate) fn load(guest: &Guest) -> Plugin {
    let host = Host::new(wireloom_plugins::Options::default()).unwrap();
    load_in(&host, guest)
}

pub(crate) fn load_in(host: &Host, guest: &Guest) -> Plugin {
    host.load(&guest.component()).unwrap_or_else(|error| panic!("{}: {error}", guest.name))
}
