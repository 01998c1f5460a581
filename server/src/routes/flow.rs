//! One flow at a time.

use axum::Json as AxumJson;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::DeployKind;
use model::api::{self, FlowIdResponse, GLOBAL};
use model::document::Document;
use model::text::Text;

use super::body::TextBody;
use super::flows::{json_text, with_problems};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::flows::{InForce, Wanted};

/// `GET /flow/:id`: a tab as `{id, label, nodes, configs}`, or `global` as `{id, configs, subflows}`.
pub(super) async fn get(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let flow = api::get_flow(&in_force.document, &id).ok_or_else(|| ApiError::not_found("flow", &id))?;
    Ok(json_text(flow.to_string()))
}

/// `POST /flow`: adds a tab with its nodes under a new id.
pub(super) async fn add(State(app): State<App>, body: TextBody) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let id = new_id(&in_force.document);
    let document = api::add_flow(&in_force.document, &body.json()?, &id).map_err(refused)?;
    deploy(&app, &in_force, document, &id).await
}

/// `PUT /flow/:id`: replaces a tab and its nodes, or with `global` what is on no tab.
pub(super) async fn put(State(app): State<App>, Path(id): Path<String>, body: TextBody) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let document = api::update_flow(&in_force.document, &id, &body.json()?).map_err(refused)?;
    deploy(&app, &in_force, document, &id).await
}

/// `DELETE /flow/:id`.
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let document = api::remove_flow(&in_force.document, &id).map_err(refused)?;
    deploy(&app, &in_force, document, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A text of [`model::api`] as an answer, with Node-RED's status and code.
fn refused(text: Text) -> ApiError {
    let (status, code) = match text.key.as_ref() {
        "api.no-flow" => (StatusCode::NOT_FOUND, "not_found"),
        "api.flow-duplicate" | "api.flow-taken" => (StatusCode::BAD_REQUEST, "duplicate_id"),
        "api.flow-global" => (StatusCode::BAD_REQUEST, "not_allowed"),
        _ => (StatusCode::BAD_REQUEST, "invalid_request"),
    };
    ApiError::new(status, code, text.into())
}

/// Deploys, if nobody else changed the flows meanwhile.
async fn deploy(app: &App, in_force: &InForce, document: Document, id: &str) -> ApiResult<Response> {
    let rev = Some(in_force.rev.clone());
    let wanted = Wanted::New { document, credentials: None, rev, kind: DeployKind::Flows };
    let in_force = app.flows.deploy(wanted).await?;
    Ok(with_problems(&in_force, AxumJson(FlowIdResponse { id: id.into() }).into_response()))
}

/// An id as Node-RED makes them: 16 hex digits, not taken in `document`.
fn new_id(document: &Document) -> String {
    let mut number = document.len() as u64;
    loop {
        let mut random = [0; 8];
        // Without randomness the next free number does; ids are no secrets.
        if getrandom::fill(&mut random).is_err() {
            number += 1;
            random = number.to_be_bytes();
        }
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        if id != GLOBAL && document.get(&id).is_none() {
            return id;
        }
    }
}
