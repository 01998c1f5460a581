//! A WebSocket in front of a broker, as gateways put one there.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Opens one and gives its address.
pub(crate) async fn before(broker: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(carry(stream, broker));
        }
    });
    at
}

/// MQTT goes in frames of the protocol `mqtt`, which begin and end anywhere.
async fn carry(stream: TcpStream, broker: SocketAddr) {
    let socket = accept_hdr_async(stream, agree).await.unwrap();
    let (mut to_client, mut from_client) = socket.split();
    let (mut from_broker, mut to_broker) = TcpStream::connect(broker).await.unwrap().into_split();
    let inward = async {
        while let Some(Ok(Frame::Binary(bytes))) = from_client.next().await {
            to_broker.write_all(&bytes).await.unwrap();
        }
    };
    let outward = async {
        let mut bytes = vec![0; 4096];
        while let Ok(count @ 1..) = from_broker.read(&mut bytes).await {
            if to_client.send(Frame::binary(bytes[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = inward => {}
        () = outward => {}
    }
}

#[expect(clippy::result_large_err, reason = "the library wants it so")]
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    assert_eq!(request.headers()["sec-websocket-protocol"], "mqtt");
    response.headers_mut().insert("sec-websocket-protocol", "mqtt".parse().unwrap());
    Ok(response)
}
