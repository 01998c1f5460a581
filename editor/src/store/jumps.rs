//! Where the user was: places to go back to.

use super::Id;

/// A tab, and what was looked at there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tab or subflow.
    pub tab: Id,
    /// A node or group on it.
    pub node: Option<Id>,
}

/// The places, and which of them is shown.
#[derive(Clone, Debug, Default)]
pub struct Jumps {
    places: Vec<Place>,
    at: usize,
}

/// Older places are forgotten.
const MOST_PLACES: usize = 100;

impl Jumps {
    /// The user jumped from one place to another. What was ahead is forgotten.
    pub fn jumped(&mut self, from: Place, to: Place) {
        if from == to {
            return;
        }
        self.places.truncate(self.at + 1);
        match self.places.last_mut() {
            Some(last) => *last = from,
            None => self.places.push(from),
        }
        self.places.push(to);
        if self.places.len() > MOST_PLACES {
            self.places.remove(0);
        }
        self.at = self.places.len() - 1;
    }

    /// The place before (`step` -1) or after (1) that `is_there` still; it is the one that is shown then.
    pub fn step(&mut self, step: isize, is_there: impl Fn(&Place) -> bool) -> Option<Place> {
        let mut at = self.at;
        loop {
            at = at.checked_add_signed(step)?;
            let place = self.places.get(at)?;
            if is_there(place) {
                self.at = at;
                return Some(place.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(tab: &str) -> Place {
        Place { tab: tab.into(), node: None }
    }

    #[test]
    fn places_are_gone_back_to_and_forward() {
        let mut jumps = Jumps::default();
        assert_eq!(jumps.step(-1, |_| true), None);
        for (from, to) in [("a", "b"), ("b", "c"), ("c", "c"), ("c", "d")] {
            jumps.jumped(place(from), place(to));
        }
        assert_eq!(jumps.step(1, |_| true), None);
        // A tab that is gone is passed over.
        assert_eq!(jumps.step(-1, |place| place.tab.as_ref() != "c"), Some(place("b")));
        assert_eq!(jumps.step(-1, |_| true), Some(place("a")));
        assert_eq!(jumps.step(1, |_| true), Some(place("b")));
        jumps.jumped(place("b"), place("x"));
        assert_eq!(jumps.step(1, |_| true), None);
        for _ in 0..300 {
            jumps.jumped(place("y"), place("z"));
        }
        assert_eq!(jumps.places.len(), MOST_PLACES);
    }
}
