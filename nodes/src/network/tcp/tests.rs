//! The TCP nodes against real sockets on loopback.

use engine::Outcome;
use engine::node::Services;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::testing::{Bench, until};

/// A port that nobody uses.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn bench(nodes: Value) -> Bench {
    let mut flow = vec![
        json!({ "id": "t", "type": "tab" }),
        json!({ "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] }),
    ];
    for mut node in nodes.as_array().unwrap().clone() {
        if node["type"] != "tls-config" {
            node["z"] = "t".into();
            node["x"] = 1.into();
            node["y"] = 1.into();
        }
        if node["wires"].is_null() {
            node["wires"] = json!([["out"]]);
        }
        flow.push(node);
    }
    Bench::start(flow.into(), Services::default()).await
}

async fn connect(port: u16) -> TcpStream {
    let mut found = None;
    until("somebody listens", async || {
        found = TcpStream::connect(("127.0.0.1", port)).await.ok();
        found.is_some()
    })
    .await;
    found.unwrap()
}

/// The messages once there are so many: property `property` of each as JSON.
async fn received(bench: &Bench, count: usize, property: &str) -> Vec<Value> {
    until("the messages came", async || bench.recorded().len() >= count).await;
    let property = |message: engine::Message| {
        serde_json::to_value(message.to_value()).unwrap().get(property).cloned().unwrap_or_default()
    };
    bench.take_recorded().into_iter().map(property).collect()
}

async fn read(socket: &mut TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    socket.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_server_takes_lines_and_answers_whoever_sent_them() {
    let port = free_port();
    let mut bench = bench(json!([
        { "id": "in", "type": "tcp in", "server": "server", "port": port.to_string(), "datamode": "stream",
            "datatype": "utf8", "newline": "\\n", "topic": "lines" },
        { "id": "reply", "type": "tcp out", "beserver": "reply", "wires": [] },
    ]))
    .await;
    let (mut a, mut b) = (connect(port).await, connect(port).await);
    a.write_all(b"one\ntwo\nthr").await.unwrap();
    assert_eq!(received(&bench, 2, "payload").await, ["one", "two"]);
    b.write_all("grüß\n".as_bytes()).await.unwrap();
    until("it came", async || bench.recorded().len() == 1).await;
    let message = bench.take_recorded().remove(0);
    let message = serde_json::to_value(message.to_value()).unwrap();
    assert_eq!((&message["payload"], &message["topic"]), (&json!("grüß"), &json!("lines")));
    assert_eq!(
        (&message["ip"], &message["port"]),
        (&json!("127.0.0.1"), &json!(b.local_addr().unwrap().port()))
    );
    until("both are counted", async || {
        bench.status("in") == Some((String::new(), String::new(), "tcp.connections".into()))
    })
    .await;

    // The reply goes to b alone, a message without a session to both.
    let number = bench.send("reply", json!({ "payload": "to b", "_session": message["_session"] }));
    assert_eq!(read(&mut b, 4).await, "to b");
    until("it is done", async || bench.outcome(number) == Some(Outcome::Delivered)).await;
    bench.send("reply", json!({ "payload": { "type": "Buffer" } }));
    assert_eq!(read(&mut a, 15).await, "[object Object]");
    assert_eq!(read(&mut b, 15).await, "[object Object]");
    bench.send("reply", json!({ "reset": true, "_session": message["_session"] }));
    assert_eq!(b.read(&mut [0; 8]).await.unwrap(), 0, "it was closed");

    // What has no newline yet comes when the connection ends.
    a.shutdown().await.unwrap();
    assert_eq!(received(&bench, 1, "payload").await, ["thr"]);
    bench.send("reply", json!({ "payload": "nobody", "_session": message["_session"] }));
    until("all is done", async || bench.open() == 0).await;
    assert_eq!(bench.errors(), [] as [String; 0]);
}

#[tokio::test]
async fn a_client_connects_again_and_gets_one_message_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bench = bench(json!([
        { "id": "in", "type": "tcp in", "server": "client", "host": "127.0.0.1", "port": port, "datamode": "single",
            "datatype": "base64" },
    ]))
    .await;
    for word in ["first", "second"] {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(word.as_bytes()).await.unwrap();
    }
    assert_eq!(received(&bench, 2, "payload").await, ["Zmlyc3Q=", "c2Vjb25k"]);
}

#[tokio::test]
async fn a_message_is_done_when_it_was_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let nobody = free_port();
    let mut bench = bench(json!([
        { "id": "to", "type": "tcp out", "beserver": "client", "host": "127.0.0.1", "port": port, "base64": true, "wires": [] },
        { "id": "none", "type": "tcp out", "beserver": "client", "host": "127.0.0.1", "port": nobody, "wires": [] },
        { "id": "each", "type": "tcp out", "beserver": "client", "host": "127.0.0.1", "port": port, "end": true, "wires": [] },
    ]))
    .await;
    let number = bench.send("none", json!({ "payload": "lost" }));
    until("it failed", async || bench.outcome(number) == Some(Outcome::Failed)).await;
    assert!(bench.errors()[0].contains("there is no connection to 127.0.0.1"), "{:?}", bench.errors());

    bench.send("to", json!({ "payload": "aGVsbG8=" }));
    for word in ["one", "two"] {
        bench.send("each", json!({ "payload": word }));
    }
    let mut heard = Vec::new();
    let mut kept = Vec::new();
    // Two connections are made at the start, and one more for the second word.
    while heard.len() < 3 {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut word = [0; 5];
        let length = socket.read(&mut word).await.unwrap();
        heard.push(String::from_utf8_lossy(&word[..length]).into_owned());
        kept.push(socket);
    }
    heard.retain(|word| !word.is_empty());
    heard.sort();
    assert_eq!(heard, ["hello", "one", "two"]);
    until("all is done", async || bench.open() == 0).await;
}

#[tokio::test]
async fn a_server_sends_to_all_who_are_connected() {
    let port = free_port();
    let mut bench =
        bench(json!([{ "id": "to", "type": "tcp out", "beserver": "server", "port": port, "wires": [] }]))
            .await;
    let (mut a, mut b) = (connect(port).await, connect(port).await);
    // A connection counts a moment after it was made.
    let mut heard = (false, false);
    until("both hear it", async || {
        bench.send("to", json!({ "payload": "x" }));
        let moment = std::time::Duration::from_millis(50);
        heard.0 |= tokio::time::timeout(moment, a.read(&mut [0; 64])).await.is_ok();
        heard.1 |= tokio::time::timeout(moment, b.read(&mut [0; 64])).await.is_ok();
        heard == (true, true)
    })
    .await;
    until("all is done", async || bench.open() == 0).await;
}

#[tokio::test]
async fn who_takes_nothing_does_not_keep_messages_from_the_others() {
    let port = free_port();
    let mut bench =
        bench(json!([{ "id": "to", "type": "tcp out", "beserver": "server", "port": port, "wires": [] }]))
            .await;
    let (mut reads, mut stalls) = (connect(port).await, connect(port).await);
    let mut heard = (false, false);
    until("both hear it", async || {
        bench.send("to", json!({ "payload": "x" }));
        let moment = std::time::Duration::from_millis(50);
        heard.0 |= tokio::time::timeout(moment, reads.read(&mut [0; 64])).await.is_ok();
        heard.1 |= tokio::time::timeout(moment, stalls.read(&mut [0; 64])).await.is_ok();
        heard == (true, true)
    })
    .await;
    let payload = "y".repeat(1_000_000);
    // More than the buffers on the way take, and less than what may wait.
    for _ in 0..50 {
        bench.send("to", json!({ "payload": payload }));
    }
    assert_eq!(count(&mut reads, 50_000_000).await, 50_000_000);
    assert_eq!(count(&mut stalls, 50_000_000).await, 50_000_000, "it gets them later");
    for _ in 0..120 {
        bench.send("to", json!({ "payload": payload }));
    }
    assert_eq!(count(&mut reads, 120_000_000).await, 120_000_000);
    until("all is done", async || bench.open() == 0).await;
    assert!(count(&mut stalls, 120_000_000).await < 120_000_000, "it was cut off");
}

/// Reads until so many `y` came, or the connection ended; how many came.
async fn count(socket: &mut TcpStream, wanted: usize) -> usize {
    let (mut found, mut chunk) = (0, vec![0; 1_000_000]);
    while found < wanted
        && let Ok(length @ 1..) = socket.read(&mut chunk).await
    {
        found += chunk[..length].iter().filter(|byte| **byte == b'y').count();
    }
    found
}

/// A server that answers each chunk with its bytes doubled, and hangs up at `q`.
async fn doubling() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut chunk = [0; 1024];
                while let Ok(length @ 1..) = socket.read(&mut chunk).await {
                    if chunk[..length].contains(&b'q') {
                        return;
                    }
                    let _ = socket.write_all(&chunk[..length]).await;
                    let _ = socket.write_all(&chunk[..length]).await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_request_ends_as_it_is_told() {
    let port = doubling().await;
    let node = |id: &str, settings: Value| {
        let mut node = json!({ "id": id, "type": "tcp request", "server": "127.0.0.1", "port": port.to_string(), "ret": "string" });
        node.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        node
    };
    let mut bench = bench(json!([
        node("time", json!({ "out": "time", "splitc": "100" })),
        node("count", json!({ "out": "count", "splitc": "7" })),
        node("char", json!({ "out": "char", "splitc": "\\n" })),
        node("sit", json!({ "out": "sit", "newline": "\\n" })),
        node("immed", json!({ "out": "immed" })),
        node("any", json!({ "server": "", "port": "", "out": "count", "splitc": "2", "ret": "buffer" })),
    ]))
    .await;
    for (id, payload, answer) in
        [("time", "ab", "abab"), ("count", "abcdef", "abcdefa"), ("char", "a\nb", "a\n")]
    {
        let number = bench.send(id, json!({ "payload": payload, "topic": id }));
        until("an answer", async || bench.recorded().len() == 1).await;
        let message = bench.take_recorded().remove(0);
        assert_eq!((message.payload().as_str(), message.topic()), (Some(answer), Some(id)));
        until("it is done", async || bench.outcome(number) == Some(Outcome::Delivered)).await;
    }
    bench.send("sit", json!({ "payload": "one\n" }));
    assert_eq!(received(&bench, 2, "payload").await, ["one", "one"]);
    bench.send("sit", json!({ "payload": "a\nb" }));
    assert_eq!(received(&bench, 2, "payload").await, ["a", "ba"], "one connection, lines across chunks");
    bench.send("sit", json!({ "reset": true }));
    bench.send("immed", json!({ "payload": "gone" }));
    bench.send("any", json!({ "payload": "a", "host": "127.0.0.1", "port": port }));
    assert_eq!(received(&bench, 1, "payload").await, [json!({ "type": "Buffer", "data": [97, 97] })]);
    until("all is done", async || bench.open() == 0).await;
    assert_eq!(bench.errors(), [] as [String; 0]);

    let nobody = free_port();
    bench.send("any", json!({ "payload": "a" }));
    bench.send("any", json!({ "payload": "a", "host": "127.0.0.1", "port": nobody }));
    until("both failed", async || bench.errors().len() == 2).await;
    let errors = bench.errors().join("\n");
    assert!(errors.contains("there is no host or port"), "{errors}");
    assert!(errors.contains(&format!("cannot connect to 127.0.0.1:{nobody}")), "{errors}");
    assert_eq!(bench.recorded().len(), 0);
}

#[tokio::test]
async fn a_request_that_was_not_written_when_the_node_stops_is_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut bench = bench(json!([
        { "id": "ask", "type": "tcp request", "server": "127.0.0.1", "port": port, "out": "sit", "wires": [] },
    ]))
    .await;
    // More than the buffers on the way take, and nobody reads.
    let half_written = bench.send("ask", json!({ "payload": "x".repeat(32 * 1024 * 1024) }));
    let (_socket, _) = listener.accept().await.unwrap();
    let queued = bench.send("ask", json!({ "payload": "y" }));
    bench.engine.stop().await;
    for number in [half_written, queued] {
        until("it ends", async || bench.outcome(number).is_some()).await;
        assert_eq!(bench.outcome(number), Some(Outcome::Aborted), "{number}");
    }
}

#[tokio::test]
async fn a_request_that_waits_when_the_node_is_replaced_is_sent_by_its_successor() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut bench = bench(json!([
        { "id": "ask", "type": "tcp request", "server": "127.0.0.1", "port": port, "out": "sit", "wires": [] },
    ]))
    .await;
    bench.send("ask", json!({ "payload": "x".repeat(32 * 1024 * 1024) }));
    let (_stalled, _) = listener.accept().await.unwrap();
    let queued = bench.send("ask", json!({ "payload": "y" }));
    let replacement = json!([
        { "id": "t", "type": "tab" },
        { "id": "ask", "type": "tcp request", "name": "new", "z": "t", "x": 1, "y": 1, "server": "127.0.0.1", "port": port,
            "out": "sit", "wires": [] },
    ]);
    let document = model::document::Document::from_json(replacement.into()).unwrap();
    bench.engine.deploy(&document, &Default::default(), engine::DeployKind::Nodes).await;
    let next = tokio::time::timeout(std::time::Duration::from_secs(60), listener.accept()).await;
    let (mut socket, _) = next.expect("the successor connects").unwrap();
    assert_eq!(read(&mut socket, 1).await, "y");
    until("it is done", async || bench.outcome(queued) == Some(Outcome::Delivered)).await;
}

#[tokio::test]
async fn tls_at_both_ends() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.to_string_lossy().into_owned()
    };
    let cert = path("cert.pem", key.cert.pem());
    let private = path("key.pem", key.signing_key.serialize_pem());
    let port = free_port();
    let mut bench = bench(json!([
        { "id": "own", "type": "tls-config", "cert": cert, "key": private },
        { "id": "trust", "type": "tls-config", "ca": cert },
        { "id": "in", "type": "tcp in", "server": "server", "port": port, "datatype": "utf8", "tls": "own" },
        { "id": "to", "type": "tcp out", "beserver": "client", "host": "localhost", "port": port, "tls": "trust", "wires": [] },
        { "id": "stranger", "type": "tcp request", "server": "localhost", "port": port, "tls": "", "out": "count", "splitc": "1" },
    ]))
    .await;
    until("it is written", async || {
        let number = bench.send("to", json!({ "payload": "secret" }));
        until("it ends", async || bench.outcome(number).is_some()).await;
        bench.outcome(number) == Some(Outcome::Delivered)
    })
    .await;
    assert_eq!(received(&bench, 1, "payload").await, ["secret"]);
    bench.send("stranger", json!({ "payload": "plain" }));
    until("all is done", async || bench.open() == 0).await;
    assert!(bench.recorded().iter().all(|message| message.payload().as_str() != Some("plain")));
}

#[test]
fn reads_base64_as_node_does() {
    for (text, bytes) in
        [("aGk=", &b"hi"[..]), ("aGk", b"hi"), ("aG\nk", b"hi"), ("_-8", &[0xff, 0xef]), ("", b"")]
    {
        assert_eq!(super::decode_base64(text), bytes, "{text}");
    }
}
