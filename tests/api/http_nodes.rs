//! HTTP nodes on the server's port, between the admin API and the editor.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wireloom_tests::server::Server;

/// A flow that answers with its payload: one http in node for each method and URL.
fn echo(routes: &[(&str, &str)]) -> Value {
    let mut flows = vec![
        json!({ "id": "t", "type": "tab", "label": "t" }),
        json!({ "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] }),
    ];
    for (number, (method, url)) in routes.iter().enumerate() {
        flows.push(json!({
            "id": format!("in{number}"), "type": "http in", "z": "t", "x": 1, "y": 1,
            "method": method, "url": url, "wires": [["out"]],
        }));
    }
    flows.into()
}

#[tokio::test]
async fn a_request_goes_through_its_flow() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.get("/hello/you?a=1").send().await.unwrap().status(), 404);
    server.deploy(echo(&[("get", "/hello/:name"), ("post", "/hello")])).await;
    assert_eq!(server.json("/hello/you?a=1").await, json!({ "a": "1" }));

    // No rule of the admin API holds here: pages of other sites and forms may use what a flow offers.
    let foreign =
        server.get("/hello/you?a=2").header("Origin", "http://other.example").header("Host", "other.example");
    assert_eq!(foreign.send().await.unwrap().text().await.unwrap(), r#"{"a":"2"}"#);
    let form =
        server.post("/hello").header("Content-Type", "application/x-www-form-urlencoded").body("b=3&c=x+y");
    assert_eq!(form.send().await.unwrap().text().await.unwrap(), r#"{"b":"3","c":"x y"}"#);
    let text = server.post("/hello").header("Content-Type", "text/plain").body("words");
    assert_eq!(text.send().await.unwrap().text().await.unwrap(), "words");

    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    let sent = r#"wireloom_node_sent_total{id="in0",type="http in",name="",flow="t",port="0"} 2"#;
    assert!(metrics.lines().any(|line| line == sent), "{metrics}");

    server.deploy(json!([])).await;
    assert_eq!(server.get("/hello/you").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_admin_api_and_the_editor_come_before_flows() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(echo(&[("get", "/settings"), ("put", "/settings"), ("get", "/*")])).await;
    assert!(server.json("/settings").await["version"].is_string());
    // The admin API has no PUT there, so the flow gets it.
    let put = server.client.put(format!("{}/settings", server.url)).json(&json!({ "mine": true }));
    assert_eq!(put.send().await.unwrap().text().await.unwrap(), r#"{"mine":true}"#);
    // A flow that takes every path leaves the editor its page.
    let page = server.get("/?page=flow").send().await.unwrap().text().await.unwrap();
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(server.json("/page?page=flow").await, json!({ "page": "flow" }));
    server.stop().await;
    let server = Server::start(data.path(), &["--headless"]).await;
    assert_eq!(server.json("/?page=flow").await, json!({ "page": "flow" }));
}

#[tokio::test]
async fn every_method_comes_to_whom_it_is_for() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(echo(&[("get", "/hello"), ("get", "/flows/custom"), ("delete", "/flows")])).await;
    let ask = async |method: &str, path: &str| {
        let url = format!("{}{path}", server.url);
        let answer = server.client.request(method.parse().unwrap(), url).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (length, allow) = (header("content-length"), header("allow"));
        (answer.status().as_u16(), length, allow, answer.text().await.unwrap())
    };
    // What begins as a path of the admin API goes another way than what does not.
    for path in ["/hello", "/flows/custom"] {
        // More than once: later requests find the connection with the flows.
        for _ in 0..3 {
            assert_eq!(ask("GET", path).await.3, "{}");
            let (status, length, _, body) = ask("HEAD", path).await;
            assert_eq!((status, length.as_deref(), body.as_str()), (200, Some("2"), ""), "{path}");
            let (status, _, allow, _) = ask("OPTIONS", path).await;
            assert_eq!((status, allow.as_deref()), (200, Some("GET,HEAD")), "{path}");
            assert_eq!(ask("PUT", path).await.0, 404, "{path}");
        }
        let (status, _, _, body) = ask("HEAD", &format!("{path}/nothing")).await;
        assert_eq!((status, body.as_str()), (404, ""), "{path}");
    }
    assert_eq!(ask("DELETE", "/flows").await.0, 200);
    assert_eq!(ask("OPTIONS", "/flows").await.2.as_deref(), Some("DELETE"));
    assert_eq!(ask("PUT", "/flows").await.0, 404);
    assert!(ask("GET", "/flows").await.3.contains("/flows/custom"));
}

#[tokio::test]
async fn a_session_is_asked_for_by_the_admin_api_alone() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(echo(&[("get", "/open")])).await;
    server.stop().await;
    // A hash of some password: nobody logs in here.
    let hash =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$4NNk8bZGSfzXMJtYCLyS7Ar5mpWFzHyjTdVrGfZDQYM";
    let server = Server::start(data.path(), &["--admin-password", hash, "--headless"]).await;
    assert_eq!(server.json("/open?x=1").await, json!({ "x": "1" }));
    assert_eq!(server.get("/flows").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn what_is_under_way_is_finished_before_it_stops() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", slow.local_addr().unwrap());
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "in", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "get", "url": "/slow", "wires": [["ask"]] },
            { "id": "ask", "type": "http request", "z": "t", "x": 1, "y": 1, "method": "GET", "ret": "txt", "url": url, "wires": [["out"]] },
            { "id": "out", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        ]))
        .await;
    let answer = tokio::spawn(server.get("/slow").send());
    let (mut asked, _) = slow.accept().await.unwrap();
    // An answer that comes before the question is no answer.
    let mut question = Vec::new();
    while !question.ends_with(b"\r\n\r\n") {
        question.push(asked.read_u8().await.unwrap());
    }
    let metrics = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\nwireloom_messages_in_flight 1\n"), "{metrics}");

    server.terminate().await;
    while health(&server).await != "stopping" {}
    let late = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlate";
    asked.write_all(late).await.unwrap();
    let answer = answer.await.unwrap().unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap()), (200, "late".to_owned()));
    assert_eq!(server.end().await.code(), Some(0));
}

async fn health(server: &Server) -> String {
    let text = server.get("/health").send().await.unwrap().text().await.unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn they_may_stand_under_a_path_of_their_own() {
    let data = tempfile::tempdir().unwrap();
    let settings = "module.exports = { httpNodeRoot: '/red/' }";
    std::fs::write(data.path().join("settings.js"), settings).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let page = |id: &str, url: &str| json!({ "id": id, "type": "http in", "z": "t", "url": url, "method": "get", "wires": [["f"]] });
    server
        .deploy(json!([
            { "id": "t", "type": "tab" },
            page("a", "/hello"),
            page("b", "/"),
            { "id": "f", "type": "function", "z": "t", "func": "msg.payload = msg.req.query; return msg;", "wires": [["out"]] },
            { "id": "out", "type": "http response", "z": "t", "wires": [] },
        ]))
        .await;
    assert_eq!(server.json("/settings").await["httpNodeRoot"], "/red/");
    assert_eq!(server.json("/red/hello?a=b").await, json!({ "a": "b" }));
    assert_eq!(server.json("/red?a=b").await, json!({ "a": "b" }));
    assert_eq!(server.get("/hello").send().await.unwrap().status(), 404);
    assert!(server.get("/").send().await.unwrap().text().await.unwrap().contains("<html"), "the editor");
}
