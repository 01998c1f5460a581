//! `/comms`.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wireloom_tests::server::Server;

/// An editor's connection.
pub(super) struct Editor(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Editor {
    pub(super) async fn connect(server: &Server) -> Self {
        Self::connect_to(server, "").await
    }

    /// The same, with a query.
    pub(super) async fn connect_to(server: &Server, query: &str) -> Self {
        let address = format!("{}/comms{query}", server.url.replace("http", "ws"));
        let (socket, _) = connect_async(address).await.unwrap();
        Self(socket)
    }

    pub(super) async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next frame; null when the connection has ended.
    pub(super) async fn frame(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Value::Null,
            }
        }
    }

    /// The data of the next item with this topic.
    pub(super) async fn data(&mut self, topic: &str) -> Value {
        loop {
            let frame = self.frame().await;
            let items =
                frame.as_array().unwrap_or_else(|| panic!("no list while waiting for {topic}: {frame}"));
            assert!(items.len() <= 50);
            if let Some(item) = items.iter().find(|item| item["topic"] == topic) {
                return item["data"].clone();
            }
        }
    }
}

#[tokio::test]
async fn a_deploy_is_told_to_those_who_listen_and_again_to_those_who_come_later() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut early = Editor::connect(&server).await;
    early.send(json!({ "subscribe": "notification/#" })).await;
    let before = early.data("notification/runtime-deploy").await;
    let rev = server.deploy(json!([{ "id": "t", "type": "tab", "label": "t" }])).await["rev"].clone();
    assert_ne!(before["revision"], rev);
    assert_eq!(early.data("notification/runtime-deploy").await["revision"], rev);

    let mut late = Editor::connect(&server).await;
    late.send(json!({ "subscribe": "notification/runtime-deploy" })).await;
    assert_eq!(
        late.frame().await,
        json!([{ "topic": "notification/runtime-deploy", "data": { "revision": rev } }])
    );
}

#[tokio::test]
async fn pages_of_other_sites_get_no_socket() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut request = format!("{}/comms", server.url.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("Origin", "http://evil.example".parse().unwrap());
    match connect_async(request).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_understood_is_passed_over() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut editor = Editor::connect(&server).await;
    for odd in
        [json!(3), json!({}), json!({ "subscribe": 7 }), json!({ "topic": "multiplayer/x", "data": {} })]
    {
        editor.send(odd).await;
    }
    editor.send(json!({ "auth": "whatever" })).await;
    assert_eq!(editor.frame().await, json!({ "auth": "ok" }));
}

/// `POST /go` runs this code and answers.
fn function(code: &str) -> Value {
    json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "post", "url": "/go", "wires": [["f"]] },
        { "id": "f", "type": "function", "z": "t", "x": 1, "y": 1, "name": "code", "func": code, "outputs": 1, "wires": [["out"]] },
        { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
    ])
}

#[tokio::test]
async fn statuses_and_warnings_of_a_flow_are_told() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let code = r#"node.status({ fill: "green", shape: "dot", text: "went" }); node.warn("hot"); return msg;"#;
    server.deploy(function(code)).await;
    let mut early = Editor::connect(&server).await;
    early.send(json!({ "subscribe": "debug" })).await;
    early.send(json!({ "auth": "" })).await;
    // Messages of one connection are taken in order: with this answer the subscription counts.
    while early.frame().await != json!({ "auth": "ok" }) {}
    assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    let warning = early.data("debug").await;
    assert_eq!((&warning["id"], &warning["z"], &warning["name"]), (&json!("f"), &json!("t"), &json!("code")));
    assert_eq!((&warning["msg"], &warning["level"]), (&json!("hot"), &json!(30)), "{warning}");

    let mut late = Editor::connect(&server).await;
    late.send(json!({ "subscribe": "status/#" })).await;
    let status = json!({ "fill": "green", "shape": "dot", "text": "went" });
    assert_eq!(late.data("status/f").await, status);
    server.deploy(json!([])).await;
    assert_eq!(late.data("status/f").await, json!({}));
}

#[tokio::test]
async fn who_cannot_follow_is_told_how_much_was_left_out() {
    const SENT: u64 = 5000;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(function(&format!("for (let i = 1; i <= {SENT}; i++) node.warn('w' + i); return msg;")))
        .await;
    let mut editor = Editor::connect(&server).await;
    editor.send(json!({ "subscribe": "debug" })).await;
    editor.send(json!({ "auth": "" })).await;
    while editor.frame().await != json!({ "auth": "ok" }) {}
    assert_eq!(server.post("/go").send().await.unwrap().status(), 200);
    let (mut received, mut lost, mut last) = (0, 0, String::new());
    while last != format!("w{SENT}") {
        for item in editor.frame().await.as_array().unwrap() {
            match item["topic"].as_str().unwrap() {
                "debug" => {
                    received += 1;
                    last = item["data"]["msg"].as_str().unwrap().to_owned();
                }
                "notification/debug-lost" => lost += item["data"]["count"].as_u64().unwrap(),
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(received + lost, SENT);
    assert!(lost > 0 && received >= 1000, "received {received}, lost {lost}");
}
