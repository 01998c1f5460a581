//! `context`: values that stay between messages.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use engine::context::{ContextKey, Contexts, Scope};
use engine::node::NodeInfo;
use engine::{NodeError, Value};

use super::messages::foreign;
use crate::bindings::Failure;
use crate::bindings::context::{self, Host};
use crate::bindings::types::Value as Foreign;
use crate::json::ENTRY;
use crate::state::State;

/// A longer key is refused.
const LONGEST_KEY: usize = 1024;

impl Host for State {
    fn get(&mut self, scope: context::Scope, key: String) -> wasmtime::Result<Result<Foreign, Failure>> {
        self.enter()?;
        let value = self.find(scope, &key);
        Ok(value.map(|value| foreign(&value)).map_err(|error| self.failure(&error)))
    }

    fn set(
        &mut self,
        scope: context::Scope,
        key: String,
        value: Foreign,
    ) -> wasmtime::Result<Result<(), Failure>> {
        self.enter_running("context.set")?;
        let (value, weight) = match self.own(value)? {
            Ok(value) => value,
            Err(failure) => return Ok(Err(failure)),
        };
        let weight = (!matches!(value, Value::Undefined)).then_some(weight);
        let set = self.key(&key).and_then(|parsed| {
            self.note_written(scope, &key, weight)?;
            let (contexts, info) = self.contexts()?;
            contexts.set(own(scope), info, &parsed, value)
        });
        Ok(set.map_err(|error| self.failure(&error)))
    }

    fn keys(&mut self, scope: context::Scope) -> wasmtime::Result<Vec<String>> {
        self.enter()?;
        let Ok((contexts, info)) = self.contexts() else { return Ok(Vec::new()) };
        let keys = contexts.keys(own(scope), info, None);
        Ok(keys.into_iter().map(|key| key.to_string()).collect())
    }
}

impl State {
    fn find(&self, scope: context::Scope, key: &str) -> Result<Value, NodeError> {
        let key = self.key(key)?;
        let (contexts, info) = self.contexts()?;
        Ok(contexts.get(own(scope), info, &key))
    }

    /// Counts what the node keeps in contexts; no weight where it deletes. It may keep as much as it may hand over in a call;
    /// what it takes the place of is not counted any more, and neither is what others delete.
    fn note_written(&self, scope: context::Scope, key: &str, weight: Option<usize>) -> Result<(), NodeError> {
        let limit = self.shared.limits.output_bytes;
        let mut written = self.shared.written.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("{} {key}", scope as u8);
        let Some(weight) = weight else {
            written.remove(&name);
            return Ok(());
        };
        let weight = weight + name.len() + ENTRY;
        let others = written.values().sum::<usize>() - written.get(&name).copied().unwrap_or_default();
        if others + weight > limit {
            return Err(NodeError::key("plugin.context-full").with("limit", limit >> 20));
        }
        written.insert(name, weight);
        Ok(())
    }

    fn key(&self, key: &str) -> Result<ContextKey, NodeError> {
        if key.len() > LONGEST_KEY {
            let start: Cow<'_, str> = key.chars().take(40).collect();
            return Err(NodeError::key("plugin.long-path").with("start", start).with("limit", LONGEST_KEY));
        }
        Ok(ContextKey::parse(key)?)
    }

    fn contexts(&self) -> Result<(&Arc<Contexts>, &NodeInfo), NodeError> {
        match &self.shared.node {
            Some(node) => Ok((&node.contexts, &node.info)),
            None => Err(NodeError::key("plugin.no-context")),
        }
    }
}

fn own(scope: context::Scope) -> Scope {
    match scope {
        context::Scope::Node => Scope::Node,
        context::Scope::Flow => Scope::Flow,
        context::Scope::Global => Scope::Global,
    }
}
