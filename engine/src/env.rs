//! Environment variables as flows see them: group -> flow or subflow -> parent -> global -> process.

use std::sync::Arc;

use ecow::EcoString;

use crate::value::Value;

/// A chain of scopes; cloning is O(1).
#[derive(Clone, Default)]
pub struct Env(Option<Arc<Scope>>);

struct Scope {
    values: Vec<(EcoString, Value)>,
    /// Of the values, made once: thousands of nodes share a scope.
    hash: u64,
    parent: Env,
}

impl Env {
    /// The process environment alone.
    pub fn process() -> Self {
        Self(None)
    }

    /// A scope inside this one; its values hide those of the same name outside.
    #[must_use]
    pub fn inner(&self, values: Vec<(EcoString, Value)>) -> Self {
        if values.is_empty() {
            return self.clone();
        }
        let hash = hash_of(&values);
        Self(Some(Arc::new(Scope { values, hash, parent: self.clone() })))
    }

    /// The value of `name`, from the innermost scope that has it. `$parent.NAME` skips the innermost scope.
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(name) = name.strip_prefix("$parent.") {
            return match &self.0 {
                Some(scope) => scope.parent.get(name),
                None => self.get(name),
            };
        }
        let mut env = self;
        while let Some(scope) = &env.0 {
            // The last of several of one name wins, as in Node-RED.
            if let Some((_, value)) = scope.values.iter().rev().find(|(key, _)| key == name) {
                return Some(value.clone());
            }
            env = &scope.parent;
        }
        if is_hidden(name) { None } else { std::env::var(name).ok().map(Value::from) }
    }

    /// Adds all that the flow document defines (not the process environment) to a hash.
    pub(crate) fn hash_into(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        let mut env = self;
        while let Some(scope) = &env.0 {
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
    use std::hash::{DefaultHasher, Hash, Hasher};
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
