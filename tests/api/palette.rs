//! Node types switched on and off, flows stopped and started, and small pages of Node-RED's API.

use reqwest::Response;
use serde_json::{Value, json};
use wireloom_tests::server::{Server, hello_flow, status_and_code};

async fn switch(server: &Server, path: &str, body: Value) -> Response {
    server.client.put(format!("{}{path}", server.url)).json(&body).send().await.unwrap()
}

fn flows(kind: &str) -> Value {
    json!([
        { "id": "t", "type": "tab" },
        { "id": "in", "type": "http in", "z": "t", "url": "/hello", "method": "get", "wires": [["n"]] },
        { "id": "n", "type": kind, "z": "t", "name": "", "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "wires": [] },
    ])
}

#[tokio::test]
async fn a_type_that_is_switched_off_is_as_good_as_missing_until_it_is_on_again() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("comment")).await;
    let answer = switch(&server, "/nodes/wireloom/junction", json!({ "enabled": false })).await;
    let known = answer.status() == 200;
    let name = if known { "junction" } else { "function" };
    let off = switch(&server, &format!("/nodes/wireloom/{name}"), json!({ "enabled": false })).await;
    assert_eq!(off.status(), 200);
    let set: Value = serde_json::from_str(&off.text().await.unwrap()).unwrap();
    assert_eq!((&set["enabled"], &set["types"]), (&json!(false), &json!([name])));
    server.stop().await;

    let server = Server::start(data.path(), &[]).await;
    assert_eq!(
        server.json(&format!("/nodes/wireloom/{name}")).await["enabled"],
        false,
        "kept over a restart"
    );
    let offered = server.json("/nodes/descriptors").await.to_string();
    assert!(
        !offered.contains(&format!(r#""type":"{name}""#))
            && !offered.contains(&format!(r#""typeName":"{name}""#))
    );
    let used = switch(&server, "/nodes/wireloom/http in", json!({ "enabled": false })).await;
    assert_eq!(status_and_code(used).await, (400, "type_in_use".into()));
    let all = switch(&server, "/nodes/wireloom", json!({ "enabled": false })).await;
    assert_eq!(status_and_code(all).await, (400, "type_in_use".into()));
    for (path, body, expected) in [
        ("/nodes/wireloom/none", json!({ "enabled": false }), 404),
        ("/nodes/other", json!({ "enabled": false }), 404),
        ("/nodes/wireloom/function", json!({}), 400),
    ] {
        assert_eq!(switch(&server, path, body).await.status(), expected, "{path}");
    }
}

#[tokio::test]
async fn nodes_of_a_type_that_is_switched_on_again_start() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    switch(&server, "/nodes/wireloom/change", json!({ "enabled": false })).await;
    let mut with_change = flows("change");
    with_change[2]["rules"] =
        json!([{ "t": "set", "p": "payload", "pt": "msg", "to": "changed", "tot": "str" }]);
    server.deploy(with_change).await;
    let problems = server.json("/flows/problems").await["problems"].clone();
    assert_eq!((problems.as_array().unwrap().len(), &problems[0]["node"]), (1, &json!("n")));
    assert_eq!(switch(&server, "/nodes/wireloom/change", json!({ "enabled": true })).await.status(), 200);
    assert_eq!(server.json("/flows/problems").await["problems"], json!([]));
    assert_eq!(server.get("/hello").send().await.unwrap().text().await.unwrap(), "changed");
}

#[tokio::test]
async fn flows_are_stopped_and_started_over_the_api() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flows("comment")).await;
    server.deploy(hello_flow()).await;
    let set = |state: &str| server.post("/flows/state").json(&json!({ "state": state })).send();
    let hello = || async { server.get("/hello").send().await.unwrap().status().as_u16() };
    assert_eq!((server.json("/flows/state").await, hello().await), (json!({ "state": "start" }), 200));
    assert_eq!(set("stop").await.unwrap().text().await.unwrap(), r#"{"state":"stop"}"#);
    assert_eq!((server.json("/flows/state").await, hello().await), (json!({ "state": "stop" }), 404));
    let unknown = set("pause").await.unwrap();
    assert_eq!(status_and_code(unknown).await, (400, "invalid_run_state".into()));
    let flows = server.json("/flows").await;
    server.deploy(flows).await;
    assert_eq!(hello().await, 404, "a deploy does not start what was stopped");
    server.stop().await;

    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows/state").await, json!({ "state": "stop" }), "kept over a restart");
    let started = server.post("/flows/state").json(&json!({ "state": "start" })).send().await.unwrap();
    assert_eq!(started.status(), 200);
    assert_eq!(server.get("/hello").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn flows_that_may_not_be_stopped_run_whatever_was_kept() {
    let data = tempfile::tempdir().unwrap();
    let set =
        |server: &Server, state: &str| server.post("/flows/state").json(&json!({ "state": state })).send();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(hello_flow()).await;
    assert_eq!(server.json("/settings").await["runtimeState"], json!({ "enabled": true, "ui": true }));
    assert_eq!(set(&server, "stop").await.unwrap().status(), 200);
    server.stop().await;

    let server = Server::start(data.path(), &["--runtime-state=false"]).await;
    assert_eq!(server.json("/settings").await["runtimeState"], json!({ "enabled": false, "ui": false }));
    assert_eq!(server.get("/hello").send().await.unwrap().status(), 200);
    let refused = set(&server, "stop").await.unwrap();
    assert_eq!(status_and_code(refused).await, (405, "not_allowed".into()));
    assert_eq!(server.json("/flows/state").await, json!({ "state": "start" }));
}

#[tokio::test]
async fn small_pages() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/plugins").await, json!([]));
    assert_eq!(server.json("/plugins/messages").await, json!({}));
    assert_eq!(server.json("/theme").await["page"]["title"], "Wireloom");
    let icons = server.json("/icons").await["wireloom"].clone();
    assert!(icons.as_array().unwrap().len() > 10, "{icons}");
    let texts = server.json("/nodes/messages").await["wireloom"].clone();
    assert!(texts["change.label"].is_string(), "{texts}");
    let of_one = server.json("/nodes/wireloom/change/messages").await;
    assert!(of_one["change.label"].is_string() && of_one.get("switch.label").is_none(), "{of_one}");

    // Whoever has the socket now has a port that is free a moment later.
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(server.json("/udp-ports/any").await, json!([]));
    server
        .deploy(json!([{ "id": "t", "type": "tab" }, { "id": "u", "type": "udp in", "z": "t", "iface": "", "port": port.to_string(), "ipv": "udp4", "multicast": "false", "group": "", "datatype": "buffer", "wires": [[]] }]))
        .await;
    assert_eq!(server.json("/udp-ports/any").await, json!([port.to_string()]));
}
