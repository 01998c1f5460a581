//! The log-in that HTTP nodes ask for, where the settings name a user for them: basic authentication.

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::failure::Result;
use crate::flows::blocking;
use crate::password;

/// The header that was let in last, as its hash: programs send the same one with every request, and looking at a
/// password takes long on purpose.
#[derive(Default)]
pub(crate) struct LetIn(Mutex<Option<[u8; 32]>>);

/// Whether a request may reach HTTP nodes.
///
/// # Errors
/// The password could not be looked at.
pub(crate) async fn lets_in(app: &App, headers: &HeaderMap) -> Result<bool> {
    let Some((name, hash)) = app.settings.http_node_user.clone() else { return Ok(true) };
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(false) };
    let digest: [u8; 32] = Sha256::digest(given.as_bytes()).into();
    if *app.let_in.0.lock().unwrap_or_else(PoisonError::into_inner) == Some(digest) {
        return Ok(true);
    }
    let Some((given_name, password)) = given.to_str().ok().and_then(parse) else { return Ok(false) };
    let is_right = {
        let _turn = app.logins.acquire().await;
        blocking(move || Ok(password::verify(&password, &hash))).await?
    };
    if is_right && given_name == name {
        *app.let_in.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
        return Ok(true);
    }
    Ok(false)
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

/// The answer to who is not let in.
pub(crate) fn refusal() -> Response {
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
