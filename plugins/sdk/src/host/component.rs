//! The real host, behind the imports of the component.

use crate::guest::bindings::wireloom::node as wit;
use crate::{Failure, Fill, Level, NodeInfo, Scope, Shape, Value, http, mqtt};
use wit::{clock, context, kv, messages, random, runtime, types};

/// A message by its handle.
pub(crate) struct Message(messages::Message);

impl Message {
    pub(crate) fn of(handle: messages::Message) -> Self {
        Self(handle)
    }

    pub(crate) fn new() -> Self {
        Self(messages::Message::new())
    }

    pub(crate) fn from_json(text: &str) -> Result<Self, Failure> {
        Ok(Self(messages::Message::from_json(text).map_err(failure)?))
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        value(self.0.get(path).map_err(failure)?)
    }

    pub(crate) fn get_number(&self, path: &str) -> Result<Option<f64>, Failure> {
        self.0.get_number(path).map_err(failure)
    }

    pub(crate) fn get_text(&self, path: &str) -> Result<Option<String>, Failure> {
        self.0.get_text(path).map_err(failure)
    }

    pub(crate) fn get_boolean(&self, path: &str) -> Result<Option<bool>, Failure> {
        self.0.get_boolean(path).map_err(failure)
    }

    pub(crate) fn get_bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get_bytes(path).map_err(failure)
    }

    pub(crate) fn get_length(&self, path: &str) -> Result<Option<u32>, Failure> {
        self.0.get_length(path).map_err(failure)
    }

    pub(crate) fn get_range(&self, path: &str, offset: u32, length: u32) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get_range(path, offset, length).map_err(failure)
    }

    pub(crate) fn get_json(&self, path: &str) -> Result<Option<String>, Failure> {
        self.0.get_json(path).map_err(failure)
    }

    pub(crate) fn set(&self, path: &str, value: Value) -> Result<(), Failure> {
        self.0.set(path, &wit_value(value)).map_err(failure)
    }

    pub(crate) fn set_number(&self, path: &str, number: f64) -> Result<(), Failure> {
        self.0.set_number(path, number).map_err(failure)
    }

    pub(crate) fn set_text(&self, path: &str, text: &str) -> Result<(), Failure> {
        self.0.set_text(path, text).map_err(failure)
    }

    pub(crate) fn set_boolean(&self, path: &str, flag: bool) -> Result<(), Failure> {
        self.0.set_boolean(path, flag).map_err(failure)
    }

    pub(crate) fn set_bytes(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.0.set_bytes(path, bytes).map_err(failure)
    }

    pub(crate) fn set_json(&self, path: &str, text: &str) -> Result<(), Failure> {
        self.0.set_json(path, text).map_err(failure)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        self.0.delete(path).map_err(failure)
    }

    pub(crate) fn to_json(&self) -> Result<String, Failure> {
        self.0.to_json().map_err(failure)
    }

    pub(crate) fn copy(&self) -> Self {
        Self(self.0.copy())
    }
}

fn failure(failure: types::Failure) -> Failure {
    Failure { text: failure.text, code: failure.code }
}

pub(crate) fn wit_failure(failure: Failure) -> types::Failure {
    types::Failure { text: failure.text, code: failure.code }
}

fn value(value: types::Value) -> Result<Value, Failure> {
    Ok(match value {
        types::Value::Undefined => Value::Undefined,
        types::Value::Null => Value::Null,
        types::Value::Boolean(flag) => Value::Boolean(flag),
        types::Value::Number(number) => Value::Number(number),
        types::Value::Text(text) => Value::Text(text),
        types::Value::Bytes(bytes) => Value::Bytes(bytes),
        types::Value::Date(time) => Value::Date(time),
        types::Value::Json(text) => Value::parse(&text)?,
    })
}

fn wit_value(value: Value) -> types::Value {
    match value {
        Value::Undefined => types::Value::Undefined,
        Value::Null => types::Value::Null,
        Value::Boolean(flag) => types::Value::Boolean(flag),
        Value::Number(number) => types::Value::Number(number),
        Value::Text(text) => types::Value::Text(text),
        Value::Bytes(bytes) => types::Value::Bytes(bytes),
        Value::Date(time) => types::Value::Date(time),
        Value::Json(json) => types::Value::Json(json.to_string()),
    }
}

pub(crate) fn node() -> NodeInfo {
    let node = runtime::node();
    NodeInfo { id: node.id, type_name: node.type_name, name: node.name, flow: node.flow }
}

pub(crate) fn emit(port: u32, message: Message) {
    runtime::emit(port, message.0);
}

pub(crate) fn done(message: Message) {
    runtime::done(message.0);
}

pub(crate) fn fail(message: Message, failure: Failure) {
    runtime::fail(message.0, &wit_failure(failure));
}

pub(crate) fn set_timer(milliseconds: u32, token: u32) {
    runtime::set_timer(milliseconds, token);
}

pub(crate) fn cancel_timer(token: u32) {
    runtime::cancel_timer(token);
}

pub(crate) fn set_status(status: Option<(Fill, Shape, String)>) {
    let status = status.map(|(fill, shape, text)| {
        let fill = match fill {
            Fill::Red => runtime::Fill::Red,
            Fill::Green => runtime::Fill::Green,
            Fill::Yellow => runtime::Fill::Yellow,
            Fill::Blue => runtime::Fill::Blue,
            Fill::Grey => runtime::Fill::Grey,
        };
        let shape = match shape {
            Shape::Dot => runtime::Shape::Dot,
            Shape::Ring => runtime::Shape::Ring,
        };
        runtime::Status { fill, shape, text }
    });
    runtime::set_status(status.as_ref());
}

pub(crate) fn log(level: Level, text: &str) {
    let level = match level {
        Level::Error => runtime::Level::Error,
        Level::Warn => runtime::Level::Warn,
        Level::Info => runtime::Level::Info,
        Level::Debug => runtime::Level::Debug,
        Level::Trace => runtime::Level::Trace,
    };
    runtime::log(level, text);
}

fn wit_scope(scope: Scope) -> context::Scope {
    match scope {
        Scope::Node => context::Scope::Node,
        Scope::Flow => context::Scope::Flow,
        Scope::Global => context::Scope::Global,
    }
}

pub(crate) fn context_get(scope: Scope, key: &str) -> Result<Value, Failure> {
    value(context::get(wit_scope(scope), key).map_err(failure)?)
}

pub(crate) fn context_set(scope: Scope, key: &str, value: Value) -> Result<(), Failure> {
    context::set(wit_scope(scope), key, &wit_value(value)).map_err(failure)
}

pub(crate) fn context_keys(scope: Scope) -> Vec<String> {
    context::keys(wit_scope(scope))
}

pub(crate) fn fetch(request: http::Request) -> Result<http::Response, Failure> {
    let request = wit::http::Request {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: request.body,
        timeout_milliseconds: request.timeout.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
        redirects: request.redirects,
    };
    let response = wit::http::fetch(&request).map_err(failure)?;
    Ok(http::Response {
        status: response.status,
        url: response.url,
        headers: response.headers,
        body: response.body,
    })
}

fn wit_qos(qos: mqtt::Qos) -> wit::mqtt::Qos {
    match qos {
        mqtt::Qos::AtMostOnce => wit::mqtt::Qos::AtMostOnce,
        mqtt::Qos::AtLeastOnce => wit::mqtt::Qos::AtLeastOnce,
        mqtt::Qos::ExactlyOnce => wit::mqtt::Qos::ExactlyOnce,
    }
}

pub(crate) fn publish(topic: &str, payload: &[u8], qos: mqtt::Qos, retain: bool) -> Result<(), Failure> {
    wit::mqtt::publish(topic, payload, wit_qos(qos), retain).map_err(failure)
}

pub(crate) fn subscribe(filter: &str, qos: mqtt::Qos) -> Result<(), Failure> {
    wit::mqtt::subscribe(filter, wit_qos(qos)).map_err(failure)
}

pub(crate) fn unsubscribe(filter: &str) -> Result<(), Failure> {
    wit::mqtt::unsubscribe(filter).map_err(failure)
}

pub(crate) fn kv_get(key: &str) -> Result<Option<Vec<u8>>, Failure> {
    kv::get(key).map_err(failure)
}

pub(crate) fn kv_set(key: &str, value: &[u8]) -> Result<(), Failure> {
    kv::set(key, value).map_err(failure)
}

pub(crate) fn kv_delete(key: &str) -> Result<(), Failure> {
    kv::delete(key).map_err(failure)
}

pub(crate) fn kv_keys(prefix: &str) -> Result<Vec<String>, Failure> {
    kv::keys(prefix).map_err(failure)
}

pub(crate) fn now() -> f64 {
    clock::now()
}

pub(crate) fn monotonic() -> f64 {
    clock::monotonic()
}

pub(crate) fn random_bytes(length: u32) -> Vec<u8> {
    random::bytes(length)
}

pub(crate) fn random_number() -> f64 {
    random::number()
}
