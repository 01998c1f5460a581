//! Breakpoints: messages that are held at a node's input while somebody watches.

use serde_json::{Value, json};
use wireloom_tests::server::{Server, status_and_code};

use super::comms::Editor;

fn flow() -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f"]] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "func": "msg.payload = 'done ' + msg.payload.n; return msg;",
          "outputs": 1, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
    ])
}

/// Sends a request that is answered when its message has gone on.
fn go(server: &Server, number: i32) -> tokio::task::JoinHandle<String> {
    let request = server.post("/go").json(&json!({ "n": number }));
    tokio::spawn(async move { request.send().await.unwrap().text().await.unwrap() })
}

async fn subscribed(server: &Server) -> Editor {
    let mut editor = Editor::connect(server).await;
    editor.send(json!({ "subscribe": "held/f" })).await;
    editor.send(json!({ "auth": "" })).await;
    while editor.frame().await != json!({ "auth": "ok" }) {}
    editor
}

async fn ask(server: &Server, body: Value) -> reqwest::Response {
    server.post("/held/f").json(&body).send().await.unwrap()
}

/// The numbers in what is held, once there are so many.
async fn held(editor: &mut Editor, count: usize) -> Vec<i64> {
    loop {
        let data = editor.data("held/f").await;
        let messages = data["messages"].as_array().cloned().unwrap_or_default();
        if messages.len() == count {
            let message =
                |held: &Value| serde_json::from_str::<Value>(held["msg"].as_str().unwrap()).unwrap();
            return messages.iter().map(|held| message(held)["payload"]["n"].as_i64().unwrap()).collect();
        }
    }
}

#[tokio::test]
async fn held_messages_go_on_one_by_one_and_all_when_the_last_who_watches_has_left() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    let mut editor = subscribed(&server).await;
    assert_eq!(ask(&server, json!({})).await.status(), 204);
    let first = go(&server, 1);
    assert_eq!(held(&mut editor, 1).await, [1]);
    let second = go(&server, 2);
    assert_eq!(held(&mut editor, 2).await, [1, 2]);
    assert!(!first.is_finished() && !second.is_finished());
    let shown = server.json("/held/f").await;
    assert_eq!((shown["messages"].as_array().unwrap().len(), &shown["skipped"]), (2, &Value::Null));
    // Whoever comes later is told what there is.
    let mut late = subscribed(&server).await;
    assert_eq!(held(&mut late, 2).await, [1, 2]);

    assert_eq!(ask(&server, json!({ "go": 1 })).await.status(), 204);
    assert_eq!(first.await.unwrap(), "done 1");
    assert_eq!(held(&mut editor, 1).await, [2]);

    // A deploy that changes the node does not wait for what is held, and the breakpoint stays.
    let mut changed = flow();
    changed[2]["func"] = "msg.payload = 'new ' + msg.payload.n; return msg;".into();
    let deployed = tokio::time::timeout(std::time::Duration::from_secs(10), server.deploy(changed)).await;
    assert!(deployed.is_ok());
    assert_eq!(second.await.unwrap(), "done 2");
    held(&mut editor, 0).await;
    let third = go(&server, 3);
    assert_eq!(held(&mut editor, 1).await, [3]);

    // One of two has left: it is still watched. Then nobody watches any more, and it goes on by itself.
    drop(late);
    let fourth = go(&server, 4);
    assert_eq!(held(&mut editor, 2).await, [3, 4]);
    drop(editor);
    assert_eq!((third.await.unwrap(), fourth.await.unwrap()), ("new 3".into(), "new 4".into()));
    assert_eq!(go(&server, 5).await.unwrap(), "new 5");
    let none = server.get("/held/f").send().await.unwrap();
    assert_eq!(status_and_code(none).await, (404, "not_found".into()));
}

#[tokio::test]
async fn a_breakpoint_is_taken_away_and_there_is_none_where_nothing_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(flow()).await;
    assert_eq!(status_and_code(ask(&server, json!({ "go": 1 })).await).await, (404, "not_found".into()));
    let nowhere = server.post("/held/nowhere").json(&json!({})).send().await.unwrap();
    assert_eq!(status_and_code(nowhere).await, (404, "not_found".into()));
    // Who only listens holds nothing.
    let mut editor = subscribed(&server).await;
    assert_eq!(go(&server, 0).await.unwrap(), "done 0");

    assert_eq!(ask(&server, json!({})).await.status(), 204);
    let waiting = go(&server, 1);
    assert_eq!(held(&mut editor, 1).await, [1]);
    let end = || server.client.delete(format!("{}/held/f", server.url)).send();
    assert_eq!(end().await.unwrap().status(), 204);
    assert_eq!(waiting.await.unwrap(), "done 1");
    assert_eq!(end().await.unwrap().status(), 404);
    while editor.data("held/f").await != json!({ "over": true }) {}

    // A stop does not wait for what is held either.
    assert_eq!(ask(&server, json!({})).await.status(), 204);
    let waiting = go(&server, 2);
    assert_eq!(held(&mut editor, 1).await, [2]);
    server.post("/flows/state").json(&json!({ "state": "stop" })).send().await.unwrap();
    assert_eq!(waiting.await.unwrap(), "done 2");
}
