//! Logging in and out.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{TextBody, not_json};
use crate::api_error::ApiResult;
use crate::app::App;
use crate::connections::Peer;
use crate::flows::blocking;
use crate::sessions::COOKIE;
use crate::users::{Permissions, User};
use crate::{guard, password};

/// How one logs in: `{}` where there are no users.
pub(super) async fn login(State(app): State<App>) -> Json<Value> {
    Json(match app.settings.users.is_empty() {
        true => json!({}),
        false => json!({ "type": "credentials", "prompts": [
            { "id": "username", "type": "text", "label": "user.username" },
            { "id": "password", "type": "password", "label": "user.password" },
        ] }),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Login {
    grant_type: String,
    scope: String,
    username: String,
    password: String,
}

/// Gives a token for name and password; it comes as a cookie as well.
pub(super) async fn token(
    State(app): State<App>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
) -> ApiResult {
    let login = read(request).await?;
    let users = &app.settings.users;
    if users.is_empty() {
        // Nothing to log in to; Node-RED without adminAuth gives this status, too.
        return Ok(refused(StatusCode::BAD_REQUEST, "invalid_request"));
    }
    let address: IpAddr = peer.address.ip().to_canonical();
    if !app.sessions.attempts.may_try(address) {
        let mut response = refused(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
        response.headers_mut().insert(header::RETRY_AFTER, 60.into());
        return Ok(response);
    }
    app.sessions.attempts.count(address);
    let user = users.get(&login.username).filter(|_| login.grant_type == "password");
    // A name that nobody has takes as long as a wrong password.
    let expected = user.or(users.first()).map_or(String::new(), |user| user.password.clone());
    let is_right = {
        let _turn = app.logins.acquire().await;
        let password = login.password.clone();
        blocking(move || Ok(password::verify(&password, &expected))).await?
    };
    let Some((user, scope)) =
        user.filter(|_| is_right).and_then(|user| Some((user, scope(user, &login.scope)?)))
    else {
        tracing::warn!("a log-in from {address} failed");
        return Ok(refused(StatusCode::FORBIDDEN, "invalid_grant"));
    };
    app.sessions.attempts.forget(address);
    let Some(token) = app.sessions.begin(&user.name, scope) else {
        return Ok(refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error"));
    };
    let seconds = app.sessions.lifetime().as_secs();
    let body = json!({ "access_token": token, "expires_in": seconds, "token_type": "Bearer" });
    Ok(([(header::SET_COOKIE, cookie(&token, seconds))], Json(body)).into_response())
}

/// How far a session goes: as far as it is asked for, or as the user may go. None where it is asked for more.
fn scope(user: &User, asked: &str) -> Option<Permissions> {
    if asked.trim().is_empty() {
        return Some(user.permissions.clone());
    }
    Permissions::parse(asked, &"scope").ok().filter(|asked| user.permissions.cover(asked))
}

async fn read(request: Request) -> ApiResult<Login> {
    let is_form = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
        value.to_str().is_ok_and(|value| value.starts_with("application/x-www-form-urlencoded"))
    });
    if is_form {
        let form = axum::Form::<Login>::from_request(request, &()).await;
        return form.map(|form| form.0).map_err(|error| not_json(&error.body_text()));
    }
    TextBody::from_request(request, &()).await?.parse()
}

/// OAuth's form of an error (RFC 6749, 5.2), which Node-RED's clients expect here.
fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

fn cookie(token: &str, seconds: u64) -> String {
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Revoke {
    token: String,
}

/// Ends a session: that of the token in the body, or that of the request.
pub(super) async fn revoke(State(app): State<App>, headers: HeaderMap, body: TextBody) -> ApiResult {
    let Revoke { token } = body.parse()?;
    let token = if token.is_empty() { guard::token(&headers).unwrap_or_default() } else { &token };
    app.sessions.end(token);
    Ok(([(header::SET_COOKIE, cookie("", 0))], StatusCode::OK).into_response())
}
