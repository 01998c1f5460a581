//! Small nodes of the tests' own, and an engine to run them in.

use wireloom_engine as engine;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::node::{
    BoxFuture, BuildContext, BuildError, Built, Command, ConfigNode, FunctionNode, Handover, NodeFactory,
    Out, Progress, Services, TaskContext, TaskInput, TaskNode,
};
use engine::observe::{Event, Level, Observer, Status};
use engine::registry::Registry;
use engine::{DeployKind, Engine, Message, NodeError, Object, Options, Outcome, Setup, Value};
use model::descriptor::{Label, NodeDescriptor, Outputs, Role};
use model::document::Document;
use model::text::Text;
use serde_json::json;

/// What the tests see: `(node, words)`.
#[derive(Default)]
pub(crate) struct Diary(pub(crate) Mutex<Vec<(String, String)>>);

impl Diary {
    pub(crate) fn note(&self, node: &str, words: impl Into<String>) {
        self.0.lock().unwrap().push((node.into(), words.into()));
    }

    pub(crate) fn of(&self, node: &str) -> Vec<String> {
        let notes = self.0.lock().unwrap();
        notes.iter().filter(|(who, _)| who == node).map(|(_, words)| words.clone()).collect()
    }
}

impl Observer for Diary {
    fn event(&self, event: Event) {
        match event {
            Event::Log(Level::Error, Some(info), text) => {
                self.note(&format!("log:{}", info.id), text.key.to_string())
            }
            Event::Status(info, status) => self.note(&format!("status:{}", info.id), status.text.to_string()),
            _ => {}
        }
    }
}

pub(crate) struct Kind {
    descriptor: NodeDescriptor,
    build: fn(&BuildContext<'_>, Arc<Diary>) -> Result<Built, BuildError>,
    diary: Arc<Diary>,
}

impl NodeFactory for Kind {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.descriptor
    }

    fn build(&self, context: &BuildContext<'_>) -> Result<Built, BuildError> {
        (self.build)(context, self.diary.clone())
    }
}

pub(crate) fn descriptor(type_name: &str, role: Role, inputs: u8) -> NodeDescriptor {
    NodeDescriptor {
        type_name: type_name.into(),
        role,
        category: "test".into(),
        colour: "#fff".into(),
        icon: "circle".into(),
        inputs,
        outputs: Outputs::Fixed(1),
        label: Label { properties: vec![], fallback: Text::literal("") },
        button: false,
        schema: json!({}),
        credentials: vec![],
        help: String::new(),
    }
}

/// Writes what it gets into the diary and passes it on.
pub(crate) struct Note(String, Arc<Diary>);

impl FunctionNode for Note {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let words = match message.get("error") {
            Some(error) => format!(
                "{:?} from {}",
                message.payload(),
                error
                    .get("source")
                    .and_then(|source| source.get("id"))
                    .and_then(Value::as_str)
                    .unwrap_or("nobody")
            ),
            None => match message.get("status") {
                Some(status) => format!("status {:?}", status.get("text")),
                None => format!("{:?}", message.payload()),
            },
        };
        self.1.note(&self.0, words);
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

/// Wakes somebody outside of the cell, who notes it, and gives way to them if it is polite.
struct Answer {
    id: String,
    is_polite: bool,
    diary: Arc<Diary>,
}

impl FunctionNode for Answer {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let (id, diary) = (self.id.clone(), self.diary.clone());
        tokio::spawn(async move { diary.note(&id, "heard") });
        if self.is_polite {
            out.give_way();
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

/// Starts a second message in its own cell when the first one comes.
struct Again;

impl FunctionNode for Again {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        if message.payload().as_str() == Some("first") {
            let second = |payload: &str, delivery| Some(Message::with_payload(payload).under(delivery));
            let started = out.node().task_out().try_start_here(0, "second", second);
            started.map_err(|_| NodeError::key("test.again"))?;
        }
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

/// Passes each message on after as many seconds as its payload says.
struct Timers;

impl FunctionNode for Timers {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let seconds = message.payload().as_str().and_then(|seconds| seconds.parse().ok()).unwrap();
        out.after(Duration::from_secs(seconds), seconds);
        Ok(Progress::Pending)
    }

    fn on_timer(&mut self, seconds: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        out.send(0, Message::with_payload(seconds.to_string()));
        Ok(())
    }
}

/// Fails as `how` says.
pub(crate) struct Bad(String);

impl FunctionNode for Bad {
    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        assert!(self.0 != "panic", "on purpose");
        Err(NodeError::key("test.bad"))
    }
}

/// Gives `count` numbers for each message, one at a time; counts the largest queue by what is alive.
pub(crate) struct Many(i64);

impl FunctionNode for Many {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let (message, count) = (message.take(), self.0);
        out.stream(
            0,
            Message::default(),
            (0..count).map(move |at| Ok(message.derive(Object::from_iter([("payload", at)])))),
        );
        Ok(Progress::Done)
    }
}

/// Holds messages for a time, with their credit given back; hands them over to its successor.
pub(crate) struct Park(Vec<Message>);

impl FunctionNode for Park {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        message.delivery().inspect(|delivery| delivery.release_credit());
        self.0.push(message.take());
        out.after(Duration::from_secs(10), 0);
        Ok(Progress::Pending)
    }

    fn on_timer(&mut self, _token: u64, out: &mut Out<'_>) -> Result<(), NodeError> {
        if !self.0.is_empty() {
            out.send(0, self.0.remove(0));
        }
        Ok(())
    }

    fn park(&mut self) -> Option<Box<dyn std::any::Any + Send>> {
        Some(Box::new(std::mem::take(&mut self.0)))
    }

    fn resume(&mut self, parked: Handover, out: &mut Out<'_>) {
        self.0 = parked.take().unwrap();
        self.0.iter().for_each(|_| {
            out.after(Duration::from_secs(10), 0);
        });
    }
}

/// A source: each command sends one message under a delivery and notes its outcome.
pub(crate) struct Source(String, Arc<Diary>);

impl FunctionNode for Source {
    fn start(&mut self, _out: &mut Out<'_>) {
        self.1.note(&self.0, "started");
    }

    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        Ok(Progress::Done)
    }

    fn on_command(&mut self, _command: Command, out: &mut Out<'_>) -> Result<(), NodeError> {
        let Some(delivery) = out.try_admit() else {
            out.count_dropped();
            self.1.note(&self.0, "no credit");
            return Ok(());
        };
        let (name, diary) = (self.0.clone(), self.1.clone());
        delivery.on_end(move |outcome: Outcome| diary.note(&name, format!("{outcome:?}")));
        out.send(0, Message::with_payload("tick").under(delivery));
        Ok(())
    }

    fn stop(&mut self, _out: &mut Out<'_>) {
        self.1.note(&self.0, "stopped");
    }
}

/// A task that waits before it passes on; panics, fails or never ends on demand.
pub(crate) struct Wait(Arc<Diary>);

impl TaskNode for Wait {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            let id = context.node().info.id.to_string();
            self.0.note(&id, "started");
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                match message.payload().as_str() {
                    Some("panic") => panic!("on purpose"),
                    Some("fail") => return Err(NodeError::key("test.task")),
                    Some("hang") => std::future::pending::<()>().await,
                    _ => {}
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
                context.out.status(Status::new("green", "dot", Text::literal("working")));
                let done = message.clone();
                let _ = context.out.send(0, message).await;
                context.out.done(done);
            }
            self.0.note(&id, "stopped");
            Ok(())
        })
    }
}

/// A task that sends so many parts of what it gets.
struct Parts(i64);

impl TaskNode for Parts {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            while let Some(input) = context.next().await {
                let TaskInput::Message(message) = input else { continue };
                for number in 0..self.0 {
                    let part = message.derive(Object::from_iter([("payload", number)]));
                    let _ = context.out.send_part(0, part).await;
                }
            }
            Ok(())
        })
    }
}

/// A task that leaves what it gets in its inbox, unless it is told to read.
struct Lazy(bool, Arc<Diary>);

impl TaskNode for Lazy {
    fn run(self: Box<Self>, mut context: TaskContext) -> BoxFuture<'static, Result<(), NodeError>> {
        Box::pin(async move {
            if !self.0 {
                context.stopping().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                return Ok(());
            }
            while let Some(input) = context.next().await {
                if let TaskInput::Message(message) = input {
                    self.1.note(&context.node().info.id, format!("{:?}", message.payload()));
                }
            }
            Ok(())
        })
    }
}

/// A word that nodes share. Letting go of it takes a second.
pub(crate) struct Shared(String);

impl ConfigNode for Shared {
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_secs(1)))
    }
}

/// Says, for each message, what it was built from: its word, its tab's name and the word that it shares.
pub(crate) struct Told(String, String, Arc<Diary>);

impl FunctionNode for Told {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        self.2.note(&self.0, format!("{:?} {}", message.payload(), self.1));
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

fn told(context: &BuildContext<'_>, diary: Arc<Diary>) -> Result<Built, BuildError> {
    let word = |name: &str| context.properties.get(name).map(|word| word.to_string()).unwrap_or_default();
    let shared = match word("shared").as_str() {
        "" => String::new(),
        _ => context.config_node::<Shared>("shared")?.0.clone(),
    };
    let flow = context.env.get("NR_FLOW_NAME").map(|name| format!("{name:?}")).unwrap_or_default();
    let words = format!("{} on {flow} with {shared}", word("word"));
    Built::function(Told(context.info.id.to_string(), words, diary))
}

pub(crate) fn registry(diary: &Arc<Diary>) -> Arc<Registry> {
    type Build = fn(&BuildContext<'_>, Arc<Diary>) -> Result<Built, BuildError>;
    let registry = Registry::of(&[]);
    let structure: Build = |_, _| Ok(Built::Structure);
    let kinds: [(&str, Role, u8, Build); 21] = [
        ("told", Role::Node, 1, told),
        ("shared", Role::Config, 0, |context, _| {
            let word = context.properties.get("word").map(|word| word.to_string());
            Built::config(Shared(word.unwrap_or_default()))
        }),
        ("note", Role::Node, 1, |context, diary| Built::function(Note(context.info.id.to_string(), diary))),
        ("answer", Role::Node, 1, |context, diary| {
            let is_polite = context.properties.get("polite").and_then(|polite| polite.as_bool());
            let is_polite = is_polite.unwrap_or(false);
            Built::function(Answer { id: context.info.id.to_string(), is_polite, diary })
        }),
        ("again", Role::Node, 1, |_, _| Built::function(Again)),
        ("timers", Role::Node, 1, |_, _| Built::function(Timers)),
        ("bad", Role::Node, 1, |context, _| {
            let how = context.properties.get("how");
            let how = how.as_ref().and_then(|how| how.as_str()).unwrap_or("error");
            if how == "unbuildable" {
                return Err(BuildError::at("how", Text::key("test.unbuildable")));
            }
            Built::function(Bad(how.to_owned()))
        }),
        ("many", Role::Node, 1, |context, _| {
            Built::function(Many(
                context.properties.get("count").and_then(|count| count.as_i64()).unwrap_or(3),
            ))
        }),
        ("parts", Role::Node, 1, |context, _| {
            Built::task(Parts(context.properties.get("count").and_then(|count| count.as_i64()).unwrap_or(3)))
        }),
        ("park", Role::Node, 1, |_, _| Built::function(Park(Vec::new()))),
        ("source", Role::Node, 0, |context, diary| {
            Built::function(Source(context.info.id.to_string(), diary))
        }),
        ("wait", Role::Node, 1, |_, diary| Built::task(Wait(diary))),
        ("lazy", Role::Node, 1, |context, diary| {
            let reads = context.properties.get("reads").and_then(|reads| reads.as_bool());
            Built::task(Lazy(reads.unwrap_or(false), diary))
        }),
        ("junction", Role::Junction, 1, structure),
        ("catch", Role::Catch, 0, structure),
        ("status", Role::Status, 0, structure),
        ("complete", Role::Complete, 0, structure),
        ("link in", Role::LinkIn, 0, structure),
        ("link out", Role::LinkOut, 1, structure),
        ("link call", Role::LinkCall, 1, structure),
        ("comment", Role::Comment, 0, structure),
    ];
    for (type_name, role, inputs, build) in kinds {
        let descriptor = descriptor(type_name, role, inputs);
        registry.add(Arc::new(Kind { descriptor, build, diary: diary.clone() }));
    }
    Arc::new(registry)
}

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) diary: Arc<Diary>,
}

impl Rig {
    pub(crate) fn new(options: Options) -> Self {
        let diary = Arc::new(Diary::default());
        let setup = Setup {
            registry: registry(&diary),
            observer: diary.clone(),
            services: Services::default(),
            contexts: Arc::default(),
            env: vec![],
            options,
        };
        Self { engine: Engine::on(tokio::runtime::Handle::current(), setup), diary }
    }

    pub(crate) async fn of(flow: serde_json::Value) -> Self {
        let rig = Self::new(Options::default());
        rig.deploy(flow, DeployKind::Full).await;
        rig
    }

    pub(crate) async fn deploy(&self, flow: serde_json::Value, kind: DeployKind) -> engine::DeployReport {
        let document = Document::parse(&flow.to_string()).unwrap();
        let report = self.engine.deploy(&document, &HashMap::new(), kind).await;
        settle().await;
        report
    }

    pub(crate) async fn send(&self, to: &str, payload: impl Into<Value>) {
        self.engine.receive(to, Message::with_payload(payload)).unwrap();
        settle().await;
    }

    pub(crate) async fn press(&self, id: &str) {
        self.engine.command(id, Command::Inject(None)).unwrap();
        settle().await;
    }
}

pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
