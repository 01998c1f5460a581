//! What the specs let their helper nodes say and send.

use engine::node::TaskOut;
use engine::observe::{Level, Status};
use engine::{Message, NodeError, Value, js};
use model::text::Text;
use serde_json::Value as Json;

/// Calls a method of a helper node, whose way out is `out`.
pub(super) async fn call(out: &TaskOut, method: &str, arguments: &[Value]) -> Result<Json, String> {
    let first = arguments.first().cloned().unwrap_or_default();
    let text = || Text::literal(js::to_text(&first));
    match method {
        "send" => send(out, &first, None).await,
        "status" => out.status(status_of(&first)),
        "error" => {
            let message = arguments.get(1).and_then(Value::as_object).cloned();
            out.fail(error_of(&first), message.map(Message::from_object));
        }
        "warn" => out.log(Level::Warn, text()),
        "log" => out.log(Level::Info, text()),
        "debug" => out.log(Level::Debug, text()),
        "trace" => out.log(Level::Trace, text()),
        _ => return Err(format!("unknown method {method}")),
    }
    Ok(Json::Null)
}

/// Sends as `node.send` does: a message, one for each output, or several for an output.
pub(super) async fn send(out: &TaskOut, value: &Value, of: Option<&Message>) {
    let ports = match value {
        Value::Array(ports) => ports.to_vec(),
        single => vec![single.clone()],
    };
    for (port, value) in ports.iter().enumerate() {
        let several = match value {
            Value::Array(several) => several.to_vec(),
            single => vec![single.clone()],
        };
        for value in several {
            let Value::Object(object) = value else { continue };
            let message = match of {
                Some(message) => message.derive(object),
                None => Message::from_object(object),
            };
            let _ = out.send(port, message).await;
        }
    }
}

fn status_of(value: &Value) -> Status {
    let text = |name: &str| value.get(name).map(js::to_text).unwrap_or_default();
    match value {
        Value::Object(_) => Status::new(&text("fill"), &text("shape"), Text::literal(text("text"))),
        other => Status::new("", "", Text::literal(js::to_text(other))),
    }
}

pub(super) fn error_of(value: &Value) -> NodeError {
    let error = NodeError::literal(value.get("message").map_or_else(|| js::to_text(value), js::to_text));
    match value.get("code") {
        Some(code) => error.coded(js::to_text(code)),
        None => error,
    }
}
