//! WebSockets of flows: what connects to the path of a websocket-listener node.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use nodes::network::websocket::listeners::{Listener, WebSocketListeners};
use nodes::network::websocket::{Frame, MESSAGE_LIMIT};

/// Opens the socket if the request asks for one and a flow listens on its path.
///
/// # Errors
/// Gives the request back when it does not concern a flow's WebSocket.
pub(crate) async fn open(listeners: &WebSocketListeners, request: Request) -> Result<Response, Request> {
    open_with(listeners, request, serve).await
}

/// The same, where `serve` serves the open socket.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_with<F>(
    listeners: &WebSocketListeners,
    request: Request,
    serve: impl FnOnce(Listener, WebSocket) -> F + Send + 'static,
) -> Result<Response, Request>
where
    F: Future<Output = ()> + Send + 'static,
{
    if !is_upgrade(&request) {
        return Err(request);
    }
    let Some(listener) = listeners.find(request.uri().path()) else { return Err(request) };
    if !listener.has_room() {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    // A flow speaks whatever its clients do: the first that they offer is taken, as in Node-RED.
    let offered = header(&request, header::SEC_WEBSOCKET_PROTOCOL).and_then(|all| all.split(',').next());
    let protocol = offered.map(|protocol| protocol.trim().to_owned());
    let (mut head, _) = request.into_parts();
    Ok(match WebSocketUpgrade::from_request_parts(&mut head, &()).await {
        Ok(upgrade) => upgrade
            .protocols(protocol)
            .max_message_size(MESSAGE_LIMIT)
            .max_frame_size(MESSAGE_LIMIT)
            .on_upgrade(move |socket| serve(listener, socket)),
        Err(refusal) => refusal.into_response(),
    })
}

/// Whether the request asks for a socket at a path on which a flow listens.
pub(crate) fn takes(listeners: &WebSocketListeners, request: &Request) -> bool {
    is_upgrade(request) && listeners.find(request.uri().path()).is_some()
}

/// Whether the request asks for a WebSocket.
pub(crate) fn is_upgrade(request: &Request) -> bool {
    header(request, header::UPGRADE).is_some_and(|name| name.eq_ignore_ascii_case("websocket"))
}

fn header(request: &Request, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

async fn serve(listener: Listener, socket: WebSocket) {
    let socket = socket
        .map(|packet| packet.map(frame_of).map_err(|error| error.to_string()))
        .sink_map_err(|error: axum::Error| error.to_string())
        .with(|frame: Frame| std::future::ready(Ok(packet_of(frame))));
    listener.serve(socket).await;
}

pub(crate) fn frame_of(packet: Message) -> Frame {
    match packet {
        Message::Text(text) => Frame::Text(text.as_str().to_owned()),
        Message::Binary(bytes) => Frame::Binary(bytes),
        Message::Ping(bytes) => Frame::Ping(bytes),
        Message::Pong(bytes) => Frame::Pong(bytes),
        Message::Close(_) => Frame::Close,
    }
}

pub(crate) fn packet_of(frame: Frame) -> Message {
    match frame {
        Frame::Text(text) => Message::Text(text.into()),
        Frame::Binary(bytes) => Message::Binary(bytes),
        Frame::Ping(bytes) => Message::Ping(bytes),
        Frame::Pong(bytes) => Message::Pong(bytes),
        Frame::Close => Message::Close(None),
    }
}
