//! `wireloom spec`: lets Node-RED's own node specs drive the engine from another process.
//!
//! The harness and the protocol are described in `tests/conformance/README.md`. Nothing else of Wireloom opens this
//! endpoint: it takes orders from whoever reaches it, on loopback, and is for tests alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::serve::ListenerExt;
use engine::node::Command;
use nodes::network::http::routes::{HttpRoutes, Origin};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

mod calls;
mod codec;
mod contexts;
mod deliver;
mod helper;
mod keys;
mod live;
mod operations;
mod probe;
mod properties;
mod sockets;
mod stores;
mod tapped;

use operations::Runtime;

/// What a frame may carry; specs send files of some megabytes.
const FRAME_LIMIT_BYTES: usize = 256_000_000;

/// Serves the endpoint and the HTTP nodes until it is ended.
///
/// # Errors
/// A port is missing or taken.
pub(crate) async fn run() -> Result<()> {
    let port = |name: &str| -> Result<u16> {
        let text = std::env::var(name).with_context(|| format!("{name} is not set"))?;
        text.parse().with_context(|| format!("{name} is {text}, which is no port"))
    };
    let (http_port, test_port) = (port("FOREIGN_HTTP_PORT")?, port("FOREIGN_TEST_PORT")?);
    let routes = Arc::new(HttpRoutes::default());
    let runtime = Arc::new(Runtime::new(routes.clone(), http_port));

    let listen = async |port: u16| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        // Answers are small and somebody waits for them.
        anyhow::Ok(listener.tap_io(|stream| drop(stream.set_nodelay(true))))
    };
    let (http, test) = (listen(http_port).await?, listen(test_port).await?);
    let pages = Router::new()
        .route("/inject/{id}", post(inject))
        .route("/debug/{switch}", post(switch_many))
        .route("/debug/{id}/{switch}", post(switch))
        .route("/comms", any(comms))
        .fallback(flow)
        .layer(DefaultBodyLimit::disable())
        .with_state(runtime.clone());
    let endpoint = Router::new().route("/__test", any(open)).with_state(runtime);
    println!("READY http={http_port} test={test_port}");
    let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
    tokio::try_join!(axum::serve(http, pages), axum::serve(test, endpoint)).context("serving")?;
    Ok(())
}

async fn inject(State(runtime): State<Arc<Runtime>>, Path(id): Path<String>, body: String) -> Response {
    let given = serde_json::from_str::<engine::Value>(&body).ok();
    let given = given.and_then(|body| body.get("__user_inject_props__").cloned());
    match runtime.command(&id, Command::Inject(given)).await {
        true => "OK".into_response(),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn switch(
    State(runtime): State<Arc<Runtime>>,
    Path((id, switch)): Path<(String, String)>,
) -> StatusCode {
    let Some((is_on, status)) = position(&switch) else { return StatusCode::NOT_FOUND };
    match runtime.command(&id, Command::SetActive(is_on)).await {
        true => status,
        false => StatusCode::NOT_FOUND,
    }
}

async fn switch_many(
    State(runtime): State<Arc<Runtime>>,
    Path(switch): Path<String>,
    body: String,
) -> StatusCode {
    let Some((is_on, status)) = position(&switch) else { return StatusCode::NOT_FOUND };
    let body: Json = serde_json::from_str(&body).unwrap_or_default();
    let Some(nodes) = body["nodes"].as_array() else { return StatusCode::BAD_REQUEST };
    for id in nodes.iter().filter_map(Json::as_str) {
        runtime.command(id, Command::SetActive(is_on)).await;
    }
    status
}

/// What a debug node's switch is set to, and Node-RED's answer to that.
fn position(switch: &str) -> Option<(bool, StatusCode)> {
    match switch {
        "enable" => Some((true, StatusCode::OK)),
        "disable" => Some((false, StatusCode::CREATED)),
        _ => None,
    }
}

async fn comms(State(runtime): State<Arc<Runtime>>, upgrade: WebSocketUpgrade) -> Response {
    // Before the other side knows that it is connected: nothing it does then goes unheard.
    match runtime.listen() {
        Some(listener) => upgrade.on_upgrade(|socket| listener.serve(socket)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn flow(
    State(runtime): State<Arc<Runtime>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request = match runtime.sockets().open(request).await {
        Ok(response) => return response,
        Err(request) => request,
    };
    match runtime.routes().handle(request, Origin::plain(peer.ip())).await {
        Ok(response) => response.map(Body::from),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn open(State(runtime): State<Arc<Runtime>>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(FRAME_LIMIT_BYTES).max_frame_size(FRAME_LIMIT_BYTES);
    upgrade.on_upgrade(|socket| serve(runtime, socket))
}

/// Carries out what comes, one after another; answers and events share one ordered stream.
async fn serve(runtime: Arc<Runtime>, mut socket: WebSocket) {
    let (events, mut told) = mpsc::unbounded_channel::<Json>();
    let (orders, mut ordered) = mpsc::unbounded_channel::<Json>();
    runtime.tell(events.clone());
    let working = async {
        while let Some(order) = ordered.recv().await {
            let id = order["id"].clone();
            let answer = match runtime.carry_out(&order).await {
                Ok(result) => json!({ "id": id, "ok": true, "result": result }),
                Err(error) => json!({ "id": id, "ok": false, "error": error }),
            };
            let _ = events.send(answer);
        }
    };
    let talking = async {
        loop {
            tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(Frame::Text(text))) => match serde_json::from_str(&text) {
                        Ok(order) => drop(orders.send(order)),
                        Err(error) => tracing::warn!("an order is not JSON: {error}"),
                    },
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                Some(event) = told.recv() => {
                    if socket.send(Frame::Text(event.to_string().into())).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    tokio::select! {
        () = working => {}
        () = talking => {}
    }
}
