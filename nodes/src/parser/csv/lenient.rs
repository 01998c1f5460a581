//! CSV as Node-RED read it before version 4: a quote opens or closes wherever it stands.

use engine::js;
use engine::{Object, Value};

use super::has_names;

/// Names of columns: split at separators outside of quotes, without quotes and spaces around.
pub(super) fn columns(text: &str, separator: char) -> Vec<String> {
    let (mut names, mut name, mut in_quotes) = (Vec::new(), String::new(), false);
    for character in text.trim().chars() {
        match character {
            '"' => in_quotes = !in_quotes,
            _ if character == separator && !in_quotes => names.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    names.push(name);
    names.iter().map(|name| name.trim().to_owned()).collect()
}

/// How a text is read.
pub(super) struct Rules {
    pub separator: char,
    pub parses_numbers: bool,
    pub keeps_empty: bool,
    pub keeps_null: bool,
}

/// Reads rows; `names` get `col1` and so on where there are none.
pub(super) struct Reader<'a> {
    rules: &'a Rules,
    names: &'a mut Vec<String>,
    /// Whether the names are made up here.
    makes_names: bool,
    rows: Vec<Object>,
    row: Object,
    cell: Option<String>,
    column: usize,
    is_outside: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rules: &'a Rules, names: &'a mut Vec<String>) -> Self {
        let makes_names = !has_names(names);
        Self {
            rules,
            names,
            makes_names,
            rows: Vec::new(),
            row: Object::new(),
            cell: Some(String::new()),
            column: 0,
            is_outside: true,
        }
    }

    /// Reads the text from `start` on; gives the rows, and whether every quote is closed.
    pub(super) fn read(mut self, text: &[char], start: usize) -> (Vec<Object>, bool) {
        let separator = self.rules.separator;
        for at in start..text.len() {
            let before = at.checked_sub(1).map(|before| text[before]);
            match text[at] {
                '"' => {
                    self.is_outside = !self.is_outside;
                    // The second of two quotes inside is one that is meant.
                    if before == Some('"') && !self.is_outside {
                        self.push('"');
                    }
                }
                character if character == separator && self.is_outside => {
                    let is_null = before.is_none_or(|before| before == separator || before == '\n');
                    self.end_cell(is_null);
                    self.column += 1;
                    // A separator at the very end: nothing follows it.
                    self.cell = (at + 1 < text.len()).then(String::new);
                }
                '\n' | '\r' if self.is_outside => {
                    self.end_cell(before == Some(separator));
                    self.end_row();
                }
                character => self.push(character),
            }
        }
        let is_closed = self.is_outside;
        self.end_cell(false);
        self.end_row();
        (self.rows, is_closed)
    }

    fn push(&mut self, character: char) {
        self.cell.get_or_insert_default().push(character);
    }

    fn end_cell(&mut self, is_null: bool) {
        let cell = self.cell.take().filter(|_| !is_null);
        if self.makes_names {
            let name = format!("col{}", self.column + 1);
            match self.names.get_mut(self.column) {
                Some(slot) => *slot = name,
                None => self.names.push(name),
            }
        }
        let Some(name) = self.names.get(self.column).filter(|name| !name.is_empty()) else { return };
        let value = match cell {
            None if self.rules.keeps_null => Value::Null,
            Some(cell) if cell.is_empty() && self.rules.keeps_empty => "".into(),
            Some(cell) if !cell.is_empty() => match number(cell.trim()) {
                Some(number) if self.rules.parses_numbers => number.into(),
                _ => cell.into(),
            },
            _ => return,
        };
        self.row.insert(name.as_str(), value);
    }

    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if !row.is_empty() {
            self.rows.push(row);
        }
        self.column = 0;
        self.cell = Some(String::new());
        self.is_outside = true;
    }
}

/// A number, if the text looks like one: digits, no leading zero, perhaps a sign, a point and an exponent.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0') && whole.as_bytes()[1].is_ascii_digit();
    let is_whole = all_digits(whole) && !has_leading_zero;
    let is_mantissa = match fraction {
        Some(fraction) => is_whole && all_digits(fraction) && !fraction.is_empty(),
        None => is_whole && !whole.is_empty(),
    };
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    (is_mantissa && is_exponent).then(|| js::parse_float(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_looks_like_one() {
        for (text, expected) in [("0", 0.0), ("-1.5", -1.5), (".5", 0.5), ("1e3", 1000.0), ("0.001", 0.001)] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "-", "007", "+1", "0x10", "1.", "e5", "1e", "1 2", "NaN"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn names_may_be_quoted() {
        assert_eq!(columns(" a , \"b,c\",d", ','), ["a", "b,c", "d"]);
        assert_eq!(columns("", ','), [""]);
    }
}
