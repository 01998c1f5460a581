//! Placeholders: `$name` and `:name` from an object, `?` and `$1` from an array, turned into the positions
//! that databases take. Values never become part of a statement's text.

use engine::Value;
use model::text::Text;

use super::{Dialect, SqlValue};

/// A statement with its placeholders found.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The SQL with placeholders by position, as the dialect writes them.
    pub sql: String,
    /// What stands at each position.
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, PartialEq)]
enum Slot {
    Name(String),
    /// Counted from 0.
    Position(usize),
}

impl Template {
    /// Finds the placeholders of one statement, outside of quotes and comments.
    ///
    /// # Errors
    /// When there is nothing in it, more than one statement, or one that begins or ends a transaction: each
    /// statement is its own transaction.
    pub fn parse(sql: &str, dialect: Dialect) -> Result<Self, Text> {
        let mut parsed = Self { sql: String::with_capacity(sql.len()), slots: Vec::new() };
        let (mut at, mut marks, mut has_ended, mut first_word) = (0, 0, false, None);
        while at < sql.len() {
            let rest = &sql[at..];
            let before = sql[..at].chars().next_back();
            if let Some(length) = skipped(rest, before, dialect) {
                parsed.sql.push_str(&rest[..length]);
                at += length;
                continue;
            }
            let first = rest.chars().next().unwrap_or_default();
            if has_ended && !first.is_whitespace() && first != ';' {
                return Err(Text::key("sql.several"));
            }
            has_ended |= first == ';' && first_word.is_some();
            if first_word.is_none() && first.is_ascii_alphabetic() {
                first_word = Some(word(rest).to_ascii_lowercase());
            }
            let in_word = before.is_some_and(|before| before.is_alphanumeric() || "_:$".contains(before));
            let (slot, length) = match first {
                '$' | ':' if !in_word && !word(&rest[1..]).is_empty() => {
                    let name = word(&rest[1..]);
                    // PostgreSQL's own `$1`; `:1` is not SQL.
                    let slot = match name.parse::<usize>() {
                        Ok(number) if first == '$' && number > 0 => Some(Slot::Position(number - 1)),
                        Ok(_) => None,
                        Err(_) => Some(Slot::Name(name.to_owned())),
                    };
                    (slot, 1 + name.len())
                }
                // PostgreSQL has operators with question marks.
                '?' if dialect == Dialect::Postgres && rest[1..].starts_with(['?', '|', '&']) => (None, 2),
                '?' => {
                    marks += 1;
                    (Some(Slot::Position(marks - 1)), 1)
                }
                _ => (None, first.len_utf8()),
            };
            match slot {
                Some(slot) => {
                    let position = parsed.place(slot);
                    let sign = if dialect == Dialect::Sqlite { '?' } else { '$' };
                    parsed.sql.push(sign);
                    parsed.sql.push_str(&position.to_string());
                }
                // `??` is PostgreSQL's `?`.
                None if rest.starts_with("??") && length == 2 => parsed.sql.push('?'),
                None => parsed.sql.push_str(&rest[..length]),
            }
            at += length;
        }
        match first_word.as_deref() {
            None => Err(Text::key("sql.empty")),
            Some(
                word @ ("begin" | "commit" | "rollback" | "savepoint" | "release" | "end" | "abort"
                | "attach" | "detach"),
            ) => Err(Text::key("sql.transaction").with("word", word.to_uppercase())),
            Some(_) => Ok(parsed),
        }
    }

    /// Whether it takes values at all.
    pub fn has_slots(&self) -> bool {
        !self.slots.is_empty()
    }

    /// The values for the placeholders out of `parameters`: an object for names (with or without the sign
    /// before them), an array for positions.
    ///
    /// # Errors
    /// When a value is missing, or an array has values too many.
    pub fn bind(&self, parameters: &Value) -> Result<Vec<SqlValue>, Text> {
        let positions = self.slots.iter().filter_map(|slot| match slot {
            Slot::Position(position) => Some(position + 1),
            Slot::Name(_) => None,
        });
        let needed = positions.max().unwrap_or(0);
        if let Some(items) = parameters.as_array()
            && (items.len() > needed || items.len() < needed)
        {
            return Err(Text::key("sql.count").with("needed", needed).with("given", items.len()));
        }
        let value_of = |slot: &Slot| match slot {
            Slot::Position(position) => parameters
                .as_array()
                .and_then(|items| items.get(*position))
                .ok_or_else(|| Text::key("sql.count").with("needed", needed).with("given", 0)),
            Slot::Name(name) => ["", "$", ":"]
                .iter()
                .find_map(|sign| parameters.get(&format!("{sign}{name}")))
                .ok_or_else(|| Text::key("sql.parameter").with("name", name)),
        };
        self.slots.iter().map(|slot| value_of(slot).map(SqlValue::from)).collect()
    }

    /// The position of a slot, counted from 1; a new one at the end if it is not there yet.
    fn place(&mut self, slot: Slot) -> usize {
        match self.slots.iter().position(|other| *other == slot) {
            Some(at) => at + 1,
            None => {
                self.slots.push(slot);
                self.slots.len()
            }
        }
    }
}

/// The letters, digits and underscores at the start.
fn word(text: &str) -> &str {
    &text[..text
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(text.len())]
}

/// How many bytes at the start of `rest` are a quoted text, a quoted name or a comment.
fn skipped(rest: &str, before: Option<char>, dialect: Dialect) -> Option<usize> {
    let end_of =
        |start: usize, end: &str| rest[start..].find(end).map_or(rest.len(), |at| start + at + end.len());
    let first = rest.chars().next()?;
    match first {
        '\'' if dialect == Dialect::Postgres && matches!(before, Some('e' | 'E')) => {
            let mut escaped = false;
            for (at, character) in rest.char_indices().skip(1) {
                match character {
                    '\\' if !escaped => escaped = true,
                    '\'' if !escaped => return Some(at + 1),
                    _ => escaped = false,
                }
            }
            Some(rest.len())
        }
        // A doubled quote ends one text and starts the next: the same to us.
        '\'' => Some(end_of(1, "'")),
        '"' => Some(end_of(1, "\"")),
        '`' | '[' if dialect == Dialect::Sqlite => Some(end_of(1, if first == '`' { "`" } else { "]" })),
        '-' if rest.starts_with("--") => Some(end_of(2, "\n")),
        '/' if rest.starts_with("/*") => Some(end_of(2, "*/")),
        '$' if dialect == Dialect::Postgres => {
            let tag = word(&rest[1..]);
            let is_tag = !tag.starts_with(|character: char| character.is_ascii_digit());
            let opening = &rest[..1 + tag.len()];
            (is_tag && rest[opening.len()..].starts_with('$'))
                .then(|| end_of(opening.len() + 1, &format!("{opening}$")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{Postgres, Sqlite};

    fn check(dialect: Dialect, sql: &str, parameters: &str, expected: Result<(&str, &str), &str>) {
        let parameters: Value = serde_json::from_str(parameters).unwrap();
        let bound = Template::parse(sql, dialect)
            .and_then(|template| Ok((template.bind(&parameters)?, template.sql)))
            .map(|(values, sql)| (sql, format!("{values:?}")))
            .map_err(|text| text.key.to_string());
        let expected = expected.map(|(sql, values)| (sql.to_owned(), values.to_owned()));
        assert_eq!(bound, expected.map_err(str::to_owned), "{sql}");
    }

    #[test]
    fn finds_placeholders_and_nothing_else() {
        check(
            Sqlite,
            "SELECT $a, :b, $a",
            r#"{"a":1,"$b":"x"}"#,
            Ok(("SELECT ?1, ?2, ?1", "[Integer(1), Text(\"x\")]")),
        );
        check(Postgres, "SELECT :a::int", r#"{"a":1.5}"#, Ok(("SELECT $1::int", "[Real(1.5)]")));
        check(Sqlite, "SELECT ?, ?", "[1, null]", Ok(("SELECT ?1, ?2", "[Integer(1), Null]")));
        check(Postgres, "SELECT $2, $1", "[true, []]", Ok(("SELECT $1, $2", "[Json(\"[]\"), Bool(true)]")));
        check(Postgres, "SELECT j ?? 'a', j ?| b", "null", Ok(("SELECT j ? 'a', j ?| b", "[]")));
        check(
            Sqlite,
            "SELECT '$a ''?', \"?\", [?] -- ?\n, `$b` /* $c */;",
            "{}",
            Ok(("SELECT '$a ''?', \"?\", [?] -- ?\n, `$b` /* $c */;", "[]")),
        );
        check(
            Postgres,
            "SELECT $$?$$, $q$ $a $q$, E'\\'?', a[1:n], x$y",
            "{}",
            Ok(("SELECT $$?$$, $q$ $a $q$, E'\\'?', a[1:n], x$y", "[]")),
        );
        check(Sqlite, "SELECT 'open $a", "{}", Ok(("SELECT 'open $a", "[]")));
        check(Sqlite, "SELECT 'ä', $ä", r#"{"ä":"ö"}"#, Ok(("SELECT 'ä', ?1", "[Text(\"ö\")]")));
    }

    #[test]
    fn refuses_what_would_go_wrong() {
        check(Sqlite, "SELECT $a", "{}", Err("sql.parameter"));
        check(Sqlite, "SELECT $a", "null", Err("sql.parameter"));
        check(Sqlite, "SELECT ?", "[]", Err("sql.count"));
        check(Sqlite, "SELECT ?", "[1,2]", Err("sql.count"));
        check(Sqlite, "SELECT ?", "{}", Err("sql.count"));
        check(Sqlite, "SELECT 1; DROP TABLE x", "null", Err("sql.several"));
        check(Sqlite, "-- nothing", "null", Err("sql.empty"));
        check(Sqlite, " /* x */ begin", "null", Err("sql.transaction"));
        check(Sqlite, "ATTACH 'x' AS y", "null", Err("sql.transaction"));
    }
}
