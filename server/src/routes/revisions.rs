//! Revisions of the flows.

use axum::Json as AxumJson;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use engine::DeployKind;
use model::document::Document;
use model::json::{Json, Object};
use serde_json::{Value, json};

use super::flows::{json_text, with_problems};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::flows::{Wanted, blocking};

/// `GET /revisions`: those that are kept, newest first.
pub(super) async fn list(State(app): State<App>) -> ApiResult<AxumJson<Value>> {
    let in_force = app.flows.in_force().await;
    let storage = app.flows.storage().clone();
    let revisions = blocking(move || storage.revisions()).await?;
    Ok(AxumJson(json!({ "rev": in_force.rev, "revisions": revisions })))
}

/// `GET /revisions/:id`: `{flows, rev}`.
pub(super) async fn get(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    let document = find(&app, id).await?;
    let rev = document.rev();
    let body = Object::from_iter([("flows", document.to_json()), ("rev", rev.into())]);
    Ok(json_text(Json::Object(body).to_string()))
}

/// `POST /revisions/:id/restore`: deploys it; it becomes the newest revision.
pub(super) async fn restore(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    let document = find(&app, id).await?;
    let wanted = Wanted::New { document, credentials: None, rev: None, kind: DeployKind::Nodes };
    let in_force = app.flows.deploy(wanted).await?;
    Ok(with_problems(&in_force, AxumJson(json!({ "rev": in_force.rev })).into_response()))
}

async fn find(app: &App, id: String) -> ApiResult<Document> {
    let (storage, wanted) = (app.flows.storage().clone(), id.clone());
    let found = blocking(move || storage.revision(&wanted)).await?;
    found.ok_or_else(|| ApiError::not_found("revision", &id))
}
