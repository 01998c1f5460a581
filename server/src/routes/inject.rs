//! The buttons of nodes.

use axum::extract::{Path, State};
use engine::Value;
use engine::node::Command;

use super::body::{TextBody, not_json};
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;

/// Where Node-RED's editor puts the properties to use in place of the node's own.
const PROPERTIES: &str = "__user_inject_props__";

/// `POST /inject/:id`: presses the button.
pub(super) async fn press(
    State(app): State<App>,
    Path(id): Path<String>,
    body: TextBody,
) -> ApiResult<&'static str> {
    app.flows.in_force().await;
    let given = match body.0.trim() {
        "" => None,
        text => serde_json::from_str::<Value>(text).map_err(|error| not_json(&error))?.as_object().and_then(
            |body| {
                let properties = body.get(PROPERTIES)?;
                Some(properties.clone())
            },
        ),
    };
    let sent = app.flows.engine().command(&id, Command::Inject(given));
    sent.map_err(|_| ApiError::not_found("node", &id))?;
    Ok("OK")
}
