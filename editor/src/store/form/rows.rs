//! Which row is which: rows have no ids in a document, but a field under the caret must stay the same one.

use model::json::Json;

/// A list of rows with a number for each that stays with it while it is edited, moved, or others come and go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberedRows {
    rows: Vec<Json>,
    numbers: Vec<u64>,
    next: u64,
}

impl NumberedRows {
    /// The rows as they are now, numbered by what they were before: a row that is the same has its number, and
    /// so has, where none came or went, a row that was changed in its place.
    #[must_use]
    pub fn follow(&self, rows: &[Json]) -> Self {
        let mut numbers = vec![None; rows.len()];
        let mut taken = vec![false; self.rows.len()];
        let mut match_rows = |fits: &dyn Fn(usize, usize) -> bool| {
            for (at, number) in numbers.iter_mut().enumerate().filter(|(_, number)| number.is_none()) {
                if let Some(old) = (0..self.rows.len()).find(|old| !taken[*old] && fits(at, *old)) {
                    taken[old] = true;
                    *number = Some(self.numbers[old]);
                }
            }
        };
        let (len, old_len) = (rows.len(), self.rows.len());
        match_rows(&|at, old| at == old && rows[at] == self.rows[old]);
        match_rows(&|at, old| len + old == old_len + at && rows[at] == self.rows[old]);
        match_rows(&|at, old| rows[at] == self.rows[old]);
        match_rows(&|at, old| at == old && len == old_len);
        let mut next = self.next;
        let numbers = numbers.into_iter().map(|number| {
            number.unwrap_or_else(|| {
                next += 1;
                next
            })
        });
        Self { rows: rows.to_vec(), numbers: numbers.collect(), next }
    }

    /// The numbers in the order of the rows.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Where the row with this number stands.
    pub fn position(&self, number: u64) -> Option<usize> {
        self.numbers.iter().position(|known| *known == number)
    }

    /// The row with this number.
    pub fn row(&self, number: u64) -> Option<&Json> {
        self.rows.get(self.position(number)?)
    }

    /// The rows.
    pub fn rows(&self) -> &[Json] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &str) -> Vec<Json> {
        names.chars().map(|name| Json::from(name.to_string())).collect()
    }

    #[test]
    fn a_row_keeps_its_number() {
        let start = NumberedRows::default().follow(&rows("abc"));
        assert_eq!(start.numbers(), [1, 2, 3]);
        for (now, expected) in [
            ("abc", vec![1, 2, 3]),
            ("axc", vec![1, 2, 3]),
            ("bc", vec![2, 3]),
            ("ab", vec![1, 2]),
            ("cab", vec![3, 1, 2]),
            ("bca", vec![2, 3, 1]),
            ("abxc", vec![1, 2, 4, 3]),
            ("abcx", vec![1, 2, 3, 4]),
            ("", vec![]),
        ] {
            assert_eq!(start.follow(&rows(now)).numbers(), expected, "{now}");
        }
    }

    #[test]
    fn equal_rows_are_told_apart_by_their_place() {
        let start = NumberedRows::default().follow(&rows("aaa"));
        assert_eq!(start.follow(&rows("aax")).numbers(), [1, 2, 3]);
        assert_eq!(start.follow(&rows("aaaa")).numbers(), [1, 2, 3, 4]);
        let edited = start.follow(&rows("axa"));
        assert_eq!(edited.numbers(), [1, 2, 3]);
        assert_eq!(edited.follow(&rows("aa")).numbers(), [1, 3]);
        assert_eq!(edited.position(2), Some(1));
        assert_eq!(edited.row(2), Some(&Json::from("x")));
    }
}
