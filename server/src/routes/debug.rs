//! The switches of debug nodes.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::node::Command;
use serde::Deserialize;

use super::body::TextBody;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;

/// Node-RED's answers: 200 for on, 201 for off.
const SWITCHED_ON: StatusCode = StatusCode::OK;
const SWITCHED_OFF: StatusCode = StatusCode::CREATED;

/// `POST /debug/:id/enable` and `.../disable`.
pub(super) async fn switch(
    State(app): State<App>,
    Path((id, switch)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    let is_on = match switch.as_str() {
        "enable" => true,
        "disable" => false,
        other => return Err(ApiError::not_found("switch", other)),
    };
    set(&app, &id, is_on)
}

fn set(app: &App, id: &str, is_on: bool) -> ApiResult<StatusCode> {
    let engine = app.flows.engine();
    engine.command(id, Command::SetActive(is_on)).map_err(|_| ApiError::not_found("node", id))?;
    Ok(if is_on { SWITCHED_ON } else { SWITCHED_OFF })
}

#[derive(Default, Deserialize)]
struct Many {
    nodes: Option<Vec<String>>,
}

/// `POST /debug/enable` with `{"nodes":[...]}`.
pub(super) async fn enable_many(State(app): State<App>, body: TextBody) -> ApiResult<StatusCode> {
    set_many(&app, &body, true)
}

/// `POST /debug/disable` with `{"nodes":[...]}`.
pub(super) async fn disable_many(State(app): State<App>, body: TextBody) -> ApiResult<StatusCode> {
    set_many(&app, &body, false)
}

/// Nodes that do not run are passed over, as in Node-RED.
fn set_many(app: &App, body: &TextBody, is_on: bool) -> ApiResult<StatusCode> {
    let nodes = body.parse::<Many>()?.nodes;
    let nodes = nodes.ok_or_else(|| ApiError::bad_request(Failure::key("server.nodes-missing")))?;
    for id in nodes {
        let _ = set(app, &id, is_on);
    }
    Ok(if is_on { SWITCHED_ON } else { SWITCHED_OFF })
}
