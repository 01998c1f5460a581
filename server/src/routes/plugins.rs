//! What Node-RED's clients ask for and Wireloom has none of: plugins, and a theme.

use axum::Json;
use serde_json::{Value, json};

/// `GET /plugins`: there are none.
pub(super) async fn list() -> Json<Value> {
    Json(json!([]))
}

/// `GET /plugins/messages`: nor texts of any.
pub(super) async fn messages() -> Json<Value> {
    Json(json!({}))
}

/// `GET /theme`: the editor is called by its own name.
pub(super) async fn theme() -> Json<Value> {
    Json(json!({ "page": { "title": "Wireloom" }, "header": { "title": "Wireloom" } }))
}
