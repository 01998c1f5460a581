//! The UDP nodes against real sockets on loopback.

use engine::Outcome;
use engine::node::Services;
use serde_json::json;
use tokio::net::UdpSocket;

use crate::testing::{Bench, until};

fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn packets_come_and_go_through_one_port() {
    let port = free_port();
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut bench = Bench::start(
        json!([
            { "id": "t", "type": "tab" },
            { "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
            { "id": "a", "type": "udp in", "z": "t", "x": 1, "y": 1, "port": port.to_string(), "datatype": "utf8", "wires": [["out"]] },
            { "id": "b", "type": "udp in", "z": "t", "x": 1, "y": 1, "port": port, "datatype": "base64", "wires": [["out"]] },
            { "id": "to", "type": "udp out", "z": "t", "x": 1, "y": 1, "addr": "", "port": "", "outport": port, "wires": [] },
            { "id": "fixed", "type": "udp out", "z": "t", "x": 1, "y": 1, "addr": "127.0.0.1", "port": port, "base64": true, "wires": [] },
        ]),
        Services::default(),
    )
    .await;
    peer.send_to("hé".as_bytes(), ("127.0.0.1", port)).await.unwrap();
    until("both nodes have it", async || bench.recorded().len() == 2).await;
    let mut messages: Vec<_> = bench
        .take_recorded()
        .iter()
        .map(|message| serde_json::to_value(message.to_value()).unwrap())
        .collect();
    messages.sort_by_key(|message| message["payload"].to_string());
    assert_eq!((&messages[0]["payload"], &messages[1]["payload"]), (&json!("aMOp"), &json!("hé")));
    let from = peer.local_addr().unwrap();
    assert_eq!((&messages[0]["ip"], &messages[0]["port"]), (&json!("127.0.0.1"), &json!(from.port())));
    assert_eq!(messages[0]["fromip"], from.to_string());

    // The answer comes from the port that the question went to.
    let number = bench.send("to", json!({ "payload": 12.5, "ip": "localhost", "port": from.port() }));
    let mut buffer = [0; 16];
    let (length, sender) = peer.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..length], sender.port()), (&b"12.5"[..], port));
    until("it is done", async || bench.outcome(number) == Some(Outcome::Delivered)).await;
    bench.send("fixed", json!({ "payload": "aGk=" }));
    until("both nodes have it", async || bench.recorded().len() == 2).await;
    assert!(bench.take_recorded().iter().any(|message| message.payload().as_str() == Some("hi")));

    for (message, text) in [
        (json!({ "payload": "x" }), "no address"),
        (json!({ "payload": "x", "ip": "127.0.0.1" }), "no port"),
        (json!({ "payload": "x", "ip": "127.0.0.1", "port": 70000 }), "1 to 65535"),
        (json!({ "payload": "x", "ip": "::1", "port": 7 }), "the other kind"),
    ] {
        let number = bench.send("to", message);
        until("it failed", async || bench.outcome(number) == Some(Outcome::Failed)).await;
        assert!(bench.errors().last().unwrap().contains(text), "{:?}", bench.errors());
    }
}
