//! Who may use the admin API: stands before its every route, and before no HTTP node.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use model::text::Catalogue;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::plugin;
use crate::sessions;
use crate::users::Permissions;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("guard.host", "this server is not known as {host}; add that name to the setting allowed-hosts"),
    ("guard.origin", "pages of {origin} may not use this server"),
    ("guard.media-type", "the body must be JSON, sent with Content-Type: application/json"),
    ("guard.plugin-type", "the body must be a WebAssembly component, sent with Content-Type: {type}"),
    ("guard.no-session", "this needs a session: log in first"),
    ("guard.no-permission", "{user} may not do this: the permission {permission} is needed"),
];

/// The largest body of the admin API: 5 MB, Node-RED's `apiMaxLength`.
pub(crate) const BODY_LIMIT: usize = 5 * 1024 * 1024;
/// Where plugins are uploaded, which are larger and no JSON.
const UPLOAD: &str = "/nodes/upload";

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    /// The user's name; none for somebody who is not logged in.
    pub(crate) name: Option<String>,
    /// What the user may do.
    permissions: Permissions,
    /// What the session was asked for.
    scope: Permissions,
}

impl Asker {
    fn anonymous(permissions: Permissions) -> Self {
        Self { name: None, scope: permissions.clone(), permissions }
    }

    /// Whether this one may do what needs the permission `needed`.
    pub(crate) fn may(&self, needed: &str) -> bool {
        self.permissions.allow(needed) && self.scope.allow(needed)
    }

    /// What this one may do, as Node-RED shows it.
    pub(crate) fn permissions(&self) -> serde_json::Value {
        self.scope.to_json()
    }
}

/// Lets a request of the admin API through, or says why not. Pages of other sites are kept out by `Origin`, names
/// that were pointed at this machine (DNS rebinding) by `Host`, forms of other sites by the media type. Whoever gets
/// through stands in the request as an [`Asker`].
pub(crate) async fn admin(State(app): State<App>, mut request: Request, next: Next) -> ApiResult {
    check_source(&app, request.headers())?;
    check_body(&request)?;
    if is_open(request.uri().path()) {
        return Ok(next.run(request).await);
    }
    let needed = permission(request.method(), request.uri().path());
    let no_session = || {
        let failure = Failure::key("guard.no-session");
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", failure)
    };
    let asker = asker(&app, request.headers()).ok_or_else(no_session)?;
    if !asker.may(&needed) {
        // Whoever is not logged in may try to; whoever is has to ask somebody.
        let name = asker.name.as_ref().ok_or_else(no_session)?;
        let failure = Failure::key("guard.no-permission").with("user", name).with("permission", needed);
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", failure));
    }
    request.extensions_mut().insert(asker);
    Ok(next.run(request).await)
}

/// What needs no session: logging in, the health check, and `/comms`, which asks in its own way.
fn is_open(path: &str) -> bool {
    matches!(path, "/auth/login" | "/auth/token" | "/auth/revoke" | "/health" | "/comms" | "/theme")
}

/// The permission that a request needs, named after the first part of its path: `flows.read` for `GET /flows`. A
/// route of its own name thus has a permission of its own.
fn permission(method: &Method, path: &str) -> String {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let resource = match first {
        // An expression reads contexts and the environment, which whoever deploys can do as well.
        "flow" | "jsonata" | "revisions" => "flows",
        "examples" => "library",
        "icons" | "locales" => "nodes",
        other => other,
    };
    let is_reading = matches!(*method, Method::GET | Method::HEAD);
    format!("{resource}.{}", if is_reading { "read" } else { "write" })
}

/// The permission that `/comms` needs.
pub(crate) const COMMS: &str = "status.read";

/// Who sent a request; none where that is nobody who may do anything.
pub(crate) fn asker(app: &App, headers: &HeaderMap) -> Option<Asker> {
    let users = &app.settings.users;
    if users.is_empty() {
        return Some(Asker::anonymous(Permissions::all()));
    }
    let known = token(headers).and_then(|token| asker_of(app, token));
    known.or_else(|| users.anonymous.clone().map(Asker::anonymous))
}

/// Whose token this is.
pub(crate) fn asker_of(app: &App, token: &str) -> Option<Asker> {
    let users = &app.settings.users;
    if let Some(fixed) = users.token(token) {
        let (name, permissions) = (Some(fixed.user.clone()), fixed.permissions.clone());
        return Some(Asker { name, scope: permissions.clone(), permissions });
    }
    let session = app.sessions.of(token)?;
    // A user who is gone, or may do less than before, is heard at once.
    let permissions = users.get(&session.user)?.permissions.clone();
    Some(Asker { name: Some(session.user), permissions, scope: session.scope })
}

/// The token of a request, from `Authorization: Bearer` or the session cookie.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let bearer = text(headers, header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let cookie = || {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == sessions::COOKIE).map(|(_, token)| token)
    };
    bearer.or_else(cookie)
}

fn check_source(app: &App, headers: &HeaderMap) -> ApiResult<()> {
    let refuse = |failure| Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", failure));
    let host = text(headers, header::HOST).unwrap_or_default();
    let allowed = &app.settings.allowed_hosts;
    if !is_known_host(host, allowed) {
        return refuse(Failure::key("guard.host").with("host", host));
    }
    match headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("null")) {
        Some(origin) if !is_own_origin(origin, host) => {
            refuse(Failure::key("guard.origin").with("origin", origin))
        }
        _ => Ok(()),
    }
}

/// IP addresses and `localhost` cannot be pointed elsewhere by a name server; other names must be allowed.
fn is_known_host(host: &str, allowed: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
    address.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || allowed.iter().any(|other| *other == name || *other == host.to_ascii_lowercase())
}

/// Whether a page of `origin` came from the host that it now talks to.
fn is_own_origin(origin: &str, host: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn check_body(request: &Request) -> ApiResult<()> {
    let headers = request.headers();
    let length = text(headers, header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let is_upload = request.uri().path() == UPLOAD;
    let limit = if is_upload { plugin::size_limit() } else { BODY_LIMIT };
    if length.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let has_body = length.is_some_and(|length| length > 0) || headers.contains_key(header::TRANSFER_ENCODING);
    let media_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_login = request.uri().path() == "/auth/token" && media_type == "application/x-www-form-urlencoded";
    let is_asking = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_json = media_type == "application/json" && !is_upload;
    if !has_body || is_asking || is_json || is_login || (is_upload && media_type == plugin::MEDIA_TYPE) {
        return Ok(());
    }
    let failure = match is_upload {
        true => Failure::key("guard.plugin-type").with("type", plugin::MEDIA_TYPE),
        false => Failure::key("guard.media-type"),
    };
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", failure))
}

/// The answer to a body over the limit.
pub(crate) fn too_large(limit: usize) -> ApiError {
    let failure = Failure::key("server.too-large").with("limit", limit);
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", failure)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_must_be_known() {
        let allowed = ["pi.lan".to_owned()];
        for (host, expected) in [
            ("127.0.0.1:1880", true),
            ("[::1]:1880", true),
            ("192.168.0.7", true),
            ("localhost:1", true),
            ("LOCALHOST", true),
            ("pi.lan:1880", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:1880", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(is_known_host(host, &allowed), expected, "{host}");
        }
    }

    #[test]
    fn every_path_needs_a_permission() {
        for (method, path, expected) in [
            (Method::GET, "/flows", "flows.read"),
            (Method::POST, "/flows", "flows.write"),
            (Method::DELETE, "/flow/a", "flows.write"),
            (Method::POST, "/revisions/1/restore", "flows.write"),
            (Method::POST, "/inject/n", "inject.write"),
            (Method::POST, "/jsonata", "flows.write"),
            (Method::GET, "/library/local/flows", "library.read"),
            (Method::HEAD, "/metrics", "metrics.read"),
            (Method::PUT, "/", ".write"),
        ] {
            assert_eq!(permission(&method, path), expected);
        }
    }

    #[test]
    fn an_origin_is_own_or_foreign() {
        assert!(is_own_origin("http://127.0.0.1:1880", "127.0.0.1:1880"));
        for origin in
            ["null", "http://127.0.0.1:1881", "http://evil.example", "file://", "127.0.0.1:1880", ""]
        {
            assert!(!is_own_origin(origin, "127.0.0.1:1880"), "{origin}");
        }
    }

    #[test]
    fn a_token_comes_as_a_header_or_a_cookie() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), None);
        headers.insert(header::COOKIE, "a=b; wireloom_session=abc".parse().unwrap());
        assert_eq!(token(&headers), Some("abc"));
        headers.insert(header::AUTHORIZATION, "bearer xyz".parse().unwrap());
        assert_eq!(token(&headers), Some("xyz"));
    }
}
