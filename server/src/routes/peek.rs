//! The last messages of a wire, for those who have no socket.

use axum::Json;
use axum::extract::{Path, State};
use engine::{Message, Value};
use model::api::{KeptMessage, Peek, Replay};

use super::body::{TextBody, not_json};
use crate::api_error::{ApiError, ApiResult};
use crate::app::{App, Parts};
use crate::comms::peek_of;
use crate::failure::Failure;

/// `GET /peek/:id/:port`. What is kept; whoever asks counts as watching for half a minute.
pub(super) async fn get(
    State(app): State<App>,
    Path((node, port)): Path<(String, usize)>,
) -> ApiResult<Json<Peek>> {
    Ok(Json(peek_of(&app.peeks.ask(&app, &node, port)?, 0)))
}

/// `POST /peek/:id/:port`. Has messages arrive once more; nothing is sent where one of them, or a node, is not there.
/// The answer tells how many arrived.
pub(super) async fn replay(
    State(app): State<App>,
    Path((node, port)): Path<(String, usize)>,
    body: TextBody,
) -> ApiResult<Json<serde_json::Value>> {
    let replay: Replay = body.parse()?;
    app.flows.in_force().await;
    let mut messages = kept(&app, &node, port, &replay.messages)?;
    if let Some(message) = &replay.msg {
        messages.push(written(message)?);
    }
    if messages.iter().any(|message| message.as_object().is_none()) {
        return Err(ApiError::bad_request(Failure::key("replay.no-object")));
    }
    let engine = app.flows.engine();
    if let Some(missing) = replay.to.iter().find(|to| engine.node(to).is_none()) {
        return Err(ApiError::not_found("node", missing));
    }
    let mut sent = 0;
    for message in &messages {
        for to in &replay.to {
            let Value::Object(properties) = message else { continue };
            let arrived = engine.receive(to, Message::from_object(properties.clone()));
            arrived.map_err(|_| ApiError::not_found("node", to))?;
            sent += 1;
        }
    }
    Ok(Json(serde_json::json!({ "sent": sent })))
}

/// A message that somebody wrote.
pub(super) fn written(message: &model::json::Json) -> ApiResult<Value> {
    let read = serde_json::from_str::<Value>(&message.to_js_string());
    Ok(decoded(read.map_err(|error| not_json(&error))?))
}

/// Kept messages of a port, in the order in which they are named.
pub(super) fn kept(app: &Parts, node: &str, port: usize, wanted: &[KeptMessage]) -> ApiResult<Vec<Value>> {
    let sightings = app.peeks.ask(app, node, port)?;
    let one = |wanted: &KeptMessage| {
        let found = sightings
            .iter()
            .find(|sighting| sighting.source == wanted.source && sighting.seen.number == wanted.number);
        let missing = || ApiError::not_found("message", &format!("{}/{}", wanted.source, wanted.number));
        Ok(found.ok_or_else(missing)?.seen.message.clone())
    };
    wanted.iter().map(one).collect()
}

/// A value in which what stands for bytes, `undefined` and numbers that JSON lacks is that again.
fn decoded(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            if let Some(bytes) = bytes_of(&object) {
                return Value::buffer(bytes);
            }
            if let Some(value) = encoded(&object) {
                return value;
            }
            let entries = object.iter().map(|(key, value)| (key.clone(), decoded(value.clone())));
            Value::Object(std::sync::Arc::new(entries.collect()))
        }
        Value::Array(items) => {
            Value::Array(std::sync::Arc::new(items.iter().cloned().map(decoded).collect()))
        }
        other => other,
    }
}

/// The bytes of `{"type":"Buffer","data":[...]}`, as Node.js writes a buffer.
fn bytes_of(object: &engine::Object) -> Option<Vec<u8>> {
    if object.len() != 2 || object.get("type")?.as_str()? != "Buffer" {
        return None;
    }
    let Value::Array(items) = object.get("data")? else { return None };
    let byte = |item: &Value| match item {
        Value::Number(number) if (0.0..=255.0).contains(number) && number.fract() == 0.0 => {
            Some(*number as u8)
        }
        _ => None,
    };
    items.iter().map(byte).collect()
}

/// What [`engine::inspect::encode`] wrote as an object with the mark `__enc__`, for JSON has nothing for it.
fn encoded(object: &engine::Object) -> Option<Value> {
    if !matches!(object.get("__enc__")?, Value::Bool(true)) {
        return None;
    }
    let number = match (object.get("type")?.as_str()?, object.len()) {
        ("undefined", 2) => return Some(Value::Undefined),
        ("number", 3) => object.get("data")?.as_str()?,
        _ => return None,
    };
    match number {
        "NaN" => Some(f64::NAN.into()),
        "Infinity" => Some(f64::INFINITY.into()),
        "-Infinity" => Some(f64::NEG_INFINITY.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_lacks_is_read_as_it_is_shown() {
        let odd: [Value; 4] =
            [Value::Undefined, f64::INFINITY.into(), f64::NEG_INFINITY.into(), Value::buffer(vec![7])];
        let message = Value::from(engine::Object::from_iter([("payload", Value::from(odd.to_vec()))]));
        // The editor takes the marks off a buffer's object: the others stay as they are shown.
        let shown = engine::inspect::encode(&message, engine::inspect::DEFAULT_LIMIT).msg;
        let written = shown.replace(r#","__enc__":true,"length":1"#, "");
        let read = decoded(serde_json::from_str(&written).unwrap());
        assert_eq!(format!("{read:?}"), format!("{message:?}"));
        let nan = decoded(serde_json::from_str(r#"{"__enc__":true,"type":"number","data":"NaN"}"#).unwrap());
        assert!(nan.as_f64().unwrap().is_nan());
        for other in [
            r#"{"__enc__":true,"type":"number","data":"7"}"#,
            r#"{"__enc__":true,"type":"undefined","more":1}"#,
            r#"{"__enc__":1,"type":"undefined"}"#,
        ] {
            assert!(decoded(serde_json::from_str(other).unwrap()).as_object().is_some(), "{other}");
        }
    }

    #[test]
    fn bytes_are_read_as_node_js_writes_them() {
        let read = |text: &str| decoded(serde_json::from_str(text).unwrap());
        let value = read(r#"{"payload":[{"type":"Buffer","data":[0,255]}],"type":"Buffer"}"#);
        let Value::Array(payload) = value.as_object().unwrap().get("payload").unwrap() else { panic!() };
        assert!(matches!(&payload[0], Value::Buffer(bytes) if bytes[..] == [0, 255]));
        for not_bytes in [
            r#"{"type":"Buffer","data":[256]}"#,
            r#"{"type":"Buffer","data":[0.5]}"#,
            r#"{"type":"Buffer","data":["a"]}"#,
            r#"{"type":"Buffer","data":[1],"more":1}"#,
        ] {
            assert!(read(not_bytes).as_object().is_some(), "{not_bytes}");
        }
    }
}
