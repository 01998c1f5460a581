//! All flows at once.

use axum::Json as AxumJson;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::DeployKind;
use model::document::Document;
use model::json::{Json, Object};
use serde_json::{Value, json};

use super::body::TextBody;
use crate::api_error::{ApiError, ApiResult};
use crate::app::{App, Parts};
use crate::credentials;
use crate::failure::Failure;
use crate::flows::{InForce, Wanted, problem_json};

/// How many nodes could not be started. Clients of Node-RED do not look at it; ours then ask
/// `GET /flows/problems`.
pub(super) const PROBLEMS: &str = "wireloom-problems";

/// The two forms of the flows API.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// A list of nodes.
    One,
    /// `{flows, rev}`.
    Two,
}

fn version(headers: &HeaderMap) -> ApiResult<Version> {
    match headers.get("node-red-api-version").map(|value| value.to_str().unwrap_or("?")) {
        None | Some("v1") => Ok(Version::One),
        Some("v2") => Ok(Version::Two),
        Some(other) => {
            let failure = Failure::key("api.version").with("version", other);
            Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_api_version", failure))
        }
    }
}

/// `GET /flows`.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> ApiResult {
    let version = version(&headers)?;
    let in_force = app.flows.in_force().await;
    let flows = in_force.document.to_json();
    let body = match version {
        Version::One => flows,
        Version::Two => Json::Object(Object::from_iter([("flows", flows), ("rev", in_force.rev.as_str().into())])),
    };
    Ok(json_text(body.to_string()))
}

/// Text that is JSON.
pub(super) fn json_text(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// `POST /flows`: a deploy.
pub(super) async fn post(State(app): State<App>, headers: HeaderMap, body: TextBody) -> ApiResult {
    let version = version(&headers)?;
    let wanted = match headers.get("node-red-deployment-type").and_then(|value| value.to_str().ok()) {
        Some("reload") => Wanted::Stored,
        Some("flows") => new(version, body.json()?, DeployKind::Flows)?,
        Some("nodes") => new(version, body.json()?, DeployKind::Nodes)?,
        _ => new(version, body.json()?, DeployKind::Full)?,
    };
    let in_force = app.flows.deploy(wanted).await?;
    Ok(match version {
        Version::One => with_problems(&in_force, StatusCode::NO_CONTENT.into_response()),
        Version::Two => with_problems(&in_force, AxumJson(json!({ "rev": in_force.rev })).into_response()),
    })
}

fn new(version: Version, body: Json, kind: DeployKind) -> ApiResult<Wanted> {
    let is_list = matches!(body, Json::Array(_));
    if is_list != (version == Version::One) {
        let expected = if is_list { "v2 takes an object with `flows`" } else { "v1 takes a list of nodes" };
        return Err(super::body::not_json(&expected));
    }
    let rev = body.get("rev").and_then(Json::as_str).map(str::to_owned);
    let credentials = body.get("credentials").map(credentials::parse).transpose().map_err(ApiError::bad_request)?;
    let document = Document::from_json(body).map_err(|text| ApiError::bad_request(text.into()))?;
    Ok(Wanted::New { document, credentials, rev, kind })
}

/// Adds the header that says how many nodes could not be started.
pub(super) fn with_problems(in_force: &InForce, mut response: Response) -> Response {
    response.headers_mut().insert(PROBLEMS, in_force.problems.len().into());
    response
}

/// `GET /flows/problems`: what of the flows in force could not be started, and why.
pub(super) async fn problems(State(app): State<App>) -> AxumJson<Value> {
    let in_force = app.flows.in_force().await;
    AxumJson(json!({ "rev": in_force.rev, "problems": problems_json(&app, &in_force) }))
}

fn problems_json(app: &Parts, in_force: &InForce) -> Vec<Value> {
    let render = |text: &_| app.registry.render(text).into();
    in_force.problems.iter().map(|problem| problem_json(problem, render)).collect()
}

/// `GET /flows/state`.
pub(super) async fn state(State(_): State<App>) -> AxumJson<Value> {
    AxumJson(json!({ "state": "start" }))
}

/// `POST /flows/state`: refused, as in a Node-RED whose `runtimeState` is off.
pub(super) async fn set_state(State(_): State<App>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "not_allowed", Failure::key("api.no-state"))
}
