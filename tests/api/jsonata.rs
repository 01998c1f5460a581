//! `POST /jsonata`: expressions that are tried.

use serde_json::{Value, json};
use wireloom_tests::server::{Server, hash_password, json as answer, status_and_code};

async fn tried(server: &Server, body: Value) -> Value {
    answer(server.post("/jsonata").json(&body)).await
}

#[tokio::test]
async fn an_expression_gives_what_it_gives_in_a_flow() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let msg =
        json!({ "payload": { "a": [1, 2.5] }, "topic": "t", "raw": { "type": "Buffer", "data": [1, 2] } });
    for (expression, result, format) in [
        ("$sum(payload.a)", "3.5", "number"),
        ("msg.topic & '!'", "t!", "string[2]"),
        ("{ 'n': $count(payload.a) }", "{\"n\":2}", "Object"),
        ("payload.none", "(undefined)", "undefined"),
        ("raw.length", "2", "number"),
        ("$moment(0).utc().format('YYYY')", "1970", "string[4]"),
    ] {
        let answer = tried(&server, json!({ "expression": expression, "msg": msg })).await;
        assert_eq!(answer, json!({ "msg": result, "format": format }), "{expression}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_expression_is_an_answer() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let error = |answer: &Value| answer["error"]["message"].as_str().unwrap_or_default().to_owned();
    let broken = tried(&server, json!({ "expression": "payload[" })).await;
    assert!(error(&broken).starts_with("this is not a JSONata expression"), "{broken}");
    assert_eq!(broken["error"]["position"], 8, "{broken}");
    let wrong = tried(&server, json!({ "expression": "payload + 'x'", "msg": { "payload": 1 } })).await;
    assert_eq!(wrong["error"]["code"], "T2002", "{wrong}");
    // It may not take for ever.
    let endless = tried(&server, json!({ "expression": "($f := function() { $f() }; $f())" })).await;
    assert_eq!(endless["error"]["text"]["key"], "typed.jsonata.time", "{endless}");
    let german = server.post("/jsonata").header("Accept-Language", "de").json(&json!({ "expression": "(" }));
    assert!(error(&answer(german).await).starts_with("das ist kein JSONata-Ausdruck"));

    for body in [json!({ "expression": "1", "msg": [1] }), json!({ "expression": 1 })] {
        let refused = server.post("/jsonata").json(&body).send().await.unwrap();
        assert_eq!(status_and_code(refused).await, (400, "invalid_request".into()), "{body}");
    }
    let long = json!({ "expression": "1", "msg": { "payload": "x".repeat(1024 * 1024) } });
    assert_eq!(server.post("/jsonata").json(&long).send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn it_reads_the_context_and_environment_of_a_node_that_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t", "env": [{ "name": "ROOM", "type": "str", "value": "12" }] },
            { "id": "i", "type": "inject", "z": "t", "props": [], "wires": [["c"]] },
            { "id": "c", "type": "change", "z": "t", "wires": [[]],
              "rules": [{ "t": "set", "p": "count", "pt": "flow", "to": "7", "tot": "num" }] }
        ]))
        .await;
    server.post("/inject/i").json(&json!({})).send().await.unwrap();
    let expression = "$flowContext('count') & '/' & $env('ROOM')";
    let ask = |node: Value| tried(&server, json!({ "expression": expression, "node": node }));
    // The message is on its way; what it leaves is there soon.
    let mut there = Value::Null;
    for _ in 0..100 {
        there = ask(json!("c")).await;
        if there["msg"] == "7/12" {
            break;
        }
    }
    assert_eq!(there["msg"], "7/12");
    assert_eq!(ask(json!(null)).await["msg"], "/");
    assert_eq!(ask(json!("none")).await["msg"], "/");
}

#[tokio::test]
async fn only_those_who_may_deploy_may_try() {
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password("reads-only-1").await;
    let users = format!("[[users]]\nname = \"rae\"\npassword = \"{hash}\"\npermissions = [\"read\"]\n");
    std::fs::write(data.path().join("wireloom.toml"), users).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let trial = json!({ "expression": "$env('PATH')" });
    let refused = server.post("/jsonata").json(&trial).send().await.unwrap();
    assert_eq!(status_and_code(refused).await.0, 401);
    let login = json!({ "client_id": "x", "grant_type": "password", "scope": "read", "username": "rae", "password": "reads-only-1" });
    let token =
        answer(server.post("/auth/token").json(&login)).await["access_token"].as_str().unwrap().to_owned();
    let refused = server.post("/jsonata").bearer_auth(token).json(&trial).send().await.unwrap();
    assert_eq!(status_and_code(refused).await, (403, "forbidden".into()));
}
