//! Context stores on disk.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::server::{Process, Server, client, json as json_of, run};

/// Stores in the order of their names: one on disk, which is the default, and one in memory.
const STORES: [&str; 2] = ["--context-stores", "default=disk,disk=localfilesystem,fast=memory"];

/// Flows that keep the payload under `kept` in the contexts of the node, the flow and all.
fn keeper() -> Value {
    let code = "for (const scope of [context, flow, global]) { scope.set('kept', msg.payload); }
        flow.set('fast', msg.payload, 'fast'); global.set('list[1].name', msg.payload); return msg;";
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "in", "type": "http in", "z": "t", "url": "/keep", "method": "post", "wires": [["f"]] },
        { "id": "f", "type": "function", "z": "t", "func": code, "outputs": 1, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "wires": [] },
    ])
}

async fn keep(url: &str, value: &Value) {
    let answer = client().post(format!("{url}/keep")).json(value).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn file(data: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(data.join("context").join(name)).unwrap()).unwrap()
}

#[tokio::test]
async fn values_survive_a_restart_and_stand_in_node_reds_files() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &STORES).await;
    let settings = server.json("/settings").await;
    assert_eq!(settings["context"], json!({ "default": "disk", "stores": ["disk", "fast"] }));
    server.deploy(keeper()).await;
    keep(&server.url, &json!({ "n": 1 })).await;
    server.stop().await;
    assert_eq!(file(data.path(), "t/f.json"), json!({ "kept": { "n": 1 } }));
    assert_eq!(file(data.path(), "t/flow.json"), json!({ "kept": { "n": 1 } }));
    let global = json!({ "kept": { "n": 1 }, "list": [null, { "name": { "n": 1 } }] });
    assert_eq!(file(data.path(), "global/global.json"), global);

    // As Node-RED may have left them.
    fs::write(data.path().join("context/global/global.json"), r#"{"theirs":[true]}"#).unwrap();
    let server = Server::start(data.path(), &STORES).await;
    let shown = server.json("/context/flow/t").await;
    assert_eq!(shown["disk"]["kept"]["msg"], r#"{"n":1}"#, "{shown}");
    assert_eq!(shown["fast"], json!({}), "memory does not outlast a restart");
    assert_eq!(server.json("/context/node/f/kept").await["msg"], r#"{"n":1}"#);
    assert_eq!(server.json("/context/global/theirs?store=default").await["msg"], "[true]");
    let gone = server.client.delete(format!("{}/context/global/theirs", server.url)).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    server.stop().await;
    assert_eq!(file(data.path(), "global/global.json"), json!({}));
}

#[tokio::test]
async fn a_deploy_cleans_up_behind_what_is_gone_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &STORES).await;
    server.deploy(keeper()).await;
    keep(&server.url, &json!({ "is": "x" })).await;
    server.stop().await;

    let server = Server::start(data.path(), &STORES).await;
    let mut disabled = keeper();
    disabled[0]["disabled"] = true.into();
    disabled[2]["type"] = "no such type".into();
    server.deploy(disabled).await;
    assert_eq!(
        file(data.path(), "t/f.json"),
        json!({ "kept": { "is": "x" } }),
        "what is switched off keeps its values"
    );
    let mut without = keeper();
    without.as_array_mut().unwrap().remove(2);
    server.deploy(without).await;
    assert!(!data.path().join("context/t/f.json").exists());
    assert_eq!(file(data.path(), "t/flow.json"), json!({ "kept": { "is": "x" } }));
    server.deploy(json!([])).await;
    assert!(data.path().join("context/t/flow.json").exists(), "without flows nothing is forgotten");
    server.deploy(json!([{ "id": "other", "type": "tab" }])).await;
    assert!(!data.path().join("context/t").exists());
    assert_eq!(file(data.path(), "global/global.json")["kept"]["is"], "x");
    server.stop().await;
}

#[tokio::test]
async fn killed_at_any_write_the_old_or_the_new_values_are_there() {
    let arguments = [STORES[0], STORES[1], "--context-flush-seconds", "0"];
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &arguments).await;
    server.deploy(keeper()).await;
    keep(&server.url, &json!({ "is": "old" })).await;
    server.stop().await;

    let (mut steps, mut found) = (0, Vec::new());
    loop {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(data.path(), copy.path());
        let mut command = run(copy.path(), &arguments);
        command.env("WIRELOOM_HOLD_AT_WRITE", (steps + 1).to_string());
        let mut process = Process::spawn(command);
        let url = process.line_after("listening on ").await;
        process.line_after("flows started: ").await;
        keep(&url, &json!({ "is": "new" })).await;
        // Three scopes change; each file is written at most once for each value in it.
        let is_held = tokio::select! {
            _ = process.line_after("held at ") => true,
            () = written(copy.path()) => false,
        };
        process.kill().await;
        for name in ["t/f.json", "t/flow.json", "global/global.json"] {
            found.push(file(copy.path(), name)["kept"]["is"].as_str().unwrap().to_owned());
        }
        let server = Server::start(copy.path(), &arguments).await;
        let shown = json_of(server.get("/context/flow/t/kept")).await["msg"].clone();
        assert!(shown == r#"{"is":"old"}"# || shown == r#"{"is":"new"}"#, "{shown}");
        server.stop().await;
        if !is_held {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 15, "{steps} steps");
    assert!(found.iter().all(|value| value == "old" || value == "new"), "{found:?}");
    assert!(found.iter().any(|value| value == "old") && found.iter().any(|value| value == "new"));
}

/// Waits until all files hold the new value.
async fn written(data: &Path) {
    let is_new = |name: &str| {
        let text = fs::read_to_string(data.join("context").join(name)).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|values| values["kept"]["is"] == "new")
    };
    while !["t/f.json", "t/flow.json", "global/global.json"].into_iter().all(is_new) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_node_on_no_flow_and_one_that_does_not_run_show_their_values() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &STORES).await;
    server.deploy(keeper()).await;
    keep(&server.url, &json!({ "n": 1 })).await;
    server.stop().await;
    fs::create_dir_all(data.path().join("context/config")).unwrap();
    fs::write(data.path().join("context/config/flow.json"), r#"{"x":1}"#).unwrap();

    let mut flows = keeper();
    flows[2]["d"] = true.into();
    flows.as_array_mut().unwrap().push(json!({ "id": "config", "type": "no such type" }));
    fs::write(data.path().join("flows.json"), flows.to_string()).unwrap();
    let server = Server::start(data.path(), &STORES).await;
    assert_eq!(server.json("/context/node/f/kept").await["msg"], r#"{"n":1}"#);
    assert_eq!(server.json("/context/node/config/x").await["msg"], "1");
    assert_eq!(server.json("/context/node/nobody").await, json!({ "disk": {}, "fast": {} }));
}
