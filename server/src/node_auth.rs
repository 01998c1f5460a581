//! The log-in that HTTP nodes ask for, where the settings name a user for them: basic authentication.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::attempts::Attempts;
use crate::failure::Result;
use crate::flows::blocking;
use crate::password;

/// Who was let in to HTTP nodes, and who tried.
pub(crate) struct LetIn {
    /// The header that was let in last, as its hash: programs send the same one with every request, and looking at a
    /// password takes long on purpose.
    last: Mutex<Option<[u8; 32]>>,
    attempts: Attempts,
    /// One password is looked at at once, and none in the place of one of the admin API.
    turn: Semaphore,
}

impl Default for LetIn {
    fn default() -> Self {
        Self { last: Mutex::default(), attempts: Attempts::default(), turn: Semaphore::new(1) }
    }
}

impl LetIn {
    fn was_let_in(&self, digest: [u8; 32]) -> bool {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) == Some(digest)
    }
}

/// The answer to a request that may not reach HTTP nodes; none for one that may.
///
/// # Errors
/// The password could not be looked at.
pub(crate) async fn refusal(app: &App, peer: IpAddr, headers: &HeaderMap) -> Result<Option<Response>> {
    let Some((name, hash)) = app.settings.http_node_user.clone() else { return Ok(None) };
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(Some(unauthorized())) };
    let digest: [u8; 32] = Sha256::digest(given.as_bytes()).into();
    if app.let_in.was_let_in(digest) {
        return Ok(None);
    }
    let Some((given_name, password)) = given.to_str().ok().and_then(parse) else {
        return Ok(Some(unauthorized()));
    };
    let address = peer.to_canonical();
    let _turn = app.let_in.turn.acquire().await;
    // Of many requests with the same header at once, the first speaks for all.
    if app.let_in.was_let_in(digest) {
        return Ok(None);
    }
    if !app.let_in.attempts.may_try(address) {
        return Ok(Some((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response()));
    }
    app.let_in.attempts.count(address);
    let is_right = blocking(move || Ok(password::verify(&password, &hash))).await?;
    if is_right && given_name == name {
        *app.let_in.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
        app.let_in.attempts.forget(address);
        return Ok(None);
    }
    tracing::warn!("a log-in to HTTP nodes from {address} failed");
    Ok(Some(unauthorized()))
}

/// Name and password of `Basic <base64 of name:password>`.
fn parse(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn unauthorized() -> Response {
    let asks = HeaderValue::from_static("Basic realm=\"Authorization Required\"");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, asks)], "Unauthorized").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_holds_name_and_password() {
        let expected = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(parse("Basic YW5uOmE6Yg=="), expected("ann", "a:b"));
        assert_eq!(parse("basic YW5uOg=="), expected("ann", ""));
        for other in ["Bearer YW5uOmE6Yg==", "Basic !", "Basic YW5u", "Basic", ""] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
