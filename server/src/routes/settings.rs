//! What editors are told of the server, and what they keep there.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::body::TextBody;
use crate::api_error::ApiResult;
use crate::app::App;
use crate::flows::blocking;

const USER_SETTINGS: &str = "user-settings";

/// `GET /settings`, in Node-RED's form.
pub(super) async fn get(State(app): State<App>) -> Json<Value> {
    let contexts = app.flows.engine().contexts();
    let mut settings = json!({
        "httpNodeRoot": "/",
        "version": env!("CARGO_PKG_VERSION"),
        "context": { "default": contexts.default_name(), "stores": contexts.names().collect::<Vec<_>>() },
        "codeEditor": { "lib": "codemirror" },
        "libraries": [],
        "flowFilePretty": true,
        "externalModules": { "palette": { "allowInstall": false, "allowUpload": false } },
        "flowEncryptionType": "disabled",
        "diagnostics": { "enabled": true, "ui": true },
        "runtimeState": { "enabled": false, "ui": false },
        "functionExternalModules": false,
        "editorTheme": { "projects": { "enabled": false }, "languages": ["en-US"] },
        "runtime": "wireloom",
    });
    if app.settings.admin_password.is_some() {
        settings["user"] = json!({ "username": app.settings.admin_user, "permissions": "*" });
    }
    Json(settings)
}

/// `GET /settings/user`: what the editor kept.
pub(super) async fn user(State(app): State<App>) -> ApiResult<Json<Value>> {
    let storage = app.flows.storage().clone();
    let text = blocking(move || storage.text(USER_SETTINGS)).await?;
    let settings = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(Json(settings.unwrap_or_else(|| json!({}))))
}

/// `POST /settings/user`: the editor keeps its settings; names that it does not give stay as they are.
pub(super) async fn set_user(State(app): State<App>, body: TextBody) -> ApiResult<StatusCode> {
    let given: Map<String, Value> = body.parse()?;
    let storage = app.flows.storage().clone();
    blocking(move || {
        let known = storage.text(USER_SETTINGS)?.and_then(|text| serde_json::from_str(&text).ok());
        let mut settings: Map<String, Value> = known.unwrap_or_default();
        settings.extend(given);
        storage.set_text(USER_SETTINGS, &Value::Object(settings).to_string())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
