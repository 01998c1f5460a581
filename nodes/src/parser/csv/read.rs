//! CSV text to objects.

use engine::js;
use engine::node::{Out, Progress};
use engine::observe::{Level, Status};
use engine::{Message, NodeError, Object, Value};
use model::text::Text;

use super::lenient::{Reader, Rules};
use super::{Csv, has_names, lenient, object, part, strict, write};
use crate::config::{check_room, park};

impl Csv {
    pub(super) fn read(
        &mut self,
        text: &str,
        message: &mut Message,
        out: &mut Out<'_>,
    ) -> Result<Progress, NodeError> {
        let text: Vec<char> = text.chars().collect();
        let index = part(message, "index");
        let is_part = index.is_some();
        // Text before the rows that count, and the row of names, stand at the beginning of a sequence only.
        let mut is_first = index.is_none_or(|index| index <= self.skip as f64);
        let skipped = index.map_or(0, |index| index as usize);
        let start = if is_first { self.skip_rows(&text, skipped) } else { 0 };
        if start > 0 && start >= text.len() {
            return Ok(Progress::Done);
        }
        let line_ends = text[start..].iter().filter(|character| matches!(character, '\n' | '\r')).count();
        is_first |= is_part && !self.sends_each && line_ends > 1;
        let rows = if self.is_strict {
            self.read_strictly(&text, start, is_first, out)?
        } else {
            self.read_leniently(&text, start, is_first, out)
        };
        if self.sends_each {
            self.send_each(rows, message, out);
            Ok(Progress::Done)
        } else {
            self.send_array(rows, is_part && line_ends <= 1, message, out)
        }
    }

    /// Where the text begins after the rows that are to be skipped.
    fn skip_rows(&self, text: &[char], already: usize) -> usize {
        let (mut at, mut rows) = (0, already);
        while rows < self.skip && at < text.len() {
            rows += usize::from(text[at] == '\n');
            at += 1;
        }
        at
    }

    fn read_strictly(
        &mut self,
        text: &[char],
        mut start: usize,
        is_first: bool,
        out: &mut Out<'_>,
    ) -> Result<Vec<Value>, NodeError> {
        if is_first && self.names_in_first {
            let header = strict::read(text, start, self.separator, true, true).inspect_err(|reason| {
                let text = Text::key("csv.errors.bad_template").with("reason", reason);
                out.status(Status::new("red", "dot", text));
            })?;
            start = header.end;
            let names = header.rows.into_iter().next().unwrap_or_default();
            self.template = names.into_iter().map(Option::unwrap_or_default).collect();
        }
        let rows = strict::read(text, start, self.separator, false, false)?.rows;
        let mut names = self.template.clone();
        if !has_names(&names) {
            let count = rows.first().map_or(0, Vec::len);
            names = (1..=count).map(|number| format!("col{number}")).collect();
        }
        let value = |cell: strict::Cell| match cell {
            None => self.keeps_null.then_some(Value::Null),
            Some(cell) if cell.is_empty() => self.keeps_empty.then(|| "".into()),
            Some(cell) => Some(match number(&cell).filter(|_| self.parses_numbers) {
                Some(number) => number.into(),
                None => cell.into(),
            }),
        };
        let found = rows.into_iter().map(|row| {
            let missing = names.len().saturating_sub(row.len());
            let cells = row.into_iter().chain(std::iter::repeat_n(None, missing));
            object(&names, cells.map(&value))
        });
        let found = found.filter(|row| !row.is_empty()).map(Value::from).collect();
        self.columns_shown = names;
        Ok(found)
    }

    fn read_leniently(
        &mut self,
        text: &[char],
        mut start: usize,
        is_first: bool,
        out: &mut Out<'_>,
    ) -> Vec<Value> {
        if is_first && self.names_in_first {
            let end = text[start..].iter().position(|character| matches!(character, '\n' | '\r'));
            let end = end.map_or(text.len(), |end| start + end);
            let line: String = text[start..end].iter().collect();
            self.template = lenient::columns(&line, self.separator);
            start = (end + 1).min(text.len());
        }
        let rules = Rules {
            separator: self.separator,
            parses_numbers: self.parses_numbers,
            keeps_empty: self.keeps_empty,
            keeps_null: self.keeps_null,
        };
        let mut names = self.template.clone();
        let (rows, is_closed) = Reader::new(&rules, &mut names).read(text, start);
        if !is_closed {
            out.log(Level::Warn, Text::key("csv.errors.bad_csv"));
        }
        self.columns_shown = names;
        rows.into_iter().map(Value::from).collect()
    }

    fn send_each(&mut self, rows: Vec<Value>, message: &mut Message, out: &mut Out<'_>) {
        let columns = write::columns(&self.columns_shown, ',', false);
        let message = message.take();
        let is_part = part(&message, "index").is_some();
        let is_last = is_part
            && part(&message, "count")
                .is_some_and(|count| part(&message, "index").unwrap_or_default() + 1.0 >= count);
        let count = rows.len();
        if is_last && count == 0 {
            out.send(0, message.derive(Object::from_iter([("complete", true)])));
            return;
        }
        // What went before the rows does not count.
        let before = (self.skip + usize::from(self.names_in_first)) as f64;
        let of = message.clone();
        let messages = rows.into_iter().enumerate().map(move |(index, row)| {
            let mut sent = message.clone();
            sent.set("columns", columns.as_str());
            sent.set("payload", row);
            let mut parts = message.get("parts").and_then(Value::as_object).cloned().unwrap_or_default();
            if is_part {
                for name in ["index", "count"] {
                    let number = parts.get(name).map(js::to_number);
                    if let Some(number) = number {
                        parts.insert(name, number - before);
                    }
                }
            } else {
                parts = Object::from_iter([
                    ("id", message.get("_msgid").cloned().unwrap_or_default()),
                    ("index", index.into()),
                    ("count", count.into()),
                ]);
            }
            sent.set("parts", parts);
            if is_last {
                sent.set("complete", true);
            }
            Ok(sent)
        });
        out.stream(0, of, messages);
    }

    fn send_array(
        &mut self,
        rows: Vec<Value>,
        is_one_of_many: bool,
        message: &mut Message,
        out: &mut Out<'_>,
    ) -> Result<Progress, NodeError> {
        let columns = write::columns(&self.columns_shown, ',', false);
        if !is_one_of_many {
            message.set("columns", columns);
            message.set("payload", Value::from(rows));
            out.send(0, message.take());
            return Ok(Progress::Done);
        }
        check_room(self.rows.len(), out)?;
        let is_last = part(message, "index").zip(part(message, "count"));
        let is_last = is_last.is_some_and(|(index, count)| index + 1.0 == count);
        park(message);
        self.rows.push((rows, message.take()));
        if is_last {
            let kept = std::mem::take(&mut self.rows);
            let deliveries = kept.iter().filter_map(|(_, member)| member.delivery().cloned());
            let delivery = engine::Delivery::merge(deliveries);
            let mut sent = kept.last().map(|(_, last)| last.clone()).unwrap_or_default();
            sent.set_delivery(delivery);
            sent.remove("parts");
            let (rows, members): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
            sent.set("payload", rows.into_iter().flatten().collect::<Value>());
            sent.set("columns", columns);
            out.send(0, sent);
            for member in members {
                out.done(member);
            }
        }
        Ok(Progress::Pending)
    }
}

/// As Node-RED: all that JavaScript takes for a number but signs and leading zeros, which codes have.
fn number(text: &str) -> Option<f64> {
    let bytes = text.trim_start_matches(' ').as_bytes();
    let is_zero_led = |bytes: &[u8]| matches!(bytes, [b'0', digit, ..] if digit.is_ascii_digit());
    let is_code = match bytes {
        [b'+', ..] => true,
        [b'-', rest @ ..] => is_zero_led(rest),
        bytes => is_zero_led(bytes),
    };
    if is_code {
        return None;
    }
    Some(js::text_to_number(text)).filter(|number| !number.is_nan())
}
