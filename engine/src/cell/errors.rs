//! Errors and statuses on their way to catch and status nodes.

use super::Core;
use model::text::Text;

use crate::error::NodeError;
use crate::message::Message;
use crate::node::{Counters, NodeInfo};
use crate::observe::{Level, Status};
use crate::registry::Registry;
use crate::value::{Object, Value};

/// So often may an error of a node come back to it through its own catch node; Node-RED's limit.
const CATCH_LOOP_LIMIT: f64 = 10.0;

impl Core {
    /// A node failed: tells the catch nodes that hear it, or logs the error and marks the delivery failed.
    pub(crate) fn fail(&mut self, slot: u32, error: NodeError, message: Message) {
        let Self { slots, queue, .. } = self;
        let place = &slots[slot as usize];
        Counters::add(&place.handle.counters.errors, 1);
        let is_of_message = !message.is_empty();
        let mut message =
            if message.is_empty() { Message::new().with_delivery_of(&message) } else { message };
        let count = times_caught(&message, &place.handle.info);
        if count > CATCH_LOOP_LIMIT {
            let text = Text::key("engine.catch-loop").with("count", CATCH_LOOP_LIMIT);
            place.handle.log(Level::Error, text.clone());
            message.delivery().inspect(|delivery| delivery.fail_at(&place.handle.info, &text.into()));
            return;
        }
        let mut handled_at = None;
        let former = message.remove("error");
        if let Some(former) = &former {
            message.set("_error", former.clone());
        }
        for catch in place.catches() {
            if handled_at.is_some_and(|level| catch.uncaught || level != catch.level) {
                continue;
            }
            let mut caught = message.clone();
            caught.set("error", describe(&error, &catch.source, count, &place.handle.registry));
            queue.push_back((catch.slot, caught));
            handled_at = Some(catch.level);
        }
        if handled_at.is_none() {
            if is_of_message {
                place.handle.observer.failed(&place.handle.info, &error, &message);
            }
            message.delivery().inspect(|delivery| delivery.fail_at(&place.handle.info, &error));
        }
        place.handle.observer.error(&place.handle.info, error, handled_at.is_some());
    }

    /// Sets a node's status: tells the observer and the status nodes that hear it.
    pub(crate) fn set_status(&mut self, slot: u32, status: Status) {
        let Self { slots, queue, .. } = self;
        let place = &slots[slot as usize];
        for watch in place.statuses() {
            let mut message = Message::new();
            message.set("status", describe_status(&status, &watch.source, &place.handle.registry));
            queue.push_back((watch.slot, message));
        }
        place.handle.show_status(status);
    }
}

impl Core {
    /// A subflow's status output got a message: it becomes the status of the instance. A payload that is a
    /// text is the status text; one that is an object has `fill`, `shape` and `text`; else `msg.status`.
    pub(crate) fn set_status_of(&mut self, instance: &str, message: &Message) {
        let Some(slot) = self.slots.iter().position(|slot| slot.handle.info.id == instance) else { return };
        let shown = match message.payload() {
            Value::String(text) => Status::new("", "", Text::literal(text.clone())),
            Value::Object(object) => status_of(object),
            _ => match message.get("status").and_then(Value::as_object) {
                Some(object) => status_of(object),
                None => Status::clear(),
            },
        };
        self.set_status(slot as u32, shown);
    }
}

fn status_of(object: &Object) -> Status {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    Status::new(text("fill"), text("shape"), Text::literal(text("text")))
}

impl Message {
    fn with_delivery_of(mut self, other: &Message) -> Self {
        self.set_delivery(other.delivery().cloned());
        self
    }
}

/// How often this message was caught with an error of this node, this time included.
fn times_caught(message: &Message, info: &NodeInfo) -> f64 {
    let Some(source) = message.get("error").and_then(|error| error.get("source")) else { return 1.0 };
    if source.get("id").and_then(Value::as_str) != Some(&info.id) {
        return 1.0;
    }
    source.get("count").and_then(Value::as_f64).unwrap_or(0.0) + 1.0
}

/// `msg.error`, in Node-RED's shape.
fn describe(error: &NodeError, source: &NodeInfo, count: f64, registry: &Registry) -> Value {
    let mut described = Object::with_capacity(5);
    described.insert("message", registry.render(&error.text));
    let mut origin = source_of(source);
    origin.insert("count", count);
    described.insert("source", origin);
    for (name, text) in [("code", &error.code), ("stack", &error.stack)] {
        if let Some(text) = text {
            described.insert(name, text.clone());
        }
    }
    if let Some(cause) = &error.cause {
        described.insert("cause", cause.clone());
    }
    described.into()
}

/// `msg.status`, in Node-RED's shape.
fn describe_status(status: &Status, source: &NodeInfo, registry: &Registry) -> Value {
    let mut described = Object::with_capacity(4);
    for (name, text) in [("fill", &status.fill), ("shape", &status.shape)] {
        if !text.is_empty() {
            described.insert(name, text.clone());
        }
    }
    let text = registry.render(&status.text);
    if !text.is_empty() {
        described.insert("text", text);
    }
    described.insert("source", source_of(source));
    described.into()
}

fn source_of(info: &NodeInfo) -> Object {
    let mut source = Object::with_capacity(4);
    source.insert("id", info.id.clone());
    source.insert("type", info.type_name.clone());
    source.insert("name", info.name.clone());
    source
}
