//! Actions: parts of flows that programs call.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::node::{NodeFactory, NodeInfo};
use engine::{Object, Value};
use model::language::Language;
use model::text::{Catalogue, Text};
use nodes::network::action::CallError;
use serde_json::json;
use std::sync::Arc;

use super::body::{TextBody, not_json};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::flows::problem_json;
use crate::guard::Asker;
use crate::plugin;
use crate::texts::{self, Asked};

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
    (
        "action.plugin-body",
        "{name} is a plugin: the body is an object with the settings of the node as `config` and the message as `message`, each an object",
    ),
    ("action.config", "{name} cannot be called with this config: {reason}"),
    ("action.not-json", "the answer of the action {name} cannot be written as JSON: {reason}"),
];

/// `GET /actions`: what can be called.
pub(super) async fn list(State(app): State<App>) -> Json<serde_json::Value> {
    app.flows.in_force().await;
    let flows = app.actions.list().into_iter();
    let flows =
        flows.map(|action| json!({ "name": action.name, "kind": "flow", "node": node_json(&action.node) }));
    let plugins =
        app.plugins.list().into_values().filter_map(|entry| entry.running).map(|running| running.type_name);
    let plugins = plugins.filter(|name| app.registry.is_enabled(name));
    Json(flows.chain(plugins.map(|name| json!({ "name": name, "kind": "plugin" }))).collect())
}

/// `POST /actions/:name`: calls an action. Of one that a flow offers the body is the payload, and the answer is what it
/// answers; of a plugin, named by its node type, the body holds `config` and `message`, and the answer `outputs`.
pub(super) async fn call(
    State(app): State<App>,
    Extension(asker): Extension<Asker>,
    Path(name): Path<String>,
    Asked(language): Asked,
    body: TextBody,
) -> ApiResult {
    app.flows.in_force().await;
    let payload = match body.0.trim() {
        "" => Value::Null,
        text => serde_json::from_str(text).map_err(|error| not_json(&error))?,
    };
    if !app.actions.has(&name)
        && let Some(factory) = app.plugins.factory(&name)
    {
        return call_plugin(&app, &name, factory, &payload, language).await;
    }
    match app.actions.call(&name, payload, asker.name.as_deref()).await {
        Ok(answer) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            answer_json(&name, status, &answer.payload)
        }
        Err(error) => Ok(refusal(&app, &name, error, language)),
    }
}

async fn call_plugin(
    app: &App,
    name: &str,
    factory: Arc<dyn NodeFactory>,
    body: &Value,
    language: Language,
) -> ApiResult {
    let misshapen = || ApiError::bad_request(Failure::key("action.plugin-body").with("name", name));
    let Value::Object(parts) = body else { return Err(misshapen()) };
    let part = |key| parts.get(key).cloned().unwrap_or_else(Value::object);
    let (config, message) = (serde_json::to_value(part("config")).ok(), part("message"));
    let (Some(serde_json::Value::Object(config)), Value::Object(message)) = (config, message) else {
        return Err(misshapen());
    };
    let Ok(room) = app.plugins.calls().try_acquire_owned() else {
        return Ok(refusal(app, name, CallError::Busy, language));
    };
    // Goes on to its end even if the caller goes away.
    let called = app.clone();
    let called = tokio::spawn(async move {
        plugin::call(&called, factory, config, Arc::unwrap_or_clone(message), room).await
    });
    match called.await.map_err(|error| Failure::key("flows.failed").with("reason", error))? {
        Ok(outputs) => {
            let outputs: Value = outputs.into_iter().map(Value::from_iter).collect();
            answer_json(name, StatusCode::OK, &Object::from_iter([("outputs", outputs)]).into())
        }
        Err(plugin::Refusal::Call(error)) => Ok(refusal(app, name, error, language)),
        Err(plugin::Refusal::Failed(failure)) => Err(failure.into()),
        Err(plugin::Refusal::Problems(problems)) => {
            let render = |text: &Text| texts::of_node(language, &app.registry, text).to_string();
            let first = problems.first().map(|problem| render(&problem.text)).unwrap_or_default();
            let failure = Failure::key("action.config").with("name", name).with("reason", first);
            let message = texts::render_in(language, &failure.0);
            let problems: Vec<_> = problems.iter().map(|problem| problem_json(problem, render)).collect();
            let body = json!({ "code": "invalid_config", "message": message, "text": failure.0, "problems": problems });
            Ok((StatusCode::BAD_REQUEST, Json(body)).into_response())
        }
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
fn refusal(app: &App, name: &str, error: CallError, language: Language) -> Response {
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
            let reason = texts::of_node(language, &app.registry, &reason);
            let failure = text("action.failed").with("node", called).with("reason", reason);
            (StatusCode::INTERNAL_SERVER_ERROR, "action_failed", failure, Some(node_json(&node)))
        }
    };
    let message = texts::render_in(language, &failure.0);
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
