//! Trying an expression: what it makes of a message, by the engine that flows evaluate it with.

use axum::Json;
use axum::extract::State;
use engine::inspect;
use engine::typed::{Expression, Surroundings};
use engine::{NodeError, Object, Value};
use model::json::Json as Literal;
use model::text::{Catalogue, Text};
use serde::Deserialize;
use serde_json::json;

use super::body::TextBody;
use super::peek::written;
use crate::api_error::{ApiError, ApiResult};
use crate::app::App;
use crate::failure::Failure;
use crate::flows::blocking;
use crate::guard::too_large;
use crate::texts::{self, Asked};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue =
    &[("jsonata.message", "a message is an object of properties, such as {\"payload\": 1}")];

/// The largest body: a message of this size is large for something that is tried with every key.
const BODY_LIMIT: usize = 1024 * 1024;

/// What is tried.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Trial {
    /// The expression.
    expression: String,
    /// The message; an empty one where it is absent.
    msg: Option<Literal>,
    /// The node whose context and environment the expression reads; none are there without one that runs.
    node: Option<String>,
}

/// `POST /jsonata`: what an expression makes of a message, as the debug panel shows values (`msg`, `format`), or what is
/// wrong with it (`error`). It has as long as in a flow, half a second. Node-RED's rules for `msg` in expressions hold.
pub(super) async fn evaluate(
    State(app): State<App>,
    Asked(language): Asked,
    body: TextBody,
) -> ApiResult<Json<serde_json::Value>> {
    if body.0.len() > BODY_LIMIT {
        return Err(too_large(BODY_LIMIT));
    }
    let trial: Trial = body.parse()?;
    let message = match &trial.msg {
        None => Object::default(),
        Some(message) => match written(message)? {
            Value::Object(properties) => (*properties).clone(),
            _ => return Err(ApiError::bad_request(Failure::key("jsonata.message"))),
        },
    };
    app.flows.in_force().await;
    let node = trial.node.as_deref().and_then(|id| app.flows.engine().node(id));
    let surroundings = node.as_deref().map(Surroundings::from).unwrap_or_default();
    // Who types fast asks again before the answer is there: so many at once, the others wait.
    let _turn = app.trials.acquire().await;
    let result = blocking(move || Ok(run(&trial.expression, &surroundings, &message))).await?;
    Ok(Json(match result {
        Ok(value) => json!(inspect::encode(&value, inspect::DEFAULT_LIMIT)),
        Err(error) => {
            let message = texts::of_node(language, &app.registry, &error.text);
            json!({ "error": { "message": message, "text": error.text, "code": error.code, "position": position(&error.text) } })
        }
    }))
}

fn run(source: &str, surroundings: &Surroundings, message: &Object) -> Result<Value, NodeError> {
    Expression::parse(source)?.evaluate_with(surroundings, message, &[])
}

/// The number of the character at which an expression cannot be understood, from 1.
fn position(text: &Text) -> Option<usize> {
    text.args.get("position")?.parse().ok()
}
