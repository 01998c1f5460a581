//! The host of tests: everything in memory, in one thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::Map;

use crate::testing::world::{World, current};
use crate::{Failure, Fill, Json, Level, NodeInfo, Scope, Shape, Value, http, mqtt};

mod path;

use path::Path;

/// A message that the node holds.
pub(crate) struct Message {
    pub(crate) properties: Rc<RefCell<Json>>,
    /// Whether the node ended it: sent it, was done with it, or said that it failed.
    pub(crate) is_ended: Rc<Cell<bool>>,
}

impl Message {
    pub(crate) fn of(properties: Json) -> Self {
        Self { properties: Rc::new(RefCell::new(properties)), is_ended: Rc::default() }
    }

    pub(crate) fn new() -> Self {
        Self::of(Map::new().into())
    }

    pub(crate) fn from_json(text: &str) -> Result<Self, Failure> {
        let properties: Json = serde_json::from_str(text)?;
        match properties.is_object() {
            true => Ok(Self::of(properties)),
            false => Err(Failure::new("a message is an object")),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, Failure> {
        let properties = self.properties.borrow();
        let found = Path::parse(path, &properties)?.get(&properties).cloned();
        Ok(found.map_or(Value::Undefined, Value::from))
    }

    pub(crate) fn get_number(&self, path: &str) -> Result<Option<f64>, Failure> {
        Ok(match self.get(path)? {
            Value::Number(number) => Some(number),
            _ => None,
        })
    }

    pub(crate) fn get_text(&self, path: &str) -> Result<Option<String>, Failure> {
        Ok(match self.get(path)? {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    pub(crate) fn get_boolean(&self, path: &str) -> Result<Option<bool>, Failure> {
        Ok(match self.get(path)? {
            Value::Boolean(flag) => Some(flag),
            _ => None,
        })
    }

    pub(crate) fn get_bytes(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(match self.get(path)? {
            Value::Bytes(bytes) => Some(bytes),
            Value::Text(text) => Some(text.into_bytes()),
            _ => None,
        })
    }

    pub(crate) fn get_length(&self, path: &str) -> Result<Option<u32>, Failure> {
        Ok(self.get_bytes(path)?.map(|bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX)))
    }

    pub(crate) fn get_range(&self, path: &str, offset: u32, length: u32) -> Result<Option<Vec<u8>>, Failure> {
        let part = |bytes: Vec<u8>| bytes.into_iter().skip(offset as usize).take(length as usize).collect();
        Ok(self.get_bytes(path)?.map(part))
    }

    pub(crate) fn get_json(&self, path: &str) -> Result<Option<String>, Failure> {
        let properties = self.properties.borrow();
        Ok(Path::parse(path, &properties)?.get(&properties).map(Json::to_string))
    }

    pub(crate) fn set(&self, path: &str, value: Value) -> Result<(), Failure> {
        if value == Value::Undefined {
            return self.delete(path);
        }
        let path = Path::parse(path, &self.properties.borrow())?;
        path.set(&mut self.properties.borrow_mut(), value.to_json())
    }

    pub(crate) fn set_number(&self, path: &str, number: f64) -> Result<(), Failure> {
        self.set(path, Value::Number(number))
    }

    pub(crate) fn set_text(&self, path: &str, text: &str) -> Result<(), Failure> {
        self.set(path, text.into())
    }

    pub(crate) fn set_boolean(&self, path: &str, flag: bool) -> Result<(), Failure> {
        self.set(path, Value::Boolean(flag))
    }

    pub(crate) fn set_bytes(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.set(path, bytes.into())
    }

    pub(crate) fn set_json(&self, path: &str, text: &str) -> Result<(), Failure> {
        self.set(path, Value::parse(text)?)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        let path = Path::parse(path, &self.properties.borrow())?;
        path.delete(&mut self.properties.borrow_mut());
        Ok(())
    }

    pub(crate) fn to_json(&self) -> Result<String, Failure> {
        Ok(self.properties.borrow().to_string())
    }

    pub(crate) fn copy(&self) -> Self {
        Self::of(self.properties.borrow().clone())
    }

    /// Ends it.
    pub(crate) fn into_json(self) -> Json {
        self.is_ended.set(true);
        self.properties.borrow().clone()
    }
}

pub(crate) fn node() -> NodeInfo {
    current(|world| world.node.clone())
}

pub(crate) fn emit(port: u32, message: Message) {
    current(|world| {
        world.check_running("send");
        world.sent.push((port, message.into_json()));
    });
}

pub(crate) fn done(message: Message) {
    current(|world| world.done.push(message.into_json()));
}

pub(crate) fn fail(message: Message, failure: Failure) {
    current(|world| world.failed.push((message.into_json(), failure)));
}

pub(crate) fn set_timer(milliseconds: u32, token: u32) {
    current(|world| world.set_timer(milliseconds, token));
}

pub(crate) fn cancel_timer(token: u32) {
    current(|world| world.timers.retain(|timer| timer.token != token));
}

pub(crate) fn set_status(status: Option<(Fill, Shape, String)>) {
    current(|world| world.statuses.push(status));
}

pub(crate) fn log(level: Level, text: &str) {
    current(|world| world.log.push((level, text.to_owned())));
}

pub(crate) fn context_get(scope: Scope, key: &str) -> Result<Value, Failure> {
    current(|world| {
        let values = world.context(scope);
        let found = Path::parse(key, values)?.get(values).cloned();
        Ok(found.map_or(Value::Undefined, Value::from))
    })
}

pub(crate) fn context_set(scope: Scope, key: &str, value: Value) -> Result<(), Failure> {
    current(|world| {
        world.check_running("write context");
        let values = world.context(scope);
        let path = Path::parse(key, values)?;
        if value == Value::Undefined {
            path.delete(values);
            return Ok(());
        }
        path.set(values, value.to_json())
    })
}

pub(crate) fn context_keys(scope: Scope) -> Vec<String> {
    current(|world| {
        world.context(scope).as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    })
}

pub(crate) fn fetch(request: http::Request) -> Result<http::Response, Failure> {
    // The answer is a closure of the test, which must find the world free.
    let mut answer = current(|world| {
        world.check_host(&request)?;
        world.requests.push(request.clone());
        world.http.take().ok_or_else(|| {
            Failure::new("nothing answers here; give Harness::setup() an http(…)").code("UNREACHABLE")
        })
    })?;
    let response = answer(&request);
    current(|world| world.http = Some(answer));
    response
}

pub(crate) fn publish(topic: &str, payload: &[u8], qos: mqtt::Qos, retain: bool) -> Result<(), Failure> {
    current(|world| {
        world.check_topic("publish", topic)?;
        let message = crate::testing::Published { topic: topic.into(), payload: payload.into(), qos, retain };
        world.published.push(message);
        Ok(())
    })
}

pub(crate) fn subscribe(filter: &str, _: mqtt::Qos) -> Result<(), Failure> {
    current(|world| {
        world.check_topic("subscribe", filter)?;
        world.subscriptions.push(filter.into());
        Ok(())
    })
}

pub(crate) fn unsubscribe(filter: &str) -> Result<(), Failure> {
    current(|world| {
        world.subscriptions.retain(|known| known != filter);
        Ok(())
    })
}

pub(crate) fn kv_get(key: &str) -> Result<Option<Vec<u8>>, Failure> {
    with_kv(|world| world.kv.get(key).cloned())
}

pub(crate) fn kv_set(key: &str, value: &[u8]) -> Result<(), Failure> {
    with_kv(|world| drop(world.kv.insert(key.into(), value.into())))
}

pub(crate) fn kv_delete(key: &str) -> Result<(), Failure> {
    with_kv(|world| drop(world.kv.remove(key)))
}

pub(crate) fn kv_keys(prefix: &str) -> Result<Vec<String>, Failure> {
    with_kv(|world| world.kv.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
}

fn with_kv<T>(work: impl FnOnce(&mut World) -> T) -> Result<T, Failure> {
    current(|world| {
        world.check_asked("kv");
        Ok(work(world))
    })
}

pub(crate) fn now() -> f64 {
    current(|world| {
        world.check_asked("clock");
        world.now as f64
    })
}

pub(crate) fn monotonic() -> f64 {
    now() - World::BEGIN as f64
}

pub(crate) fn random_bytes(length: u32) -> Vec<u8> {
    current(|world| {
        world.check_asked("random");
        (0..length).map(|_| (world.random() >> 32) as u8).collect()
    })
}

pub(crate) fn random_number() -> f64 {
    const FRACTION: u32 = 53;
    current(|world| {
        world.check_asked("random");
        (world.random() >> (64 - FRACTION)) as f64 / (1_u64 << FRACTION) as f64
    })
}
