//! Bodies of requests, with errors in the API's form.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use model::document::{Document, Source};
use model::json::Json;
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;
use crate::app::Parts;
use crate::failure::Failure;
use crate::guard;

/// The body as text that is UTF-8.
pub(super) struct TextBody(pub(super) String);

impl<S: Send + Sync> FromRequest<S> for TextBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(broken)?;
        let text = String::from_utf8(bytes.into()).map_err(|error| not_json(&error))?;
        Ok(Self(text))
    }
}

pub(super) fn broken(rejection: BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return guard::too_large(guard::BODY_LIMIT);
    }
    let failure = Failure::key("server.broken-body").with("reason", rejection.body_text());
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", failure)
}

/// The answer to a body that cannot be read.
pub(super) fn not_json(reason: &dyn std::fmt::Display) -> ApiError {
    ApiError::bad_request(Failure::key("server.not-json").with("reason", reason))
}

impl TextBody {
    /// The body as JSON that keeps what it does not know.
    pub(super) fn json(&self) -> Result<Json, ApiError> {
        Json::parse(&self.0).map_err(|error| not_json(&error))
    }

    /// The body as flows; entries that are in force already are shared with those.
    pub(super) fn flows(&self, app: &Parts) -> Result<Source, ApiError> {
        Document::read(&self.0, &app.flows.now_in_force().document).map_err(|error| not_json(&error))
    }

    /// The body as a `T`; its default where the body is empty.
    pub(super) fn parse<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        if self.0.trim().is_empty() {
            return Ok(T::default());
        }
        serde_json::from_str(&self.0).map_err(|error| not_json(&error))
    }
}
