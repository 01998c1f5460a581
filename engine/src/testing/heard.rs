//! What happened in a flow under test and was not asked for yet.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecow::EcoString;
use model::api::{Difference, Mismatch};
use model::text::Text;

use super::mismatch::mismatch;
use super::values::words;
use crate::observe::{Event, Level, Observer, Status};
use crate::registry::Registry;
use crate::{Message, Value};

/// It, by kind.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) messages: Mutex<BTreeMap<EcoString, Vec<Message>>>,
    pub(super) statuses: Mutex<BTreeMap<EcoString, Status>>,
    pub(super) errors: Mutex<Vec<(EcoString, Text)>>,
    pub(super) debug: Mutex<Vec<(EcoString, Value)>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what is there.
pub(super) fn taken<T: Default>(mutex: &Mutex<T>) -> T {
    std::mem::take(&mut *lock(mutex))
}

impl Heard {
    /// Whether all was asked for.
    pub(super) fn nothing_left(&self, registry: &Registry) -> Result<(), Mismatch> {
        let messages = taken(&self.messages);
        if let Some((place, messages)) = messages.iter().find(|(_, messages)| !messages.is_empty()) {
            let text = Text::key("flow-test.unexpected").with("place", place).with("got", messages.len());
            return Err(Mismatch { differences: came(messages), ..mismatch(text) });
        }
        let errors = taken(&self.errors);
        let debug = taken(&self.debug);
        let (text, came): (_, Vec<(EcoString, EcoString)>) = match errors.is_empty() {
            true if debug.is_empty() => return Ok(()),
            true => {
                let shown = debug.iter().map(|(id, value)| (id.clone(), words(value)));
                (Text::key("flow-test.debug"), shown.collect())
            }
            false => {
                let told = errors.iter().map(|(id, text)| (id.clone(), registry.render(text)));
                (Text::key("flow-test.errors"), told.collect())
            }
        };
        let difference = |(path, got)| Difference { path, expected: None, got: Some(got) };
        Err(Mismatch { differences: came.into_iter().map(difference).collect(), ..mismatch(text) })
    }
}

/// The first of messages that nobody expects, property by property.
pub(super) fn came(messages: &[Message]) -> Vec<Difference> {
    let properties = messages.first().map(Message::properties).into_iter().flat_map(crate::Object::iter);
    let one = |(key, value): (&EcoString, &Value)| Difference {
        path: key.clone(),
        expected: None,
        got: Some(words(value)),
    };
    properties.map(one).collect()
}

impl Observer for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Status(info, status) => {
                lock(&self.statuses).insert(info.id.clone(), status);
            }
            Event::Debug(info, entry) => lock(&self.debug).push((info.id.clone(), entry.value)),
            Event::Log(Level::Fatal | Level::Error, info, text) => {
                lock(&self.errors).push((info.map(|info| info.id.clone()).unwrap_or_default(), text));
            }
            Event::Log(..) => {}
        }
    }
}
