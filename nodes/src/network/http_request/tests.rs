//! The http request node against real servers on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::any;
use axum::{Json, Router};
use engine::Outcome;
use engine::node::Services;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::testing::{Bench, until};

/// A server; dropping it stops it.
struct Server(SocketAddr, AbortHandle);

impl Drop for Server {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Server {
    async fn start() -> Self {
        let app = Router::new()
            .route("/echo", any(echo))
            .route("/echo/{*rest}", any(echo))
            .route("/see-other", any(|| async { ([("set-cookie", "hop=1")], Redirect::to("/echo?x=1")) }))
            .route("/kept", any(|| async { Redirect::temporary("/echo") }))
            .route("/round", any(|| async { Redirect::temporary("/round") }))
            .route("/text", any(|| async { "no JSON" }))
            .route("/missing", any(|| async { (http::StatusCode::NOT_FOUND, "not here") }))
            .route("/digest", any(digest))
            .route("/never", any(std::future::pending::<Response>))
            .route(
                "/cookies",
                any(|| async {
                    [("set-cookie", "a=x%20y; Path=/; HttpOnly"), ("x-other", "1")].into_response()
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self(address, task.abort_handle())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.0)
    }
}

/// Asks for a digest, and says what it got.
async fn digest(request: Request) -> Response {
    match request.headers().get("authorization").and_then(|value| value.to_str().ok()) {
        Some(answer) if answer.contains("username=\"me\"") && answer.contains("nc=00000001") => {
            echo(request).await.into_response()
        }
        _ => {
            let question = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256";
            (http::StatusCode::UNAUTHORIZED, [("www-authenticate", question)]).into_response()
        }
    }
}

/// What was asked, as JSON.
async fn echo(request: Request) -> Json<Value> {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1_000_000).await.unwrap();
    let headers: serde_json::Map<String, Value> =
        head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
    Json(json!({
        "method": head.method.as_str(), "uri": head.uri.to_string(), "headers": headers,
        "body": String::from_utf8_lossy(&body),
    }))
}

/// The node `r` with these settings, and a node `out` that puts what it gets into the global context.
async fn bench(settings: Value) -> Bench {
    let mut node = json!({ "id": "r", "type": "http request", "z": "t", "x": 1, "y": 1, "wires": [["out"]], "ret": "obj" });
    for (name, value) in settings.as_object().unwrap() {
        node[name] = value.clone();
    }
    let recorder = json!({ "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] });
    Bench::start(json!([{ "id": "t", "type": "tab" }, node, recorder]), Services::default()).await
}

/// Sends one message and gives the one that comes out.
async fn ask(bench: &mut Bench, message: Value) -> Value {
    bench.send("r", message);
    until("an answer", async || !bench.recorded().is_empty()).await;
    let message = bench.take_recorded().remove(0);
    serde_json::to_value(message.to_value()).unwrap()
}

#[test]
fn credentials_can_be_entered_for_every_authentication() {
    let shown = |kind: &str| {
        let credentials = super::describe().credentials.into_iter();
        let has =
            credentials.filter(|one| one.show_if["authType"].as_array().unwrap().contains(&kind.into()));
        has.map(|one| one.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(["basic", "digest"].map(shown), [["user", "password"]; 2]);
    assert_eq!(shown("bearer"), ["password"]);
    assert!(shown("").is_empty());
}

#[tokio::test]
async fn asks_as_the_node_and_the_message_say() {
    let server = Server::start().await;
    let mut get = bench(json!({
        "url": server.url("/echo/{{{payload.path}}}"), "paytoqs": "query",
        "headers": [
            { "keyType": "Accept", "keyValue": "", "valueType": "application/json", "valueValue": "" },
            { "keyType": "other", "keyValue": "X-Topic", "valueType": "msg", "valueValue": "topic" },
        ],
    }))
    .await;
    let answer = ask(
        &mut get,
        json!({ "topic": "t1", "payload": { "path": "a/b", "n": [1, 2] }, "headers": { "x-mine": "m", "accept": "lost" },
            "cookies": { "c": "d e", "gone": null } }),
    )
    .await;
    let asked = &answer["payload"];
    assert_eq!((&asked["method"], &asked["uri"]), (&json!("GET"), &json!("/echo/a/b?path=a%2Fb&n=1&n=2")));
    let headers = &asked["headers"];
    let seen = ["accept", "x-topic", "x-mine", "cookie"].map(|name| headers[name].as_str().unwrap_or("none"));
    assert_eq!(seen, ["application/json", "t1", "m", "c=d%20e"]);
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["headers"]["content-type"], "application/json");
    assert_eq!(answer["topic"], "t1");

    let mut other = bench(json!({ "method": "use", "authType": "" })).await;
    let url = server.url("/echo").replace("http://", "http://us%40er:pass@");
    for (message, body, content_type) in [
        (json!({ "payload": { "a": 1 } }), r#"{"a":1}"#, "application/json"),
        (json!({ "payload": "text" }), "text", "none"),
        (json!({ "payload": 12.5 }), "12.5", "none"),
        (
            json!({ "payload": { "a": "ä b" }, "headers": { "Content-Type": "application/x-www-form-urlencoded" } }),
            "a=%C3%A4%20b",
            "application/x-www-form-urlencoded",
        ),
    ] {
        let mut message = message;
        message["method"] = "patch".into();
        message["url"] = url.as_str().into();
        let answer = ask(&mut other, message).await;
        let asked = &answer["payload"];
        assert_eq!((&asked["method"], &asked["body"]), (&json!("PATCH"), &json!(body)));
        assert_eq!(asked["headers"]["content-type"].as_str().unwrap_or("none"), content_type);
        assert_eq!(asked["headers"]["authorization"], "Basic dXNAZXI6cGFzcw==");
        assert!(!answer["responseUrl"].as_str().unwrap().contains("pass"));
    }
    assert_eq!(other.errors(), [] as [String; 0]);
}

#[tokio::test]
async fn follows_redirects_and_tells_of_them() {
    let server = Server::start().await;
    let mut post = bench(json!({ "method": "POST" })).await;
    let answer = ask(&mut post, json!({ "url": server.url("/see-other"), "payload": "x" })).await;
    assert_eq!((&answer["payload"]["method"], &answer["payload"]["body"]), (&json!("GET"), &json!("")));
    assert_eq!(answer["responseUrl"], server.url("/echo?x=1"));
    assert_eq!(
        answer["redirectList"],
        json!([{ "location": server.url("/echo?x=1"), "cookies": { "hop": { "value": "1" } } }])
    );
    let answer = ask(&mut post, json!({ "url": server.url("/kept"), "payload": "x" })).await;
    assert_eq!((&answer["payload"]["method"], &answer["payload"]["body"]), (&json!("POST"), &json!("x")));
    let answer = ask(&mut post, json!({ "url": server.url("/kept"), "followRedirects": false })).await;
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(307), &json!("/echo")));
    let answer = ask(&mut post, json!({ "url": server.url("/round") })).await;
    assert_eq!(answer["statusCode"], "ERR_TOO_MANY_REDIRECTS");
}

#[tokio::test]
async fn answers_in_the_form_asked_for() {
    let server = Server::start().await;
    let mut json_wanted = bench(json!({})).await;
    let answer = ask(&mut json_wanted, json!({ "url": server.url("/text") })).await;
    assert_eq!(answer["payload"], "no JSON");
    let answer = ask(&mut json_wanted, json!({ "url": server.url("/cookies") })).await;
    let cookie = json!({ "a": { "value": "x y", "Path": "/", "HttpOnly": true } });
    assert_eq!(answer["responseCookies"], cookie);
    let mut buffer_wanted = bench(json!({ "ret": "bin" })).await;
    let answer = ask(&mut buffer_wanted, json!({ "url": server.url("/text") })).await;
    assert_eq!(answer["payload"]["type"], "Buffer");
    // An answer's headers are not sent to the next server.
    let answer = ask(&mut json_wanted, json!({ "url": server.url("/cookies") })).await;
    let again =
        ask(&mut json_wanted, json!({ "url": server.url("/echo"), "headers": answer["headers"] })).await;
    assert_eq!(again["payload"]["headers"]["x-other"], Value::Null);
}

#[tokio::test]
async fn no_answer_is_an_error_with_a_code() {
    let server = Server::start().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let rude = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rude_address = rude.local_addr().unwrap();
    let hangs_up = tokio::spawn(async move {
        loop {
            drop(rude.accept().await);
        }
    });
    let mut node = bench(json!({})).await;
    for (message, code) in [
        (json!({ "url": format!("http://{nobody}/") }), "ECONNREFUSED"),
        (json!({ "url": format!("{nobody}") }), "ECONNREFUSED"),
        (json!({ "url": "http://surely-unknown.invalid/" }), "ENOTFOUND"),
        (json!({ "url": server.url("/never"), "requestTimeout": 50 }), "ETIMEDOUT"),
        (json!({ "url": format!("http://{rude_address}/") }), "ECONNRESET"),
    ] {
        let answer = ask(&mut node, message).await;
        assert_eq!(answer["statusCode"], code, "{answer}");
    }
    hangs_up.abort();
    for (message, text) in [
        (json!({}), "there is no URL"),
        (json!({ "url": "ftp://x/" }), "must begin with http"),
        (json!({ "url": "http://[" }), "not understood"),
        (json!({ "url": server.url("/echo"), "headers": { "a b": 1 } }), "header a b"),
    ] {
        // Nothing was asked, so nothing goes on.
        let number = node.send("r", message);
        until("it failed", async || node.outcome(number) == Some(Outcome::Failed)).await;
        let error = node.errors().pop().unwrap();
        assert!(error.contains(text), "{error}");
    }
    assert!(node.recorded().is_empty());
    assert_eq!(node.errors().len(), 9);
    assert_eq!(node.open(), 0);

    let mut errors_only = bench(json!({ "senderr": true })).await;
    let number = errors_only.send("r", json!({ "url": server.url("/missing") }));
    until("it failed", async || errors_only.outcome(number) == Some(Outcome::Failed)).await;
    assert!(errors_only.errors()[0].contains("404"));
    assert!(errors_only.recorded().is_empty());
}

#[tokio::test]
async fn many_are_under_way_at_once_and_none_is_lost() {
    let server = Server::start().await;
    let mut node = bench(json!({ "persist": true })).await;
    let slow = node.send("r", json!({ "url": server.url("/never"), "requestTimeout": 1500 }));
    for n in 0..300 {
        node.send("r", json!({ "url": server.url("/echo"), "n": n }));
    }
    until("all others are answered", async || node.recorded().len() == 300).await;
    assert_eq!(node.outcome(slow), None, "the slow one holds nobody up");
    until("the slow one fails", async || node.open() == 0).await;
    let mut numbers: Vec<_> = node
        .take_recorded()
        .iter()
        .filter_map(|message| message.get("n")?.as_f64())
        .map(|n| n as usize)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
}

#[tokio::test]
async fn certificates_are_checked_unless_the_message_says_otherwise() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n42")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    let mut node = bench(json!({})).await;
    let url = format!("https://localhost:{port}/");
    let answer = ask(&mut node, json!({ "url": url })).await;
    assert_eq!(answer["statusCode"], "ERR_TLS_CERT", "{answer}");
    let answer = ask(&mut node, json!({ "url": url, "rejectUnauthorized": false })).await;
    assert_eq!((&answer["statusCode"], &answer["payload"]), (&json!(200), &json!(42)));
    server.abort();
    tokio::time::sleep(Duration::ZERO).await;
}

#[tokio::test]
async fn a_form_of_several_parts() {
    let server = Server::start().await;
    let mut node = bench(json!({ "method": "POST", "url": server.url("/echo") })).await;
    let answer = ask(
        &mut node,
        json!({
            "headers": { "content-type": "multipart/form-data" },
            "payload": {
                "name": "Ann", "none": null,
                "file": { "value": "a,b", "options": { "filename": "a\"b.csv", "contentType": "text/csv" } },
                "data": { "x": 1 },
            },
        }),
    )
    .await;
    let asked = &answer["payload"];
    let content_type = asked["headers"]["content-type"].as_str().unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{{\"x\":1}}\r\n--{boundary}--\r\n"
    );
    assert_eq!(asked["body"], expected);
}

#[tokio::test]
async fn answers_a_digest_question() {
    let server = Server::start().await;
    let url = server.url("/digest");
    let flow = |kind: &str| {
        json!([
            { "id": "t", "type": "tab" },
            { "id": "r", "type": "http request", "z": "t", "x": 1, "y": 1, "wires": [["out"]], "ret": "txt", "url": url, "authType": kind },
            { "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
        ])
    };
    let credentials = std::collections::HashMap::from([
        ("user".to_owned(), "me".to_owned()),
        ("password".to_owned(), "p".to_owned()),
    ]);
    let credentials = std::collections::HashMap::from([("r".to_owned(), credentials)]);
    for (kind, status) in [("digest", 200), ("basic", 401)] {
        let mut node = Bench::start_with(flow(kind), &credentials, Services::default()).await;
        assert_eq!(ask(&mut node, json!({})).await["statusCode"], status, "{kind}");
    }
}

#[tokio::test]
async fn goes_through_a_proxy() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut socket, _) = proxy.accept().await.unwrap();
        let mut question = Vec::new();
        while !question.ends_with(b"\r\n\r\n") {
            question.push(socket.read_u8().await.unwrap());
        }
        socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n42")
            .await
            .unwrap();
        String::from_utf8(question).unwrap()
    });
    let server = Server::start().await;
    let flow = json!([
        { "id": "t", "type": "tab" },
        { "id": "p", "type": "http proxy", "url": format!("http://{address}"), "noproxy": ["127.0.0.1"] },
        { "id": "r", "type": "http request", "z": "t", "x": 1, "y": 1, "wires": [["out"]], "ret": "obj", "proxy": "p" },
        { "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
    ]);
    let mut node = Bench::start(flow, Services::default()).await;
    let answer = ask(&mut node, json!({ "url": "http://somewhere.invalid/x" })).await;
    assert_eq!(answer["payload"], 42, "{answer}");
    assert!(asked.await.unwrap().starts_with("GET http://somewhere.invalid/x HTTP/1.1"));
    let answer = ask(&mut node, json!({ "url": server.url("/echo") })).await;
    assert_eq!(answer["payload"]["uri"], "/echo", "not through the proxy");
}

#[tokio::test]
async fn certificates_of_a_tls_config_count() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, key.cert.pem()).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n42")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    let flow = json!([
        { "id": "t", "type": "tab" },
        { "id": "c", "type": "tls-config", "ca": ca.to_string_lossy() },
        { "id": "r", "type": "http request", "z": "t", "x": 1, "y": 1, "wires": [["out"]], "ret": "obj", "tls": "c" },
        { "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
    ]);
    let mut node = Bench::start(flow, Services::default()).await;
    // Without a scheme it is https, since there is a tls-config.
    let answer = ask(&mut node, json!({ "url": format!("localhost:{port}/") })).await;
    assert_eq!((&answer["statusCode"], &answer["payload"]), (&json!(200), &json!(42)), "{answer}");
    let answer = ask(&mut node, json!({ "url": format!("https://127.0.0.1:{port}/") })).await;
    assert_eq!(answer["statusCode"], "ERR_TLS_CERT", "{answer}");
    let answer =
        ask(&mut node, json!({ "url": format!("https://127.0.0.1:{port}/"), "rejectUnauthorized": false }))
            .await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    server.abort();
}
