//! Plugins: uploaded, looked at, installed with what they were granted, removed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use model::api::{
    InstalledPlugin, PluginCandidate, PluginProblem, PluginWord, ReplacedPlugin, RunningPlugin,
};
use model::language::Language;
use model::text::{Catalogue, Text};
use plugins::{Capabilities, Capability};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{TextBody, broken};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::flows::blocking;
use crate::guard::{Asker, too_large};
use crate::plugin::{self, Entry, Install, State as PluginState};
use crate::texts::{self, Asked};

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
pub(super) async fn list(State(app): State<App>, Asked(language): Asked) -> Json<Vec<InstalledPlugin>> {
    let in_force = app.flows.in_force().await;
    let used = |entry: &Entry| {
        let type_name = entry.running.as_ref().map(|running| &running.type_name);
        let type_name = type_name.or(entry.record.as_ref().map(|record| &record.type_name));
        let is_it = |name: &str| type_name.is_some_and(|type_name| type_name == name);
        in_force.document.nodes().iter().filter(|node| is_it(node.type_name())).count()
    };
    let all = app.plugins.list();
    Json(all.iter().map(|(name, entry)| installed(&app, name, entry, used(entry), language)).collect())
}

fn installed(app: &App, name: &str, entry: &Entry, used: usize, language: Language) -> InstalledPlugin {
    let (plugin, record) = (entry.plugin.as_ref(), entry.record.as_ref());
    let type_name = plugin.map(|plugin| plugin.descriptor().type_name.clone());
    let type_name = type_name.or_else(|| record.map(|record| record.type_name.clone()));
    let version = plugin.map(|plugin| plugin.version().to_owned());
    InstalledPlugin {
        name: name.to_owned(),
        enabled: type_name.as_ref().is_none_or(|name| app.registry.is_enabled(name)),
        type_name,
        version: version.or_else(|| record.map(|record| record.version.clone())),
        state: entry.state.shown(),
        problem: entry
            .state
            .problem()
            .map(|text| PluginProblem { message: render(language, text), text: text.clone() }),
        sha256: entry.sha256.clone(),
        size: entry.size,
        pinned: record.map(|record| record.sha256.clone()),
        used,
        installed_by: record.map(|record| record.installed_by.clone()),
        installed_at: record.map(|record| record.installed_at),
        runs: entry.running.as_ref().map(|running| RunningPlugin {
            type_name: running.type_name.clone(),
            version: running.version.clone(),
        }),
        asks: plugin.map(|plugin| words(language, plugin.requests())).unwrap_or_default(),
        requests: plugin.map(|plugin| json!(plugin.requests())).unwrap_or_default(),
        granted: record.map(|record| words(language, &record.grants)),
        grants: record.map(|record| json!(record.grants)).unwrap_or_default(),
        about: plugin.map(|plugin| plugin.about().clone()).unwrap_or_default(),
        descriptor: plugin.map(|plugin| plugin.descriptor().clone()),
    }
}

fn words(language: Language, capabilities: &Capabilities) -> Vec<PluginWord> {
    let word = |(capability, text): (Capability, Text)| PluginWord {
        capability: capability.name().to_owned(),
        message: render(language, &text),
        text,
    };
    plugin::asked(capabilities).into_iter().map(word).collect()
}

fn render(language: Language, text: &Text) -> String {
    texts::render_in(language, text).into()
}

/// `POST /nodes/upload`: looks at a component. Nothing is installed yet.
pub(super) async fn upload(
    State(app): State<App>,
    Asked(language): Asked,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<PluginCandidate>> {
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
        Some(ReplacedPlugin {
            name: name.clone(),
            version: record.version.clone(),
            sha256: record.sha256.clone(),
            grants: json!(record.grants),
        })
    });
    Ok(Json(PluginCandidate {
        type_name: type_name.clone(),
        version: staged.version().to_owned(),
        sha256: staged.sha256().to_owned(),
        size,
        asks: words(language, staged.requests()),
        requests: json!(staged.requests()),
        about: staged.about().clone(),
        descriptor: staged.descriptor().clone(),
        replaces,
        is_built_in: app.registry.is_built_in(type_name),
    }))
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
    Asked(language): Asked,
    body: TextBody,
) -> ApiResult<Json<Value>> {
    let Wanted { sha256, grants } = body.parse()?;
    let sha256 = sha256.ok_or_else(|| ApiError::bad_request(Failure::key("plugins.no-packages")))?;
    let is_changed = |entry: &Entry| entry.sha256 == sha256 && matches!(entry.state, PluginState::Changed(_));
    let asks_much = grants != Capabilities::default() || app.plugins.list().values().any(is_changed);
    if asks_much && !asker.may(EVERYTHING) {
        let user = asker.name.unwrap_or_else(|| render(language, &Text::key("plugins.anonymous")));
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
