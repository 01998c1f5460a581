//! `messages`: reading and writing messages, by path.

use bytes::Bytes;
use engine::value::Object;
use engine::{Message, NodeError, Value};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};

use crate::bindings::messages::{Host, HostMessage};
use crate::bindings::types::Value as Foreign;
use crate::bindings::{Failure, Held};
use crate::fault::Fault;
use crate::json::{self, ENTRY};
use crate::paths::Place;
use crate::state::{Letting, State};

/// What the plugin is told, or what ends its call.
type Answer<T> = wasmtime::Result<Result<T, Failure>>;

/// Puts functions in the place of those that the bindings make for buffers: theirs give a `Vec`, which would be a copy more.
pub(super) fn lend_bytes(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut messages = linker.instance("wireloom:node/messages@1.0.0")?;
    messages.func_wrap(
        "[method]message.get-bytes",
        |mut store: StoreContextMut<'_, State>, (message, path): (Resource<Held>, String)| {
            Ok((store.data_mut().bytes_at(&message, &path, 0, usize::MAX)?,))
        },
    )?;
    messages.func_wrap(
        "[method]message.get-range",
        |mut store: StoreContextMut<'_, State>,
         (message, path, offset, length): (Resource<Held>, String, u32, u32)| {
            Ok((store.data_mut().bytes_at(&message, &path, offset as usize, length as usize)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

impl Host for State {}

impl HostMessage for State {
    fn new(&mut self) -> wasmtime::Result<Resource<Held>> {
        self.enter()?;
        let arrived = self.call.arrival.as_ref().and_then(|arrival| self.table.get(arrival.rep));
        let message = match arrived.and_then(|held| held.message.get("_msgid")) {
            Some(id) => Message::from_object(Object::from_iter([("_msgid", id.clone())])),
            None => Message::new(),
        };
        Ok(self.make(message, 0)?)
    }

    fn from_json(&mut self, text: String) -> Answer<Resource<Held>> {
        self.enter()?;
        let weight = json::weight(&text);
        self.charge(weight)?;
        let parsed = json::parse(&text).and_then(|value| match value {
            Value::Object(object) => Ok(Message::from_object(object)),
            _ => Err(NodeError::key("plugin.no-object")),
        });
        match parsed {
            Ok(message) => Ok(Ok(self.make(message, weight)?)),
            Err(error) => Ok(Err(self.failure(&error))),
        }
    }

    fn get(&mut self, message: Resource<Held>, path: String) -> Answer<Foreign> {
        self.read(&message, &path, |value| value.map_or(Foreign::Undefined, foreign))
    }

    fn get_number(&mut self, message: Resource<Held>, path: String) -> Answer<Option<f64>> {
        self.read(&message, &path, |value| value.and_then(Value::as_f64))
    }

    fn get_text(&mut self, message: Resource<Held>, path: String) -> Answer<Option<String>> {
        self.read(&message, &path, |value| value.and_then(Value::as_str).map(str::to_owned))
    }

    fn get_boolean(&mut self, message: Resource<Held>, path: String) -> Answer<Option<bool>> {
        self.read(&message, &path, |value| value.and_then(Value::as_bool))
    }

    fn get_bytes(&mut self, message: Resource<Held>, path: String) -> Answer<Option<Vec<u8>>> {
        let found = self.bytes_at(&message, &path, 0, usize::MAX)?;
        Ok(found.map(|bytes| bytes.map(Into::into)))
    }

    fn get_length(&mut self, message: Resource<Held>, path: String) -> Answer<Option<u32>> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.read(&message, &path, |value| value.and_then(bytes_of).map(length))
    }

    fn get_range(
        &mut self,
        message: Resource<Held>,
        path: String,
        offset: u32,
        length: u32,
    ) -> Answer<Option<Vec<u8>>> {
        let found = self.bytes_at(&message, &path, offset as usize, length as usize)?;
        Ok(found.map(|bytes| bytes.map(Into::into)))
    }

    fn get_json(&mut self, message: Resource<Held>, path: String) -> Answer<Option<String>> {
        self.read(&message, &path, |value| {
            let value = value.filter(|value| !matches!(value, Value::Undefined | Value::Handle(_)))?;
            serde_json::to_string(value).ok()
        })
    }

    fn set(&mut self, message: Resource<Held>, path: String, value: Foreign) -> Answer<()> {
        self.enter()?;
        match self.own(value)? {
            Ok((value, weight)) => self.write(&message, &path, value, weight),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn set_number(&mut self, message: Resource<Held>, path: String, value: f64) -> Answer<()> {
        self.enter()?;
        self.write(&message, &path, Value::Number(value), 0)
    }

    fn set_text(&mut self, message: Resource<Held>, path: String, value: String) -> Answer<()> {
        self.enter()?;
        let weight = value.len();
        self.charge(weight)?;
        self.write(&message, &path, Value::String(value.into()), weight)
    }

    fn set_boolean(&mut self, message: Resource<Held>, path: String, value: bool) -> Answer<()> {
        self.enter()?;
        self.write(&message, &path, Value::Bool(value), 0)
    }

    fn set_bytes(&mut self, message: Resource<Held>, path: String, value: Vec<u8>) -> Answer<()> {
        self.enter()?;
        let weight = value.len();
        self.charge(weight)?;
        self.write(&message, &path, Value::buffer(Bytes::from(value)), weight)
    }

    fn set_json(&mut self, message: Resource<Held>, path: String, text: String) -> Answer<()> {
        self.set(message, path, Foreign::Json(text))
    }

    fn delete(&mut self, message: Resource<Held>, path: String) -> Answer<()> {
        self.enter()?;
        self.write(&message, &path, Value::Undefined, 0)
    }

    fn to_json(&mut self, message: Resource<Held>) -> Answer<String> {
        self.enter()?;
        let held = self.table.get(message.rep()).ok_or(Fault::NoMessage)?;
        let text = serde_json::to_string(held.message.properties());
        Ok(text.map_err(|error| self.failure(&NodeError::literal(error.to_string()))))
    }

    fn copy(&mut self, message: Resource<Held>) -> wasmtime::Result<Resource<Held>> {
        self.enter()?;
        let held = self.table.get(message.rep()).ok_or(Fault::NoMessage)?;
        let copy = Held { message: held.message.clone(), is_primary: false, ..*held };
        Ok(self.hold(copy)?)
    }

    fn drop(&mut self, message: Resource<Held>) -> wasmtime::Result<()> {
        if let Some(held) = self.table.take(message.rep()) {
            self.end(held, Letting::Dropped);
        }
        Ok(())
    }
}

impl State {
    /// Hands the value at a path, if there is one, to `read`.
    #[inline]
    fn read<T>(
        &mut self,
        message: &Resource<Held>,
        path: &str,
        read: impl FnOnce(Option<&Value>) -> T,
    ) -> Answer<T> {
        self.enter()?;
        let held = self.table.get(message.rep()).ok_or(Fault::NoMessage)?;
        match self.paths.place(path) {
            Ok(Place::Key(key)) => Ok(Ok(read(held.message.get(key)))),
            Ok(Place::Path(path)) => Ok(Ok(read(path.get(held.message.properties()).as_deref()))),
            Err(text) => Ok(Err(self.failure(&text.into()))),
        }
    }

    /// Bytes of the buffer or text at a path, without a copy of a buffer.
    fn bytes_at(
        &mut self,
        message: &Resource<Held>,
        path: &str,
        offset: usize,
        length: usize,
    ) -> Answer<Option<Bytes>> {
        self.read(message, path, |value| {
            let all = bytes_of(value?)?;
            let start = all.len().min(offset);
            let end = all.len().min(start.saturating_add(length));
            Some(match value? {
                Value::Buffer(buffer) => buffer.slice(start..end),
                _ => Bytes::copy_from_slice(&all[start..end]),
            })
        })
    }

    /// Sets what is at a path; `weight` is what the value itself takes, which was counted already.
    fn write(&mut self, message: &Resource<Held>, path: &str, value: Value, weight: usize) -> Answer<()> {
        let held = self.table.get_mut(message.rep()).ok_or(Fault::NoMessage)?;
        let place = match self.paths.place(path) {
            Ok(place) => place,
            Err(text) => return Ok(Err(self.failure(&text.into()))),
        };
        let is_shared = held.message.is_shared();
        let entries = match &place {
            Place::Key(_) if is_shared => held.message.properties().len(),
            Place::Key(_) => 0,
            Place::Path(path) => path.entries_written(held.message.properties(), is_shared),
        };
        let added = weight.saturating_add(entries.saturating_mul(ENTRY));
        self.charge(entries.saturating_mul(ENTRY))?;
        self.check_held(added)?;
        let held = self.table.get_mut(message.rep()).ok_or(Fault::NoMessage)?;
        let written = match self.paths.place(path) {
            Ok(Place::Key(key)) => {
                match value {
                    Value::Undefined => drop(held.message.remove(key)),
                    value => held.message.set(key, value),
                }
                Ok(())
            }
            Ok(Place::Path(path)) => path.set(held.message.properties_mut(), value),
            Err(text) => Err(text.into()),
        };
        self.table.grow(message.rep(), added);
        Ok(written.map_err(|error| self.failure(&error)))
    }

    /// A value of the plugin's as the engine has it, and what it weighs. What is over the limit is not even made.
    pub(super) fn own(&mut self, value: Foreign) -> Answer<(Value, usize)> {
        self.charge(match &value {
            Foreign::Text(value) => value.len(),
            Foreign::Bytes(value) => value.len(),
            Foreign::Json(text) => json::weight(text),
            _ => 0,
        })?;
        Ok(Ok(match value {
            Foreign::Undefined => (Value::Undefined, 0),
            Foreign::Null => (Value::Null, 0),
            Foreign::Boolean(value) => (Value::Bool(value), 0),
            Foreign::Number(value) => (Value::Number(value), 0),
            Foreign::Date(value) => (Value::Date(value), 0),
            Foreign::Text(value) => {
                let weight = value.len();
                (Value::String(value.into()), weight)
            }
            Foreign::Bytes(value) => {
                let weight = value.len();
                (Value::buffer(Bytes::from(value)), weight)
            }
            Foreign::Json(text) => {
                let weight = json::weight(&text);
                match json::parse(&text) {
                    Ok(value) => (value, weight),
                    Err(error) => return Ok(Err(self.failure(&error))),
                }
            }
        }))
    }
}

/// A value as the plugin gets it.
pub(super) fn foreign(value: &Value) -> Foreign {
    match value {
        Value::Undefined | Value::Handle(_) => Foreign::Undefined,
        Value::Null => Foreign::Null,
        Value::Bool(value) => Foreign::Boolean(*value),
        Value::Number(value) => Foreign::Number(*value),
        Value::String(value) => Foreign::Text(value.as_str().to_owned()),
        Value::Buffer(value) => Foreign::Bytes(value.to_vec()),
        Value::Date(value) => Foreign::Date(*value),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string(value).map_or(Foreign::Undefined, Foreign::Json)
        }
    }
}

/// The bytes of a buffer or a text.
fn bytes_of(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Buffer(bytes) => Some(bytes),
        Value::String(text) => Some(text.as_bytes()),
        _ => None,
    }
}
