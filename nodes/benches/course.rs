//! A running flow to be measured: a source that lets messages in one after another, the nodes in question, and
//! ends that count what arrives.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::context::Contexts;
use engine::node::{
    BuildContext, BuildError, Built, Command, FunctionNode, NodeFactory, Out, Progress, Services,
};
use engine::registry::Registry;
use engine::{DeployKind, Engine, Gate, Message, NodeError, Object, Options, Setup, Value};
use model::descriptor::NodeDescriptor;
use model::document::Document;
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use wireloom_nodes::common::debug;
use wireloom_nodes::registry::NODE_TYPES;

/// A flow that runs on this thread.
pub(crate) struct Course {
    runtime: Runtime,
    engine: Engine,
    arrivals: Arc<Arrivals>,
    /// How many arrivals one message makes.
    arrivals_each: usize,
}

/// What is still to arrive at the ends.
#[derive(Default)]
struct Arrivals {
    missing: AtomicUsize,
    complete: Notify,
}

impl Course {
    /// `source` -> `stages`, one after another -> `end`.
    pub(crate) fn line(stages: &[Json]) -> Self {
        Self::fan(stages, &[])
    }

    /// `source` -> `stages`, one after another -> each of `branches` -> `end`.
    pub(crate) fn fan(stages: &[Json], branches: &[Json]) -> Self {
        let ids =
            |letter: char, count: usize| (0..count).map(|at| format!("{letter}{at}")).collect::<Vec<_>>();
        let (in_line, side_by_side) = (ids('s', stages.len()), ids('b', branches.len()));
        let behind = if branches.is_empty() { json!(["end"]) } else { json!(side_by_side) };
        let next = |at: usize| in_line.get(at).map_or_else(|| behind.clone(), |id| json!([id]));
        let mut flow = vec![json!({ "id": "source", "type": "course-source", "wires": [next(0)] })];
        for ((at, stage), id) in (1..).zip(stages).zip(&in_line) {
            flow.push(placed(stage, id, next(at)));
        }
        flow.extend(
            branches.iter().zip(&side_by_side).map(|(branch, id)| placed(branch, id, json!(["end"]))),
        );
        flow.push(json!({ "id": "end", "type": "course-end", "wires": [] }));
        Self::of(flow, branches.len().max(1))
    }

    fn of(flow: Vec<Json>, arrivals_each: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let arrivals = Arc::<Arrivals>::default();
        let registry = Registry::of(NODE_TYPES);
        registry
            .add(Arc::new(Factory::new("course-source", || Box::new(Source(Gate::new(usize::MAX >> 4))))));
        let counted = arrivals.clone();
        registry.add(Arc::new(Factory::new("course-end", move || Box::new(End(counted.clone())))));
        let setup = Setup {
            registry: Arc::new(registry),
            observer: Arc::new(()),
            services: Services::default(),
            contexts: Arc::new(Contexts::new()),
            env: vec![],
            options: Options::default(),
        };
        let engine = Engine::on(runtime.handle().clone(), setup);
        let document = Document::from_json(Json::Array(flow).into()).expect("a flow");
        let report = runtime.block_on(engine.deploy(&document, &HashMap::new(), DeployKind::Full));
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        Self { runtime, engine, arrivals, arrivals_each }
    }

    /// As many arrivals for each message: for nodes that make several of one.
    pub(crate) fn times(mut self, count: usize) -> Self {
        self.arrivals_each *= count;
        self
    }

    /// Lets `count` messages in and waits until all that came of them has arrived.
    pub(crate) fn run(&self, count: usize) {
        self.arrivals.missing.store(count * self.arrivals_each, Ordering::Relaxed);
        self.runtime.block_on(async {
            let order = Command::Inject(Some(count.into()));
            self.engine.command("source", order).expect("the source runs");
            self.arrivals.complete.notified().await;
        });
    }
}

fn placed(node: &Json, id: &str, next: Json) -> Json {
    let mut node = node.clone();
    node["id"] = id.into();
    node["wires"] = json!([next]);
    node
}

/// A message as an `mqtt in` node makes it.
pub(crate) fn message(number: usize) -> Message {
    let mut properties = Object::with_capacity(5);
    properties.insert("topic", "plant/line4/temperature");
    properties.insert("payload", number);
    properties.insert("qos", 0);
    properties.insert("retain", false);
    Message::from_object(properties)
}

/// Lets in as many messages as it is told, each with a delivery of its own.
struct Source(Arc<Gate>);

impl FunctionNode for Source {
    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        Ok(Progress::Done)
    }

    fn on_command(&mut self, command: Command, out: &mut Out<'_>) -> Result<(), NodeError> {
        let Command::Inject(Some(Value::Number(count))) = command else { return Ok(()) };
        let gate = self.0.clone();
        out.stream(
            0,
            Message::default(),
            (0..count as usize).map(move |number| {
                let mut message = message(number);
                message.set_delivery(gate.try_admit());
                Ok(message)
            }),
        );
        Ok(())
    }
}

struct End(Arc<Arrivals>);

impl FunctionNode for End {
    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if self.0.missing.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.complete.notify_one();
        }
        Ok(Progress::Done)
    }
}

struct Factory<F> {
    descriptor: NodeDescriptor,
    make: F,
}

impl<F: Fn() -> Box<dyn FunctionNode> + Send + Sync> Factory<F> {
    fn new(name: &str, make: F) -> Self {
        let descriptor = NodeDescriptor { type_name: name.into(), ..(debug::NODE.describe)() };
        Self { descriptor, make }
    }
}

impl<F: Fn() -> Box<dyn FunctionNode> + Send + Sync> NodeFactory for Factory<F> {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, _context: &BuildContext<'_>) -> Result<Built, BuildError> {
        Ok(Built::Function((self.make)()))
    }
}
