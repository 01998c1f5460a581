//! What plugins can do in flows: messages, deliveries, timers, deploys, workers.

use engine::delivery::Outcome;
use engine::{DeployKind, Message, Value};
use serde_json::json;
use wireloom_plugins::{Host, Options};

use crate::guest::{Guest, PASS};
use crate::rig::{Rig, flow, load, load_in, settle};

/// Adds one to the payload; what is no number is a failure.
pub(crate) const INCREMENT: Guest = Guest {
    name: "increment",
    items: "import messages [method]message.get-number $get_number (param i32 i32 i32 i32)
import messages [method]message.set-number $set_number (param i32 i32 i32 f64 i32)",
    on_message: "(call $get_number (local.get $message) (i32.const 512) (i32.const 7) (i32.const 4096))
        (if (i32.eqz (i32.load8_u (i32.const 4104)))
          (then (return (call $failure (i32.const 640) (i32.const 7)))))
        (call $set_number (local.get $message) (i32.const 512) (i32.const 7)
          (f64.add (f64.const 1) (f64.load (i32.const 4112))) (i32.const 4096))
        (call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
    ..PASS
};

/// Keeps what it gets. The next message decides what becomes of the one before: `"emit"`, `"done"`, `"fail"` or `"drop"` by its first
/// letter; it is itself done then.
const KEEPER: Guest = Guest {
    name: "keeper",
    items: r#"import messages [method]message.get-text $get_text (param i32 i32 i32 i32)
import runtime done $done (param i32)
import runtime fail $fail (param i32 i32 i32 i32 i32 i32)
(global $held (mut i32) (i32.const -1))
(func $letter (param $message i32) (result i32)
  (call $get_text (local.get $message) (i32.const 512) (i32.const 7) (i32.const 4096))
  (if (i32.eqz (i32.load8_u (i32.const 4100))) (then (return (i32.const 0))))
  (i32.load8_u (i32.load (i32.const 4104))))"#,
    on_message: r#"(local $letter i32)
        (local.set $letter (call $letter (local.get $message)))
        (if (i32.eq (local.get $letter) (i32.const 101)) ;; e
          (then (call $emit (i32.const 0) (global.get $held)) (return (global.get $ok))))
        (if (i32.eq (local.get $letter) (i32.const 100)) ;; d
          (then (call $done (global.get $held)) (return (global.get $ok))))
        (if (i32.eq (local.get $letter) (i32.const 102)) ;; f
          (then (call $fail (global.get $held) (i32.const 640) (i32.const 7) (i32.const 0) (i32.const 0) (i32.const 0))
            (return (global.get $ok))))
        (if (i32.eq (local.get $letter) (i32.const 120)) ;; x
          (then (call $drop (global.get $held)) (return (global.get $ok))))
        (if (i32.eq (local.get $letter) (i32.const 116)) (then unreachable)) ;; t
        (global.set $held (local.get $message))
        (global.get $kept)"#,
    ..PASS
};

#[tokio::test]
async fn a_message_is_changed_and_passed_on() {
    let rig = Rig::of(&[load(&INCREMENT)]);
    rig.node("increment").await;
    let mut message = Message::with_payload(41);
    message.set("other", "stays");
    let ends = rig.send_message("n", message.clone()).await;
    assert_eq!(rig.heard.payloads("r"), [Value::from(42)]);
    assert_eq!(*ends.lock().unwrap(), [Outcome::Delivered]);
    assert_eq!(message.payload(), &Value::from(41), "others do not see the change");
    assert_eq!(*rig.send("n", "no number").await.lock().unwrap(), [Outcome::Failed]);
    assert_eq!(rig.heard.errors(), [""], "words of the plugin's own");
}

#[tokio::test]
async fn a_kept_message_stays_open_until_the_plugin_ends_it() {
    let rig = Rig::of(&[load(&KEEPER)]);
    rig.node("keeper").await;
    for (how, outcome, sent) in [
        ("emit", Outcome::Delivered, 1),
        ("done", Outcome::Delivered, 0),
        ("fail", Outcome::Failed, 0),
        ("x: drop", Outcome::Failed, 0),
        ("trap", Outcome::Failed, 0),
    ] {
        let ends = rig.send("n", 1).await;
        assert!(ends.lock().unwrap().is_empty(), "{how}: it is kept");
        rig.send("n", how).await;
        assert_eq!(*ends.lock().unwrap(), [outcome], "{how}");
        assert_eq!(rig.heard.payloads("r").len(), sent, "{how}");
    }
    assert_eq!(rig.heard.errors(), ["", "plugin.dropped", "plugin.trap", "plugin.trap"]);
}

#[tokio::test]
async fn what_a_plugin_keeps_goes_over_to_its_successor() {
    let host = Host::new(Options::default()).unwrap();
    let rig = Rig::of(&[load_in(&host, &KEEPER)]);
    rig.node("keeper").await;
    let ends = rig.send("n", 1).await;
    // The same plugin, deployed anew.
    rig.deploy(flow("keeper", json!({})), DeployKind::Full).await;
    assert!(ends.lock().unwrap().is_empty());
    // Its next version sends on what it gets; a deploy of what changed finds that the plugin did.
    let next = Guest { version: "1.1.0", name: "keeper", ..PASS };
    rig.install(&load_in(&host, &next));
    let report = rig.deploy(flow("keeper", json!({})), DeployKind::Nodes).await;
    assert_eq!((report.started, report.kept), (1, 1), "the recorder did not notice");
    assert_eq!(rig.heard.payloads("r"), [Value::from(1)]);
    assert_eq!(*ends.lock().unwrap(), [Outcome::Delivered]);
    let report = rig.deploy(flow("keeper", json!({})), DeployKind::Nodes).await;
    assert_eq!(report.started, 0, "the same plugin is the same code");
}

#[tokio::test]
async fn an_upgrade_to_a_plugin_that_waits_and_back_loses_nothing() {
    let host = Host::new(Options::default()).unwrap();
    let waits = |guest: Guest| Guest {
        items: Box::leak(
            format!(
                "{}\nimport http fetch $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)",
                guest.items
            )
            .into_boxed_str(),
        ),
        stop: "(if (i32.const 0) (then (call $fetch (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4096))))",
        ..guest
    };
    let rig = Rig::of(&[load_in(&host, &KEEPER)]);
    rig.node("keeper").await;
    let ends = rig.send("n", 1).await;
    for plugin in [load_in(&host, &waits(KEEPER)), load_in(&host, &KEEPER), load_in(&host, &waits(KEEPER))] {
        rig.install(&plugin);
        rig.deploy(flow("keeper", json!({})), DeployKind::Nodes).await;
        settle().await;
        assert!(ends.lock().unwrap().is_empty());
    }
    rig.send("n", "emit").await;
    settle().await;
    assert_eq!(rig.heard.payloads("r"), [Value::from(1)]);
    assert_eq!(*ends.lock().unwrap(), [Outcome::Delivered]);
    assert_eq!(rig.heard.errors(), [""; 0]);
}

#[tokio::test]
async fn a_plugin_that_is_removed_leaves_its_nodes_unknown() {
    let rig = Rig::of(&[load(&KEEPER)]);
    rig.node("keeper").await;
    let ends = rig.send("n", 1).await;
    assert!(rig.registry.remove_plugin("keeper").is_some());
    let report = rig.deploy(flow("keeper", json!({})), DeployKind::Nodes).await;
    assert_eq!(report.problems[0].text.key, "engine.unknown-type");
    rig.engine.stop().await;
    assert_eq!(*ends.lock().unwrap(), [Outcome::Aborted], "it was not done, and its source hears so");
}

#[tokio::test]
async fn copies_and_new_messages_belong_to_the_work_under_way() {
    // Sends a copy and a new message, and lets go of the one that came.
    let guest = Guest {
        items: "import messages [method]message.copy $copy (param i32) (result i32)
import messages [constructor]message $new (result i32)",
        on_message: "(call $emit (i32.const 0) (call $copy (local.get $message)))
            (call $emit (i32.const 0) (call $new))
            (call $drop (local.get $message)) (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load(&guest)]);
    rig.node("pass").await;
    let message = Message::with_payload(1);
    let id = message.get("_msgid").cloned();
    let ends = rig.send_message("n", message).await;
    assert_eq!(rig.heard.payloads("r"), [Value::from(1), Value::Undefined]);
    assert_eq!(*ends.lock().unwrap(), [Outcome::Delivered]);
    assert!(id.is_some());
}

#[tokio::test(start_paused = true)]
async fn timers_come_once_and_can_be_replaced_and_cancelled() {
    // Each timer emits a new message with its token. Timers: 1 after 10 ms, 2 after 20 ms and then after 40 ms, 3 cancelled.
    let guest = Guest {
        node: r#","inputs":0"#,
        items: "import runtime set-timer $set_timer (param i32 i32)
import runtime cancel-timer $cancel_timer (param i32)
import messages [constructor]message $new (result i32)
import messages [method]message.set-number $set_number (param i32 i32 i32 f64 i32)",
        configure: "(call $set_timer (i32.const 10) (i32.const 1)) (global.get $none)",
        start: "(call $set_timer (i32.const 20) (i32.const 2))
            (call $set_timer (i32.const 40) (i32.const 2))
            (call $set_timer (i32.const 5) (i32.const 3))
            (call $cancel_timer (i32.const 3)) (call $cancel_timer (i32.const 4)) (global.get $ok)",
        on_timer: "(local $message i32)
            (local.set $message (call $new))
            (call $set_number (local.get $message) (i32.const 512) (i32.const 7) (f64.convert_i32_u (local.get $token)) (i32.const 4096))
            (call $emit (i32.const 0) (local.get $message)) (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load(&guest)]);
    rig.node("pass").await;
    let wait = |milliseconds| tokio::time::sleep(std::time::Duration::from_millis(milliseconds));
    wait(20).await;
    assert_eq!(rig.heard.payloads("r"), [Value::from(1)]);
    wait(12).await;
    assert!(rig.heard.payloads("r").is_empty());
    wait(20).await;
    assert_eq!(rig.heard.payloads("r"), [Value::from(2)]);
    wait(1000).await;
    assert!(rig.heard.payloads("r").is_empty());
    assert_eq!(rig.engine.in_flight(), 0, "what a timer sent had credits, and gave them back");
}

#[tokio::test]
async fn log_lines_past_the_limit_are_counted() {
    let guest = Guest {
        items: "import runtime log $log (param i32 i32 i32)",
        on_message: "(local $left i32) (local.set $left (i32.const 25))
            (loop $more
              (call $log (i32.const 2) (i32.const 640) (i32.const 7))
              (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (global.get $ok)",
        ..PASS
    };
    let rig = Rig::of(&[load(&guest)]);
    rig.node("pass").await;
    rig.send("n", 1).await;
    let logs = rig.heard.logs();
    assert_eq!(logs.iter().filter(|line| *line == "no good").count(), 20);
    assert!(
        logs.iter().any(|line| line.contains("plugin.hidden-logs") && line.contains("count: 5")),
        "{logs:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_keep_the_order_of_each_key_and_lose_nothing() {
    let rig = Rig::of(&[load(&Guest { more: r#""parallel":true,"#, ..PASS })]);
    for workers in [json!(4), json!("3")] {
        let report = rig.deploy(flow("pass", json!({ "workers": workers })), DeployKind::Full).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        for at in 0..400 {
            let mut message = Message::with_payload(at);
            message.set("topic", format!("key {}", at % 7));
            rig.engine.receive("n", message).unwrap();
        }
        rig.until(|_| rig.count("r") == 400).await;
        let got: Vec<f64> = rig.heard.payloads("r").iter().filter_map(Value::as_f64).collect();
        for key in 0..7 {
            let of_key: Vec<f64> = got.iter().copied().filter(|at| (*at as u32) % 7 == key).collect();
            assert!(of_key.is_sorted() && of_key.len() >= 57, "{key}: {of_key:?}");
        }
    }
    for (workers, path) in [(json!(0), "workers"), (json!(17), "workers"), (json!("many"), "workers")] {
        let report = rig.deploy(flow("pass", json!({ "workers": workers })), DeployKind::Full).await;
        assert_eq!(report.problems[0].path, path);
    }
    let properties = json!({ "workers": 2, "workersKey": "a[" });
    let report = rig.deploy(flow("pass", properties), DeployKind::Full).await;
    assert_eq!(report.problems[0].path, "workersKey");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_while_workers_work_loses_nothing() {
    let rig = Rig::of(&[load(&Guest { more: r#""parallel":true,"#, ..INCREMENT })]);
    rig.deploy(flow("increment", json!({ "workers": 3 })), DeployKind::Full).await;
    let mut ends = Vec::new();
    for round in 0..20 {
        for at in 0..20 {
            ends.push(rig.send("n", at).await);
        }
        let properties = json!({ "workers": 2 + round % 3, "name": format!("round {round}") });
        rig.deploy(flow("increment", properties), DeployKind::Nodes).await;
    }
    rig.until(|_| rig.count("r") == 400).await;
    assert!(ends.iter().all(|ends| *ends.lock().unwrap() == [Outcome::Delivered]));
}
