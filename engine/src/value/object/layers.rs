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

    /// Brings the changes into the base, once for many copies that are about to be made: each of them would copy the list of
    /// changes to change anything. A large value of the entry `apart` stays a change, and can be changed without a copy of all.
    pub(super) fn settle(&mut self, apart: &str) {
        // Only what replaces an entry of the base: a later one would change its place.
        let is_kept = |(key, value): &Entry| key == apart && !is_small(value);
        let kept = self.changes.iter().position(is_kept).filter(|_| position(&self.base, apart).is_some());
        if self.changes.len() <= usize::from(kept.is_some()) {
            return;
        }
        let kept = kept.map(|at| self.changes.remove(at));
        self.unshare();
        self.changes.extend(kept);
    }

    /// Brings all entries into one list that nobody else holds.
    fn unshare(&mut self) {
        if !self.base.is_unique() {
            let mut all = EcoVec::with_capacity(self.base.len() + self.changes.len() + ROOM_IN_COPIES);
            all.extend_from_slice(&self.base);
            self.base = all;
        }
        for (key, value) in std::mem::take(&mut self.changes) {
            match position(&self.base, &key) {
                Some(at) => self.base.make_mut()[at].1 = value,
                None => self.base.push((key, value)),
            }
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// What a copy changed and added while others held the rest.
    fn changed(payload: Value) -> Layers {
        let names = ["_msgid", "payload", "topic"];
        let shared = Layers::of(names.into_iter().map(|name| (name.into(), Value::Null)).collect());
        let mut copy = shared.clone();
        copy.replace("payload", payload).unwrap();
        copy.push("parts".into(), Value::object());
        copy
    }

    fn names(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn copies_of_what_was_settled_hold_no_changes_but_their_own() {
        let mut layers = changed(1.into());
        layers.settle("payload");
        assert_eq!(names(&layers.base), ["_msgid", "payload", "topic", "parts"]);
        let mut copy = layers.clone();
        copy.push("unit".into(), 2.into());
        assert_eq!((names(&layers.changes), names(&copy.changes)), (vec![], vec!["unit"]));
        assert!(copy.base.as_ptr() == layers.base.as_ptr());
    }

    #[test]
    fn a_large_payload_stays_where_copies_can_replace_it() {
        let mut layers = changed(Value::Array(Arc::default()));
        layers.settle("payload");
        assert_eq!(names(&layers.changes), ["payload"]);
        let base = layers.base.clone();
        layers.settle("payload");
        assert!(layers.base.as_ptr() == base.as_ptr(), "there was nothing more to settle");
        let mut copy = layers.clone();
        assert_eq!(copy.replace("payload", 1.into()), Ok(Value::Array(Arc::default())));
        assert!(copy.base.as_ptr() == layers.base.as_ptr());
        let shown: Vec<_> = layers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(shown, ["_msgid", "payload", "topic", "parts"]);
        // One that the base has no place for goes into it.
        let mut late = Layers::of(EcoVec::from([("_msgid".into(), Value::Null)]));
        let _former = late.clone();
        late.push("payload".into(), Value::object());
        late.settle("payload");
        assert!(late.changes.is_empty());
    }
}
