//! CSV by RFC 4180, as Node-RED 4 reads it.

use model::text::Text;

/// A cell: null where nothing stands between two separators.
pub(super) type Cell = Option<String>;

/// Rows of cells, up to a point in the text.
pub(super) struct Rows {
    pub rows: Vec<Vec<Cell>>,
    /// Where the text goes on, in characters.
    pub end: usize,
}

/// Names of columns, written as a row of CSV.
pub(super) fn columns(text: &str) -> Result<Vec<String>, Text> {
    let characters: Vec<char> = text.chars().collect();
    let rows = read(&characters, 0, ',', true, false)?.rows;
    let [row] = &rows[..] else { return Ok(vec![String::new()]) };
    Ok(row.iter().map(|cell| cell.clone().unwrap_or_default()).collect())
}

/// Reads `text` from character `start` on; `strict` refuses what RFC 4180 does not know, `one` stops after the
/// first row.
///
/// # Errors
/// Where a quote is wrong, when strict.
pub(super) fn read(
    text: &[char],
    start: usize,
    separator: char,
    strict: bool,
    one: bool,
) -> Result<Rows, Text> {
    let mut reader = Reader { rows: Vec::new(), row: Vec::new(), cell: String::new(), is_new: true };
    let (mut at, mut in_quotes, mut is_closed) = (start, false, false);
    while let Some(&character) = text.get(at) {
        let next = text.get(at + 1).copied();
        if in_quotes {
            at += 1;
            reader.is_new = false;
            is_closed = false;
            match character {
                QUOTE if next == Some(QUOTE) => {
                    reader.cell.push(QUOTE);
                    at += 1;
                }
                QUOTE => {
                    in_quotes = false;
                    is_closed = true;
                }
                other => reader.cell.push(other),
            }
            continue;
        }
        match character {
            _ if character == separator => {
                reader.end_cell();
                reader.is_new = true;
                is_closed = false;
                at += 1;
            }
            QUOTE if reader.is_new => {
                in_quotes = true;
                reader.is_new = false;
                at += 1;
            }
            QUOTE if strict => return Err(Text::key("csv.quote").with("at", at)),
            QUOTE => {
                // Kept, once for two of them, unless the cell ends here.
                at += 1;
                if next.is_some_and(|next| next != '\n' && next != '\r' && next != separator) {
                    reader.cell.push(QUOTE);
                    at += usize::from(next == Some(QUOTE));
                }
            }
            '\n' | '\r' => {
                reader.end_row();
                at += if next == Some('\n') { 2 } else { 1 };
                reader.is_new = true;
                is_closed = false;
                if one {
                    break;
                }
            }
            _ if is_closed && strict => return Err(Text::key("csv.after-quote").with("at", at)),
            _ if is_closed => {
                // The quote that was taken for a closing one belongs to the value.
                reader.cell.push(QUOTE);
                is_closed = false;
            }
            other => {
                reader.cell.push(other);
                reader.is_new = false;
                at += 1;
            }
        }
    }
    if strict && in_quotes {
        return Err(Text::key("csv.open-quote"));
    }
    reader.end_row();
    Ok(Rows { rows: reader.rows, end: at })
}

const QUOTE: char = '"';

struct Reader {
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
    cell: String,
    /// Whether the cell has had no character yet, not even a quote.
    is_new: bool,
}

impl Reader {
    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        self.row.push(if cell.is_empty() && self.is_new { None } else { Some(cell) });
    }

    fn end_row(&mut self) {
        // A last cell without a character or quote is none: so a separator may end a row.
        if !self.cell.is_empty() || !self.is_new {
            self.end_cell();
        }
        if !self.row.is_empty() {
            self.rows.push(std::mem::take(&mut self.row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, strict: bool) -> Result<Vec<Vec<Cell>>, String> {
        let characters: Vec<char> = text.chars().collect();
        read(&characters, 0, ',', strict, false).map(|read| read.rows).map_err(|error| error.key.into_owned())
    }

    fn some(cells: &[&str]) -> Vec<Cell> {
        cells.iter().map(|cell| Some((*cell).to_owned())).collect()
    }

    #[test]
    fn reads_as_rfc_4180_says() {
        assert_eq!(rows("a,b\r\n1,2\r\n", true).unwrap(), [some(&["a", "b"]), some(&["1", "2"])]);
        assert_eq!(rows("\"a,\r\n\"\"b\",2", true).unwrap(), [some(&["a,\r\n\"b", "2"])]);
        assert_eq!(rows("1,,\"\",4", true).unwrap()[0][1..3], [None, Some(String::new())]);
    }

    #[test]
    fn refuses_or_bears_what_is_wrong() {
        for (text, key) in
            [("a\"b,1", "csv.quote"), ("\"a\"b,1", "csv.after-quote"), ("\"a", "csv.open-quote")]
        {
            assert_eq!(rows(text, true).unwrap_err(), key);
            assert!(rows(text, false).is_ok());
        }
        assert_eq!(rows("a\"b,1", false).unwrap(), [some(&["a\"b", "1"])]);
    }
}
