//! An object: named values in insertion order.

use std::fmt;

use ecow::EcoString;
use indexmap::IndexMap;

use super::Value;

/// Up to this many entries are searched one by one, which beats hashing for the small objects that
/// messages are made of.
const SCAN_LIMIT: usize = 20;

/// Named values in insertion order; setting an existing name keeps its place.
#[derive(Clone)]
pub struct Object {
    entries: Entries,
}

enum Entries {
    Few(Vec<(EcoString, Value)>),
    /// In a box: most objects are small, and should be small in memory, too.
    Many(Box<IndexMap<EcoString, Value>>),
}

/// A copy has places for so many more entries: it is made to be changed, and most changes add one.
const ROOM_IN_COPIES: usize = 2;

impl Clone for Entries {
    fn clone(&self) -> Self {
        match self {
            Self::Few(entries) if entries.is_empty() => Self::Few(Vec::new()),
            Self::Few(entries) => {
                let mut copy = Vec::with_capacity(entries.len() + ROOM_IN_COPIES);
                copy.extend_from_slice(entries);
                Self::Few(copy)
            }
            Self::Many(entries) => Self::Many(entries.clone()),
        }
    }
}

impl Object {
    /// An empty object.
    pub const fn new() -> Self {
        Self { entries: Entries::Few(Vec::new()) }
    }

    /// An empty object with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity <= SCAN_LIMIT {
            Self { entries: Entries::Few(Vec::with_capacity(capacity)) }
        } else {
            Self { entries: Entries::Many(Box::new(IndexMap::with_capacity(capacity))) }
        }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.entries {
            Entries::Few(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            Entries::Many(entries) => entries.get(key),
        }
    }

    /// The value of `key`, for writing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.entries {
            Entries::Few(entries) => entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value),
            Entries::Many(entries) => entries.get_mut(key),
        }
    }

    /// Whether it has an entry of this name, even an undefined one.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets `key`, in place if it is there, else at the end; returns the former value.
    pub fn insert(
        &mut self,
        key: impl Into<EcoString> + AsRef<str>,
        value: impl Into<Value>,
    ) -> Option<Value> {
        let value = value.into();
        if let Some(slot) = self.get_mut(key.as_ref()) {
            return Some(std::mem::replace(slot, value));
        }
        match &mut self.entries {
            Entries::Few(entries) if entries.len() < SCAN_LIMIT => entries.push((key.into(), value)),
            Entries::Few(entries) => {
                let mut many: IndexMap<_, _> = std::mem::take(entries).into_iter().collect();
                many.insert(key.into(), value);
                self.entries = Entries::Many(Box::new(many));
            }
            Entries::Many(entries) => {
                entries.insert(key.into(), value);
            }
        }
        None
    }

    /// Removes `key`, the others keep their order; returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.entries {
            Entries::Few(entries) => {
                let at = entries.iter().position(|(name, _)| name == key)?;
                Some(entries.remove(at).1)
            }
            Entries::Many(entries) => entries.shift_remove(key),
        }
    }

    /// Its entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&EcoString, &Value)> {
        let (few, many) = match &self.entries {
            Entries::Few(entries) => (Some(entries), None),
            Entries::Many(entries) => (None, Some(entries)),
        };
        few.into_iter()
            .flatten()
            .map(|(key, value)| (key, value))
            .chain(many.into_iter().flat_map(|entries| entries.iter()))
    }

    /// Its names in order.
    pub fn keys(&self) -> impl Iterator<Item = &EcoString> {
        self.iter().map(|(key, _)| key)
    }

    /// Its values in order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

/// Equal entries, in any order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Into<EcoString> + AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut object = Self::with_capacity(entries.size_hint().0);
        for (key, value) in entries {
            object.insert(key, value);
        }
        object
    }
}

impl IntoIterator for Object {
    type Item = (EcoString, Value);
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        match self.entries {
            Entries::Few(entries) => Box::new(entries.into_iter()),
            Entries::Many(entries) => Box::new((*entries).into_iter()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_across_the_scan_limit() {
        let mut object = Object::new();
        for at in 0..40 {
            object.insert(ecow::eco_format!("k{at}"), at);
        }
        object.insert("k3", "three");
        assert_eq!(object.remove("k20"), Some(Value::from(20)));
        let keys: Vec<_> = object.keys().map(|key| key.to_string()).collect();
        let expected: Vec<_> = (0..40).filter(|at| *at != 20).map(|at| format!("k{at}")).collect();
        assert_eq!(keys, expected);
        assert_eq!(object.get("k3"), Some(&Value::from("three")));
        assert_eq!(object.get("k20"), None);
    }
}
