//! Plugins: uploaded, looked at, installed with what they were granted, removed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use model::text::{Catalogue, Text};
use plugins::{Capabilities, Plugin};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{TextBody, broken};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::flows::blocking;
use crate::guard::{Asker, too_large};
use crate::plugin::{self, Entry, Install, State as PluginState};
use crate::texts;

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "plugins.no-packages",
        "packages of npm are not run here; upload a plugin to /nodes/upload, then name its `sha256` and `grants` here",
    ),
    (
        "plugins.no-administrator",
        "{user} may not grant anything to plugins, nor take a changed file for good: an administrator may",
    ),
    ("plugins.anonymous", "somebody who is not logged in"),
];

/// `GET /nodes/plugins`: what is installed, and what waits for somebody.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    let in_force = app.flows.in_force().await;
    let used = |entry: &Entry| {
        let type_name = entry.running.as_ref().map(|running| &running.type_name);
        let type_name = type_name.or(entry.record.as_ref().map(|record| &record.type_name));
        let is_it = |name: &str| type_name.is_some_and(|type_name| type_name == name);
        in_force.document.nodes().iter().filter(|node| is_it(node.type_name())).count()
    };
    let all = app.plugins.list();
    Json(all.iter().map(|(name, entry)| entry_json(&app, name, entry, used(entry))).collect())
}

fn entry_json(app: &App, name: &str, entry: &Entry, used: usize) -> Value {
    let mut json = entry.plugin.as_ref().map(plugin_json).unwrap_or_else(|| json!({}));
    let record = entry.record.as_ref();
    let grants = record.map(|record| &record.grants);
    let problem = entry.state.problem();
    let more = json!({
        "name": name,
        "state": entry.state.name(),
        "problem": problem.map(|text| json!({ "message": render(text), "text": text })),
        "sha256": entry.sha256,
        "size": entry.size,
        "pinned": record.map(|record| &record.sha256),
        "grants": grants,
        "granted": grants.map(words_json),
        "installedBy": record.map(|record| &record.installed_by),
        "installedAt": record.map(|record| record.installed_at),
        "runs": entry.running.as_ref().map(|running| json!({ "type": running.type_name, "version": running.version })),
        "used": used,
    });
    if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
        json.extend(more);
        if !json.contains_key("type")
            && let Some(record) = record
        {
            json.insert("type".into(), record.type_name.as_str().into());
            json.insert("version".into(), record.version.as_str().into());
        }
        let enabled =
            json.get("type").and_then(Value::as_str).is_none_or(|name| app.registry.is_enabled(name));
        json.insert("enabled".into(), enabled.into());
    }
    json
}

/// What a component says of itself.
fn plugin_json(plugin: &Plugin) -> Value {
    json!({
        "type": plugin.descriptor().type_name,
        "version": plugin.version(),
        "about": plugin.about(),
        "descriptor": plugin.descriptor(),
        "requests": plugin.requests(),
        "asks": words_json(plugin.requests()),
    })
}

fn words_json(capabilities: &Capabilities) -> Value {
    let words = plugin::asked(capabilities).into_iter();
    words
        .map(|(one, text)| json!({ "capability": one.name(), "message": render(&text), "text": text }))
        .collect()
}

fn render(text: &Text) -> String {
    texts::render(text).into()
}

/// `POST /nodes/upload`: looks at a component. Nothing is installed yet.
pub(super) async fn upload(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<Value>> {
    let bytes = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(plugin::size_limit()),
        _ => broken(rejection),
    })?;
    let (size, plugins) = (bytes.len(), app.plugins.clone());
    let staged = blocking(move || plugins.stage(&bytes)).await.map_err(refused)?;
    let type_name = &staged.descriptor().type_name;
    let known = app.plugins.list();
    let replaces = known.iter().find_map(|(name, entry)| {
        let record = entry.record.as_ref().filter(|record| record.type_name == *type_name)?;
        Some(json!({ "name": name, "version": record.version, "sha256": record.sha256, "grants": record.grants }))
    });
    let mut json = plugin_json(&staged);
    json["sha256"] = staged.sha256().into();
    json["size"] = size.into();
    json["replaces"] = replaces.unwrap_or_default();
    json["isBuiltIn"] = app.registry.is_built_in(type_name).into();
    Ok(Json(json))
}

#[derive(Default, Deserialize)]
struct Wanted {
    sha256: Option<String>,
    #[serde(default)]
    grants: Capabilities,
}

/// `POST /nodes`: installs an upload, or approves what lies in the folder.
pub(super) async fn install(
    State(app): State<App>,
    Extension(asker): Extension<Asker>,
    body: TextBody,
) -> ApiResult<Json<Value>> {
    let Wanted { sha256, grants } = body.parse()?;
    let sha256 = sha256.ok_or_else(|| ApiError::bad_request(Failure::key("plugins.no-packages")))?;
    let is_changed = |entry: &Entry| entry.sha256 == sha256 && matches!(entry.state, PluginState::Changed(_));
    let asks_much = grants != Capabilities::default() || app.plugins.list().values().any(is_changed);
    if asks_much && !asker.may(EVERYTHING) {
        let user = asker.name.unwrap_or_else(|| render(&Text::key("plugins.anonymous")));
        let failure = Failure::key("plugins.no-administrator").with("user", user);
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", failure));
    }
    let (plugins, by) = (app.plugins.clone(), asker.name.unwrap_or_default());
    let wanted = Install { sha256, grants, by };
    let (name, change) = blocking(move || plugins.install(wanted)).await.map_err(refused)?;
    follow(&app, change).await;
    super::nodes::module(State(app), Path(name)).await
}

/// The permission of those who may do everything.
const EVERYTHING: &str = "*";

/// `DELETE /nodes/:module`: removes a plugin. Its nodes stay in the flows.
pub(super) async fn remove(State(app): State<App>, Path(name): Path<String>) -> ApiResult<StatusCode> {
    if !app.plugins.list().contains_key(&name) {
        return Err(ApiError::not_found("plugin", &name));
    }
    let plugins = app.plugins.clone();
    let change = blocking(move || plugins.remove(&name)).await?;
    follow(&app, change).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes on to its end even if the caller goes away.
async fn follow(app: &App, change: Option<plugin::Change>) {
    let app = app.clone();
    let task = tokio::spawn(async move {
        plugin::announce(&app, change.as_slice()).await;
        plugin::tell_state(&app);
    });
    // A panic in there was logged.
    let _ = task.await;
}

/// What is wrong with a file is the asker's to mend; the rest is the server's.
fn refused(failure: Failure) -> ApiError {
    let is_ours = matches!(&*failure.0.key, "plugin.cache" | "plugin.engine" | "plugins.unreadable");
    match failure.0.key.starts_with("plugin") && !is_ours {
        true => ApiError::new(StatusCode::BAD_REQUEST, "invalid_plugin", failure),
        false => failure.into(),
    }
}
