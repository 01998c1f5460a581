//! What editors are told of the server, and what they keep there.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use super::body::TextBody;
use crate::api_error::ApiResult;
use crate::app::App;
use crate::flows::blocking;
use crate::guard::Asker;

const USER_SETTINGS: &str = "user-settings";
const NAMED_SETTINGS: &str = "user-settings-by-name";

/// `GET /settings`, in Node-RED's form.
pub(super) async fn get(State(app): State<App>, Extension(asker): Extension<Asker>) -> Json<Value> {
    let contexts = app.flows.engine().contexts();
    let mut settings = json!({
        "httpNodeRoot": format!("{}/", app.settings.http_node_root),
        "version": env!("CARGO_PKG_VERSION"),
        "context": { "default": contexts.default_name(), "stores": contexts.names().collect::<Vec<_>>() },
        "codeEditor": { "lib": "codemirror" },
        "libraries": [],
        "flowFilePretty": true,
        "externalModules": { "palette": { "allowInstall": false, "allowUpload": false } },
        "flowEncryptionType": if app.settings.credential_key.is_some() { "user" } else { "system" },
        "diagnostics": { "enabled": true, "ui": true },
        "runtimeState": { "enabled": true, "ui": true },
        "functionExternalModules": false,
        "editorTheme": { "projects": { "enabled": false }, "languages": ["en-US"] },
        "runtime": "wireloom",
    });
    if !app.settings.users.is_empty() {
        settings["user"] = match &asker.name {
            Some(name) => json!({ "username": name, "permissions": asker.permissions() }),
            None => json!({ "anonymous": true, "permissions": asker.permissions() }),
        };
    }
    Json(settings)
}

/// `GET /settings/user`: what the editor kept, for each user apart. Who kept nothing yet gets what was kept before
/// there were users, or in Node-RED.
pub(super) async fn user(
    State(app): State<App>,
    Extension(asker): Extension<Asker>,
) -> ApiResult<Json<Value>> {
    let own = kept(&app, asker.name.is_some()).await?;
    let own = match &asker.name {
        Some(name) => own.get(name).cloned(),
        None => (!own.is_empty()).then_some(Value::Object(own)),
    };
    let before = match own {
        Some(_) => Map::new(),
        None => kept(&app, false).await?,
    };
    let before = (!before.is_empty()).then_some(Value::Object(before));
    let settings = own.or(before).or_else(|| app.node_red.as_ref()?.user_settings());
    Ok(Json(settings.unwrap_or_else(|| json!({}))))
}

/// What is kept: by name, or of those who are not logged in.
async fn kept(app: &App, by_name: bool) -> ApiResult<Map<String, Value>> {
    let storage = app.flows.storage().clone();
    let text = blocking(move || storage.text(if by_name { NAMED_SETTINGS } else { USER_SETTINGS })).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// `POST /settings/user`: the editor keeps its settings; names that it does not give stay as they are.
pub(super) async fn set_user(
    State(app): State<App>,
    Extension(asker): Extension<Asker>,
    body: TextBody,
) -> ApiResult<StatusCode> {
    let given: Map<String, Value> = body.parse()?;
    let _turn = app.user_settings.lock().await;
    let mut kept = kept(&app, asker.name.is_some()).await?;
    let file = match &asker.name {
        None => {
            kept.extend(given);
            USER_SETTINGS
        }
        Some(name) => {
            if let Some(settings) = kept.entry(name).or_insert_with(|| json!({})).as_object_mut() {
                settings.extend(given);
            }
            NAMED_SETTINGS
        }
    };
    let storage = app.flows.storage().clone();
    blocking(move || storage.set_text(file, &Value::Object(kept).to_string())).await?;
    Ok(StatusCode::NO_CONTENT)
}
