//! The entries of an object that has few of them.

use ecow::{EcoString, EcoVec};

use super::super::Value;

/// A copy has places for so many more entries: it is made to be changed, and most changes add one.
const ROOM_IN_COPIES: usize = 2;
/// A list of entries begins with room for so many.
const FIRST_ROOM: usize = 4;
/// So many entries may differ from what is shared before all of them are copied: they are searched first, every time.
const CHANGE_LIMIT: usize = 6;

pub(super) type Entry = (EcoString, Value);

/// Entries in two layers: those that copies share, and what this copy changed since. So ten branches that each set a
/// property hold one list of all the others, and none of them counts a reference to every value in it.
#[derive(Clone, Default)]
pub(super) struct Layers {
    /// In order. Whoever holds it alone changes it in place.
    base: EcoVec<Entry>,
    /// Entries with another value than in the base, and behind them in order those that came later. What they hide is
    /// never more than a few bytes: nothing large, and nothing alive, is kept by an object that no longer shows it.
    changes: EcoVec<Entry>,
}

impl Layers {
    pub(super) const fn new() -> Self {
        Self { base: EcoVec::new(), changes: EcoVec::new() }
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { base: EcoVec::with_capacity(capacity), changes: EcoVec::new() }
    }

    /// These entries, whose names all differ.
    pub(super) fn of(base: EcoVec<Entry>) -> Self {
        Self { base, changes: EcoVec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.base.is_empty() && self.changes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.base.len() + self.later().count()
    }

    /// Whether there are fewer than `limit`. Which of the changes are later ones is looked for only where that matters.
    #[inline]
    pub(super) fn is_shorter_than(&self, limit: usize) -> bool {
        self.base.len() + self.changes.len() < limit || self.len() < limit
    }

    #[inline]
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        find(&self.changes, key).or_else(|| find(&self.base, key))
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        if let Some(at) = position(&self.changes, key) {
            return Some(&mut self.changes.make_mut()[at].1);
        }
        let at = position(&self.base, key)?;
        if !self.base.is_unique() {
            self.unshare();
        }
        Some(&mut self.base.make_mut()[at].1)
    }

    /// Sets the entry of this name; gives `value` back where there is none.
    #[inline]
    pub(super) fn replace(&mut self, key: &str, value: Value) -> Result<Value, Value> {
        if let Some(at) = position(&self.changes, key) {
            return Ok(std::mem::replace(&mut self.changes.make_mut()[at].1, value));
        }
        let Some(at) = position(&self.base, key) else { return Err(value) };
        if self.base.is_unique() {
            return Ok(std::mem::replace(&mut self.base.make_mut()[at].1, value));
        }
        Ok(self.hide(at, value))
    }

    /// Sets an entry of the base that others hold, too.
    fn hide(&mut self, at: usize, value: Value) -> Value {
        let (key, former) = &self.base[at];
        if self.changes.len() < CHANGE_LIMIT && is_small(former) {
            let (key, former) = (key.clone(), former.clone());
            self.push_change(key, value);
            return former;
        }
        self.unshare();
        std::mem::replace(&mut self.base.make_mut()[at].1, value)
    }

    /// Adds an entry of a name that there is none of.
    #[inline]
    pub(super) fn push(&mut self, key: EcoString, value: Value) {
        if self.changes.is_empty() && self.base.is_unique() {
            if self.base.capacity() == 0 {
                self.base.reserve(FIRST_ROOM);
            }
            self.base.push((key, value));
        } else if self.changes.len() < CHANGE_LIMIT {
            self.push_change(key, value);
        } else {
            self.unshare();
            self.base.push((key, value));
        }
    }

    fn push_change(&mut self, key: EcoString, value: Value) {
        if self.changes.capacity() == 0 {
            self.changes.reserve(FIRST_ROOM);
        }
        self.changes.push((key, value));
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value> {
        self.get(key)?;
        self.unshare();
        let at = position(&self.base, key)?;
        Some(self.base.remove(at).1)
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&EcoString, &Value)> {
        let of_base = self.base.iter().map(|(key, value)| (key, find(&self.changes, key).unwrap_or(value)));
        of_base.chain(self.later().map(|(key, value)| (key, value)))
    }

    pub(super) fn into_entries(mut self) -> EcoVec<Entry> {
        if !self.changes.is_empty() {
            self.unshare();
        }
        self.base
    }

    /// Whether another object holds some of these entries, so that a change may copy them.
    pub(super) fn is_shared(&mut self) -> bool {
        !self.base.is_unique() || !self.changes.is_unique()
    }

    /// Entries that came after those of the base.
    fn later(&self) -> impl Iterator<Item = &Entry> {
        self.changes.iter().filter(|(key, _)| position(&self.base, key).is_none())
    }

    /// Brings all entries into one list. Copies that change something share that, and copy no list of changes.
    pub(super) fn settle(&mut self) {
        if !self.changes.is_empty() {
            self.unshare();
        }
    }

    /// Copies all entries, unless nobody else holds them.
    fn unshare(&mut self) {
        if self.changes.is_empty() && self.base.is_unique() {
            return;
        }
        let mut all = EcoVec::with_capacity(self.base.len() + self.changes.len() + ROOM_IN_COPIES);
        all.extend_from_slice(&self.base);
        for (key, value) in std::mem::take(&mut self.changes) {
            match position(&self.base, &key) {
                Some(at) => all.make_mut()[at].1 = value,
                None => all.push((key, value)),
            }
        }
        self.base = all;
    }
}

#[inline]
fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Value> {
    entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

#[inline]
fn position(entries: &[Entry], key: &str) -> Option<usize> {
    entries.iter().position(|(name, _)| name == key)
}

/// Whether nothing is lost by keeping a value that no one sees: it holds no memory of its own, and nothing alive.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) => true,
        Value::String(text) => text.is_inline(),
        Value::Buffer(_) | Value::Array(_) | Value::Object(_) | Value::Handle(_) => false,
    }
}
