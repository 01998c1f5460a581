//! The last messages of a wire, for those who have no socket.

use axum::Json;
use axum::extract::{Path, State};
use model::api::Peek;

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::comms::peek_of;

/// `GET /peek/:id/:port`. What is kept; whoever asks counts as watching for half a minute.
pub(super) async fn get(
    State(app): State<App>,
    Path((node, port)): Path<(String, usize)>,
) -> ApiResult<Json<Peek>> {
    let sightings = app.peeks.ask(&app, &node, port);
    let sightings = sightings.ok_or_else(|| ApiError::not_found("output", &format!("{node}/{port}")))?;
    Ok(Json(peek_of(&sightings, 0)))
}
