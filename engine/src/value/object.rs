//! An object: named values in insertion order.

use std::fmt;
use std::sync::Arc;

use ecow::{EcoString, EcoVec};
use indexmap::IndexMap;

use super::Value;

mod layers;

use layers::Layers;

/// Up to this many entries are searched one by one, which beats hashing for the small objects that
/// messages are made of.
const SCAN_LIMIT: usize = 20;

/// Named values in insertion order; setting an existing name keeps its place.
///
/// A clone is O(1): it shares the entries, and keeps what it changes apart from them.
#[derive(Clone)]
pub struct Object {
    entries: Entries,
}

#[derive(Clone)]
enum Entries {
    Few(Layers),
    Many(Arc<IndexMap<EcoString, Value>>),
}

impl Object {
    /// An empty object.
    pub const fn new() -> Self {
        Self { entries: Entries::Few(Layers::new()) }
    }

    /// An empty object with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Self {
        if capacity <= SCAN_LIMIT {
            Self { entries: Entries::Few(Layers::with_capacity(capacity)) }
        } else {
            Self { entries: Entries::Many(Arc::new(IndexMap::with_capacity(capacity))) }
        }
    }

    /// An object of these entries, whose names all differ: none is looked for, which a large object feels.
    pub fn of_distinct(entries: impl Into<EcoVec<(EcoString, Value)>>) -> Self {
        let entries = entries.into();
        let entries = if entries.len() <= SCAN_LIMIT {
            Entries::Few(Layers::of(entries))
        } else {
            Entries::Many(Arc::new(entries.into_iter().collect()))
        };
        let object = Self { entries };
        debug_assert!(object.keys().all(|key| object.keys().filter(|other| *other == key).count() == 1));
        object
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// Whether it has no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        match &self.entries {
            Entries::Few(entries) => entries.is_empty(),
            Entries::Many(entries) => entries.is_empty(),
        }
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.entries {
            Entries::Few(entries) => entries.get(key),
            Entries::Many(entries) => entries.get(key),
        }
    }

    /// The value of `key`, for writing.
    #[inline]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        match &mut self.entries {
            Entries::Few(entries) => entries.get_mut(key),
            // A look first: what is not there must not make a copy.
            Entries::Many(entries) if !entries.contains_key(key) => None,
            Entries::Many(entries) => Arc::make_mut(entries).get_mut(key),
        }
    }

    /// Whether it has an entry of this name, even an undefined one.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether another object holds the same entries, so that a change may copy them.
    pub fn is_shared(&mut self) -> bool {
        match &mut self.entries {
            Entries::Few(entries) => entries.is_shared(),
            Entries::Many(entries) => Arc::strong_count(entries) > 1,
        }
    }

    /// For who is about to make many copies: they share more, and change something with less work. The entry `apart` is the
    /// one that they change most.
    pub(crate) fn settle(&mut self, apart: &str) {
        if let Entries::Few(entries) = &mut self.entries {
            entries.settle(apart);
        }
    }

    /// Sets `key`, in place if it is there, else at the end; returns the former value.
    #[inline]
    pub fn insert(
        &mut self,
        key: impl Into<EcoString> + AsRef<str>,
        value: impl Into<Value>,
    ) -> Option<Value> {
        match &mut self.entries {
            Entries::Few(entries) => match entries.replace(key.as_ref(), value.into()) {
                Ok(former) => Some(former),
                Err(value) => {
                    self.add(key.into(), value);
                    None
                }
            },
            Entries::Many(entries) => Arc::make_mut(entries).insert(key.into(), value.into()),
        }
    }

    /// Adds an entry of a name that it has none of.
    fn add(&mut self, key: EcoString, value: Value) {
        match &mut self.entries {
            Entries::Few(entries) if entries.is_shorter_than(SCAN_LIMIT) => entries.push(key, value),
            Entries::Few(entries) => {
                let mut many: IndexMap<_, _> = std::mem::take(entries).into_entries().into_iter().collect();
                many.insert(key, value);
                self.entries = Entries::Many(Arc::new(many));
            }
            Entries::Many(entries) => drop(Arc::make_mut(entries).insert(key, value)),
        }
    }

    /// Removes `key`, the others keep their order; returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match &mut self.entries {
            Entries::Few(entries) => entries.remove(key),
            Entries::Many(entries) if !entries.contains_key(key) => None,
            Entries::Many(entries) => Arc::make_mut(entries).shift_remove(key),
        }
    }

    /// Its entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&EcoString, &Value)> {
        let (few, many) = match &self.entries {
            Entries::Few(entries) => (Some(entries), None),
            Entries::Many(entries) => (None, Some(entries)),
        };
        few.into_iter().flat_map(Layers::iter).chain(many.into_iter().flat_map(|entries| entries.iter()))
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

impl From<Arc<Object>> for Object {
    fn from(shared: Arc<Object>) -> Self {
        Arc::unwrap_or_clone(shared)
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
            Entries::Few(entries) => Box::new(entries.into_entries().into_iter()),
            Entries::Many(entries) => Box::new(Arc::unwrap_or_clone(entries).into_iter()),
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

    fn small() -> Object {
        Object::from_iter([("a", Value::from(1)), ("b", "two".into()), ("c", vec![3.into()].into())])
    }

    fn shown(object: &Object) -> String {
        serde_json::to_string(object).unwrap()
    }

    #[test]
    fn copies_share_what_they_do_not_change() {
        let first = small();
        let mut second = first.clone();
        assert_eq!(second.insert("a", 2), Some(1.into()));
        assert_eq!(second.insert("d", 4), None);
        assert_eq!(second.insert("d", 5), Some(4.into()));
        let mut third = second.clone();
        assert_eq!(third.insert("b", "three"), Some("two".into()));
        *third.get_mut("d").unwrap() = 6.into();
        assert_eq!(shown(&first), r#"{"a":1,"b":"two","c":[3]}"#);
        assert_eq!(shown(&second), r#"{"a":2,"b":"two","c":[3],"d":5}"#);
        assert_eq!(shown(&third), r#"{"a":2,"b":"three","c":[3],"d":6}"#);
        assert_eq!((first.len(), second.len(), third.len()), (3, 4, 4));
        assert_eq!(third.remove("a"), Some(2.into()));
        assert_eq!(shown(&third), r#"{"b":"three","c":[3],"d":6}"#);
        assert_eq!(shown(&third.into_iter().collect()), r#"{"b":"three","c":[3],"d":6}"#);
        assert_eq!(shown(&second), r#"{"a":2,"b":"two","c":[3],"d":5}"#);
    }

    #[test]
    fn what_an_object_no_longer_shows_it_does_not_keep() {
        let large = Arc::new(vec![Value::Null]);
        let first = Object::from_iter([("payload", Value::Array(large.clone()))]);
        let mut second = first.clone();
        second.insert("payload", 1);
        drop(first);
        assert_eq!(Arc::strong_count(&large), 1);
        assert_eq!(second.get("payload"), Some(&1.into()));
    }

    #[test]
    fn any_order_of_changes_gives_what_a_plain_object_has() {
        // A small generator in place of a library: the same steps in every run.
        let mut seed = 7_u32;
        let mut random = move |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for _ in 0..200 {
            let mut copies = vec![(Object::new(), IndexMap::<EcoString, Value>::new())];
            for step in 0..60 {
                let at = random(copies.len() as u32) as usize;
                let key = ecow::eco_format!("k{}", random(24));
                match random(9) {
                    0 if copies.len() < 6 => copies.push(copies[at].clone()),
                    8 => copies[at].0.settle("k3"),
                    1 => {
                        let (object, plain) = &mut copies[at];
                        assert_eq!(object.remove(&key), plain.shift_remove(&key));
                    }
                    2 => {
                        let (object, plain) = &mut copies[at];
                        let (one, other) = (object.get_mut(&key), plain.get_mut(&key));
                        assert_eq!(one, other);
                        if let (Some(one), Some(other)) = (one, other) {
                            (*one, *other) = (Value::Bool(true), Value::Bool(true));
                        }
                    }
                    3 => {
                        let (object, plain) = &mut copies[at];
                        let list: Value = vec![step.into()].into();
                        assert_eq!(object.insert(&key, list.clone()), plain.insert(key, list));
                    }
                    _ => {
                        let (object, plain) = &mut copies[at];
                        assert_eq!(object.insert(&key, step), plain.insert(key, step.into()));
                    }
                }
                for (object, plain) in &copies {
                    assert!(object.iter().eq(plain.iter()), "{object:?} is not {plain:?}");
                    assert_eq!((object.len(), object.is_empty()), (plain.len(), plain.is_empty()));
                }
            }
        }
    }
}
