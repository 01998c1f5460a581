//! Actions: parts of flows called over the admin API.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wireloom_tests::server::{Server, hash_password};

/// A flow that offers `action` and runs `func` on each call.
fn offering(action: Value, func: &str) -> Value {
    let mut entry = json!({ "id": "in", "type": "action in", "z": "t", "wires": [["f"]] });
    entry.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
    json!([
        { "id": "t", "type": "tab" },
        entry,
        { "id": "f", "type": "function", "z": "t", "name": "decoder", "func": func, "wires": [["out"]] },
        { "id": "out", "type": "action out", "z": "t", "wires": [] },
    ])
}

async fn call(server: &Server, name: &str, body: Value) -> (u16, Value) {
    let answer = server.post(&format!("/actions/{name}")).json(&body).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn an_action_takes_json_and_gives_json() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let func =
        "msg.payload = { sum: msg.payload.reduce((a, b) => a + b, 0), by: msg.action.name }; return msg;";
    server.deploy(offering(json!({ "action": "sum" }), func)).await;
    let node = json!({ "id": "in", "type": "action in", "name": "", "flow": "t" });
    assert_eq!(server.json("/actions").await, json!([{ "name": "sum", "kind": "flow", "node": node }]));
    assert_eq!(call(&server, "sum", json!([1, 2, 3.5])).await, (200, json!({ "sum": 6.5, "by": "sum" })));
    let (status, body) = call(&server, "none", json!(1)).await;
    assert_eq!((status, &body["code"]), (404, &json!("not_found")));

    let broken = server.post("/actions/sum").header("Content-Type", "application/json").body("[1,").send();
    assert_eq!(broken.await.unwrap().status(), 400);
    let form = server.post("/actions/sum").header("Content-Type", "text/plain").body("1").send();
    assert_eq!(form.await.unwrap().status(), 415);
    let foreign = server.post("/actions/sum").header("Origin", "http://other.example").json(&json!([]));
    assert_eq!(foreign.send().await.unwrap().status(), 403);

    server.deploy(json!([])).await;
    assert_eq!(call(&server, "sum", json!([1])).await.0, 404);
}

#[tokio::test]
async fn what_fails_is_told_with_its_node() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(offering(json!({ "action": "decode" }), "throw new Error('no frame');")).await;
    let (status, body) = call(&server, "decode", json!("00")).await;
    assert_eq!((status, &body["code"]), (500, &json!("action_failed")));
    assert_eq!(body["node"], json!({ "id": "f", "type": "function", "name": "decoder", "flow": "t" }));
    assert!(body["message"].as_str().unwrap().contains("no frame"), "{body}");

    server.deploy(offering(json!({ "action": "decode" }), "return null;")).await;
    let (status, body) = call(&server, "decode", json!("00")).await;
    assert_eq!((status, &body["code"]), (502, &json!("no_answer")));

    // Caught, an error is an answer like any other.
    let mut caught = offering(json!({ "action": "decode" }), "throw new Error('no frame');");
    caught.as_array_mut().unwrap().extend([
        json!({ "id": "c", "type": "catch", "z": "t", "scope": null, "wires": [["say"]] }),
        json!({ "id": "say", "type": "function", "z": "t",
            "func": "msg.payload = { why: msg.error.message }; msg.statusCode = 422; return msg;", "wires": [["out"]] }),
    ]);
    server.deploy(caught).await;
    let (status, body) = call(&server, "decode", json!("00")).await;
    assert_eq!((status, body["why"].as_str().unwrap().contains("no frame")), (422, true), "{body}");

    // The first of two answers counts; the second is an error of its node.
    server.deploy(offering(json!({ "action": "decode" }), "node.send(msg); return msg;")).await;
    assert_eq!(call(&server, "decode", json!("00")).await, (200, json!("00")));
}

#[tokio::test]
async fn too_much_at_once_is_refused_and_what_is_late_is_told() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", slow.local_addr().unwrap());
    server
        .deploy(json!([
            { "id": "t", "type": "tab" },
            { "id": "in", "type": "action in", "z": "t", "action": "ask", "limit": 2, "timeout": "1.5", "wires": [["ask"]] },
            { "id": "ask", "type": "http request", "z": "t", "method": "GET", "ret": "txt", "url": url, "wires": [["out"]] },
            { "id": "out", "type": "action out", "z": "t", "wires": [] },
        ]))
        .await;
    let first = tokio::spawn(server.post("/actions/ask").json(&json!(1)).send());
    let second = tokio::spawn(server.post("/actions/ask").json(&json!(2)).send());
    let (mut one, _) = slow.accept().await.unwrap();
    let (_other, _) = slow.accept().await.unwrap();
    let third = server.post("/actions/ask").json(&json!(3)).send().await.unwrap();
    assert_eq!(third.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(third.headers()["retry-after"], "1");

    let mut question = Vec::new();
    while !question.ends_with(b"\r\n\r\n") {
        question.push(one.read_u8().await.unwrap());
    }
    one.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nword").await.unwrap();
    let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    let mut statuses = [first.status().as_u16(), second.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 504]);

    // Whoever gave up still has the place until the flow is done with the call.
    let fourth = tokio::spawn(server.post("/actions/ask").json(&json!(4)).send());
    let (_fourth, _) = slow.accept().await.unwrap();
    let (status, body) = call(&server, "ask", json!(5)).await;
    assert_eq!((status, &body["code"]), (503, &json!("busy")));
    assert_eq!(fourth.await.unwrap().unwrap().status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn who_calls_needs_the_permission() {
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password("a secret of tests").await;
    let settings = format!(
        "[[users]]\nname = \"rae\"\npassword = \"{hash}\"\npermissions = [\"read\"]\n\n\
         [[users]]\nname = \"dev\"\npassword = \"{hash}\"\npermissions = [\"actions.write\"]\n\n\
         [[users]]\nname = \"admin\"\npassword = \"{hash}\"\n"
    );
    std::fs::write(data.path().join("wireloom.toml"), settings).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let token = async |user: &str| {
        let asked = json!({ "client_id": "node-red-admin", "grant_type": "password", "username": user, "password": "a secret of tests", "scope": "" });
        let answer = server.post("/auth/token").json(&asked).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let func = "msg.payload = msg.action.caller; return msg;";
    let (admin, dev, rae) = (token("admin").await, token("dev").await, token("rae").await);
    let flows = json!({ "flows": offering(json!({ "action": "who" }), func) });
    let deploy = server.post("/flows").bearer_auth(&admin).header("Node-RED-API-Version", "v2").json(&flows);
    assert_eq!(deploy.send().await.unwrap().status(), 200);
    let who = || server.post("/actions/who").json(&json!({}));
    assert_eq!(who().send().await.unwrap().status(), 401);
    assert_eq!(who().bearer_auth(&rae).send().await.unwrap().status(), 403);
    let answer = who().bearer_auth(&dev).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, "\"dev\"".to_owned()));
}
