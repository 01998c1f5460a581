//! Node types.

use axum::Json;
use axum::extract::{Path, State};
use engine::registry::Registry;
use model::descriptor::NodeDescriptor;
use serde_json::{Map, Value, json};

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::credentials;

/// The module that the built-in types stand in.
const MODULE: &str = "wireloom";

/// `GET /nodes`: the types as Node-RED's node sets, one type each.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    Json(sets(&app.registry).collect())
}

fn sets(registry: &Registry) -> impl Iterator<Item = Value> {
    registry.descriptors().into_iter().map(|descriptor| {
        json!({
            "id": format!("{MODULE}/{}", descriptor.type_name),
            "name": descriptor.type_name,
            "types": [descriptor.type_name],
            "enabled": true,
            "local": false,
            "user": false,
            "module": MODULE,
            "version": env!("CARGO_PKG_VERSION"),
        })
    })
}

/// `GET /nodes/descriptors`: everything that an editor needs to list, draw and edit nodes.
pub(super) async fn descriptors(State(app): State<App>) -> Json<Value> {
    let descriptors: Vec<&NodeDescriptor> = app.registry.descriptors();
    Json(json!({ "descriptors": descriptors, "texts": app.registry.texts() }))
}

/// `GET /nodes/:module`.
pub(super) async fn module(State(app): State<App>, Path(module): Path<String>) -> ApiResult<Json<Value>> {
    if module != MODULE {
        return Err(ApiError::not_found("module", &module));
    }
    let nodes: Vec<Value> = sets(&app.registry).collect();
    Ok(Json(
        json!({ "name": MODULE, "version": env!("CARGO_PKG_VERSION"), "local": false, "user": false, "nodes": nodes }),
    ))
}

/// `GET /nodes/:module/:set`.
pub(super) async fn set(
    State(app): State<App>,
    Path((module, set)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    let id = format!("{module}/{set}");
    let found = sets(&app.registry).find(|known| known["id"] == *id);
    found.map(Json).ok_or_else(|| ApiError::not_found("node set", &id))
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
