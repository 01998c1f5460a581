//! What plugins cost. `cargo test --release -p wireloom-plugins --test host measure -- --ignored --nocapture --test-threads 1`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::js::path::PropertyPath;
use engine::node::{BuildContext, BuildError, Built, FunctionNode, NodeFactory, Out, Progress};
use engine::testing::recorder;
use engine::{DeployKind, Message, NodeError, Value, js};
use model::descriptor::NodeDescriptor;
use serde_json::json;
use wireloom_plugins::{Host, Options};

use crate::guest::{Guest, PASS};
use crate::memory::memory;
use crate::nodes::INCREMENT;
use crate::rig::{Rig, flow, load, load_in};

/// Turns every byte of the payload round.
const INVERT: Guest = Guest {
    name: "invert",
    items: "import messages [method]message.get-bytes $get_bytes (param i32 i32 i32 i32)
import messages [method]message.set-bytes $set_bytes (param i32 i32 i32 i32 i32 i32)",
    on_message: "(local $at i32) (local $end i32)
        (call $get_bytes (local.get $message) (i32.const 512) (i32.const 7) (i32.const 4096))
        (local.set $at (i32.load (i32.const 4104)))
        (local.set $end (i32.add (local.get $at) (i32.load (i32.const 4108))))
        (loop $more
          (i64.store (local.get $at) (i64.xor (i64.load (local.get $at)) (i64.const -1)))
          (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))
        (call $set_bytes (local.get $message) (i32.const 512) (i32.const 7)
          (i32.load (i32.const 4104)) (i32.load (i32.const 4108)) (i32.const 4096))
        (call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
    ..PASS
};

/// A type of node made of a function; for comparison and as a source.
struct Native(NodeDescriptor, fn() -> Box<dyn FunctionNode>);

impl NodeFactory for Native {
    fn descriptor(&self) -> &NodeDescriptor {
        &self.0
    }

    fn build(&self, _context: &BuildContext<'_>) -> Result<Built, BuildError> {
        Ok(Built::Function((self.1)()))
    }
}

/// What the built-in node `range` does with a number.
struct Scale(PropertyPath);

impl FunctionNode for Scale {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let number = js::to_number(self.0.read(message.properties())?.as_ref());
        self.0.set(message.properties_mut(), Value::Number(number + 1.0))?;
        out.send(0, message.take());
        Ok(Progress::Done)
    }
}

/// Sends as many messages as the payload says, with a payload of the kind that `topic` says.
struct Many;

impl FunctionNode for Many {
    fn on_message(&mut self, message: &mut Message, out: &mut Out<'_>) -> Result<Progress, NodeError> {
        let count = message.payload().as_f64().unwrap_or_default() as u64;
        let large = message
            .get("bytes")
            .and_then(Value::as_f64)
            .map(|length| Value::buffer(vec![7; length as usize]));
        let payload = move |at: u64| large.clone().unwrap_or(Value::Number(at as f64));
        out.stream(0, Message::default(), (0..count).map(move |at| Ok(Message::with_payload(payload(at)))));
        Ok(Progress::Done)
    }
}

/// A rig with a source `many`, a node `native`, these plugins, and a count of what came to the end.
fn rig(guests: &[&Guest]) -> (Rig, Arc<AtomicUsize>) {
    let rig = Rig::of(&guests.iter().map(|guest| load(guest)).collect::<Vec<_>>());
    let describe = |name: &str| NodeDescriptor {
        inputs: 1,
        ..recorder(name, |_, _| Progress::Done).descriptor().clone()
    };
    rig.registry.add(Arc::new(Native(describe("many"), || Box::new(Many))));
    let scale = || Box::new(Scale(PropertyPath::key("payload"))) as Box<dyn FunctionNode>;
    rig.registry.add(Arc::new(Native(describe("native"), scale)));
    let count = Arc::<AtomicUsize>::default();
    let counter = count.clone();
    rig.registry.add(recorder("count", move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        Progress::Done
    }));
    (rig, count)
}

/// The time for this many messages through a node of a type.
async fn time(rig: &Rig, count: &AtomicUsize, of: &str, messages: usize, bytes: Option<usize>) -> Duration {
    let flow = json!([
        { "id": "t", "type": "tab", "label": "" },
        { "id": "m", "z": "t", "type": "many", "x": 1, "y": 1, "wires": [["n"]] },
        { "id": "n", "z": "t", "type": of, "x": 1, "y": 1, "wires": [["c"]] },
        { "id": "c", "z": "t", "type": "count", "x": 1, "y": 1, "wires": [] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    count.store(0, Ordering::Relaxed);
    let mut message = Message::with_payload(messages as f64);
    if let Some(bytes) = bytes {
        message.set("bytes", bytes as f64);
    }
    let start = Instant::now();
    rig.engine.receive("m", message).unwrap();
    while count.load(Ordering::Relaxed) < messages {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn a_call_that_reads_and_writes_a_number() {
    let (rig, count) = rig(&[&INCREMENT, &PASS]);
    const MESSAGES: usize = 500_000;
    for _ in 0..5 {
        let mut nanoseconds = [0.0; 3];
        for (of, taken) in ["native", "pass", "increment"].into_iter().zip(&mut nanoseconds) {
            *taken = time(&rig, &count, of, MESSAGES, None).await.as_nanos() as f64 / MESSAGES as f64;
        }
        let [native, pass, increment] = nanoseconds;
        println!(
            "native {native:.0} ns, plugin that passes on {pass:.0} ns, that adds one {increment:.0} ns: {:.0} ns more",
            increment - native
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn a_binary_transform() {
    let (rig, count) = rig(&[&INVERT]);
    for (bytes, messages) in [(256, 200_000), (4096, 50_000), (65_536, 4000), (1 << 20, 300)] {
        let taken = time(&rig, &count, "invert", messages, Some(bytes)).await;
        println!(
            "{bytes} bytes a message: {:.0} MB/s",
            (bytes * messages) as f64 / taken.as_secs_f64() / 1e6
        );
    }
}

/// A plugin of about 200 KB: as much code as a small program in Rust has.
fn large() -> Vec<u8> {
    let mut items = String::from(INCREMENT.items);
    for at in 0..1400 {
        let callee = if at == 0 {
            String::from("(local.get 0)")
        } else {
            format!("(call $f{} (local.get 0))", at - 1)
        };
        items.push_str(&format!(
            "\n(func $f{at} (param i64) (result i64) (local i64 i64)
              (local.set 1 (i64.mul (local.get 0) (i64.const {})))
              (loop $again
                (local.set 2 (i64.xor (local.get 2) (i64.shr_u (local.get 1) (i64.const 7))))
                (i64.store (i32.and (i32.wrap_i64 (local.get 2)) (i32.const 4088)) (local.get 2))
                (local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 13)) (i64.load offset=8192 (i32.and (i32.wrap_i64 (local.get 1)) (i32.const 4088)))))
                (br_if $again (i64.gt_u (local.get 2) (i64.const {}))))
              (i64.add (local.get 1) {callee}))",
            0x9e37_79b9_7f4a_7c15_u64 ^ at,
            at * 77_777,
        ));
    }
    let start = "(if (i64.eqz (i64.const 1)) (then (drop (call $f1399 (i64.const 1))))) (global.get $ok)";
    Guest { items: Box::leak(items.into_boxed_str()), start, ..INCREMENT }.component()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn from_a_file_to_the_first_message() {
    let bytes = large();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cache: Some(folder.path().to_owned()), ..Options::default() };
    for round in ["cold", "from the cache", "from the cache", "from the cache"] {
        let start = Instant::now();
        // A host of its own, as after a start of the server.
        let plugin = Host::new(options.clone()).unwrap().load(&bytes).unwrap();
        let loaded = start.elapsed();
        let rig = Rig::of(&[plugin]);
        let document = model::document::Document::parse(&flow("increment", json!({})).to_string()).unwrap();
        rig.engine.deploy(&document, &Default::default(), DeployKind::Full).await;
        rig.engine.receive("n", Message::with_payload(1)).unwrap();
        while rig.count("r") == 0 {
            tokio::task::yield_now().await;
        }
        println!(
            "{} KB {round}: loaded {loaded:.1?}, first message {:.1?}",
            bytes.len() / 1000,
            start.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn a_thousand_nodes() {
    let host = Host::new(Options::default()).unwrap();
    let rig = Rig::of(&[load_in(&host, &INCREMENT), load_in(&host, &PASS)]);
    rig.node("increment").await;
    let nodes = |of: &str, count: usize| {
        let node =
            |at| json!({ "id": format!("n{at}"), "z": "t", "type": of, "x": 1, "y": 1, "wires": [["r"]] });
        let mut flow: Vec<_> = (0..count).map(node).collect();
        flow.push(json!({ "id": "t", "type": "tab", "label": "" }));
        flow.push(json!({ "id": "r", "z": "t", "type": "out", "x": 1, "y": 1, "wires": [] }));
        model::document::Document::parse(&serde_json::Value::Array(flow).to_string()).unwrap()
    };
    // The same flow without plugins first: what the engine itself takes.
    let mut taken = Vec::new();
    for of in ["out", "increment"] {
        let document = nodes(of, 1000);
        let before = memory().resident;
        let start = Instant::now();
        let report = rig.engine.deploy(&document, &Default::default(), DeployKind::Full).await;
        assert!(report.problems.is_empty());
        let built = start.elapsed();
        taken.push((
            built.as_micros() as f64 / 1000.0,
            (memory().resident.saturating_sub(before)) as f64 / 1000.0 / 1024.0,
        ));
        for at in 0..1000 {
            rig.engine.receive(&format!("n{at}"), Message::with_payload(1)).unwrap();
        }
        if of != "out" {
            rig.until(|_| rig.count("r") >= 1000).await;
        }
        let used = (memory().resident.saturating_sub(before)) as f64 / 1000.0 / 1024.0;
        println!(
            "{of}: {:.0} us a node, {:.1} KiB idle, {used:.1} KiB when each has had a message",
            taken.last().unwrap().0,
            taken.last().unwrap().1
        );
    }
    println!("a plugin's own: {:.0} us, {:.1} KiB", taken[1].0 - taken[0].0, taken[1].1 - taken[0].1);
}
