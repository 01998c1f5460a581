//! Errors of the admin API, in Node-RED's form: `{"code":...,"message":...}`, with the catalogue key beside it.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::language::Language;
use model::text::Catalogue;

use crate::failure::Failure;
use crate::flows::DeployError;
use crate::texts;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("server.not-found", "there is no {what} {id}"),
    ("server.no-such-page", "there is nothing at {path}"),
    ("held.limit", "there are {limit} breakpoints already: take one away first"),
    ("replay.no-object", "a message is an object of properties, such as {\"payload\": 1}"),
    (
        "peek.too-many",
        "{limit} outputs are being watched, which is as many as can be; close some of the others first",
    ),
    ("server.not-json", "the body is not what is expected here: {reason}"),
    ("server.too-large", "the body is larger than {limit} bytes"),
    ("server.broken-body", "the body did not arrive: {reason}"),
    (
        "server.rev",
        "rev must be a text: that of the flows that were changed; leave it out to overwrite what is in force",
    ),
    ("server.state-fixed", "this server does not let flows be stopped: runtime-state = false"),
    ("server.state", "{found} is no state of flows: use start or stop"),
    (
        "server.type-in-use",
        "{type} cannot be switched off: {count} {count|node|nodes} of the flows {count|is|are} of that type",
    ),
    ("server.text-missing", "the body must hold the text to keep as `text`"),
    ("server.enabled-missing", "the body must say `enabled`: true or false"),
    ("server.nodes-missing", "the body must hold a list of node ids as `nodes`"),
    ("server.store", "there is no context store {store}"),
];

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// For programs, as in Node-RED.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) failure: Failure,
}

/// What a route gives.
pub(crate) type ApiResult<T = Response> = std::result::Result<T, ApiError>;

impl ApiError {
    /// An error with this status, code for programs, and text.
    pub(crate) fn new(status: StatusCode, code: &'static str, failure: Failure) -> Self {
        Self { status, code, failure }
    }

    /// There is no `what` named `id`.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let failure = Failure::key("server.not-found").with("what", what).with("id", id);
        Self::new(StatusCode::NOT_FOUND, "not_found", failure)
    }

    /// What was sent cannot be used.
    pub(crate) fn bad_request(failure: Failure) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", failure)
    }
}

/// An error among the extensions of its answer, for those who are to be told in another language.
#[derive(Clone)]
struct Told(model::api::ApiError);

/// Says errors in the language that the request asks for.
pub(crate) async fn in_language(request: Request, next: Next) -> Response {
    let language = texts::asked(request.headers());
    let mut response = next.run(request).await;
    if language != Language::English
        && let Some(Told(mut error)) = response.extensions_mut().remove()
        && let Some(text) = &error.text
    {
        error.message = texts::render_in(language, text);
        *response.body_mut() = Json(error).into_response().into_body();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = model::api::ApiError {
            code: self.code.into(),
            message: texts::render(&self.failure.0),
            text: Some(self.failure.0),
        };
        let mut response = (self.status, Json(body.clone())).into_response();
        response.extensions_mut().insert(Told(body));
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Something of the server itself failed: a disk, as a rule.
impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        tracing::error!("{failure}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected_error", failure)
    }
}

impl From<DeployError> for ApiError {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::VersionMismatch => {
                Self::new(StatusCode::CONFLICT, "version_mismatch", Failure::key("api.version-mismatch"))
            }
            DeployError::Failed(failure) => failure.into(),
        }
    }
}
