//! Environment variables as flows see them: group -> flow or subflow -> parent -> global -> process.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ecow::EcoString;

use crate::node::NodeInfo;
use crate::value::Value;

/// A chain of scopes; cloning is O(1).
#[derive(Clone, Default)]
pub struct Env {
    scope: Option<Arc<Scope>>,
    outside: Option<Arc<Variables>>,
}

struct Scope {
    values: Values,
    /// Of the values, made once: thousands of nodes share a scope.
    hash: u64,
    parent: Env,
}

enum Values {
    /// What the document defines.
    Defined(Vec<(EcoString, Value)>),
    /// What every node has, made when it is asked for: there are as many as nodes.
    OfNode(Arc<NodeInfo>),
}

impl Values {
    fn get(&self, name: &str) -> Option<Value> {
        match self {
            // The last of several of one name wins, as in Node-RED.
            Self::Defined(values) => {
                values.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            }
            Self::OfNode(info) => match name {
                "NR_NODE_NAME" => Some(info.name.clone().into()),
                "NR_NODE_ID" => Some(info.id.clone().into()),
                "NR_NODE_PATH" => Some(info.full_path().into()),
                _ => None,
            },
        }
    }
}

/// Variables in front of the process environment, which may change while flows run: a change is seen at once by
/// who looks then, and by the settings of nodes from the next deploy on.
#[derive(Default)]
pub struct Variables {
    values: RwLock<HashMap<EcoString, Value>>,
    /// How often they were replaced.
    version: AtomicU64,
}

impl Variables {
    /// Replaces all of them.
    pub fn set(&self, variables: impl IntoIterator<Item = (EcoString, Value)>) {
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = variables.into_iter().collect();
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Differs from what it was before they were replaced.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.values.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Env {
    /// The process environment alone.
    pub fn process() -> Self {
        Self::default()
    }

    /// The process environment behind these variables.
    pub fn behind(variables: Arc<Variables>) -> Self {
        Self { scope: None, outside: Some(variables) }
    }

    /// A scope inside this one; its values hide those of the same name outside.
    #[must_use]
    pub fn inner(&self, values: Vec<(EcoString, Value)>) -> Self {
        if values.is_empty() {
            return self.clone();
        }
        let hash = hash_of(&values);
        self.with(Values::Defined(values), hash)
    }

    /// The scope of a node inside this one: who it is.
    #[must_use]
    pub(crate) fn of_node(&self, info: &Arc<NodeInfo>) -> Self {
        let mut hasher = DefaultHasher::new();
        (&info.name, &info.id, &info.path, &info.alias).hash(&mut hasher);
        self.with(Values::OfNode(info.clone()), hasher.finish())
    }

    fn with(&self, values: Values, hash: u64) -> Self {
        let scope = Scope { values, hash, parent: self.clone() };
        Self { scope: Some(Arc::new(scope)), outside: self.outside.clone() }
    }

    /// The value of `name`, from the innermost scope that has it. `$parent.NAME` skips the innermost scope.
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(name) = name.strip_prefix("$parent.") {
            return match &self.scope {
                Some(scope) => scope.parent.get(name),
                None => self.get(name),
            };
        }
        let mut env = self;
        while let Some(scope) = &env.scope {
            if let Some(value) = scope.values.get(name) {
                return Some(value);
            }
            env = &scope.parent;
        }
        let outside = self.outside.as_ref().and_then(|variables| variables.get(name));
        let of_process = || if is_hidden(name) { None } else { std::env::var(name).ok().map(Value::from) };
        outside.or_else(of_process)
    }

    /// Adds all that the flow document defines (not the process environment) to a hash.
    pub(crate) fn hash_into(&self, hasher: &mut impl Hasher) {
        let mut env = self;
        while let Some(scope) = &env.scope {
            scope.hash.hash(hasher);
            env = &scope.parent;
        }
    }

    /// Replaces `${NAME}` where it is the whole text, as Node-RED does; an unknown name leaves the text.
    pub fn substitute(&self, text: &str) -> Option<Value> {
        let name = text.strip_prefix("${")?.strip_suffix('}')?;
        if name.is_empty() || name.contains(['{', '}']) { None } else { self.get(name) }
    }
}

/// Whether a variable of the process is none of the flows' business: Wireloom's own settings, keys and passwords among
/// them.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with("WIRELOOM_")
}

fn hash_of(values: &[(EcoString, Value)]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in values {
        name.hash(&mut hasher);
        match value {
            Value::String(text) => text.hash(&mut hasher),
            other => format!("{other:?}").hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_change_under_what_runs() {
        let variables = Arc::<Variables>::default();
        let env = Env::behind(variables.clone()).inner(vec![("A".into(), 1.into())]);
        variables.set([("A".into(), 2.into()), ("B".into(), 3.into())]);
        assert_eq!((env.get("A"), env.get("B")), (Some(1.into()), Some(3.into())));
        variables.set([]);
        assert_eq!(env.get("B"), None);
    }

    #[test]
    fn inner_scopes_hide_outer_ones() {
        let outer = Env::process().inner(vec![("A".into(), "outer".into()), ("B".into(), 2.into())]);
        let inner = outer.inner(vec![("A".into(), "inner".into())]);
        assert_eq!(inner.get("A"), Some("inner".into()));
        assert_eq!(inner.get("$parent.A"), Some("outer".into()));
        assert_eq!(inner.get("B"), Some(2.into()));
        assert_eq!(inner.get("SURELY_UNSET"), None);
        assert!(is_hidden("WIRELOOM_CREDENTIAL_KEY") && !is_hidden("PATH") && inner.get("PATH").is_some());
        assert_eq!(inner.substitute("${A}"), Some("inner".into()));
        assert_eq!(inner.substitute("x${A}"), None);
    }
}
