//! What a script can see of the flow around it.

use std::sync::Arc;

use ecow::EcoString;
use engine::context::{ContextKey, Scope};
use engine::js::path::PropertyPath;
use engine::node::{NodeHandle, NodeInfo};
use engine::typed::{Expression, TypedValue};
use engine::{Message, NodeError, Value};

use crate::host::Surroundings;

/// A running node as its script's world.
pub(super) struct At(pub Arc<NodeHandle>);

impl Surroundings for At {
    fn info(&self) -> &NodeInfo {
        &self.0.info
    }

    fn env(&self, name: &str) -> Value {
        self.0.env.get(name).into()
    }

    fn context_get(&self, scope: Scope, store: Option<&str>, key: &str) -> Result<Value, NodeError> {
        Ok(self.0.contexts.get(scope, &self.0.info, &context_key(store, key)?))
    }

    fn context_set(
        &self,
        scope: Scope,
        store: Option<&str>,
        key: &str,
        value: Value,
    ) -> Result<(), NodeError> {
        self.0.contexts.set(scope, &self.0.info, &context_key(store, key)?, value)
    }

    fn context_keys(&self, scope: Scope, store: Option<&str>) -> Vec<EcoString> {
        self.0.contexts.keys(scope, &self.0.info, store)
    }

    fn evaluate(&self, value: &str, type_name: &str, message: &Value) -> Result<Value, NodeError> {
        match type_name {
            // An expression looks at any value, not just at messages.
            "jsonata" => Expression::parse(value)?.evaluate_value(&self.0, message),
            _ => {
                let message = Message::bare(message.as_object().cloned().unwrap_or_default());
                TypedValue::parse(&value.into(), type_name)?.evaluate(&self.0, &message)
            }
        }
    }

    fn render(&self, error: &NodeError) -> EcoString {
        self.0.registry.render(&error.text)
    }
}

fn context_key(store: Option<&str>, key: &str) -> Result<ContextKey, NodeError> {
    match store {
        Some(store) => {
            let (_, path) = ContextKey::split(key);
            Ok(ContextKey::new(Some(store.into()), PropertyPath::parse(path)?))
        }
        None => Ok(ContextKey::parse(key)?),
    }
}
