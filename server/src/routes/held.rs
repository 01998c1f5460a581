//! Breakpoints: messages that are held at a node's input.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::api::{LetGo, Peek};

use super::body::TextBody;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::comms::peek_of;
use crate::failure::Failure;
use crate::live::{BREAKPOINTS_LIMIT, NotHeld};

/// `GET /held/:id`. What is held.
pub(super) async fn get(State(app): State<App>, Path(node): Path<String>) -> ApiResult<Json<Peek>> {
    let (sightings, crowded_out) = app.holds.at(&node).ok_or_else(|| none_at(&node))?;
    Ok(Json(peek_of(&sightings, crowded_out)))
}

/// `POST /held/:id`. Sets a breakpoint where there is none, else keeps it; lets go of as many messages as is said.
pub(super) async fn set(
    State(app): State<App>,
    Path(node): Path<String>,
    body: TextBody,
) -> ApiResult<StatusCode> {
    let LetGo { go } = body.parse()?;
    app.flows.in_force().await;
    if go > 0 {
        return match app.holds.let_go(&app, &node, go) {
            true => Ok(StatusCode::NO_CONTENT),
            false => Err(none_at(&node)),
        };
    }
    app.holds.set(&app, &node).map_err(|reason| match reason {
        NotHeld::NoNode => ApiError::not_found("node", &node),
        NotHeld::TooMany => {
            let failure = Failure::key("held.limit").with("limit", BREAKPOINTS_LIMIT);
            ApiError::new(StatusCode::CONFLICT, "too_many_breakpoints", failure)
        }
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /held/:id`. All messages go on, and no more are held.
pub(super) async fn end(State(app): State<App>, Path(node): Path<String>) -> ApiResult<StatusCode> {
    match app.holds.end(&app, &node) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(none_at(&node)),
    }
}

fn none_at(node: &str) -> ApiError {
    ApiError::not_found("breakpoint", node)
}
