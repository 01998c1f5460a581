//! Texts by key.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};

use crate::app::App;
use crate::texts;

/// `GET /locales/:namespace`: every text by its key, in English whatever `?lng=` asks for. There is one
/// namespace; the name does not matter.
pub(super) async fn get(
    State(app): State<App>,
    Path(_): Path<String>,
) -> Json<BTreeMap<&'static str, &'static str>> {
    let own = texts::catalogues().flat_map(|table| table.iter()).copied();
    Json(own.chain(app.registry.texts()).collect())
}
