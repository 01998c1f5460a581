//! WebSockets of flows, as the specs see and use them.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use engine::Value;
use futures_util::{Sink, Stream};
use nodes::network::websocket::Frame;
use nodes::network::websocket::listeners::{Listener, WebSocketListeners};
use nodes::network::websocket_client::WebSocketClient;
use nodes::network::websocket_listener::WebSocketListener;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::codec;
use super::probe::Probe;
use crate::web_sockets::{frame_of, open_with, packet_of};

/// The sockets that are open on listeners' paths, and the nodes whose sockets are watched.
pub(super) struct Sockets {
    listeners: Arc<WebSocketListeners>,
    probe: Arc<Probe>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    open: BTreeMap<u64, Seat>,
    /// The listening node by its path.
    watched: HashMap<String, String>,
}

struct Seat {
    path: String,
    protocol: String,
    /// What the specs send to the other side.
    to_peer: UnboundedSender<Frame>,
}

impl Sockets {
    pub(super) fn new(probe: Arc<Probe>) -> Arc<Self> {
        Arc::new(Self { listeners: Arc::default(), probe, state: Mutex::default() })
    }

    /// The paths that nodes listen on.
    pub(super) fn listeners(&self) -> Arc<WebSocketListeners> {
        self.listeners.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets which nodes are watched.
    pub(super) fn begin(&self) {
        self.state().watched.clear();
    }

    /// Opens a socket on a listener's path.
    ///
    /// # Errors
    /// Gives the request back when it asks for none.
    pub(super) async fn open(self: &Arc<Self>, request: Request) -> Result<Response, Request> {
        let (sockets, path) = (self.clone(), plain(request.uri().path()));
        let serve = move |listener, socket| async move { sockets.serve(listener, socket, path).await };
        open_with(&self.listeners, request, serve).await
    }

    /// Watches, sends or closes, as an order says.
    pub(super) fn carry_out(self: &Arc<Self>, order: &Json) {
        let seat = order["sock"].as_u64().unwrap_or_default();
        let frame = match order["op"].as_str() {
            Some("ws.watch") => return self.watch(order["node"].as_str().unwrap_or_default()),
            Some("ws.close") => Frame::Close,
            _ => match codec::decode(&order["data"]) {
                Value::Buffer(bytes) => Frame::Binary(bytes.as_ref().clone()),
                text => Frame::Text(engine::js::to_text(&text).into()),
            },
        };
        if let Some(seat) = self.state().open.get(&seat) {
            // It may just be closing.
            let _ = seat.to_peer.send(frame);
        }
    }

    fn watch(self: &Arc<Self>, node: &str) {
        if let Some(listener) = self.probe.config::<WebSocketListener>(node) {
            let path = plain(listener.path());
            let mut state = self.state();
            for (number, seat) in state.open.iter().filter(|(_, seat)| seat.path == path) {
                self.probe.event(connection(node, *number, &seat.protocol));
            }
            state.watched.insert(path, node.to_owned());
        }
        if let Some(client) = self.probe.config::<WebSocketClient>(node) {
            let (probe, node) = (self.probe.clone(), node.to_owned());
            tokio::spawn(async move {
                client.opened().await;
                probe.event(json!({ "ev": "ws.open", "node": node }));
            });
        }
    }

    async fn serve(self: Arc<Self>, listener: Listener, socket: WebSocket, path: String) {
        let protocol = socket.protocol().and_then(|name| name.to_str().ok()).unwrap_or_default().to_owned();
        let (to_peer, for_peer) = unbounded_channel();
        let number = {
            let mut state = self.state();
            state.last += 1;
            let number = state.last;
            if let Some(node) = state.watched.get(&path) {
                self.probe.event(connection(node, number, &protocol));
            }
            state.open.insert(number, Seat { path, protocol, to_peer: to_peer.clone() });
            number
        };
        let (from_peer, incoming) = unbounded_channel();
        let bridge = Bridge { incoming, to_peer };
        tokio::select! {
            () = listener.serve(bridge) => {}
            () = self.carry(socket, for_peer, from_peer, number) => {}
        }
        self.state().open.remove(&number);
        self.probe.event(json!({ "ev": "ws.close", "sock": number }));
    }

    /// Carries frames between the socket and the flow, and tells what comes.
    async fn carry(
        &self,
        mut socket: WebSocket,
        mut for_peer: UnboundedReceiver<Frame>,
        from_peer: UnboundedSender<Frame>,
        number: u64,
    ) {
        loop {
            tokio::select! {
                frame = for_peer.recv() => {
                    let Some(frame) = frame else { return };
                    let is_last = frame == Frame::Close;
                    if socket.send(packet_of(frame)).await.is_err() || is_last {
                        return;
                    }
                }
                packet = socket.recv() => {
                    let Some(Ok(packet)) = packet else { return };
                    let frame = frame_of(packet);
                    let data = match &frame {
                        Frame::Text(text) => Some(Value::from(text.as_str())),
                        Frame::Binary(bytes) => Some(Value::buffer(bytes.clone())),
                        _ => None,
                    };
                    if let Some(data) = data {
                        let data = codec::encode(&data);
                        self.probe.event(json!({ "ev": "ws.message", "sock": number, "data": data }));
                    }
                    if from_peer.send(frame).is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// A path as listeners are found by.
fn plain(path: &str) -> String {
    format!("/{}", path.trim_matches('/'))
}

fn connection(node: &str, number: u64, protocol: &str) -> Json {
    json!({ "ev": "ws.connection", "node": node, "sock": number, "protocol": protocol })
}

/// The flow's end of a socket that the specs hold the other end of.
struct Bridge {
    incoming: UnboundedReceiver<Frame>,
    to_peer: UnboundedSender<Frame>,
}

impl Stream for Bridge {
    type Item = Result<Frame, String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(context).map(|frame| frame.map(Ok))
    }
}

impl Sink<Frame> for Bridge {
    type Error = String;

    fn poll_ready(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, frame: Frame) -> Result<(), String> {
        self.to_peer.send(frame).map_err(|_| "the connection ended".to_owned())
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(Ok(()))
    }
}
