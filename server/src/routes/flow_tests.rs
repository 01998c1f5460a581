//! Flow tests: made of messages that were seen, run, accepted, deleted.

use std::sync::Arc;

use axum::Json as AxumJson;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use engine::Value;
use engine::testing::{Case, Scopes, sends, shown};
use model::api::{
    FlowTests, FromOutput, KeptMessage, Mismatch, NewFlowTest, RunFlowTests, TestContext, TestMessage,
};
use model::document::Document;
use model::json::Json;
use serde::Deserialize;

use super::body::TextBody;
use super::peek::{kept, written};
use crate::api_error::{ApiError, ApiResult};
use crate::app::{App, Parts};
use crate::failure::Failure;

/// `GET /flows/tests`.
pub(super) async fn list(State(app): State<App>) -> ApiResult<AxumJson<FlowTests>> {
    Ok(AxumJson(app.flow_tests.list(&app).await?))
}

/// `POST /flows/tests`: a new one, which expects what its nodes give for the messages now.
pub(super) async fn add(State(app): State<App>, body: TextBody) -> ApiResult<AxumJson<FlowTests>> {
    let NewFlowTest { name, nodes, to, from, messages, credentials, flows } = body.parse()?;
    let name = name.trim();
    let missing = match () {
        () if name.is_empty() => Some("flow-tests.name"),
        () if nodes.is_empty() => Some("flow-tests.no-nodes"),
        () if to.is_empty() || to.iter().any(|id| !nodes.contains(id)) => Some("flow-tests.no-target"),
        () if messages.is_empty() => Some("flow-tests.no-messages"),
        () => None,
    };
    if let Some(key) = missing {
        return Err(ApiError::bad_request(Failure::key(key)));
    }
    let from = from.unwrap_or_default();
    let messages = messages_of(&app, &from, &messages)?;
    let steps = sends(&to, &messages);
    let case = Case { name: name.to_owned(), nodes, steps, flow_credentials: credentials, ..Case::default() };
    let flows = flows_of(&app, flows).await?;
    let is_new = app.flow_tests.add(&app, case, flows).await?.map_err(|reason| refused(&app, &reason))?;
    if !is_new {
        let failure = Failure::key("flow-tests.taken").with("name", name);
        return Err(ApiError::new(StatusCode::CONFLICT, "name_taken", failure));
    }
    list(State(app)).await
}

/// `POST /flows/tests/run`.
pub(super) async fn run(State(app): State<App>, body: TextBody) -> ApiResult<AxumJson<FlowTests>> {
    let RunFlowTests { names, flows } = body.parse()?;
    let flows = flows_of(&app, flows).await?;
    app.flow_tests.run(&app, names.as_deref(), flows).await?;
    list(State(app)).await
}

/// `POST /flows/tests/accept`: what the nodes give now is what is expected from now on.
pub(super) async fn accept(State(app): State<App>, body: TextBody) -> ApiResult<AxumJson<FlowTests>> {
    let RunFlowTests { names, flows } = body.parse()?;
    let flows = flows_of(&app, flows).await?;
    let accepted = app.flow_tests.accept(&app, names.as_deref(), flows).await?;
    accepted.map_err(|reason| refused(&app, &reason))?;
    list(State(app)).await
}

/// `POST /flows/tests/context`: a test begins with other context values, and expects what its nodes give then.
pub(super) async fn context(State(app): State<App>, body: TextBody) -> ApiResult<AxumJson<FlowTests>> {
    let TestContext { name, before, flows } = body.parse()?;
    let mut scopes = Scopes::new();
    for (scope, values) in before {
        let serde_json::Value::Object(values) = values.to_serde() else {
            return Err(ApiError::bad_request(Failure::key("flow-tests.context").with("scope", scope)));
        };
        scopes.insert(scope, values);
    }
    let flows = flows_of(&app, flows).await?;
    let changed = app.flow_tests.begin_with(&app, &name, scopes, flows).await?;
    if !changed.map_err(|reason| refused(&app, &reason))? {
        return Err(ApiError::not_found("flow test", &name));
    }
    list(State(app)).await
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

/// `DELETE /flows/tests?name=...`
pub(super) async fn remove(State(app): State<App>, Query(named): Query<Named>) -> ApiResult<StatusCode> {
    match app.flow_tests.remove(&app, &named.name).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("flow test", &named.name)),
    }
}

/// The messages as they were, where they are still kept, else as they were shown.
fn messages_of(app: &Parts, from: &FromOutput, messages: &[TestMessage]) -> ApiResult<Vec<Value>> {
    let one = |wanted: &TestMessage| {
        let reference = KeptMessage { source: wanted.source.clone(), number: wanted.number };
        match (kept(app, &from.node, from.port, &[reference]), &wanted.msg) {
            (Err(_), Some(shown)) => written(shown),
            (found, _) => Ok(found?.swap_remove(0)),
        }
    };
    messages.iter().map(one).collect()
}

/// The flows to test: those that were sent, else those in force.
async fn flows_of(app: &Parts, sent: Option<Json>) -> ApiResult<Arc<Document>> {
    let document = match sent {
        Some(flows) => Document::from_json(flows).map_err(|text| ApiError::bad_request(text.into()))?,
        None => app.flows.in_force().await.document.clone(),
    };
    Ok(Arc::new(document))
}

fn refused(app: &Parts, mismatch: &Mismatch) -> ApiError {
    let reason = shown(mismatch, |text| app.registry.render(text));
    ApiError::bad_request(Failure::key("flow-tests.not-recorded").with("reason", reason))
}
