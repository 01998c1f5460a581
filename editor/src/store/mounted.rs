//! What of a flow stands in the page. What comes into view is added a little at a time, at the end of the list; what
//! left it stays until there is enough to take away at once. So the page changes little while the view moves, and
//! nothing that stays is moved in it.

use std::collections::HashSet;
use std::hash::Hash;

/// So many are added in one step, unless nothing stands there yet.
const MOST_ADDED: usize = 24;
/// So many that are out of sight may stay.
const MOST_LEFT: usize = 200;

/// A list that follows what is seen.
#[derive(Clone, Debug)]
pub struct Mounted<K> {
    /// Without duplicates.
    items: Vec<K>,
}

/// What of the flow there is to be mounted.
pub struct Wanted<K> {
    /// What is seen, or soon will be, in the order in which it lies.
    pub seen: Vec<K>,
    /// All there is.
    pub all: HashSet<K>,
}

impl<K> Default for Wanted<K> {
    fn default() -> Self {
        Self { seen: Vec::new(), all: HashSet::new() }
    }
}

impl<K> Default for Mounted<K> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash> Mounted<K> {
    /// What stands in the page.
    pub fn items(&self) -> &[K] {
        &self.items
    }

    /// One step towards what is wanted. Either takes away or adds: a list of which some go and others come would be
    /// moved about in the page.
    pub fn step(&mut self, wanted: &Wanted<K>) {
        let is_gone = self.items.iter().any(|item| !wanted.all.contains(item));
        let seen: HashSet<&K> = wanted.seen.iter().collect();
        let left = self.items.iter().filter(|item| !seen.contains(item)).count();
        let stays_any = left < self.items.len();
        if !stays_any {
            self.items.clear();
        } else if is_gone || left > MOST_LEFT {
            self.items.retain(|item| seen.contains(item));
            return;
        }
        let most = if self.items.is_empty() { usize::MAX } else { MOST_ADDED };
        let there: HashSet<K> = self.items.iter().cloned().collect();
        self.items.extend(wanted.seen.iter().filter(|item| !there.contains(item)).take(most).cloned());
    }

    /// Whether there is nothing to do.
    pub fn is_settled(&self, wanted: &Wanted<K>) -> bool {
        let there: HashSet<&K> = self.items.iter().collect();
        wanted.seen.iter().all(|item| there.contains(item))
            && self.items.iter().all(|item| wanted.all.contains(item))
            && self.items.len() <= wanted.seen.len() + MOST_LEFT
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn wanted(seen: Range<u32>, all: Range<u32>) -> Wanted<u32> {
        Wanted { seen: seen.collect(), all: all.collect() }
    }

    fn settle(mounted: &mut Mounted<u32>, wanted: &Wanted<u32>) -> usize {
        let mut steps = 0;
        while !mounted.is_settled(wanted) {
            mounted.step(wanted);
            steps += 1;
        }
        steps
    }

    #[test]
    fn the_first_come_at_once_and_others_a_few_at_a_time() {
        let mut mounted = Mounted::default();
        assert_eq!(settle(&mut mounted, &wanted(0..500, 0..1000)), 1);
        assert_eq!(settle(&mut mounted, &wanted(50..550, 0..1000)), 3);
        // What stays is where it was, what left is still there.
        assert_eq!(mounted.items(), (0..550).collect::<Vec<_>>());
    }

    #[test]
    fn what_left_goes_when_there_is_enough_of_it() {
        let mut mounted = Mounted::default();
        settle(&mut mounted, &wanted(0..500, 0..1000));
        settle(&mut mounted, &wanted(250..600, 0..1000));
        assert_eq!(mounted.items(), (250..600).collect::<Vec<_>>());
        // Somewhere else: nothing of the old is worth keeping.
        assert_eq!(settle(&mut mounted, &wanted(700..900, 0..1000)), 1);
        assert_eq!(mounted.items().len(), 200);
    }

    #[test]
    fn what_is_gone_from_the_flow_goes_at_once() {
        let mut mounted = Mounted::default();
        settle(&mut mounted, &wanted(0..5, 0..9));
        settle(&mut mounted, &Wanted { seen: vec![1, 2, 7], all: [1, 2, 7, 8].into() });
        assert_eq!(mounted.items(), [1, 2, 7]);
        settle(&mut mounted, &wanted(0..0, 0..0));
        assert!(mounted.items().is_empty());
    }
}
