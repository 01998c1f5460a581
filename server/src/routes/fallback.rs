//! What is no route of the admin API: HTTP nodes, then the editor's files.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nodes::network::http::routes::Origin;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::editor_files;
use crate::failure::Failure;
use crate::{node_auth, web_sockets};

/// Where the editor may load from: itself alone. WebAssembly needs its own word for being compiled.
const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; \
                              style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; \
                              frame-ancestors 'self'; base-uri 'none'; object-src 'none'";

/// Answers a request that no route of the admin API takes.
pub(super) async fn serve(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> ApiResult {
    let request = match web_sockets::open(&app.web_sockets, request).await {
        Ok(response) => return Ok(response),
        Err(request) => request,
    };
    if app.http_nodes.takes(request.method(), request.uri().path())
        && !node_auth::lets_in(&app, request.headers()).await?
    {
        return Ok(node_auth::refusal());
    }
    let origin = Origin { ip: peer.ip(), is_secure: false };
    let request = match app.http_nodes.handle(request, origin).await {
        Ok(response) => return Ok(response.map(Body::from)),
        Err(request) => request,
    };
    let (path, is_get) = (request.uri().path(), matches!(*request.method(), Method::GET | Method::HEAD));
    let file = (is_get && !app.settings.headless).then(|| editor(path, request.headers())).flatten();
    file.ok_or_else(|| {
        let failure = Failure::key("server.no-such-page").with("path", path);
        ApiError::new(StatusCode::NOT_FOUND, "not_found", failure)
    })
}

fn editor(path: &str, headers: &HeaderMap) -> Option<Response> {
    let accept =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let file = editor_files::lookup(path, accept)?;
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CACHE_CONTROL, file.cache_control),
        (header::VARY, "Accept-Encoding"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    ];
    let mut response = file.bytes.into_response();
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if let Some(encoding) = file.content_encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}
