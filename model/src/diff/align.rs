//! The fewest steps that turn one list into another whose elements are matched.

/// One step; positions hold at the moment of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Take out the element at this position.
    Remove { at: usize },
    /// Take the element out at `from` and put it in at `to`.
    Move { from: usize, to: usize },
    /// Put the new list's element `element` in at `at`.
    Insert { at: usize, element: usize },
}

/// The steps from an old list of `old_length` elements to a new one; `sources` says for each new element
/// which old one it was, if any. Removes come first, from the end; then moves and inserts in the new order.
/// What is in the same order in both lists (a longest such sequence) stays where it is.
pub(super) fn align(old_length: usize, sources: &[Option<usize>]) -> Vec<Step> {
    let is_kept = longest_increasing(sources);
    let mut is_matched = vec![false; old_length];
    for source in sources.iter().flatten() {
        is_matched[*source] = true;
    }
    if is_kept.iter().all(|kept| *kept) && is_matched.iter().all(|matched| *matched) {
        return Vec::new();
    }

    // One row of places for all that ever stands in the list: old elements, and between them the places
    // where elements will be put. A position is the number of taken places to the left.
    let mut old_places = Vec::with_capacity(old_length);
    let mut new_places = vec![0; sources.len()];
    let mut place = 0;
    for (element, source) in sources.iter().enumerate() {
        match source {
            Some(source) if is_kept[element] => {
                while old_places.len() <= *source {
                    old_places.push(place);
                    place += 1;
                }
            }
            _ => {
                new_places[element] = place;
                place += 1;
            }
        }
    }
    while old_places.len() < old_length {
        old_places.push(place);
        place += 1;
    }

    let mut taken = Counts::new(place);
    for place in &old_places {
        taken.add(*place, 1);
    }
    let mut steps = Vec::new();
    for old in (0..old_length).rev().filter(|old| !is_matched[*old]) {
        steps.push(Step::Remove { at: taken.before(old_places[old]) });
        taken.add(old_places[old], -1);
    }
    for (element, source) in sources.iter().enumerate().filter(|(element, _)| !is_kept[*element]) {
        let to_place = new_places[element];
        let step = match source {
            Some(source) => {
                let from = taken.before(old_places[*source]);
                taken.add(old_places[*source], -1);
                Step::Move { from, to: taken.before(to_place) }
            }
            None => Step::Insert { at: taken.before(to_place), element },
        };
        taken.add(to_place, 1);
        // The element may stand right between its old and its new place.
        if !matches!(step, Step::Move { from, to } if from == to) {
            steps.push(step);
        }
    }
    steps
}

/// Which elements belong to a longest sequence of rising sources (patience sorting).
fn longest_increasing(sources: &[Option<usize>]) -> Vec<bool> {
    // For each length the element that ends the sequence with the lowest end, and the element before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; sources.len()];
    for (element, source) in sources.iter().enumerate().filter(|(_, source)| source.is_some()) {
        let length = ends.partition_point(|end| sources[*end] < *source);
        before[element] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = element,
            None => ends.push(element),
        }
    }
    let mut is_kept = vec![false; sources.len()];
    let mut element = ends.last().copied();
    while let Some(kept) = element {
        is_kept[kept] = true;
        element = before[kept];
    }
    is_kept
}

/// Prefix sums that can be changed (a Fenwick tree).
struct Counts(Vec<i32>);

impl Counts {
    fn new(length: usize) -> Self {
        Self(vec![0; length + 1])
    }

    fn add(&mut self, place: usize, amount: i32) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] += amount;
            at += at & at.wrapping_neg();
        }
    }

    /// The sum of all places before this one.
    fn before(&self, place: usize) -> usize {
        let (mut at, mut sum) = (place, 0);
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        usize::try_from(sum).unwrap_or(0)
    }
}
