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
        "runtimeState": { "enabled": app.settings.runtime_state, "ui": app.settings.runtime_state },
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
    let name = asker.name.as_deref();
    let own = kept(&app, name.is_some()).await?;
    let own = match name {
        Some(name) => own.get(name).and_then(Value::as_object).cloned(),
        None => (!own.is_empty()).then_some(own),
    };
    let settings = match own {
        Some(own) => own,
        None => inherited(&app, name).await?,
    };
    Ok(Json(settings.into()))
}

/// What somebody begins with: what was kept before there were users, or else in Node-RED.
async fn inherited(app: &App, name: Option<&str>) -> ApiResult<Map<String, Value>> {
    let before = kept(app, false).await?;
    if !before.is_empty() {
        return Ok(before);
    }
    let theirs = app.node_red.as_ref().and_then(|folder| folder.user_settings(name));
    Ok(theirs.unwrap_or_default())
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
    let name = asker.name.as_deref();
    let mut kept = kept(&app, name.is_some()).await?;
    let file = match name {
        None => {
            if kept.is_empty() {
                kept = inherited(&app, None).await?;
            }
            kept.extend(given);
            USER_SETTINGS
        }
        Some(name) => {
            let mut settings = match kept.get_mut(name).map(Value::take) {
                Some(Value::Object(settings)) => settings,
                _ => inherited(&app, Some(name)).await?,
            };
            settings.extend(given);
            kept.insert(name.to_owned(), settings.into());
            NAMED_SETTINGS
        }
    };
    let storage = app.flows.storage().clone();
    blocking(move || storage.set_text(file, &Value::Object(kept).to_string())).await?;
    Ok(StatusCode::NO_CONTENT)
}
