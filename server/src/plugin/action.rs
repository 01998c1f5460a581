//! A plugin called as an action: one message through one node, outside of every flow.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::context::Contexts;
use engine::node::{NodeFactory, Progress, Services};
use engine::registry::Registry;
use engine::testing::recorder;
use engine::{DeployKind, Engine, Gate, Message, Object, Options, Problem, Setup, Value};
use model::document::Document;
use nodes::network::action::{CallError, Watch};
use serde_json::{Map, Value as Json, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::app::App;
use crate::failure::{Failure, Result};

/// How long a call may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Messages that are answered at most.
const MOST_MESSAGES: usize = 10_000;
/// The node, and what begins the ids of those that take what it sends.
const NODE: &str = "action";
const OUTPUT: &str = "output";

/// Why a call of a plugin came to nothing.
pub(crate) enum Refusal {
    /// The settings do not fit.
    Problems(Vec<Problem>),
    /// As with other actions.
    Call(CallError),
    /// Something of the server itself failed.
    Failed(Failure),
}

/// Runs a message through a node of the plugin's type with these settings; gives what it sent, by output port. The
/// place among the calls at once is free when the node is done.
pub(crate) async fn call(
    app: &App,
    factory: Arc<dyn NodeFactory>,
    config: Map<String, Json>,
    message: Object,
    room: OwnedSemaphorePermit,
) -> std::result::Result<Vec<Vec<Value>>, Refusal> {
    let document = document(factory.as_ref(), config).map_err(Refusal::Failed)?;
    let outputs = document.nodes().len() - 2;
    let sent = Arc::new(Mutex::new(vec![Vec::new(); outputs]));
    let engine = engine(app, factory, sent.clone());
    let report = engine.deploy(&document, &Default::default(), DeployKind::Full).await;
    if !report.problems.is_empty() {
        return Err(Refusal::Problems(report.problems));
    }
    let (watch, end) = Watch::new(room);
    let ended = async {
        // A gate of one is free for one.
        let delivery = Gate::new(1).try_admit().ok_or(CallError::Busy)?;
        delivery.report_to(watch);
        let message = Message::from_object(message).under(delivery);
        engine.receive(NODE, message).map_err(|_| CallError::Stopping)?;
        match timeout(LONGEST, end).await {
            Ok(Ok(end)) => end.error().map_or(Ok(()), Err),
            Ok(Err(_)) => Err(CallError::Stopping),
            Err(_) => Err(CallError::Late(LONGEST.as_secs())),
        }
    };
    let ended = ended.await;
    engine.stop().await;
    ended.map_err(Refusal::Call)?;
    let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(sent)
}

/// An engine for one call, on the threads of the flows.
fn engine(app: &App, factory: Arc<dyn NodeFactory>, sent: Arc<Mutex<Vec<Vec<Value>>>>) -> Engine {
    let registry = Registry::default();
    registry.add(factory);
    registry.add(recorder(OUTPUT, move |id, message| {
        let port = id.strip_prefix(OUTPUT).and_then(|port| port.parse::<usize>().ok());
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        let count: usize = sent.iter().map(Vec::len).sum();
        if count < MOST_MESSAGES
            && let Some(port) = port.and_then(|port| sent.get_mut(port))
        {
            port.push(message.to_value());
        }
        Progress::Done
    }));
    let setup = Setup {
        registry: Arc::new(registry),
        observer: Arc::new(()),
        services: Services::default(),
        contexts: Arc::new(Contexts::new()),
        env: Vec::new(),
        options: Options { drain_timeout: Duration::from_secs(1), ..Options::default() },
    };
    Engine::on(app.flows.engine().runtime().clone(), setup)
}

/// A tab with the node, and something behind each of its outputs.
fn document(factory: &dyn NodeFactory, config: Map<String, Json>) -> Result<Document> {
    let descriptor = factory.descriptor();
    let mut node = config;
    node.insert("id".into(), NODE.into());
    node.insert("type".into(), descriptor.type_name.as_str().into());
    node.insert("z".into(), "tab".into());
    node.remove("d");
    node.remove("g");
    let counted = Document::from_json(json!([node]).into()).map_err(Failure::from)?;
    let outputs = counted.nodes().first().map_or(0, |node| descriptor.outputs.count(node.fields()));
    let wires: Vec<Json> = (0..outputs).map(|port| json!([format!("{OUTPUT}{port}")])).collect();
    node.insert("wires".into(), wires.into());
    let takers =
        (0..outputs).map(|port| json!({ "id": format!("{OUTPUT}{port}"), "type": OUTPUT, "z": "tab" }));
    let all = [json!({ "id": "tab", "type": "tab" }), node.into()].into_iter().chain(takers);
    Document::from_json(Json::from_iter(all).into()).map_err(Failure::from)
}
