//! Node types.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use model::descriptor::NodeDescriptor;
use model::json::Json as Literal;
use model::language::Language;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::TextBody;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::credentials;
use crate::failure::Failure;
use crate::flows::{Wanted, blocking};
use crate::texts::Asked;
use crate::{german, plugin};

/// The module that the built-in types stand in.
const MODULE: &str = "wireloom";

/// The types that are switched off, in the storage.
const DISABLED: &str = "disabled-nodes";

/// `GET /nodes`: the types as Node-RED's node sets, one type each.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    Json(sets(&app).collect())
}

/// Every type as a node set; those of plugins in the module of their plugin.
fn sets(app: &App) -> impl Iterator<Item = Value> {
    app.registry.descriptors().into_iter().map(|descriptor| {
        match app.plugins.of_type(&descriptor.type_name) {
            Some((name, running)) => plugin::node_set(app, &name, &running),
            None => json!({
                "id": format!("{MODULE}/{}", descriptor.type_name),
                "name": descriptor.type_name,
                "types": [descriptor.type_name],
                "enabled": app.registry.is_enabled(&descriptor.type_name),
                "local": false,
                "user": false,
                "module": MODULE,
                "version": env!("CARGO_PKG_VERSION"),
            }),
        }
    })
}

/// The node sets of one module; none where there is no such module.
fn sets_of(app: &App, module: &str) -> Vec<Value> {
    sets(app).filter(|set| set["module"] == *module).collect()
}

/// `GET /nodes/descriptors`: everything that an editor needs to list, draw and edit nodes. A type that is switched
/// off is as good as missing.
pub(super) async fn descriptors(State(app): State<App>, Asked(language): Asked) -> Json<Value> {
    // Until the flows were started, plugins may not be there yet.
    app.flows.in_force().await;
    let mut descriptors: Vec<NodeDescriptor> = app.registry.descriptors();
    descriptors.retain(|descriptor| app.registry.is_enabled(&descriptor.type_name));
    if language == Language::German {
        descriptors.iter_mut().for_each(german::translate);
    }
    Json(json!({ "descriptors": descriptors, "texts": templates(&app, language) }))
}

/// The templates of the texts of node types, by key.
fn templates(app: &App, language: Language) -> HashMap<&'static str, &'static str> {
    let mut templates = app.registry.texts();
    if language == Language::German {
        for (key, template) in &mut templates {
            *template = german::template(key).unwrap_or(*template);
        }
    }
    templates
}

/// `GET /nodes/messages`: the texts of all node types, by namespace.
pub(super) async fn messages(State(app): State<App>, Asked(language): Asked) -> Json<Value> {
    Json(json!({ MODULE: templates(&app, language) }))
}

/// `GET /nodes/:module`.
pub(super) async fn module(State(app): State<App>, Path(module): Path<String>) -> ApiResult<Json<Value>> {
    let nodes = sets_of(&app, &module);
    let Some(first) = nodes.first() else { return Err(ApiError::not_found("module", &module)) };
    let (version, local, user) = (&first["version"], &first["local"], &first["user"]);
    Ok(Json(json!({ "name": module, "version": version, "local": local, "user": user, "nodes": nodes })))
}

/// `GET /nodes/:module/:set`, and its texts at `GET /nodes/:module/:set/messages`.
pub(super) async fn set(
    State(app): State<App>,
    Path((module, set)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let find = |set: &str| {
        let id = format!("{module}/{set}");
        sets(&app).find(|known| known["id"] == *id).ok_or_else(|| ApiError::not_found("node set", &id))
    };
    if let Some(of) = set.strip_suffix("/messages") {
        find(of)?;
        let beginning = format!("{of}.");
        let texts = app.registry.texts().into_iter().filter(|(key, _)| key.starts_with(&beginning));
        return Ok(Json(texts.map(|(key, text)| (key.to_owned(), Value::from(text))).collect()));
    }
    find(&set).map(Json)
}

#[derive(Default, Deserialize)]
struct Switch {
    enabled: Option<bool>,
}

/// `PUT /nodes/:module`: switches every type on or off.
pub(super) async fn switch_module(
    State(app): State<App>,
    Path(name): Path<String>,
    body: TextBody,
) -> ApiResult<Json<Value>> {
    let is_enabled = wanted(&body)?;
    let sets = sets_of(&app, &name);
    if sets.is_empty() {
        return Err(ApiError::not_found("module", &name));
    }
    let all = sets.iter().filter_map(|set| set["name"].as_str().map(str::to_owned)).collect();
    switch(&app, all, is_enabled).await?;
    module(State(app), Path(name)).await
}

/// `PUT /nodes/:module/:set`: switches a type on or off. One that nodes are of cannot be switched off.
pub(super) async fn switch_set(
    State(app): State<App>,
    Path((module, name)): Path<(String, String)>,
    body: TextBody,
) -> ApiResult<Json<Value>> {
    let is_enabled = wanted(&body)?;
    let known = set(State(app.clone()), Path((module.clone(), name.clone()))).await?;
    if known.get("id").is_none() {
        return Err(ApiError::not_found("node set", &name));
    }
    switch(&app, vec![name.clone()], is_enabled).await?;
    set(State(app), Path((module, name))).await
}

fn wanted(body: &TextBody) -> ApiResult<bool> {
    let enabled = body.parse::<Switch>()?.enabled;
    enabled.ok_or_else(|| ApiError::bad_request(Failure::key("server.enabled-missing")))
}

async fn switch(app: &App, types: Vec<String>, is_enabled: bool) -> ApiResult<()> {
    let in_force = app.flows.in_force().await;
    if !is_enabled {
        for name in &types {
            let count = in_force.document.nodes().iter().filter(|node| node.type_name() == name).count();
            if count > 0 {
                let failure = Failure::key("server.type-in-use").with("type", name).with("count", count);
                return Err(ApiError::new(StatusCode::BAD_REQUEST, "type_in_use", failure));
            }
        }
    }
    let changed: Vec<String> =
        types.into_iter().filter(|name| app.registry.is_enabled(name) != is_enabled).collect();
    for name in &changed {
        app.registry.set_enabled(name, is_enabled);
    }
    let (storage, disabled) = (app.flows.storage().clone(), json!(app.registry.disabled()).to_string());
    blocking(move || storage.set_text(DISABLED, &disabled)).await?;
    let is_missed = |name: &String| in_force.document.nodes().iter().any(|node| node.type_name() == name);
    if is_enabled && changed.iter().any(is_missed) {
        app.flows.deploy(Wanted::Same).await?;
    }
    let topic = if is_enabled { "notification/node/enabled" } else { "notification/node/disabled" };
    for set in sets(app).filter(|set| changed.iter().any(|name| set["name"] == *name)) {
        app.hub.publish(topic, set, false);
    }
    Ok(())
}

/// Switches off what was switched off before the restart, or in Node-RED. Gives the types.
pub(crate) fn switch_off_again(app: &App) -> Vec<String> {
    let kept = app.flows.storage().text(DISABLED).ok().flatten();
    let kept: Option<Vec<String>> = kept.and_then(|text| serde_json::from_str(&text).ok());
    let types = kept.unwrap_or_else(|| {
        app.node_red.as_ref().map(|folder| folder.disabled().to_vec()).unwrap_or_default()
    });
    types.into_iter().filter(|name| app.registry.set_enabled(name, false)).collect()
}

/// `GET /icons`: the names of the icons that node types use, by module; the editor draws them itself.
pub(super) async fn icons(State(app): State<App>) -> Json<Value> {
    let names: BTreeSet<String> =
        app.registry.descriptors().into_iter().map(|descriptor| descriptor.icon).collect();
    Json(json!({ MODULE: names }))
}

/// `GET /udp-ports/:id`: the ports that UDP nodes listen on; the id does not matter.
pub(super) async fn udp_ports(State(app): State<App>, Path(_): Path<String>) -> Json<Value> {
    let in_force = app.flows.in_force().await;
    let listening = in_force
        .document
        .nodes()
        .iter()
        .filter(|node| node.type_name() == "udp in" && app.flows.engine().node(node.id()).is_some());
    let ports = listening.filter_map(|node| match node.field("port")? {
        Literal::String(port) => Some(port.to_string()),
        other => Some(other.to_js_string()),
    });
    Json(json!(ports.collect::<BTreeSet<_>>()))
}

/// `GET /credentials/:type/:id`: what may be shown of a node's credentials; secrets as `has_<name>`.
pub(super) async fn credentials(
    State(app): State<App>,
    Path((_type_name, id)): Path<(String, String)>,
) -> Json<Map<String, Value>> {
    let in_force = app.flows.in_force().await;
    let node = in_force.document.get(&id);
    Json(node.map(|node| credentials::shown(&app.registry, node, &in_force.credentials)).unwrap_or_default())
}
