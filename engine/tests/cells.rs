//! Cells, deliveries, scopes and deploys, with small nodes of the tests' own under a paused clock.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used)]

extern crate wireloom_engine as engine;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::node::{
    BoxFuture, BuildContext, BuildError, Built, Command, FunctionNode, NodeFactory, Out, Progress, Services,
    TaskContext, TaskInput, TaskNode,
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
struct Diary(Mutex<Vec<(String, String)>>);

impl Diary {
    fn note(&self, node: &str, words: impl Into<String>) {
        self.0.lock().unwrap().push((node.into(), words.into()));
    }

    fn of(&self, node: &str) -> Vec<String> {
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

struct Kind {
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

fn descriptor(type_name: &str, role: Role, inputs: u8) -> NodeDescriptor {
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
struct Note(String, Arc<Diary>);

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

/// Fails as `how` says.
struct Bad(String);

impl FunctionNode for Bad {
    fn on_message(&mut self, _message: &mut Message, _out: &mut Out<'_>) -> Result<Progress, NodeError> {
        assert!(self.0 != "panic", "on purpose");
        Err(NodeError::key("test.bad"))
    }
}

/// Gives `count` numbers for each message, one at a time; counts the largest queue by what is alive.
struct Many(i64);

impl FunctionNode for Many {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let (message, count) = (message.take(), self.0);
        out.stream(0, (0..count).map(move |at| Ok(message.derive(Object::from_iter([("payload", at)])))));
        Ok(Progress::Done)
    }
}

/// Holds messages for a time, with their credit given back; hands them over to its successor.
struct Park(Vec<Message>);

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

    fn resume(&mut self, parked: Box<dyn std::any::Any + Send>, out: &mut Out<'_>) {
        self.0 = *parked.downcast().unwrap();
        self.0.iter().for_each(|_| {
            out.after(Duration::from_secs(10), 0);
        });
    }
}

/// A source: each command sends one message under a delivery and notes its outcome.
struct Source(String, Arc<Diary>);

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
struct Wait(Arc<Diary>);

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

fn registry(diary: &Arc<Diary>) -> Arc<Registry> {
    type Build = fn(&BuildContext<'_>, Arc<Diary>) -> Result<Built, BuildError>;
    let mut registry = Registry::of(&[]);
    let structure: Build = |_, _| Ok(Built::Structure);
    let kinds: [(&str, Role, u8, Build); 14] = [
        ("note", Role::Node, 1, |context, diary| Built::function(Note(context.info.id.to_string(), diary))),
        ("bad", Role::Node, 1, |context, _| {
            let how = context.properties.get("how").and_then(|how| how.as_str()).unwrap_or("error");
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
        ("park", Role::Node, 1, |_, _| Built::function(Park(Vec::new()))),
        ("source", Role::Node, 0, |context, diary| {
            Built::function(Source(context.info.id.to_string(), diary))
        }),
        ("wait", Role::Node, 1, |_, diary| Built::task(Wait(diary))),
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

struct Rig {
    engine: Engine,
    diary: Arc<Diary>,
}

impl Rig {
    fn new(options: Options) -> Self {
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

    async fn of(flow: serde_json::Value) -> Self {
        let rig = Self::new(Options::default());
        rig.deploy(flow, DeployKind::Full).await;
        rig
    }

    async fn deploy(&self, flow: serde_json::Value, kind: DeployKind) -> engine::DeployReport {
        let document = Document::parse(&flow.to_string()).unwrap();
        let report = self.engine.deploy(&document, &HashMap::new(), kind).await;
        settle().await;
        report
    }

    async fn send(&self, to: &str, payload: impl Into<Value>) {
        self.engine.receive(to, Message::with_payload(payload)).unwrap();
        settle().await;
    }

    async fn press(&self, id: &str) {
        self.engine.command(id, Command::Inject(None)).unwrap();
        settle().await;
    }
}

async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn messages_go_first_in_first_out_and_in_breadth() {
    let rig = Rig::of(json!([
        { "id": "j", "type": "junction", "wires": [["a", "b"]] },
        { "id": "a", "type": "note", "wires": [["c"]] },
        { "id": "b", "type": "note", "wires": [["c"]] },
        { "id": "c", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("j", 1).await;
    let order: Vec<String> = rig.diary.0.lock().unwrap().iter().map(|(node, _)| node.clone()).collect();
    assert_eq!(order, ["a", "b", "c", "c"]);
}

#[tokio::test(start_paused = true)]
async fn errors_reach_the_catch_node_or_the_log() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" },
        { "id": "bad", "type": "bad", "z": "t", "wires": [[]] },
        { "id": "boom", "type": "bad", "z": "t", "how": "panic", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "scope": null, "wires": [["note"]] },
        { "id": "note", "type": "note", "z": "t", "wires": [[]] },
        { "id": "t2", "type": "tab" },
        { "id": "alone", "type": "bad", "z": "t2", "wires": [[]] },
    ]))
    .await;
    rig.send("bad", 1).await;
    rig.send("boom", 2).await;
    rig.send("boom", 3).await;
    rig.send("alone", 4).await;
    assert_eq!(rig.diary.of("note"), ["1.0 from bad", "2.0 from boom", "3.0 from boom"]);
    assert_eq!(rig.diary.of("log:alone"), ["test.bad"]);
    assert_eq!(rig.diary.of("log:bad"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_catch_node_that_feeds_the_failing_node_ends() {
    let rig = Rig::of(json!([
        { "id": "bad", "type": "bad", "wires": [[]] },
        { "id": "catch", "type": "catch", "scope": ["bad"], "wires": [["bad"]] },
    ]))
    .await;
    rig.send("bad", 1).await;
    assert_eq!(rig.diary.of("log:bad"), ["engine.catch-loop"]);
}

#[tokio::test(start_paused = true)]
async fn uncaught_hears_only_what_no_other_catches() {
    let rig = Rig::of(json!([
        { "id": "a", "type": "bad", "wires": [[]] },
        { "id": "b", "type": "bad", "wires": [[]] },
        { "id": "rest", "type": "catch", "uncaught": true, "wires": [["rested"]] },
        { "id": "of a", "type": "catch", "scope": ["a"], "wires": [["caught"]] },
        { "id": "rested", "type": "note", "wires": [[]] },
        { "id": "caught", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("a", 1).await;
    rig.send("b", 2).await;
    assert_eq!(rig.diary.of("caught"), ["1.0 from a"]);
    assert_eq!(rig.diary.of("rested"), ["2.0 from b"]);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_ends_when_every_branch_is_done() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["w", "n"]] },
        { "id": "w", "type": "wait", "wires": [["n"]] },
        { "id": "n", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started"]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
    assert_eq!(rig.diary.of("n").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unhandled_error_fails_the_delivery() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["bad"]] },
        { "id": "bad", "type": "bad", "wires": [[]] },
    ]))
    .await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started", "Failed"]);
}

#[tokio::test(start_paused = true)]
async fn sources_get_no_more_credits_than_there_are() {
    let rig = Rig::new(Options { credits_per_cell: 2, ..Options::default() });
    let flow = json!([
        { "id": "s", "type": "source", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    for _ in 0..3 {
        rig.press("s").await;
    }
    assert_eq!(rig.diary.of("s"), ["started", "no credit"]);
    tokio::time::sleep(Duration::from_secs(3)).await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started", "no credit", "Delivered", "Delivered"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_stream_lets_others_in_between() {
    let rig = Rig::of(json!([
        { "id": "m", "type": "many", "count": 100_000, "wires": [["j"]] },
        { "id": "j", "type": "junction", "wires": [["p"]] },
        { "id": "p", "type": "junction", "wires": [[]] },
    ]))
    .await;
    rig.send("m", 1).await;
    let received = rig.engine.node("p").unwrap().counters.received.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(received, 100_000);
}

#[tokio::test(start_paused = true)]
async fn statuses_and_completions_are_heard() {
    let rig = Rig::of(json!([
        { "id": "w", "type": "wait", "wires": [[]] },
        { "id": "n", "type": "note", "wires": [[]] },
        { "id": "status", "type": "status", "scope": ["w"], "wires": [["heard"]] },
        { "id": "complete", "type": "complete", "scope": ["w", "n"], "wires": [["done"]] },
        { "id": "heard", "type": "note", "wires": [[]] },
        { "id": "done", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("w", 1).await;
    rig.send("n", 2).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.diary.of("heard"), ["status Some(\"working\")"]);
    assert_eq!(rig.diary.of("done"), ["2.0", "1.0"]);
}

#[tokio::test(start_paused = true)]
async fn link_calls_come_back_also_from_another_tab_and_time_out() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "call", "type": "link call", "z": "t", "links": ["in"], "timeout": "5", "wires": [["after"]] },
        { "id": "dyn", "type": "link call", "z": "t", "linkType": "dynamic", "timeout": "5", "wires": [["after"]] },
        { "id": "never", "type": "link call", "z": "t", "links": ["hole"], "timeout": "5", "wires": [["after"]] },
        { "id": "after", "type": "note", "z": "t", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "wires": [["caught"]] },
        { "id": "caught", "type": "note", "z": "t", "wires": [[]] },
        { "id": "hole", "type": "link in", "z": "t", "wires": [[]] },
        { "id": "in", "type": "link in", "z": "u", "name": "sub", "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "u", "wires": [["out"]] },
        { "id": "out", "type": "link out", "z": "u", "mode": "return", "wires": [[]] },
    ]))
    .await;
    rig.send("call", 1).await;
    let mut message = Message::with_payload(2);
    message.set("target", "sub");
    rig.engine.receive("dyn", message).unwrap();
    settle().await;
    rig.send("never", 3).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(rig.diary.of("n"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("after"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("caught"), ["3.0 from never"]);
}

#[tokio::test(start_paused = true)]
async fn links_join_tabs() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "out", "type": "link out", "z": "t", "mode": "link", "links": ["in"], "wires": [] },
        { "id": "in", "type": "link in", "z": "u", "links": ["out"], "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "u", "wires": [[]] },
    ]))
    .await;
    rig.send("out", 7).await;
    assert_eq!(rig.diary.of("n"), ["7.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_node_is_reported_and_the_rest_runs() {
    let rig = Rig::new(Options::default());
    let report = rig
        .deploy(
            json!([
                { "id": "x", "type": "bad", "how": "unbuildable", "wires": [["n"]] },
                { "id": "y", "type": "no such type", "wires": [["n"]] },
                { "id": "n", "type": "note", "wires": [["x"]] },
            ]),
            DeployKind::Full,
        )
        .await;
    let mut problems: Vec<_> =
        report.problems.iter().map(|p| format!("{} {} {}", p.node, p.path, p.text.key)).collect();
    problems.sort();
    assert_eq!(problems, ["x how test.unbuildable", "y type engine.unknown-type"]);
    rig.send("n", 1).await;
    assert_eq!(rig.diary.of("n"), ["1.0"]);
    assert_eq!(rig.diary.of("log:x"), ["engine.broken"]);
}

fn two_tabs(kind: &str, extra: &str) -> serde_json::Value {
    json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "s", "type": "source", "z": "t", "wires": [["p"]] },
        { "id": "p", "type": kind, "z": "t", "extra": extra, "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "t", "wires": [[]] },
        { "id": "s2", "type": "source", "z": "u", "wires": [[]] },
    ])
}

#[tokio::test(start_paused = true)]
async fn a_nodes_deploy_restarts_only_what_changed() {
    let rig = Rig::of(two_tabs("wait", "1")).await;
    let report = rig.deploy(two_tabs("wait", "2"), DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped, report.kept), (1, 1, 3));
    assert_eq!(rig.diary.of("s"), ["started"]);
    assert_eq!(rig.diary.of("p"), ["started", "stopped", "started"]);
    let report = rig.deploy(two_tabs("wait", "3"), DeployKind::Flows).await;
    assert_eq!((report.started, report.stopped, report.kept), (3, 3, 1));
    assert_eq!(rig.diary.of("s"), ["started", "stopped", "started"]);
    assert_eq!(rig.diary.of("s2"), ["started"]);
    let report = rig.deploy(two_tabs("wait", "3"), DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped, report.kept), (0, 0, 4));
}

#[tokio::test(start_paused = true)]
async fn parked_messages_survive_a_deploy_of_their_node() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    rig.deploy(two_tabs("park", "2"), DeployKind::Nodes).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
    rig.press("s").await;
    rig.deploy(two_tabs("park", "3"), DeployKind::Full).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\"", "\"tick\""]);
}

#[tokio::test(start_paused = true)]
async fn a_kept_node_keeps_its_parked_messages_and_timers() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    let mut flow = two_tabs("park", "1");
    flow[4]["extra"] = json!("changed");
    let report = rig.deploy(flow, DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped), (1, 1));
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_waits_for_what_is_under_way() {
    let rig = Rig::of(two_tabs("wait", "1")).await;
    rig.press("s").await;
    rig.deploy(two_tabs("wait", "2"), DeployKind::Full).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
    assert_eq!(rig.diary.of("s"), ["started", "Delivered", "stopped", "started"]);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_is_cut_off_and_not_acknowledged() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["w"]] },
        { "id": "w", "type": "hang", "wires": [[]] },
    ]))
    .await;
    assert_eq!(rig.diary.of("s"), ["started"]);
    let flow = json!([
        { "id": "s", "type": "source", "wires": [["h"]] },
        { "id": "h", "type": "junction", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    rig.send("w", "hang").await;
    rig.press("s").await;
    let report = rig.engine.stop().await;
    assert_eq!(report.cut_off, ["w"]);
    settle().await;
    assert!(rig.diary.of("s").contains(&"Aborted".to_owned()), "{:?}", rig.diary.of("s"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_starts_again_and_keeps_its_inbox() {
    let rig = Rig::of(json!([
        { "id": "w", "type": "wait", "wires": [["n"]] },
        { "id": "n", "type": "note", "wires": [[]] },
    ]))
    .await;
    for payload in ["panic", "a", "fail", "b"] {
        rig.send("w", payload).await;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(rig.diary.of("n"), ["\"a\"", "\"b\""]);
    assert_eq!(rig.diary.of("log:w"), ["engine.panic", "test.task"]);
    assert_eq!(rig.diary.of("w"), ["started", "started", "started"]);
}

#[tokio::test(start_paused = true)]
async fn subflow_instances_run_apart_with_their_own_variables() {
    let rig = Rig::of(json!([
        { "id": "sub", "type": "subflow", "name": "twice", "in": [{ "wires": [{ "id": "i" }] }],
          "out": [{ "wires": [{ "id": "i", "port": 0 }] }], "env": [{ "name": "X", "type": "num", "value": "1" }] },
        { "id": "i", "type": "note", "z": "sub", "wires": [["bad"]] },
        { "id": "bad", "type": "bad", "z": "sub", "how": "${HOW}", "wires": [[]] },
        { "id": "t", "type": "tab" },
        { "id": "a", "type": "subflow:sub", "z": "t", "wires": [["n"]] },
        { "id": "b", "type": "subflow:sub", "z": "t", "wires": [["n"]],
          "env": [{ "name": "HOW", "type": "str", "value": "panic" }] },
        { "id": "n", "type": "note", "z": "t", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "wires": [["caught"]] },
        { "id": "caught", "type": "note", "z": "t", "wires": [[]] },
    ]))
    .await;
    rig.send("a", 1).await;
    rig.send("b", 2).await;
    assert_eq!(rig.diary.of("a-i"), ["1.0"]);
    assert_eq!(rig.diary.of("b-i"), ["2.0"]);
    assert_eq!(rig.diary.of("n"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("caught"), ["1.0 from a", "2.0 from b"]);
    assert_eq!(rig.diary.of("log:b-bad"), ["engine.panic"]);
}
