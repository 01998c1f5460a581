//! One flow at a time.

use axum::Json as AxumJson;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::DeployKind;
use model::document::{Document, Kind, Node};
use model::json::{Json, Object};
use serde_json::json;

use super::body::TextBody;
use super::flows::{json_text, with_problems};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::flows::{InForce, Wanted};

/// What stands for everything that is on no tab.
const GLOBAL: &str = "global";
/// A tab's own properties.
const TAB_FIELDS: &[&str] = &["label", "disabled", "locked", "info", "env"];

/// `GET /flow/:id`: a tab as `{id, label, nodes, configs}`, or `global` as `{id, configs, subflows}`.
pub(super) async fn get(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let document = &in_force.document;
    let shown = if id == GLOBAL { global(document) } else { tab(document, &id) };
    let shown = shown.ok_or_else(|| ApiError::not_found("flow", &id))?;
    Ok(json_text(Json::Object(shown).to_string()))
}

fn tab(document: &Document, id: &str) -> Option<Object> {
    let tab = document.get(id).filter(|node| node.kind() == Kind::Tab)?;
    let mut shown = Object::from_iter([("id", id)]);
    for field in TAB_FIELDS {
        if let Some(value) = tab.field(field) {
            shown.insert(*field, value.clone());
        }
    }
    add_members(document, id, &mut shown);
    Some(shown)
}

/// The nodes and config nodes on a tab or in a subflow.
fn add_members(document: &Document, id: &str, shown: &mut Object) {
    let (configs, nodes): (Vec<&Node>, Vec<&Node>) = document.nodes_on(id).partition(|node| node.is_config());
    shown.insert("nodes", entries(&nodes));
    shown.insert("configs", entries(&configs));
}

fn global(document: &Document) -> Option<Object> {
    let configs: Vec<&Node> = document.configs().filter(|node| node.z().is_none()).collect();
    let subflows = document.subflows().map(|subflow| {
        let mut shown = subflow.fields().clone();
        add_members(document, subflow.id(), &mut shown);
        Json::Object(shown)
    });
    let subflows: Json = subflows.collect();
    Some(Object::from_iter([("id", Json::from(GLOBAL)), ("configs", entries(&configs)), ("subflows", subflows)]))
}

fn entries(nodes: &[&Node]) -> Json {
    nodes.iter().map(|node| node.json().clone()).collect()
}

/// `POST /flow`: adds a tab with its nodes under a new id.
pub(super) async fn add(State(app): State<App>, body: TextBody) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let id = new_id(&in_force.document);
    let added = members(&body.json()?, &id)?;
    if let Some(known) = added.iter().skip(1).find_map(|node| in_force.document.get(node.get("id")?.as_str()?)) {
        let failure = Failure::key("api.duplicate-id").with("id", known.id());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "duplicate_id", failure));
    }
    deploy(&app, &in_force, |_| true, added, &id).await
}

/// `PUT /flow/:id`: replaces a tab and its nodes, or with `global` what is on no tab.
pub(super) async fn put(State(app): State<App>, Path(id): Path<String>, body: TextBody) -> ApiResult {
    let in_force = app.flows.in_force().await;
    let body = body.json()?;
    if id == GLOBAL {
        let added = global_members(&body)?;
        let stays = |node: &Node| !is_global(&in_force.document, node);
        return deploy(&app, &in_force, stays, added, &id).await;
    }
    find(&in_force, &id)?;
    let added = members(&body, &id)?;
    deploy(&app, &in_force, |node| node.id() != id && node.z() != Some(&id), added, &id).await
}

/// `DELETE /flow/:id`.
pub(super) async fn remove(State(app): State<App>, Path(id): Path<String>) -> ApiResult {
    if id == GLOBAL {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "not_allowed", Failure::key("api.global-stays")));
    }
    let in_force = app.flows.in_force().await;
    find(&in_force, &id)?;
    deploy(&app, &in_force, |node| node.id() != id && node.z() != Some(&id), Vec::new(), &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find(in_force: &InForce, id: &str) -> ApiResult<()> {
    let found = in_force.document.get(id).filter(|node| node.kind() == Kind::Tab);
    found.map(|_| ()).ok_or_else(|| ApiError::not_found("flow", id))
}

/// Subflow templates with what is in them, and config nodes on no tab.
fn is_global(document: &Document, node: &Node) -> bool {
    match node.z() {
        None => node.kind() != Kind::Tab,
        Some(z) => document.get(z).is_some_and(|container| container.kind() == Kind::Subflow),
    }
}

/// Deploys what stays of the flows in force and what is added, if nobody else changed them meanwhile.
async fn deploy(
    app: &App,
    in_force: &InForce,
    stays: impl Fn(&Node) -> bool,
    added: Vec<Json>,
    id: &str,
) -> ApiResult<Response> {
    let kept = in_force.document.nodes().iter().filter(|node| stays(node)).map(|node| node.json().clone());
    let document = Document::from_entries(kept.chain(added));
    let rev = Some(in_force.rev.clone());
    let wanted = Wanted::New { document, credentials: None, rev, kind: DeployKind::Flows };
    let in_force = app.flows.deploy(wanted).await?;
    Ok(with_problems(&in_force, AxumJson(json!({ "id": id })).into_response()))
}

/// The entries of a flow as it comes in: the tab first.
fn members(body: &Json, id: &str) -> ApiResult<Vec<Json>> {
    let mut tab = Object::from_iter([("id", id), ("type", "tab")]);
    for field in TAB_FIELDS {
        if let Some(value) = body.get(field) {
            tab.insert(*field, value.clone());
        }
    }
    let mut all = vec![Json::Object(tab)];
    all.extend(inside(list(body, "nodes", true)?, Some(id)));
    all.extend(inside(list(body, "configs", false)?, Some(id)));
    Ok(all)
}

fn global_members(body: &Json) -> ApiResult<Vec<Json>> {
    let mut all = inside(list(body, "configs", false)?, None);
    for subflow in list(body, "subflows", false)? {
        let mut template = subflow.clone();
        if let Some(fields) = template.as_object_mut() {
            fields.remove("nodes");
            fields.remove("configs");
        }
        all.push(template);
        let id = subflow.get("id").and_then(Json::as_str);
        all.extend(inside(list(subflow, "nodes", false)?, id));
        all.extend(inside(list(subflow, "configs", false)?, id));
    }
    Ok(all)
}

fn list<'a>(body: &'a Json, name: &'static str, is_needed: bool) -> ApiResult<&'a [Json]> {
    match body.get(name) {
        Some(Json::Array(items)) => Ok(items),
        None if !is_needed => Ok(&[]),
        _ => Err(ApiError::bad_request(Failure::key("api.list-missing").with("name", name))),
    }
}

/// The entries, put on the tab or into the subflow `z`.
fn inside(entries: &[Json], z: Option<&str>) -> Vec<Json> {
    let mut entries = entries.to_vec();
    for fields in entries.iter_mut().filter_map(Json::as_object_mut) {
        match z {
            Some(z) => drop(fields.insert("z", z)),
            None => drop(fields.remove("z")),
        }
    }
    entries
}

/// An id as Node-RED makes them: 16 hex digits, not taken in `document`.
fn new_id(document: &Document) -> String {
    loop {
        let mut random = [0; 8];
        // Without randomness the next free number does; ids are no secrets.
        if getrandom::fill(&mut random).is_err() {
            random = (document.len() as u64 + 1).to_be_bytes();
        }
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        if document.get(&id).is_none() {
            return id;
        }
    }
}
