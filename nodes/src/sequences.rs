//! Sequences that a node holds until they are complete.

use std::collections::HashMap;

use ecow::EcoString;
use engine::js;
use engine::{Message, NodeError, Value};

use crate::config::{PARKED_LIMIT, buffer_full, park};

/// Sequences under way, by `parts.id`.
#[derive(Default)]
pub(crate) struct Sequences {
    groups: HashMap<EcoString, Group>,
    count: usize,
}

#[derive(Default)]
struct Group {
    messages: Vec<Message>,
    /// How many there will be, once a message has told.
    target: Option<f64>,
}

/// Whether `msg.parts` says which sequence the message is of, and where in it.
pub(crate) fn is_part(message: &Message) -> bool {
    message.get("parts").is_some_and(|parts| parts.get("id").is_some() && parts.get("index").is_some())
}

impl Sequences {
    /// Takes a message; gives the sequence if that completes it, in the order of arrival.
    ///
    /// # Errors
    /// When it keeps as many messages as it may.
    pub(crate) fn add(&mut self, message: &mut Message) -> Result<Option<Vec<Message>>, NodeError> {
        if self.count >= PARKED_LIMIT {
            return Err(buffer_full());
        }
        let Some(parts) = message.get("parts") else { return Ok(None) };
        let id = parts.get("id").map(js::to_text).unwrap_or_default();
        let count = parts.get("count").map(js::to_number);
        let group = self.groups.entry(id.clone()).or_default();
        group.target = count.or(group.target);
        park(message);
        group.messages.push(message.take());
        self.count += 1;
        if group.target != Some(group.messages.len() as f64) {
            return Ok(None);
        }
        let Some(Group { mut messages, target }) = self.groups.remove(&id) else { return Ok(None) };
        self.count -= messages.len();
        for message in &mut messages {
            set_part(message, "count", target.unwrap_or_default().into());
        }
        Ok(Some(messages))
    }
}

/// Sets an entry of `msg.parts`, if that is an object.
pub(crate) fn set_part(message: &mut Message, name: &str, value: Value) {
    if let Some(parts) = message.properties_mut().get_mut("parts").and_then(Value::as_object_mut) {
        parts.insert(name, value);
    }
}
