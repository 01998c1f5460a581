//! WebSockets of flows on the server's port.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use wireloom_tests::server::Server;

#[tokio::test]
async fn a_flow_listens_on_the_servers_port() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "c", "type": "websocket-listener", "path": "/live", "wholemsg": "false" },
            { "id": "in", "type": "websocket in", "z": "t", "x": 1, "y": 1, "server": "c", "wires": [["to"]] },
            { "id": "to", "type": "websocket out", "z": "t", "x": 1, "y": 1, "server": "c", "wires": [] },
            { "id": "get", "type": "http in", "z": "t", "x": 1, "y": 1, "method": "get", "url": "/live", "wires": [["answer"]] },
            { "id": "answer", "type": "http response", "z": "t", "x": 1, "y": 1, "wires": [] },
        ]))
        .await;
    let url = server.url.replace("http://", "ws://");
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("{url}/live")).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
    socket.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::binary(vec![1, 2]));
    // Who does not ask for a WebSocket gets what is there otherwise.
    assert_eq!(server.json("/live?a=1").await, json!({ "a": "1" }));
    assert!(tokio_tungstenite::connect_async(format!("{url}/elsewhere")).await.is_err());

    // Nobody listens any more: the connection ends.
    server.deploy(json!([])).await;
    while let Some(Ok(packet)) = socket.next().await {
        assert!(!packet.is_text() && !packet.is_binary(), "{packet:?}");
    }
    assert!(tokio_tungstenite::connect_async(format!("{url}/live")).await.is_err());
}
