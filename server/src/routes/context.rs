//! What flows keep in context.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use engine::Value;
use engine::inspect::{self, Encoded};
use engine::js::path::PropertyPath;
use serde::Deserialize;
use serde_json::{Value as JsonValue, json};

use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;

/// The name of the one scope that all flows share.
const GLOBAL: &str = "global";

#[derive(Deserialize)]
pub(super) struct Options {
    /// One store instead of all.
    store: Option<String>,
    /// Names without values.
    #[serde(rename = "keysOnly")]
    keys_only: Option<String>,
}

/// `GET /context/global`: `{store: {key: {msg, format}}}`.
pub(super) async fn all_global(
    State(app): State<App>,
    Query(options): Query<Options>,
) -> ApiResult<Json<JsonValue>> {
    values(&app, GLOBAL, &options)
}

/// `GET /context/flow/:id` and `GET /context/node/:id`.
pub(super) async fn all(
    State(app): State<App>,
    Path((scope, id)): Path<(String, String)>,
    Query(options): Query<Options>,
) -> ApiResult<Json<JsonValue>> {
    values(&app, &scope_name(&app, &scope, &id).await?, &options)
}

/// `GET /context/global/:key`: `{msg, format}`, with the `store` if it is not the default one.
pub(super) async fn one_global(
    State(app): State<App>,
    Path(key): Path<String>,
    Query(options): Query<Options>,
) -> ApiResult<Json<JsonValue>> {
    value(&app, GLOBAL, &key, &options)
}

/// `GET /context/flow/:id/:key` and `GET /context/node/:id/:key`.
pub(super) async fn one(
    State(app): State<App>,
    Path((scope, id, key)): Path<(String, String, String)>,
    Query(options): Query<Options>,
) -> ApiResult<Json<JsonValue>> {
    value(&app, &scope_name(&app, &scope, &id).await?, &key, &options)
}

/// `DELETE /context/global/:key`.
pub(super) async fn forget_global(
    State(app): State<App>,
    Path(key): Path<String>,
    Query(options): Query<Options>,
) -> ApiResult<StatusCode> {
    remove(&app, GLOBAL, &key, &options)
}

/// `DELETE /context/flow/:id/:key` and `DELETE /context/node/:id/:key`.
pub(super) async fn forget(
    State(app): State<App>,
    Path((scope, id, key)): Path<(String, String, String)>,
    Query(options): Query<Options>,
) -> ApiResult<StatusCode> {
    remove(&app, &scope_name(&app, &scope, &id).await?, &key, &options)
}

/// The stores' name of a flow's or node's scope.
async fn scope_name(app: &App, scope: &str, id: &str) -> ApiResult<String> {
    match scope {
        "flow" => Ok(id.to_owned()),
        "node" => {
            let flow = match app.flows.engine().node(id) {
                Some(node) => node.info.flow.to_string(),
                // What does not run, or is gone, may still have values.
                None => {
                    let in_force = app.flows.in_force().await;
                    in_force.document.get(id).and_then(|node| node.z()).unwrap_or_default().to_owned()
                }
            };
            Ok(if flow.is_empty() { id.to_owned() } else { format!("{id}:{flow}") })
        }
        other => Err(ApiError::not_found("context", other)),
    }
}

fn values(app: &App, scope: &str, options: &Options) -> ApiResult<Json<JsonValue>> {
    let contexts = app.flows.engine().contexts();
    let stores: Vec<&str> = match known_store(app, options)? {
        Some(store) => vec![store],
        None => contexts.names().map(|name| name.as_str()).collect(),
    };
    let mut all = serde_json::Map::new();
    for name in stores {
        let keys = contexts.keys_in_store(Some(name), scope);
        let values = if options.keys_only.is_some() {
            let keys: Vec<JsonValue> = keys.iter().map(|key| json!({ "key": key })).collect();
            json!({ "keys": keys })
        } else {
            let shown = keys.iter().filter_map(|key| {
                let value = contexts.in_store(Some(name), scope, &PropertyPath::key(key.clone()))?;
                Some((key.as_str(), encoded(&value)))
            });
            json!(shown.collect::<BTreeMap<_, _>>())
        };
        all.insert(name.to_owned(), values);
    }
    Ok(Json(all.into()))
}

fn value(app: &App, scope: &str, key: &str, options: &Options) -> ApiResult<Json<JsonValue>> {
    let contexts = app.flows.engine().contexts();
    let store = known_store(app, options)?.unwrap_or_else(|| contexts.default_name());
    let value = contexts.in_store(Some(store), scope, &path(key)?).unwrap_or_default();
    if options.keys_only.is_some() {
        return Ok(Json(json!({ store: keys_of(&value) })));
    }
    let Encoded { msg, format } = encoded(&value);
    let mut shown = json!({ "msg": msg, "format": format });
    if store != contexts.default_name() {
        shown["store"] = store.into();
    }
    Ok(Json(shown))
}

/// What stands in a value, without the values in it.
fn keys_of(value: &Value) -> JsonValue {
    let list = |items: &[Value]| format!("array[{}]", items.len());
    let key = |(name, value): (&ecow::EcoString, &Value)| match value {
        Value::Array(items) => json!({ "key": name, "format": list(items), "length": items.len() }),
        Value::Object(_) => json!({ "key": name, "format": "object" }),
        _ => json!({ "key": name }),
    };
    match value {
        Value::Array(items) => json!({ "format": list(items) }),
        Value::Object(object) => {
            json!({ "keys": object.iter().map(key).collect::<Vec<_>>(), "format": "object" })
        }
        _ => json!({ "keys": [] }),
    }
}

fn remove(app: &App, scope: &str, key: &str, options: &Options) -> ApiResult<StatusCode> {
    let contexts = app.flows.engine().contexts();
    let store = known_store(app, options)?.unwrap_or_else(|| contexts.default_name());
    let removed = contexts.store(Some(store)).set(scope, &path(key)?, Value::Undefined);
    removed.map_err(|error| ApiError::bad_request(error.into_fault().text.into()))?;
    Ok(StatusCode::NO_CONTENT)
}

fn path(key: &str) -> ApiResult<PropertyPath> {
    PropertyPath::parse(key).map_err(|text| ApiError::bad_request(text.into()))
}

/// The store that is asked for, if one is.
fn known_store<'a>(app: &'a App, options: &'a Options) -> ApiResult<Option<&'a str>> {
    let contexts = app.flows.engine().contexts();
    match options.store.as_deref() {
        None => Ok(None),
        Some("default") => Ok(Some(contexts.default_name())),
        Some(name) if contexts.names().any(|known| known == name) => Ok(Some(name)),
        Some(name) => {
            let failure = Failure::key("server.store").with("store", name);
            Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", failure))
        }
    }
}

fn encoded(value: &Value) -> Encoded {
    inspect::encode(value, inspect::DEFAULT_LIMIT)
}
