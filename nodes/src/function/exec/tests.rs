//! Real commands, in real time.

use engine::node::Services;
use engine::{Outcome, Value};
use serde_json::{Value as Json, json};

use crate::testing::{Bench, until};

fn flow(node: Json) -> Json {
    let mut exec =
        json!({ "id": "n", "type": "exec", "x": 1, "y": 1, "addpay": "", "wires": [["r"], ["r"], ["r"]] });
    if let (Some(exec), Some(node)) = (exec.as_object_mut(), node.as_object()) {
        exec.extend(node.clone());
    }
    json!([exec, { "id": "r", "type": "recorder", "x": 1, "y": 1, "wires": [] }])
}

fn payloads(bench: &Bench) -> Vec<Value> {
    bench.take_recorded().iter().map(|message| message.payload().clone()).collect()
}

fn json_value(json: Json) -> Value {
    serde_json::from_value(json).expect("a value")
}

#[tokio::test]
async fn sends_what_a_command_wrote_when_it_is_complete() {
    let node = json!({ "command": "printf '%s|'", "addpay": "payload", "append": "b; echo bad >&2; exit 3", "timer": "" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    let sent = bench.send("n", json!({ "payload": "a", "topic": "kept" }));
    until("done", async || bench.open() == 0).await;
    assert_eq!(bench.outcome(sent), Some(Outcome::Delivered));
    let got = bench.take_recorded();
    assert_eq!(got.len(), 3);
    assert!(got.iter().all(|message| message.topic() == Some("kept")));
    assert_eq!(got[0].payload(), &"a|b|".into());
    assert_eq!(got[0].get("rc"), Some(got[2].payload()));
    assert_eq!(got[1].payload(), &"bad\n".into());
    assert_eq!(got[2].payload().get("code"), Some(&3.into()));
    assert_eq!(bench.status("n").unwrap().2, "exec.error");

    bench.send("n", json!({ "payload": "$'\\377'" }));
    until("done", async || bench.open() == 0).await;
    assert_eq!(payloads(&bench)[0], Value::buffer(&b"\xff|b|"[..]), "what is no text is a buffer");
}

#[tokio::test]
async fn sends_at_once_without_a_shell() {
    let node = json!({ "command": "printf", "useSpawn": "true", "append": "\"%s \" a $HOME \\xff" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    let got = payloads(&bench);
    assert_eq!(got[0], "a $HOME \\xff ".into(), "nothing is expanded");
    assert_eq!(got.last(), Some(&json_value(json!({ "code": 0 }))));
}

#[tokio::test]
async fn a_command_that_is_not_there_says_so() {
    let node = json!({ "command": "/no/such/command", "useSpawn": "true" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    assert_eq!(payloads(&bench), [json_value(json!({ "code": -2 }))]);
}

#[tokio::test]
async fn commands_are_ended_by_time_or_message() {
    let node = json!({ "command": "sleep 100", "useSpawn": "true", "timer": "0.05" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    let ended = json_value(json!({ "code": null, "signal": "SIGTERM" }));
    assert_eq!(payloads(&bench), [ended]);

    let node = json!({ "command": "sleep 100" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("it runs", async || bench.status("n").is_some_and(|status| status.2 == "exec.pid")).await;
    bench.send("n", json!({ "kill": "sigkill" }));
    until("done", async || bench.open() == 0).await;
    let got = payloads(&bench);
    assert_eq!(got[1].get("signal"), Some(&"SIGKILL".into()), "{got:?}");
    assert_eq!(bench.status("n").unwrap().2, "exec.killed");
}

#[tokio::test]
async fn commands_that_will_not_end_are_made_to() {
    let node = json!({ "command": "trap '' TERM; yes" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    let got = payloads(&bench);
    assert_eq!(got[0].as_str().map(str::len), Some(10_000_000));
    assert_eq!(got[1].get("code"), Some(&"ERR_CHILD_PROCESS_STDIO_MAXBUFFER".into()));
    assert_eq!(got[1].get("signal"), Some(&"SIGKILL".into()));

    let node = json!({ "command": "trap '' TERM; sleep 100; true", "timer": "0.05" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    assert_eq!(payloads(&bench)[1].get("signal"), Some(&"SIGKILL".into()));
}

#[tokio::test]
async fn what_runs_in_the_background_is_not_waited_for_beyond_the_timeout() {
    let node = json!({ "command": "sleep 600 & echo $!", "timer": "0.2" });
    let mut bench = Bench::start(flow(node), Services::default()).await;
    let sent = bench.send("n", json!({}));
    until("done", async || bench.open() == 0).await;
    assert_eq!(bench.outcome(sent), Some(Outcome::Delivered));
    let got = payloads(&bench);
    let id = got[0].as_str().unwrap_or_default().trim().to_owned();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success(), "{id} still runs");
    assert_eq!(got[1].get("code"), Some(&0.into()));
}

#[tokio::test]
async fn what_a_command_started_ends_with_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alive");
    let command = format!("(while true; do echo x >> {0}; sleep 0.01; done) & wait", file.display());
    let mut bench = Bench::start(flow(json!({ "command": command })), Services::default()).await;
    let sent = bench.send("n", json!({}));
    until("it runs", async || file.exists()).await;
    bench.engine.stop().await;
    assert_ne!(bench.outcome(sent), Some(Outcome::Delivered), "nobody may take it for done");
    let length = || std::fs::metadata(&file).unwrap().len();
    // The loop is gone: the file does not grow any more.
    until("it ended", async || {
        let before = length();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        length() == before
    })
    .await;
}
