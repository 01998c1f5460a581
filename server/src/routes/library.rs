//! The library, and the examples as a library that cannot be written to.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::language::Language;
use serde_json::{Map, Value, json};

use super::body::TextBody;
use super::flows::json_text;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::examples;
use crate::failure::Failure;
use crate::flows::blocking;
use crate::library::{Entry, FLOWS};

/// The library in the data folder, by Node-RED's name for it.
const LOCAL: &str = "local";
/// The examples, by Node-RED's name for them.
const EXAMPLES: &str = "_examples_";
/// The module that the examples belong to.
const MODULE: &str = "wireloom";

/// `GET /library/:library/:type`
pub(super) async fn root(State(app): State<App>, Path((library, kind)): Path<(String, String)>) -> ApiResult {
    get(State(app), Path((library, kind, String::new()))).await
}

/// `GET /library/:library/:type/:path`: what is in a folder, or a file.
pub(super) async fn get(
    State(app): State<App>,
    Path((library, kind, path)): Path<(String, String, String)>,
) -> ApiResult {
    let found = match library.as_str() {
        LOCAL => {
            let (kind, path) = (kind.clone(), path.clone());
            local(move || app.library.get(&kind, &path)).await?
        }
        EXAMPLES if kind == FLOWS => example(path.trim_matches('/')),
        EXAMPLES => Some(Entry::Folder(Vec::new())),
        other => return Err(ApiError::not_found("library", other)),
    };
    match found {
        None => Err(ApiError::not_found("library entry", &path)),
        Some(Entry::Folder(entries)) => Ok(Json(entries).into_response()),
        Some(Entry::File(text)) if kind == FLOWS => Ok(json_text(text)),
        Some(Entry::File(text)) => {
            Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
        }
    }
}

fn example(path: &str) -> Option<Entry> {
    match path.split_once('/') {
        None if path.is_empty() => Some(Entry::Folder(vec![MODULE.into()])),
        None if path == MODULE => {
            let files =
                examples::list(Language::English).into_iter().map(|example| json!({ "fn": example.name }));
            Some(Entry::Folder(files.collect()))
        }
        Some((MODULE, name)) => examples::get(name).map(|example| Entry::File(example.flows.to_owned())),
        _ => None,
    }
}

/// `POST /library/local/:type/:path`: keeps flows, which are the body, or a text, which is its `text`; whatever else
/// stands in the body is said about it.
pub(super) async fn save(
    State(app): State<App>,
    Path((library, kind, path)): Path<(String, String, String)>,
    body: TextBody,
) -> ApiResult<Response> {
    if library != LOCAL {
        return Err(ApiError::not_found("library", &library));
    }
    if kind == FLOWS {
        let flows = body.json()?;
        local(move || app.library.save_flows(&path, &flows)).await?;
    } else {
        let mut about: Map<String, Value> = body.parse()?;
        let text = about.remove("text");
        let text = text.as_ref().and_then(Value::as_str).map(str::to_owned);
        let text = text.ok_or_else(|| ApiError::bad_request(Failure::key("server.text-missing")))?;
        local(move || app.library.save(&kind, &path, &about, &text)).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A name that cannot be one is the caller's mistake; all else is ours.
async fn local<T: Send + 'static>(
    work: impl FnOnce() -> crate::failure::Result<T> + Send + 'static,
) -> ApiResult<T> {
    blocking(work).await.map_err(|failure| match failure.0.key.as_ref() {
        "library.name" => ApiError::bad_request(failure),
        _ => failure.into(),
    })
}
