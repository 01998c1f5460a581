//! Messages that nodes failed with: looked at, sent again, let go.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::{Message, Value};
use model::api::{Failed, SendFailed};

use super::body::TextBody;
use super::peek::written;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::texts::{self, Asked};

/// `GET /failed`.
pub(super) async fn all(State(app): State<App>, Asked(language): Asked) -> Json<Failed> {
    Json(app.hub.failures().all(|text| texts::of_node(language, app.hub.registry(), text)))
}

/// `POST /failed/:number`. The message, or the one that was written in its place, arrives at its node; it is no
/// longer kept then. Should the node fail again, that is a new one.
pub(super) async fn send(
    State(app): State<App>,
    Path(number): Path<u64>,
    body: TextBody,
) -> ApiResult<StatusCode> {
    let wanted: SendFailed = body.parse()?;
    let written = wanted.msg.as_ref().map(written).transpose()?;
    let no_object = || ApiError::bad_request(Failure::key("replay.no-object"));
    if written.as_ref().is_some_and(|message| message.as_object().is_none()) {
        return Err(no_object());
    }
    app.flows.in_force().await;
    let failures = app.hub.failures();
    // Taken before it is sent: whoever asks at the same time finds it gone, and it is sent once.
    let failure = failures.take(number).ok_or_else(|| ApiError::not_found("message", &number.to_string()))?;
    let Value::Object(properties) = written.unwrap_or_else(|| failure.message.clone()) else {
        failures.put_back(failure);
        return Err(no_object());
    };
    if app.flows.engine().receive(&failure.node.id, Message::from_object(properties)).is_err() {
        let error = ApiError::not_found("node", &failure.node.id);
        failures.put_back(failure);
        return Err(error);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /failed/:number`.
pub(super) async fn remove(State(app): State<App>, Path(number): Path<u64>) -> ApiResult<StatusCode> {
    match app.hub.failures().remove(Some(number)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("message", &number.to_string())),
    }
}

/// `DELETE /failed`: all of them.
pub(super) async fn clear(State(app): State<App>) -> StatusCode {
    app.hub.failures().remove(None);
    StatusCode::NO_CONTENT
}
