//! `xtask/tidy.toml`: what can be set about the checks.

use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

/// The settings' path from the root; its own words do not count as forbidden words.
pub(crate) const PATH: &str = "xtask/tidy.toml";

/// The settings.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// A Rust file may have this many lines.
    pub(crate) largest_file_lines: usize,
    /// Words that may stand nowhere.
    pub(crate) forbidden: Vec<Forbidden>,
    /// Nodes that need more than a paused clock and messages to be tested.
    pub(crate) tested_elsewhere: Vec<TestedElsewhere>,
    /// Files that a program writes.
    pub(crate) generated: Vec<Generated>,
}

/// A word that may not stand in a file.
#[derive(Debug)]
pub(crate) struct Forbidden {
    pub(crate) word: String,
    /// Why, and what to write instead.
    pub(crate) reason: String,
}

/// A node without data cases.
#[derive(Debug)]
pub(crate) struct TestedElsewhere {
    /// `<category>/<node>`.
    pub(crate) node: String,
    /// The file that tests it, from the root.
    pub(crate) by: String,
}

/// Files that a program writes and that are kept in the repository.
#[derive(Debug)]
pub(crate) struct Generated {
    /// What is written, as the reader is told.
    pub(crate) path: String,
    /// Succeeds when the files are as the program would write them.
    pub(crate) check: Vec<String>,
    /// What to run when they are not.
    pub(crate) update: String,
}

impl Settings {
    /// Reads them from the checkout at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let path = root.join(PATH);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {PATH}"))
    }

    /// Reads them from TOML text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let table: Table = text.parse()?;
        let lines = table.get("largest-file-lines").and_then(Value::as_integer);
        Ok(Self {
            largest_file_lines: usize::try_from(lines.context("largest-file-lines is missing")?)?,
            forbidden: rows(&table, "forbidden")?
                .map(|row| Ok(Forbidden { word: text_of(row, "word")?, reason: text_of(row, "reason")? }))
                .collect::<Result<_>>()?,
            tested_elsewhere: rows(&table, "tested-elsewhere")?
                .map(|row| Ok(TestedElsewhere { node: text_of(row, "node")?, by: text_of(row, "by")? }))
                .collect::<Result<_>>()?,
            generated: rows(&table, "generated")?
                .map(|row| {
                    let check = row.get("check").and_then(Value::as_array).context("check is missing")?;
                    let check = check.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                    Ok(Generated { path: text_of(row, "path")?, check, update: text_of(row, "update")? })
                })
                .collect::<Result<_>>()?,
        })
    }
}

fn rows<'a>(table: &'a Table, key: &str) -> Result<impl Iterator<Item = &'a Table>> {
    let rows = match table.get(key) {
        Some(value) => value.as_array().with_context(|| format!("{key} is not an array"))?.as_slice(),
        None => &[],
    };
    Ok(rows.iter().filter_map(Value::as_table))
}

fn text_of(row: &Table, key: &str) -> Result<String> {
    Ok(row.get(key).and_then(Value::as_str).with_context(|| format!("{key} is missing"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing() {
        let error = |text: &str| Settings::parse(text).unwrap_err().to_string();
        assert_eq!(error(""), "largest-file-lines is missing");
        assert_eq!(error("largest-file-lines = 1\n[[forbidden]]\nword = 'x'"), "reason is missing");
    }
}
