//! The messages of one sequence, until they are joined.

use std::collections::BTreeMap;

use ecow::EcoString;
use engine::delivery::Delivery;
use engine::js;
use engine::js::path::PropertyPath;
use engine::node::TimerId;
use engine::typed::to_buffer;
use engine::{Message, NodeError, Object, Value};
use model::text::Text;
use tokio::time::Instant;

use super::Place;
use crate::config::PARKED_LIMIT;

/// What is made of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Buffer,
    Array,
    Object,
    Merged,
}

impl Kind {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "buffer" => Self::Buffer,
            "array" => Self::Array,
            "object" => Self::Object,
            "merged" => Self::Merged,
            _ => return None,
        })
    }
}

/// The messages of one sequence.
pub(super) struct Group {
    kind: Kind,
    /// By index; in the order of arrival where there is none.
    items: BTreeMap<u64, Value>,
    object: Object,
    target: Option<f64>,
    joiner: Option<Value>,
    array_length: f64,
    path: PropertyPath,
    /// The properties of all messages so far; those of later ones win.
    properties: Object,
    /// The messages, for their deliveries and for complete nodes.
    members: Vec<Message>,
    timer: Option<TimerId>,
    due: Option<Instant>,
}

impl Group {
    pub(super) fn new(place: &Place) -> Self {
        Self {
            kind: place.kind,
            items: BTreeMap::new(),
            object: Object::new(),
            target: place.target,
            joiner: place.joiner.clone(),
            array_length: place.array_length,
            path: place.path.clone(),
            properties: Object::new(),
            members: Vec::new(),
            timer: None,
            due: None,
        }
    }

    /// Adds a value.
    pub(super) fn add(
        &mut self,
        place: &Place,
        value: Value,
        is_complete: bool,
        problem: &mut Option<Text>,
    ) -> Result<(), NodeError> {
        match self.kind {
            Kind::Object => {
                self.object.insert(js::to_text(&place.key), value);
            }
            Kind::Merged => match &value {
                Value::Object(object) => {
                    for (key, value) in object.iter().filter(|(key, _)| *key != "_msgid") {
                        self.object.insert(key.clone(), value.clone());
                    }
                }
                _ if is_complete => {}
                other => *problem = Some(Text::key("join.not-mergeable").with("type", js::type_of(other))),
            },
            Kind::Text | Kind::Buffer | Kind::Array => {
                let is_bytes =
                    matches!(value, Value::Undefined | Value::Buffer(_) | Value::String(_) | Value::Array(_));
                if self.kind == Kind::Buffer && !is_bytes {
                    return Err(NodeError::key("join.buffer-type").with("type", js::type_of(&value)));
                }
                match place.index {
                    Some(index) if index >= 0.0 && index < PARKED_LIMIT as f64 => {
                        self.items.insert(index as u64, value);
                    }
                    Some(index) => {
                        let error = NodeError::key("join.index").with("index", js::number_to_text(index));
                        return Err(error.with("limit", PARKED_LIMIT - 1));
                    }
                    None if matches!(value, Value::Undefined) => {}
                    None => {
                        let next = self.items.last_key_value().map_or(0, |(last, _)| last + 1);
                        self.items.insert(next, value);
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps the message itself.
    pub(super) fn keep(&mut self, message: Message) {
        for (key, value) in message.properties().iter() {
            self.properties.insert(key.clone(), value.clone());
        }
        self.members.push(message);
    }

    /// A message without a value says that the group is complete.
    pub(super) fn note_complete(&mut self, message: &Message) {
        self.properties.insert("complete", message.get("complete").cloned().unwrap_or_default());
    }

    /// Whether there are as many as there should be. A message of a sequence tells how many that is.
    pub(super) fn is_full(&mut self, parts_count: Option<f64>) -> bool {
        let is_set = self.target.is_some_and(|target| target != 0.0 && !target.is_nan());
        if !is_set && parts_count.is_some() {
            self.target = parts_count;
        }
        let count = self.size();
        self.target.is_some_and(|target| target > 0.0 && count as f64 >= target)
    }

    /// How many values it has, those that were sent already included.
    pub(super) fn size(&self) -> usize {
        match self.kind {
            Kind::Object | Kind::Merged => self.object.len(),
            Kind::Text | Kind::Buffer | Kind::Array => self.items.len(),
        }
    }

    pub(super) fn was_told_to_complete(&self) -> bool {
        self.properties.contains_key("complete")
    }

    /// How many messages it keeps.
    pub(super) fn kept(&self) -> usize {
        self.members.len()
    }

    /// The joined message, and those that it was made of; `stays` when the group goes on with what it has.
    pub(super) fn finish(&mut self, stays: bool) -> (Result<Message, (NodeError, Message)>, Vec<Message>) {
        let members = std::mem::take(&mut self.members);
        let deliveries = members.iter().filter_map(|member| member.delivery().cloned());
        let delivery = Delivery::merge(deliveries);
        let mut properties = self.properties.clone();
        match properties.get("parts").and_then(|parts| parts.get("parts")).cloned() {
            Some(outer) => properties.insert("parts", outer),
            None => properties.remove("parts"),
        };
        properties.remove("complete");
        let joined = self.joined(stays);
        let set = joined.and_then(|value| self.path.set(&mut properties, value));
        let mut message = Message::from_object(properties);
        message.set_delivery(delivery);
        (set.map_err(|error| (error, message.clone())).map(|()| message), members)
    }

    fn joined(&mut self, stays: bool) -> Result<Value, NodeError> {
        match self.kind {
            Kind::Object | Kind::Merged if stays => return Ok(self.object.clone().into()),
            Kind::Object | Kind::Merged => return Ok(std::mem::take(&mut self.object).into()),
            Kind::Text | Kind::Buffer | Kind::Array => {}
        }
        let items = if stays { self.items.clone() } else { std::mem::take(&mut self.items) };
        // Places that nobody filled are undefined.
        let length = items.last_key_value().map_or(0, |(last, _)| *last as usize + 1);
        let mut values = vec![Value::Undefined; length];
        for (at, value) in items {
            values[at as usize] = value;
        }
        match self.kind {
            Kind::Text => Ok(join_texts(&values, self.joiner.as_ref()).into()),
            Kind::Buffer => join_buffers(&values, self.joiner.as_ref()),
            _ if self.array_length > 1.0 => Ok(flatten(values)),
            _ => Ok(values.into()),
        }
    }

    /// The messages, when nothing is to be made of them.
    pub(super) fn into_members(self) -> Vec<Message> {
        self.members
    }

    pub(super) fn set_timer(&mut self, timer: TimerId, due: Instant) {
        self.timer = Some(timer);
        self.due = Some(due);
    }

    pub(super) fn take_timer(&mut self) -> Option<TimerId> {
        self.due = None;
        self.timer.take()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

fn join_texts(values: &[Value], joiner: Option<&Value>) -> EcoString {
    let joiner = joiner.map(js::to_text).unwrap_or_default();
    let mut text = EcoString::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push_str(&joiner);
        }
        if !value.is_nullish() {
            text.push_str(&js::to_text(value));
        }
    }
    text
}

fn join_buffers(values: &[Value], joiner: Option<&Value>) -> Result<Value, NodeError> {
    let joiner = joiner.map(to_buffer).transpose()?;
    let joiner = joiner.as_ref().and_then(Value::as_buffer);
    let mut bytes = Vec::new();
    for (at, value) in values.iter().enumerate() {
        if let Some(joiner) = joiner.filter(|_| at > 0) {
            bytes.extend_from_slice(joiner);
        }
        if let Value::Buffer(part) = to_buffer(if value.is_nullish() { &EMPTY } else { value })? {
            bytes.extend_from_slice(&part);
        }
    }
    Ok(Value::buffer(bytes))
}

/// A place that nobody filled.
static EMPTY: Value = Value::String(EcoString::new());

fn flatten(values: Vec<Value>) -> Value {
    let mut flat = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => flat.extend(items.iter().cloned()),
            value => flat.push(value),
        }
    }
    flat.into()
}
