//! JSON Schema: whether a value is what a message asks for.

use engine::{NodeError, Object, Value};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;

/// Problems of one value that are told at most; more help nobody.
const PROBLEM_LIMIT: usize = 100;

/// A compiled schema, and what it was compiled from.
pub(super) struct Schema {
    source: Value,
    validator: Validator,
}

/// Why a value does not fit.
pub(super) struct Problems(Vec<Object>);

impl Schema {
    /// Puts the schema `source` in `place`, compiled, unless it is there.
    ///
    /// # Errors
    /// When it is no schema.
    pub(super) fn take(place: &mut Option<Self>, source: &Value) -> Result<(), NodeError> {
        if place.as_ref().is_some_and(|schema| schema.source == *source) {
            return Ok(());
        }
        *place = None;
        *place = Some(Self { source: source.clone(), validator: compile(source)? });
        Ok(())
    }

    /// Whether `value` fits.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub(super) fn check(&self, value: &Value) -> Result<(), Problems> {
        let value = to_json(value);
        let problems: Vec<Object> =
            self.validator.iter_errors(&value).take(PROBLEM_LIMIT).map(|error| describe(&error)).collect();
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

fn compile(source: &Value) -> Result<Validator, NodeError> {
    let schema = to_json(source);
    if !schema.is_object() && !schema.is_boolean() {
        return Err(NodeError::key("json.errors.schema-error-compile"));
    }
    // Patterns without looking around: they end in time, whatever the text.
    let mut options = jsonschema::options().offline().with_pattern_options(PatternOptions::regex());
    if schema.get("$schema").is_none() {
        options = options.with_draft(Draft::Draft7);
    }
    options.build(&schema).map_err(|error| NodeError::key("json.errors.schema-invalid").with("reason", error))
}

fn to_json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// A problem, in the shape of the Ajv library that Node-RED uses.
fn describe(error: &ValidationError<'_>) -> Object {
    Object::from_iter([
        ("instancePath", Value::from(error.instance_path().as_str())),
        ("schemaPath", ecow::eco_format!("#{}", error.schema_path()).into()),
        ("keyword", error.kind().keyword().into()),
        ("message", error.to_string().into()),
    ])
}

impl Problems {
    /// The error that the node fails with.
    pub(super) fn error(&self) -> NodeError {
        let reason = |problem: &Object| {
            let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            match text("instancePath").as_str() {
                "" => text("message"),
                path => format!("{path}: {}", text("message")),
            }
        };
        let reasons: Vec<String> = self.0.iter().map(reason).collect();
        NodeError::key("json.errors.schema-error").with("reasons", reasons.join("; "))
    }

    /// For `msg.schemaError`.
    pub(super) fn into_value(self) -> Value {
        self.0.into_iter().map(Value::from).collect()
    }
}
