//! The WebSocket nodes against real sockets on loopback.

use std::sync::Arc;

use engine::Outcome;
use engine::node::Services;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::{self, Message as Packet};
use tokio_tungstenite::{WebSocketStream, accept_async, accept_hdr_async, client_async};

use super::Frame;
use super::listeners::WebSocketListeners;
use crate::testing::{Bench, until};

/// A server as ours is: opens sockets for those listeners.
async fn serve(listeners: Arc<WebSocketListeners>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let found = listeners.find("/live").unwrap();
            tokio::spawn(async move {
                let socket = accept_async(socket).await.unwrap();
                let socket = socket
                    .map(|packet| match packet {
                        Ok(Packet::Text(text)) => Ok(Frame::Text(text.as_str().to_owned())),
                        Ok(Packet::Binary(bytes)) => Ok(Frame::Binary(bytes)),
                        Ok(_) => Ok(Frame::Close),
                        Err(error) => Err(error.to_string()),
                    })
                    .sink_map_err(|error: tungstenite::Error| error.to_string())
                    .with(|frame| {
                        std::future::ready(Ok(match frame {
                            Frame::Text(text) => Packet::text(text),
                            Frame::Binary(bytes) => Packet::Binary(bytes),
                            _ => Packet::Close(None),
                        }))
                    });
                found.serve(socket).await;
            });
        }
    });
    port
}

async fn connect(port: u16) -> WebSocketStream<TcpStream> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client_async(format!("ws://127.0.0.1:{port}/live"), socket).await.unwrap().0
}

async fn bench(config: Value, uses: &str, services: Services) -> Bench {
    let flow = json!([
        { "id": "t", "type": "tab" },
        config,
        { "id": "in", "type": "websocket in", "z": "t", "x": 1, "y": 1, uses: "c", "wires": [["out"]] },
        { "id": "to", "type": "websocket out", "z": "t", "x": 1, "y": 1, uses: "c", "wires": [] },
        { "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
    ]);
    Bench::start(flow, services).await
}

async fn one(bench: &Bench) -> Value {
    until("a message came", async || !bench.recorded().is_empty()).await;
    serde_json::to_value(bench.take_recorded().remove(0).to_value()).unwrap()
}

async fn text(socket: &mut WebSocketStream<TcpStream>) -> String {
    match socket.next().await.unwrap().unwrap() {
        Packet::Text(text) => text.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_listener_talks_to_one_and_to_all() {
    let listeners = Arc::<WebSocketListeners>::default();
    let mut services = Services::default();
    services.insert(listeners.clone());
    let config = json!({ "id": "c", "type": "websocket-listener", "path": "live/", "wholemsg": "false" });
    let mut bench = bench(config, "server", services).await;
    let port = serve(listeners.clone()).await;
    let (mut a, mut b) = (connect(port).await, connect(port).await);
    a.send(Packet::text("{\"x\":1}")).await.unwrap();
    let message = one(&bench).await;
    assert_eq!(
        (&message["payload"], &message["_session"]["type"]),
        (&json!("{\"x\":1}"), &json!("websocket"))
    );
    b.send(Packet::binary(vec![1, 2])).await.unwrap();
    assert_eq!(one(&bench).await["payload"], json!({ "type": "Buffer", "data": [1, 2] }));
    assert_eq!(bench.status("in").unwrap().2, "websocket.connected");

    let number = bench.send("to", json!({ "payload": { "y": 2 }, "_session": message["_session"] }));
    assert_eq!(text(&mut a).await, "{\"y\":2}");
    until("it is done", async || bench.outcome(number) == Some(Outcome::Delivered)).await;
    bench.send("to", json!({ "payload": 3 }));
    assert_eq!((text(&mut a).await, text(&mut b).await), ("3".to_owned(), "3".to_owned()));
    // Nothing to send is done, too.
    for message in [json!({}), json!({ "payload": "" })] {
        bench.send("to", message);
    }
    a.close(None).await.unwrap();
    drop(a);
    drop(b);
    until("both are gone", async || bench.status("to").unwrap().2 == "websocket.disconnected").await;
    bench.send("to", json!({ "payload": "nobody" }));
    bench.send("to", json!({ "payload": "nobody", "_session": message["_session"] }));
    until("all is done", async || bench.open() == 0).await;
    assert_eq!(bench.errors(), [] as [String; 0]);
}

#[tokio::test]
async fn a_client_sends_whole_messages_and_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = json!({
        "id": "c", "type": "websocket-client", "path": format!("ws://us%40er:pass@{address}/live?x=1"), "wholemsg": "true",
        "hb": "30", "subprotocol": "news",
        "headers": [{ "keyType": "other", "keyValue": "X-Mine", "valueType": "other", "valueValue": "yes" }],
    });
    let mut bench = bench(config, "client", Services::default()).await;
    for round in 0..2 {
        let (socket, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        #[allow(clippy::result_large_err)] // The library says so.
        let check = |request: &Request, mut response: Response| {
            for name in ["authorization", "x-mine", "sec-websocket-protocol"] {
                asked.push(request.headers()[name].to_str().unwrap().to_owned());
            }
            asked.push(request.uri().to_string());
            response.headers_mut().insert("sec-websocket-protocol", "news".parse().unwrap());
            Ok(response)
        };
        let mut server = accept_hdr_async(socket, check).await.unwrap();
        assert_eq!(asked, ["Basic dXNAZXI6cGFzcw==", "yes", "news", "/live?x=1"]);
        until("it is connected", async || bench.status("to").unwrap().2 == "websocket.connected").await;
        let number = bench.send("to", json!({ "payload": round, "_msgid": "m" }));
        let Packet::Text(sent) = server.next().await.unwrap().unwrap() else { panic!("no text") };
        let sent: Value = serde_json::from_str(&sent).unwrap();
        assert_eq!(sent, json!({ "payload": round, "_msgid": "m" }));
        until("it is done", async || bench.outcome(number) == Some(Outcome::Delivered)).await;
        server.send(Packet::text(r#"{"topic":"t","payload":[1]}"#)).await.unwrap();
        let message = one(&bench).await;
        assert_eq!((&message["topic"], &message["payload"]), (&json!("t"), &json!([1])));
        server.send(Packet::text("7")).await.unwrap();
        assert_eq!(one(&bench).await["payload"], 7);
        server.send(Packet::text("no JSON")).await.unwrap();
        assert_eq!(one(&bench).await["payload"], "no JSON");
        drop(server);
        until("it noticed", async || bench.status("in").unwrap().2 != "websocket.connected").await;
        let number = bench.send("to", json!({ "payload": "lost" }));
        until("it ended", async || bench.outcome(number).is_some()).await;
        assert_eq!(bench.outcome(number), Some(Outcome::Failed), "there is no connection");
    }
}

#[tokio::test]
async fn only_one_listens_on_a_path() {
    let listeners = Arc::<WebSocketListeners>::default();
    let mut services = Services::default();
    services.insert(listeners.clone());
    let flow = json!([
        { "id": "t", "type": "tab" },
        { "id": "a", "type": "websocket-listener", "path": "/live" },
        { "id": "b", "type": "websocket-listener", "path": "live" },
        { "id": "in", "type": "websocket in", "z": "t", "x": 1, "y": 1, "server": "a", "wires": [[]] },
        { "id": "in2", "type": "websocket in", "z": "t", "x": 1, "y": 1, "server": "b", "wires": [[]] },
    ]);
    let bench = Bench::start(flow, services).await;
    assert!(listeners.find("/live").is_some() && listeners.find("/other").is_none());
    assert_eq!(bench.errors().len(), 1);
    assert!(bench.errors()[0].contains("has the path /live already"), "{:?}", bench.errors());
}
