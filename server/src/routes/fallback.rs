//! What is no route of the admin API: the editor's files, then HTTP nodes. As in Node-RED the editor goes first, so that a
//! flow that takes every path locks nobody out of it.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::connections::Peer;
use crate::editor_files;
use crate::failure::Failure;
use crate::{node_auth, web_sockets};

/// Where the editor may load from: itself alone. WebAssembly needs its own word for being compiled.
const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; \
                              style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; \
                              frame-ancestors 'self'; base-uri 'none'; object-src 'none'";

/// Answers a request that no route of the admin API takes.
pub(super) async fn serve(app: &App, peer: &Peer, request: Request) -> ApiResult {
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_get
        && !app.settings.headless
        && let Some(file) = editor(request.uri().path(), request.headers())
    {
        peer.home.to_api();
        return Ok(file);
    }
    match to_flows(app, peer, request).await? {
        Ok(response) => {
            peer.home.to_flows();
            Ok(response)
        }
        Err(request) => {
            peer.home.to_api();
            let failure = Failure::key("server.no-such-page").with("path", request.uri().path());
            Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", failure))
        }
    }
}

/// Hands a request to the flow that answers it, if one does; otherwise gives it back.
async fn to_flows(app: &App, peer: &Peer, mut request: Request) -> ApiResult<Result<Response, Request>> {
    let root = &app.settings.http_node_root;
    // The address from outside, where flows see another one.
    let mut whole = None;
    if !root.is_empty() {
        let Some(inner) = under(request.uri(), root) else { return Ok(Err(request)) };
        whole = Some(std::mem::replace(request.uri_mut(), inner));
    }
    if app.settings.http_node_user.is_some()
        && (app.http_nodes.takes(request.method(), request.uri().path())
            || web_sockets::takes(&app.web_sockets, &request))
        && let Some(refusal) = Box::pin(node_auth::refusal(app, peer.address.ip(), request.headers())).await?
    {
        return Ok(Ok(refusal));
    }
    if web_sockets::is_upgrade(&request) {
        match Box::pin(web_sockets::open(&app.web_sockets, request)).await {
            Ok(response) => return Ok(Ok(response)),
            Err(given_back) => request = given_back,
        }
    }
    Ok(match app.http_nodes.handle(request, peer.origin.clone()).await {
        Ok(response) => Ok(response.map(Body::from)),
        Err(mut request) => {
            if let Some(whole) = whole {
                *request.uri_mut() = whole;
            }
            Err(request)
        }
    })
}

/// The address within `root`; none for one that is not in there.
fn under(uri: &Uri, root: &str) -> Option<Uri> {
    if root.is_empty() {
        return Some(uri.clone());
    }
    let rest = uri.path().strip_prefix(root)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    match rest.chars().next() {
        None => format!("/{query}").parse().ok(),
        Some('/') => format!("{rest}{query}").parse().ok(),
        Some(_) => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_see_what_stands_behind_the_root() {
        for (root, address, expected) in [
            ("", "/a/b?c=d", Some("/a/b?c=d")),
            ("/red", "/red/a/b?c=d", Some("/a/b?c=d")),
            ("/red", "/red", Some("/")),
            ("/red", "/red?c", Some("/?c")),
            ("/red", "/redder", None),
            ("/red", "/a/red", None),
        ] {
            let inner = under(&address.parse().unwrap(), root);
            assert_eq!(inner.map(|uri| uri.to_string()).as_deref(), expected, "{root} {address}");
        }
    }
}
