//! One order out of two.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// All elements of both sides: in my order, or in theirs where only they changed it. What stands on the other side
/// only comes after the element that it follows there.
pub(super) fn merge<T: Copy + Eq + Hash>(base: &[T], mine: &[T], theirs: &[T]) -> Vec<T> {
    let (first, second) = if is_in_order(base, mine) { (theirs, mine) } else { (mine, theirs) };
    // With mine unmoved and theirs unmoved, either would do; mine reads as what the user sees.
    let (first, second) = if is_in_order(base, theirs) { (mine, theirs) } else { (first, second) };
    let places: HashSet<T> = first.iter().copied().collect();
    let mut followers: HashMap<Option<T>, Vec<T>> = HashMap::new();
    let mut anchor = None;
    for element in second {
        match places.contains(element) {
            true => anchor = Some(*element),
            false => followers.entry(anchor).or_default().push(*element),
        }
    }
    let mut merged = followers.remove(&None).unwrap_or_default();
    for element in first {
        merged.push(*element);
        merged.extend(followers.remove(&Some(*element)).into_iter().flatten());
    }
    merged
}

/// Whether what is left of `base` stands in `side` as it stood.
fn is_in_order<T: Copy + Eq + Hash>(base: &[T], side: &[T]) -> bool {
    let places: HashMap<T, usize> =
        base.iter().enumerate().map(|(place, element)| (*element, place)).collect();
    side.iter().filter_map(|element| places.get(element)).is_sorted()
}
