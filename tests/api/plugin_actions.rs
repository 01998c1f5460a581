//! A plugin called without a flow.

use serde_json::{Value, json};
use wireloom_tests::plugin::{Stamp, sha256};
use wireloom_tests::server::Server;

async fn install(server: &Server, stamp: &Stamp<'_>) {
    let component = stamp.component();
    let request = server.post("/nodes/upload").header("Content-Type", "application/wasm");
    assert_eq!(request.body(component.clone()).send().await.unwrap().status(), 200);
    let installed =
        server.post("/nodes").json(&json!({ "sha256": sha256(&component) })).send().await.unwrap();
    assert_eq!(installed.status(), 200);
}

async fn call(server: &Server, name: &str, body: Value) -> (u16, Value) {
    let answer = server.post(&format!("/actions/{name}")).json(&body).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_plugin_is_called_with_settings_and_a_message() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    install(&server, &Stamp::new("stamp", "1.0.0")).await;
    assert_eq!(server.json("/actions").await, json!([{ "name": "stamp", "kind": "plugin" }]));
    let (status, body) =
        call(&server, "stamp", json!({ "config": { "note": "x" }, "message": { "payload": 5 } })).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["outputs"].as_array().unwrap().len(), 1);
    let sent = &body["outputs"][0][0];
    assert_eq!((&sent["payload"], &sent["stamp"]), (&json!(5), &json!("1.0.0")));
    for body in [json!([]), json!({ "message": 5 }), json!({ "config": "x" })] {
        assert_eq!(call(&server, "stamp", body).await.0, 400);
    }
    assert_eq!(call(&server, "inject", json!({})).await.0, 404, "built-in types are no actions");

    install(&server, &Stamp { traps: true, ..Stamp::new("trap", "1.0.0") }).await;
    let (status, body) = call(&server, "trap", json!({ "message": { "payload": 1 } })).await;
    assert_eq!(
        (status, &body["code"], &body["node"]["type"]),
        (500, &json!("action_failed"), &json!("trap"))
    );

    // What a flow offers under the same name comes first.
    server
        .deploy(json!([
            { "id": "t", "type": "tab" },
            { "id": "in", "type": "action in", "z": "t", "action": "stamp", "wires": [["s"]] },
            { "id": "s", "type": "stamp", "z": "t", "wires": [["c"]] },
            { "id": "c", "type": "change", "z": "t", "rules": [{ "t": "set", "p": "payload", "pt": "msg", "to": "stamp", "tot": "msg" }], "wires": [["out"]] },
            { "id": "out", "type": "action out", "z": "t", "wires": [] },
        ]))
        .await;
    assert_eq!(call(&server, "stamp", json!({ "any": "thing" })).await, (200, json!("1.0.0")));
}
