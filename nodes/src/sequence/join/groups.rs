//! The groups of a join node: by the id of their sequence, and by age.

use std::collections::{BTreeMap, HashMap};

use ecow::EcoString;

use super::group::Group;

/// Groups under way. Each has a number, which goes up with each new one and is the token of its timer.
#[derive(Default)]
pub(super) struct Groups {
    by_id: HashMap<EcoString, (u64, Group)>,
    /// The ids in `by_id`, the oldest first.
    by_number: BTreeMap<u64, EcoString>,
    next: u64,
}

impl Groups {
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.by_id.get_mut(id).map(|(_, group)| group)
    }

    /// The group and its number.
    pub(super) fn numbered(&mut self, id: &str) -> Option<(u64, &mut Group)> {
        self.by_id.get_mut(id).map(|(number, group)| (*number, group))
    }

    /// The id of the group that has this number.
    pub(super) fn id_of(&self, number: u64) -> Option<EcoString> {
        self.by_number.get(&number).cloned()
    }

    /// Adds a group under an id that none has.
    pub(super) fn insert(&mut self, id: EcoString, group: Group) {
        self.by_number.insert(self.next, id.clone());
        self.by_id.insert(id, (self.next, group));
        self.next += 1;
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Group> {
        let (number, group) = self.by_id.remove(id)?;
        self.by_number.remove(&number);
        Some(group)
    }

    /// The oldest group that keeps messages.
    pub(super) fn oldest(&self) -> Option<EcoString> {
        let keeps = |id: &&EcoString| self.by_id.get(*id).is_some_and(|(_, group)| group.kept() > 0);
        self.by_number.values().find(keeps).cloned()
    }

    /// How many messages are kept in all of them.
    pub(super) fn kept(&self) -> usize {
        self.by_id.values().map(|(_, group)| group.kept()).sum()
    }

    pub(super) fn ids(&self) -> Vec<EcoString> {
        self.by_number.values().cloned().collect()
    }
}
