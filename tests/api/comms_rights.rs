//! Who may hear what over `/comms`, and for how long.

use std::fs;

use serde_json::{Value, json};
use wireloom_tests::server::{Server, hash_password};

use super::comms::Editor;

const PASSWORD: &str = "correct horse";

/// A server with an administrator, where somebody who is not logged in may read flows and statuses.
async fn server(data: &std::path::Path) -> Server {
    let hash = hash_password(PASSWORD).await;
    let text = format!(
        "anonymous-permissions = \"flows.read, status.read\"\n[[users]]\nname = \"ann\"\npassword = \"{hash}\"\npermissions = \"*\"\n"
    );
    fs::write(data.join("wireloom.toml"), text).unwrap();
    Server::start(data, &[]).await
}

async fn token(server: &Server) -> String {
    let body = json!({ "client_id": "x", "grant_type": "password", "scope": "", "username": "ann", "password": PASSWORD });
    let answer: Value = server.post("/auth/token").json(&body).send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Deploys the flow and gives its revision.
async fn deploy(server: &Server, token: &str, label: &str) -> Value {
    let flow = json!([
        { "id": "t", "type": "tab", "label": label },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f"]] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "func": "node.status({ text: 'on' }); return msg;", "outputs": 1, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
    ]);
    let request = server.post("/flows").bearer_auth(token).header("Node-RED-API-Version", "v2");
    let answer: Value = request.json(&json!({ "flows": flow })).send().await.unwrap().json().await.unwrap();
    assert!(answer["rev"].is_string(), "{answer}");
    answer["rev"].clone()
}

/// An editor that hears of these topics as soon as this is over.
async fn listening(server: &Server, token: Option<&str>, topics: &[&str]) -> Editor {
    let mut editor = Editor::connect(server).await;
    if let Some(token) = token {
        editor.send(json!({ "auth": token })).await;
        while editor.frame().await != json!({ "auth": "ok" }) {}
    }
    for topic in topics {
        editor.send(json!({ "subscribe": topic })).await;
    }
    editor.send(json!({ "auth": "nobody's" })).await;
    while editor.frame().await != json!({ "auth": "fail" }) {}
    editor
}

/// The topics in a frame.
fn topics(frame: &Value) -> Vec<String> {
    let items = frame.as_array().unwrap_or_else(|| panic!("no list: {frame}"));
    items.iter().map(|item| item["topic"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_may_not_read_messages_and_figures_hears_none() {
    let data = tempfile::tempdir().unwrap();
    let server = server(data.path()).await;
    let ann = token(&server).await;
    deploy(&server, &ann, "one").await;
    let mut admin = listening(&server, Some(&ann), &["peek/f/0", "metrics/t", "presence"]).await;
    let mut guest = listening(&server, None, &["#", "+/t", "peek/f/0", "metrics/t", "failed"]).await;
    guest.send(json!({ "presence": { "tab": "t", "editing": "f" } })).await;
    let seen = loop {
        let seen = admin.data("presence").await["clients"].take();
        if seen.as_array().is_some_and(|clients| !clients.is_empty()) {
            break seen;
        }
    };
    assert_eq!(
        (&seen[0]["tab"], &seen[0]["editing"]),
        (&json!("t"), &Value::Null),
        "who may not edit locks no form"
    );

    // What is kept by request shows that the watch has begun.
    assert_eq!(server.get("/peek/f/0").bearer_auth(&ann).send().await.unwrap().status(), 200);
    assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    let mut told = Vec::new();
    while !["peek/f/0", "metrics/t"].iter().all(|wanted| told.iter().any(|topic| topic == wanted)) {
        told.extend(topics(&admin.frame().await));
    }
    // After what the administrator was told comes something that both are told.
    let revision = deploy(&server, &ann, "two").await;
    let mut heard = Vec::new();
    loop {
        let frame = guest.frame().await;
        heard.extend(topics(&frame));
        if frame.as_array().unwrap().iter().any(|item| item["data"]["revision"] == revision) {
            break;
        }
    }
    assert!(heard.iter().any(|topic| topic == "status/f"), "{heard:?}");
    let withheld = ["peek/", "metrics/", "failed"];
    assert!(!heard.iter().any(|topic| withheld.iter().any(|other| topic.starts_with(other))), "{heard:?}");
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn who_logged_out_hears_no_more() {
    let data = tempfile::tempdir().unwrap();
    let server = server(data.path()).await;
    let (ann, other) = (token(&server).await, token(&server).await);
    let mut editor = listening(&server, Some(&ann), &["notification/#"]).await;
    deploy(&server, &other, "one").await;
    editor.data("notification/runtime-deploy").await;
    let revoke = server.post("/auth/revoke").json(&json!({ "token": ann })).send().await.unwrap();
    assert_eq!(revoke.status(), 200);
    // It is noticed before something more is told, a second after the last look.
    for round in 0.. {
        deploy(&server, &other, &format!("round {round}")).await;
        match editor.frame().await {
            Value::Array(_) => assert!(round < 1000, "still told"),
            last => {
                assert_eq!(last, json!({ "auth": "fail" }));
                break;
            }
        }
    }
    assert_eq!(editor.frame().await, Value::Null);
    assert!(server.stop().await.success());
}
