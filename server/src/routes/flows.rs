//! All flows at once.

use axum::Json as AxumJson;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::DeployKind;
use model::api::{ApiVersion, DEPLOYMENT_HEADER, DeploymentType, VERSION_HEADER};
use model::document::Source;
use model::language::Language;
use model::text::Text;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::TextBody;
use crate::api_error::{ApiError, ApiResult};
use crate::app::{App, Parts};
use crate::credentials;
use crate::failure::Failure;
use crate::flows::{InForce, Wanted, problem_json};
use crate::texts::{self, Asked};

/// How many nodes could not be started. Clients of Node-RED do not look at it; ours then ask
/// `GET /flows/problems`.
pub(super) const PROBLEMS: &str = "wireloom-problems";

/// The value of a header; empty where it is absent.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
}

fn version(headers: &HeaderMap) -> ApiResult<ApiVersion> {
    header(headers, VERSION_HEADER)
        .parse()
        .map_err(|text: Text| ApiError::new(StatusCode::BAD_REQUEST, "invalid_api_version", text.into()))
}

/// `GET /flows`.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> ApiResult {
    let version = version(&headers)?;
    let in_force = app.flows.in_force().await;
    let flows = in_force.document.to_text();
    Ok(json_text(match version {
        ApiVersion::V1 => flows,
        ApiVersion::V2 => format!(r#"{{"flows":{flows},"rev":"{}"}}"#, in_force.rev),
    }))
}

/// Text that is JSON.
pub(super) fn json_text(text: String) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// `POST /flows`: a deploy.
pub(super) async fn post(State(app): State<App>, headers: HeaderMap, body: TextBody) -> ApiResult {
    let version = version(&headers)?;
    let kind = header(&headers, DEPLOYMENT_HEADER);
    let wanted = match kind.parse().map_err(|text: Text| ApiError::bad_request(text.into()))? {
        DeploymentType::Reload => Wanted::Stored,
        DeploymentType::Full => new(version, body.flows(&app)?, DeployKind::Full)?,
        DeploymentType::Flows => new(version, body.flows(&app)?, DeployKind::Flows)?,
        DeploymentType::Nodes => new(version, body.flows(&app)?, DeployKind::Nodes)?,
    };
    let in_force = app.flows.deploy(wanted).await?;
    Ok(match version {
        ApiVersion::V1 => with_problems(&in_force, StatusCode::NO_CONTENT.into_response()),
        ApiVersion::V2 => with_problems(&in_force, AxumJson(json!({ "rev": in_force.rev })).into_response()),
    })
}

fn new(version: ApiVersion, body: Source, kind: DeployKind) -> ApiResult<Wanted> {
    if body.is_list != (version == ApiVersion::V1) {
        let expected =
            if body.is_list { "v2 takes an object with `flows`" } else { "v1 takes a list of nodes" };
        return Err(super::body::not_json(&expected));
    }
    let rev = match body.rest.get("rev") {
        None => None,
        // Taken for none, it would overwrite what somebody else deployed.
        Some(rev) => {
            let text = rev.as_str().ok_or_else(|| ApiError::bad_request(Failure::key("server.rev")))?;
            Some(text.to_owned())
        }
    };
    let credentials =
        body.rest.get("credentials").map(credentials::parse).transpose().map_err(ApiError::bad_request)?;
    let document = body.document.map_err(|text| ApiError::bad_request(text.into()))?;
    Ok(Wanted::New { document, credentials, rev, kind })
}

/// Adds the header that says how many nodes could not be started.
pub(super) fn with_problems(in_force: &InForce, mut response: Response) -> Response {
    response.headers_mut().insert(PROBLEMS, in_force.problems.len().into());
    response
}

/// `GET /flows/problems`: what of the flows in force could not be started, and why.
pub(super) async fn problems(State(app): State<App>, Asked(language): Asked) -> AxumJson<Value> {
    let in_force = app.flows.in_force().await;
    AxumJson(json!({ "rev": in_force.rev, "problems": problems_json(&app, &in_force, language) }))
}

fn problems_json(app: &Parts, in_force: &InForce, language: Language) -> Vec<Value> {
    let render = |text: &_| texts::of_node(language, &app.registry, text).into();
    in_force.problems.iter().map(|problem| problem_json(problem, render)).collect()
}

/// `GET /flows/state`.
pub(super) async fn state(State(app): State<App>) -> AxumJson<Value> {
    AxumJson(json!({ "state": app.flows.state() }))
}

#[derive(Default, Deserialize)]
struct NewState {
    #[serde(default)]
    state: String,
}

/// `POST /flows/state`: starts or stops the flows.
pub(super) async fn set_state(State(app): State<App>, body: TextBody) -> ApiResult<AxumJson<Value>> {
    if !app.settings.runtime_state {
        let failure = Failure::key("server.state-fixed");
        return Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "not_allowed", failure));
    }
    let is_running = match body.parse::<NewState>()?.state.as_str() {
        "start" => true,
        "stop" => false,
        other => {
            let failure = Failure::key("server.state").with("found", other);
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_run_state", failure));
        }
    };
    app.flows.set_running(is_running).await?;
    Ok(state(State(app)).await)
}
