//! Objects in insertion order.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};

use super::Json;

/// From this many keys on, a look-up table pays.
const MANY_KEYS: usize = 24;

/// An object: keys in insertion order, each once. Look-up scans, for a node has few keys. Those that were read from one
/// text and have the same keys share the list of them: a flow file has thousands of nodes and few types.
#[derive(Clone, Default)]
pub struct Object {
    /// In a box, so that other values are no larger for it; none of an object that never had a key.
    entries: Option<Box<Entries>>,
}

#[derive(Clone, Default)]
struct Entries {
    /// No key stands twice.
    keys: Keys,
    /// One for each key.
    values: Vec<Json>,
}

type Keys = Arc<Vec<EcoString>>;

/// The lists of keys that were read so far.
#[derive(Default)]
pub(super) struct Shapes(HashMap<Vec<EcoString>, Keys>);

impl Object {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.values().len()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.values().is_empty()
    }

    /// The value at `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.values().get(self.position(key)?)
    }

    /// The value at `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        let position = self.position(key)?;
        self.entries.as_mut()?.values.get_mut(position)
    }

    /// Whether it has `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Where `key` stands, from 0.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.keys().position(|name| name == key)
    }

    /// The key and value at a position.
    pub fn at(&self, position: usize) -> Option<(&str, &Json)> {
        let entries = self.entries.as_ref()?;
        Some((entries.keys.get(position)?.as_str(), entries.values.get(position)?))
    }

    /// Sets `key`: in its place where it is there, else at the end. Gives back the value it had.
    pub fn insert(&mut self, key: impl Into<EcoString>, value: impl Into<Json>) -> Option<Json> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                let (keys, values) = self.lists_mut();
                keys.push(key);
                values.push(value);
                None
            }
        }
    }

    /// Puts a key that is not there yet before `position`; false (and nothing done) where the key is there
    /// or the position is past the end.
    pub fn insert_at(&mut self, position: usize, key: EcoString, value: Json) -> bool {
        let fits = position <= self.len() && !self.contains_key(&key);
        if fits {
            let (keys, values) = self.lists_mut();
            keys.insert(position, key);
            values.insert(position, value);
        }
        fits
    }

    /// Takes `key` out; the keys after it move up.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let position = self.position(key)?;
        let (keys, values) = self.lists_mut();
        keys.remove(position);
        Some(values.remove(position))
    }

    /// Moves the key at `from` so that it stands at `to` afterwards; false where either is past the end.
    pub fn move_key(&mut self, from: usize, to: usize) -> bool {
        let fits = from < self.len() && to < self.len();
        if fits {
            let (keys, values) = self.lists_mut();
            let (key, value) = (keys.remove(from), values.remove(from));
            keys.insert(to, key);
            values.insert(to, value);
        }
        fits
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> + DoubleEndedIterator + Clone {
        self.keys().map(EcoString::as_str).zip(self.values())
    }

    /// Keys and values in order, the values to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Json)> {
        let (keys, values) = match &mut self.entries {
            Some(entries) => (entries.keys.as_slice(), entries.values.as_mut_slice()),
            None => Default::default(),
        };
        keys.iter().map(EcoString::as_str).zip(values)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &EcoString> + DoubleEndedIterator + Clone {
        self.entries.as_ref().map_or(&[][..], |entries| entries.keys.as_slice()).iter()
    }

    fn values(&self) -> &[Json] {
        self.entries.as_ref().map_or(&[][..], |entries| entries.values.as_slice())
    }

    /// Both lists, to change; the keys are copied first where others share them.
    fn lists_mut(&mut self) -> (&mut Vec<EcoString>, &mut Vec<Json>) {
        let entries = self.entries.get_or_insert_default();
        (Arc::make_mut(&mut entries.keys), &mut entries.values)
    }

    /// Builds an object as `JSON.parse` does: of a key that comes twice the last value counts, at the place
    /// of the first.
    pub(super) fn from_entries(entries: impl ExactSizeIterator<Item = (EcoString, Json)>) -> Self {
        if entries.len() < MANY_KEYS {
            return entries.collect();
        }
        let mut places: HashMap<EcoString, usize> = HashMap::with_capacity(entries.len());
        let mut object = Self::new();
        let (keys, values) = object.lists_mut();
        for (key, value) in entries {
            match places.get(&key) {
                Some(&place) => values[place] = value,
                None => {
                    places.insert(key.clone(), keys.len());
                    keys.push(key);
                    values.push(value);
                }
            }
        }
        object
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

impl Shapes {
    /// An object of these keys, as [`Object::from_entries`] builds it. It takes the keys and values out of the lists.
    pub(super) fn object(
        &mut self,
        keys: &mut Vec<EcoString>,
        from: usize,
        values: std::vec::Drain<'_, Json>,
    ) -> Object {
        let of = |keys: &Keys, values: std::vec::Drain<'_, Json>| {
            let entries = Entries { keys: keys.clone(), values: values.collect() };
            Object { entries: Some(Box::new(entries)) }
        };
        if keys.len() == from {
            return Object::new();
        }
        if let Some(known) = self.0.get(&keys[from..]) {
            keys.truncate(from);
            return of(known, values);
        }
        let keys: Vec<EcoString> = keys.drain(from..).collect();
        if keys.iter().collect::<HashSet<_>>().len() < keys.len() {
            return Object::from_entries(keys.into_iter().zip(values));
        }
        let shared = Arc::new(keys.clone());
        let object = of(&shared, values);
        self.0.insert(keys, shared);
        object
    }
}

/// Equal with the same keys in the same order, and equal values.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        let is_shared = match (&self.entries, &other.entries) {
            (Some(one), Some(other)) => Arc::ptr_eq(&one.keys, &other.keys),
            _ => false,
        };
        (is_shared || self.keys().eq(other.keys())) && self.values() == other.values()
    }
}

impl Eq for Object {}

impl Hash for Object {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
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
    type IntoIter = std::iter::Zip<std::vec::IntoIter<EcoString>, std::vec::IntoIter<Json>>;

    fn into_iter(self) -> Self::IntoIter {
        let Entries { keys, values } = self.entries.map(|entries| *entries).unwrap_or_default();
        Arc::unwrap_or_clone(keys).into_iter().zip(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_one_text_share_their_keys_until_one_changes() {
        let Ok(Json::Array(items)) = Json::parse(r#"[{"a":1,"b":2},{"a":3,"b":4},{"b":1,"a":2}]"#) else {
            panic!()
        };
        let object = |at: usize| items[at].as_object().unwrap();
        let keys = |object: &Object| Arc::as_ptr(&object.entries.as_ref().unwrap().keys);
        assert_eq!(keys(object(0)), keys(object(1)));
        assert_ne!(keys(object(0)), keys(object(2)));
        let mut changed = object(1).clone();
        changed.insert("c", 5);
        assert_eq!(object(0).keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Json::Object(changed.clone()).to_string(), r#"{"a":3,"b":4,"c":5}"#);
        assert_eq!(changed.remove("c"), Some(5.into()));
        assert_eq!(&changed, object(1));
    }

    #[test]
    fn an_object_that_lost_its_keys_is_an_empty_one() {
        let mut object = Object::from_iter([("a", 1)]);
        object.remove("a");
        assert_eq!((object.len(), object), (0, Object::new()));
    }

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Json>(), 24);
    }
}
