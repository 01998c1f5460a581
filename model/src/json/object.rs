//! Objects in insertion order.

use std::collections::HashMap;

use ecow::EcoString;

use super::Json;

/// From this many keys on, a look-up table pays.
const MANY_KEYS: usize = 24;

/// An object: keys in insertion order, each once. Look-up scans, for a node has few keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Object {
    /// No key stands twice.
    entries: Vec<(EcoString, Json)>,
}

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value at `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.entries.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether it has `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Where `key` stands, from 0.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|(name, _)| name == key)
    }

    /// The key and value at a position.
    pub fn at(&self, position: usize) -> Option<(&str, &Json)> {
        self.entries.get(position).map(|(key, value)| (key.as_str(), value))
    }

    /// Sets `key`: in its place where it is there, else at the end. Gives back the value it had.
    pub fn insert(&mut self, key: impl Into<EcoString>, value: impl Into<Json>) -> Option<Json> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.entries.push((key, value));
                None
            }
        }
    }

    /// Puts a key that is not there yet before `position`; false (and nothing done) where the key is there
    /// or the position is past the end.
    pub fn insert_at(&mut self, position: usize, key: EcoString, value: Json) -> bool {
        let fits = position <= self.entries.len() && !self.contains_key(&key);
        if fits {
            self.entries.insert(position, (key, value));
        }
        fits
    }

    /// Takes `key` out; the keys after it move up.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        self.position(key).map(|position| self.entries.remove(position).1)
    }

    /// Moves the key at `from` so that it stands at `to` afterwards; false where either is past the end.
    pub fn move_key(&mut self, from: usize, to: usize) -> bool {
        let fits = from < self.entries.len() && to < self.entries.len();
        if fits {
            let entry = self.entries.remove(from);
            self.entries.insert(to, entry);
        }
        fits
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Keys and values in order, the values to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Json)> {
        self.entries.iter_mut().map(|(key, value)| (key.as_str(), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &EcoString> + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Builds an object as `JSON.parse` does: of a key that comes twice the last value counts, at the place
    /// of the first.
    pub(super) fn from_entries(entries: impl ExactSizeIterator<Item = (EcoString, Json)>) -> Self {
        if entries.len() < MANY_KEYS {
            let mut object = Self { entries: Vec::with_capacity(entries.len()) };
            for (key, value) in entries {
                object.insert(key, value);
            }
            return object;
        }
        let mut places: HashMap<EcoString, usize> = HashMap::with_capacity(entries.len());
        let mut unique: Vec<(EcoString, Json)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match places.get(&key) {
                Some(&place) => unique[place].1 = value,
                None => {
                    places.insert(key.clone(), unique.len());
                    unique.push((key, value));
                }
            }
        }
        Self { entries: unique }
    }

    pub(super) fn semantic_eq(&self, other: &Object) -> bool {
        let same = |a: &Json, b: Option<&Json>| b.is_some_and(|b| a.semantic_eq(b));
        if self.len() != other.len() {
            return false;
        }
        if self.len() < MANY_KEYS {
            return self.iter().all(|(key, value)| same(value, other.get(key)));
        }
        let others: HashMap<&str, &Json> = other.iter().collect();
        self.iter().all(|(key, value)| same(value, others.get(key).copied()))
    }
}

impl<K: Into<EcoString>, V: Into<Json>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut object = Self::new();
        for (key, value) in entries {
            object.insert(key, value);
        }
        object
    }
}

impl IntoIterator for Object {
    type Item = (EcoString, Json);
    type IntoIter = std::vec::IntoIter<(EcoString, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}
