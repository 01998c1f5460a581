//! The example flows that the editor offers.

use axum::Json;
use axum::extract::Path;
use axum::response::Response;
use model::api::ExampleInfo;

use super::flows::json_text;
use crate::api_error::{ApiError, ApiResult};
use crate::examples;
use crate::texts::Asked;

/// `GET /examples`: what there is.
pub(super) async fn list(Asked(language): Asked) -> Json<Vec<ExampleInfo>> {
    Json(examples::list(language))
}

/// `GET /examples/:name`: the flow file.
pub(super) async fn get(Path(name): Path<String>) -> ApiResult<Response> {
    let example = examples::get(&name).ok_or_else(|| ApiError::not_found("example", &name))?;
    Ok(json_text(example.flows.to_owned()))
}
