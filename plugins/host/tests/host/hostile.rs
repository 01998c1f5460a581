//! Plugins that do harm. Each gets its own error and a new instance, and its neighbour notices nothing.

use engine::delivery::Outcome;
use engine::{DeployKind, Value};
use serde_json::json;
use wireloom_plugins::{Capabilities, Host, Limits, Options};

use crate::guest::{Guest, PASS};
use crate::rig::{Rig, load_in, settle};

/// Does harm with every message whose payload is a number, and passes on others.
pub(crate) const HARM: Guest = Guest {
    name: "harm",
    items: r#"import messages [method]message.get-number $get_number (param i32 i32 i32 i32)
import messages [method]message.set-bytes $set_bytes (param i32 i32 i32 i32 i32 i32)
import messages [method]message.copy $copy (param i32) (result i32)
import messages [constructor]message $new (result i32)
import messages [static]message.from-json $from_json (param i32 i32 i32)
import messages [method]message.set-number $set_number (param i32 i32 i32 f64 i32)
import runtime set-timer $set_timer (param i32 i32)
(func $is_number (param $message i32) (result i32)
  (call $get_number (local.get $message) (i32.const 512) (i32.const 7) (i32.const 4096))
  (i32.load8_u (i32.const 4104)))
(func $deeper (param i64) (result i64)
  (if (i64.eqz (local.get 0)) (then (return (i64.const 0))))
  (i64.add (i64.const 1) (call $deeper (i64.sub (local.get 0) (i64.const 1)))))"#,
    ..PASS
};

/// A body of `on-message` that does this where the payload is a number.
macro_rules! harm {
    ($body:literal) => {
        concat!(
            "(if (call $is_number (local.get $message)) (then ",
            $body,
            ")) (call $emit (i32.const 0) (local.get $message)) (global.get $ok)"
        )
    };
}

/// What each does, and the error that it gets.
pub(crate) const SET: &[(&str, &str)] = &[
    (harm!("unreachable"), "plugin.trap"),
    (harm!("(drop (i32.div_s (i32.const 1) (i32.const 0)))"), "plugin.trap"),
    (harm!("(drop (i32.load (i32.const -8)))"), "plugin.trap"),
    (harm!("(loop $for_ever (br $for_ever))"), "plugin.time"),
    // 4 GiB.
    (harm!("(if (i32.eq (memory.grow (i32.const 65533)) (i32.const -1)) (then unreachable))"), "plugin.memory"),
    // As much as there is, page by page.
    (
        harm!("(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable"),
        "plugin.memory",
    ),
    // A million deep.
    (harm!("(drop (call $deeper (i64.const 1000000)))"), "plugin.depth"),
    // 1 GiB of output: 64 KiB, 16,384 times.
    (
        harm!(
            "(local $left i32) (local.set $left (i32.const 16384))
            (loop $more
              (call $set_bytes (local.get $message) (i32.const 544) (i32.const 5) (i32.const 0) (i32.const 65536) (i32.const 4096))
              (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"
        ),
        "plugin.output",
    ),
    // A flood of messages.
    (
        harm!("(loop $more (call $emit (i32.const 0) (call $copy (local.get $message))) (br $more))"),
        "plugin.messages",
    ),
    // A flood of messages that it holds.
    (harm!("(loop $more (drop (call $new)) (br $more))"), "plugin.host-calls"),
    // A flood of calls.
    (
        harm!("(loop $more (drop (call $is_number (local.get $message))) (br $more))"),
        "plugin.host-calls",
    ),
    (
        harm!(
            "(local $token i32)
            (loop $more
              (call $set_timer (i32.const 1000000) (local.tee $token (i32.add (local.get $token) (i32.const 1))))
              (br $more))"
        ),
        "plugin.timers",
    ),
    // A message given away is used once more.
    (
        harm!("(call $emit (i32.const 0) (local.get $message)) (call $emit (i32.const 0) (local.get $message))"),
        "plugin.trap",
    ),
    // A handle that it never had.
    (harm!("(call $emit (i32.const 0) (i32.const 77))"), "plugin.trap"),
    // A text outside of its memory.
    (
        harm!("(call $from_json (i32.const -64) (i32.const 128) (i32.const 4096))"),
        "plugin.trap",
    ),
];

/// Two flows: the harmful plugin, and one that passes on what it gets.
fn flows() -> serde_json::Value {
    let node = |id: &str, tab: &str, of: &str, wires: &[&str]| json!({ "id": id, "z": tab, "type": of, "x": 1, "y": 1, "wires": [wires] });
    json!([
        { "id": "t", "type": "tab", "label": "" },
        { "id": "u", "type": "tab", "label": "" },
        node("n", "t", "harm", &["r"]),
        node("r", "t", "out", &[]),
        node("other", "u", "pass", &["s"]),
        node("s", "u", "out", &[]),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_gets_its_error_and_nobody_else_notices() {
    // So few calls that they fit into the time of one also where the host is not optimised.
    let limits = Limits { host_calls: 10_000, output_messages: 1000, ..Limits::default() };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    let pass = load_in(&host, &PASS);
    for (at, (body, error)) in SET.iter().enumerate() {
        let rig = Rig::of(&[load_in(&host, &Guest { on_message: body, ..HARM }), pass.clone()]);
        let report = rig.deploy(flows(), DeployKind::Full).await;
        assert!(report.problems.is_empty(), "{at}: {:?}", report.problems);
        for round in 0..3 {
            let ends = rig.send("n", f64::from(round)).await;
            for sent in 0..20 {
                rig.engine.receive("other", engine::Message::with_payload(sent)).unwrap();
            }
            rig.until(|_| !ends.lock().unwrap().is_empty()).await;
            assert_eq!(*ends.lock().unwrap(), [Outcome::Failed], "{at}");
            assert_eq!(rig.heard.errors(), [*error], "{at}: {body}");
            let status = rig.heard.status("n").unwrap();
            assert_eq!((status.fill.as_str(), status.text.args["plugin"].as_str()), ("red", "harm"));
            assert!(rig.heard.payloads("r").is_empty(), "{at}: nothing of the call is sent");
            // The new instance does what it should.
            let ends = rig.send("n", "text").await;
            rig.until(|_| !ends.lock().unwrap().is_empty()).await;
            assert_eq!(*ends.lock().unwrap(), [Outcome::Delivered], "{at}");
            assert_eq!(rig.heard.payloads("r"), [Value::from("text")], "{at}");
        }
        rig.until(|_| rig.count("s") == 60).await;
        assert_eq!(rig.heard.errors(), [""; 0], "{at}");
        rig.engine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn harm_in_any_other_call_is_contained_too() {
    let host = Host::new(Options::default()).unwrap();
    let refused = |guest: Guest| {
        let plugin = load_in(&host, &guest);
        async move {
            let rig = Rig::of(&[plugin]);
            let report = rig.deploy(crate::rig::flow("pass", json!({})), DeployKind::Full).await;
            report.problems.iter().map(|problem| problem.text.key.to_string()).collect::<Vec<_>>()
        }
    };
    assert_eq!(refused(Guest { configure: "unreachable", ..PASS }).await, ["plugin.trap"]);
    assert_eq!(
        refused(Guest { configure: "(loop $for_ever (br $for_ever)) unreachable", ..PASS }).await,
        ["plugin.time"]
    );
    let early = Guest {
        items: "import messages [constructor]message $new (result i32)",
        configure: "(call $emit (i32.const 0) (call $new)) (global.get $none)",
        ..PASS
    };
    assert_eq!(refused(early).await, ["plugin.too-early"]);
    let problem = Guest {
        configure: "(call $problem (i32.const 544) (i32.const 5) (i32.const 640) (i32.const 7))",
        ..PASS
    };
    assert_eq!(refused(problem).await, [""], "words of the plugin's own");

    let rig = Rig::of(&[load_in(&host, &Guest { start: "unreachable", ..PASS })]);
    rig.node("pass").await;
    assert_eq!(rig.heard.errors(), ["plugin.trap"]);
    let ends = rig.send("n", 1).await;
    assert_eq!(*ends.lock().unwrap(), [Outcome::Failed], "it does not run, and says so at every message");
    assert_eq!(rig.heard.errors(), ["plugin.trap"]);

    let timer = Guest {
        items: "import runtime set-timer $set_timer (param i32 i32)",
        start: "(call $set_timer (i32.const 1) (i32.const 7)) (global.get $ok)",
        on_timer: "(if (i32.eq (local.get $token) (i32.const 7)) (then unreachable)) (global.get $ok)",
        stop: "unreachable",
        ..PASS
    };
    let rig = Rig::of(&[load_in(&host, &timer)]);
    rig.node("pass").await;
    rig.until(|_| rig.heard.status("n").is_some_and(|status| status.fill == "red")).await;
    assert!(rig.heard.errors().iter().all(|key| key == "plugin.trap"));
    rig.engine.stop().await;
    assert!(rig.heard.errors().iter().any(|key| key == "plugin.trap"), "what fails to stop says so");
}

#[tokio::test]
async fn what_a_plugin_keeps_is_bounded() {
    let limits =
        Limits { held_messages: 3, memory_bytes: 2 << 20, output_bytes: 1 << 20, ..Limits::default() };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    let keeper = Guest { on_message: "(global.get $kept)", ..PASS };
    let rig = Rig::of(&[load_in(&host, &keeper)]);
    rig.node("pass").await;
    for _ in 0..3 {
        assert!(rig.send("n", 1).await.lock().unwrap().is_empty());
    }
    assert_eq!(*rig.send("n", 1).await.lock().unwrap(), [Outcome::Failed]);
    assert_eq!(rig.heard.errors(), ["plugin.kept"]);

    // 64 KiB into each message that it holds, for good.
    let hoarder = Guest {
        name: "hoarder",
        items: "import messages [method]message.set-bytes $set_bytes (param i32 i32 i32 i32 i32 i32)
import messages [method]message.copy $copy (param i32) (result i32)",
        on_message: "(local $held i32)
            (local.set $held (call $copy (local.get $message)))
            (call $set_bytes (local.get $held) (i32.const 544) (i32.const 5) (i32.const 0) (i32.const 65536) (i32.const 4096))
            (call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load_in(&host, &hoarder)]);
    rig.node("hoarder").await;
    for _ in 0..40 {
        rig.send("n", 1).await;
    }
    assert_eq!(rig.heard.errors(), ["plugin.held"], "2 MiB are 32 of them, and then it begins again");
}

#[tokio::test]
async fn contexts_are_not_a_way_to_fill_the_memory() {
    let limits = Limits { output_bytes: 256 << 10, ..Limits::default() };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    // Sets 64 KiB under a key that is another each time: a text of one letter more.
    let writer = Guest {
        items: "import context set $set (param i32 i32 i32 i32 i64 i32 i32)
(global $length (mut i32) (i32.const 1))",
        on_message: "(memory.fill (i32.const 2048) (i32.const 97) (i32.const 64))
            (global.set $length (i32.add (global.get $length) (i32.const 1)))
            (call $set (i32.const 2) (i32.const 2048) (global.get $length)
              (i32.const 5) (i64.const 0) (i32.const 65536) (i32.const 4096))
            (if (i32.load8_u (i32.const 4096)) (then (return (call $failure (i32.load (i32.const 4100)) (i32.load (i32.const 4104))))))
            (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load_in(&host, &writer)]);
    rig.node("pass").await;
    let mut failed = 0;
    for _ in 0..10 {
        failed += usize::from(rig.send("n", 1).await.lock().unwrap()[..] == [Outcome::Failed]);
    }
    assert_eq!(failed, 7, "three times 64 KiB and what comes with them fit into 256 KiB");
    settle().await;
}

#[tokio::test]
async fn keys_of_contexts_count_with_small_values_too() {
    let limits = Limits { output_bytes: 1 << 10, ..Limits::default() };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    // Sets a text, and a number in its place, under a key that is another each time.
    let set = |kind: u8| {
        format!(
            "(call $set (i32.const 2) (i32.const 2048) (global.get $length) (i32.const {kind}) (i64.const 0) (i32.const 1) (i32.const 4096))
            (if (i32.load8_u (i32.const 4096)) (then (return (call $failure (i32.load (i32.const 4100)) (i32.load (i32.const 4104))))))"
        )
    };
    let body = format!(
        "(memory.fill (i32.const 2048) (i32.const 97) (i32.const 64))
        (global.set $length (i32.add (global.get $length) (i32.const 1)))
        {} {} (global.get $ok)",
        set(5),
        set(3)
    );
    let writer = Guest {
        items: "import context set $set (param i32 i32 i32 i32 i64 i32 i32)
(global $length (mut i32) (i32.const 1))",
        on_message: Box::leak(body.into_boxed_str()),
        ..PASS
    };
    let rig = Rig::of(&[load_in(&host, &writer)]);
    rig.node("pass").await;
    let mut done = 0;
    for _ in 0..30 {
        done += usize::from(rig.send("n", 1).await.lock().unwrap()[..] != [Outcome::Failed]);
    }
    assert!((10..25).contains(&done), "{done} keys of 50 to 80 bytes fit into 1 KiB");
    settle().await;
}

#[tokio::test]
async fn what_is_not_granted_is_not_built() {
    let host = Host::new(Options::default()).unwrap();
    let guest = Guest {
        items: "import random number $number (result f64)",
        start: "(drop (call $number)) (global.get $ok)",
        ..PASS
    };
    let plugin = load_in(&host, &guest);
    let rig = Rig::of(&[]);
    rig.install_with(&plugin, Capabilities::default());
    let report = rig.deploy(crate::rig::flow("pass", json!({})), DeployKind::Full).await;
    let [problem] = &report.problems[..] else { panic!("{:?}", report.problems) };
    assert_eq!(
        (problem.text.key.as_ref(), problem.text.args["capabilities"].as_str()),
        ("plugin.not-granted", "random")
    );
    rig.install(&plugin);
    let report = rig.deploy(crate::rig::flow("pass", json!({})), DeployKind::Nodes).await;
    assert!(report.problems.is_empty(), "granted, and built at the next deploy");
}
