//! Actions: parts of flows that programs call.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::Value;
use engine::node::NodeInfo;
use model::text::Catalogue;
use nodes::network::action::CallError;
use serde_json::json;

use super::body::{TextBody, not_json};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::guard::Asker;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("action.busy", "the action {name} is busy; try again soon"),
    ("action.stopping", "the flow of the action {name} is being stopped or deployed; try again soon"),
    ("action.late", "the action {name} did not answer within {seconds} s"),
    (
        "action.no-answer",
        "the action {name} ended without an answer; end its flow with an action out node that gets msg.action",
    ),
    ("action.failed", "the action {name} failed in the node {node}: {reason}"),
    ("action.not-json", "the answer of the action {name} cannot be written as JSON: {reason}"),
];

/// `GET /actions`: what can be called.
pub(super) async fn list(State(app): State<App>) -> Json<serde_json::Value> {
    app.flows.in_force().await;
    let listed = app.actions.list().into_iter();
    let actions =
        listed.map(|action| json!({ "name": action.name, "kind": "flow", "node": node_json(&action.node) }));
    Json(actions.collect())
}

/// `POST /actions/:name`: calls an action; the body is its payload, the answer is what it answers.
pub(super) async fn call(
    State(app): State<App>,
    Extension(asker): Extension<Asker>,
    Path(name): Path<String>,
    body: TextBody,
) -> ApiResult {
    app.flows.in_force().await;
    let payload = match body.0.trim() {
        "" => Value::Null,
        text => serde_json::from_str(text).map_err(|error| not_json(&error))?,
    };
    match app.actions.call(&name, payload, asker.name.as_deref()).await {
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            answer_json(&name, status, &answer.payload)
        }
        Err(error) => Ok(refusal(&app, &name, error)),
    }
}

/// The status and JSON of an answer; a status that has no body gets none.
fn answer_json(name: &str, status: StatusCode, payload: &Value) -> ApiResult {
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED) {
        return Ok(status.into_response());
    }
    let body = serde_json::to_vec(payload).map_err(|error| {
        let failure = Failure::key("action.not-json").with("name", name).with("reason", error);
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "action_failed", failure)
    })?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Why there is no answer; where a node failed, with the node.
fn refusal(app: &App, name: &str, error: CallError) -> Response {
    let text = |key| Failure::key(key).with("name", name);
    let (status, code, failure, node) = match error {
        CallError::Unknown => return ApiError::not_found("action", name).into_response(),
        CallError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", text("action.busy"), None),
        CallError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping", text("action.stopping"), None),
        CallError::Late(seconds) => {
            (StatusCode::GATEWAY_TIMEOUT, "timeout", text("action.late").with("seconds", seconds), None)
        }
        CallError::NoAnswer => (StatusCode::BAD_GATEWAY, "no_answer", text("action.no-answer"), None),
        CallError::Failed { node, text: reason } => {
            let called = if node.name.is_empty() { &node.id } else { &node.name };
            let failure =
                text("action.failed").with("node", called).with("reason", app.registry.render(&reason));
            (StatusCode::INTERNAL_SERVER_ERROR, "action_failed", failure, Some(node_json(&node)))
        }
    };
    let message = crate::texts::render(&failure.0);
    let mut body = json!({ "code": code, "message": message, "text": failure.0 });
    if let Some(node) = node {
        body["node"] = node;
    }
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn node_json(node: &NodeInfo) -> serde_json::Value {
    json!({ "id": node.id, "type": node.type_name, "name": node.name, "flow": node.flow })
}
