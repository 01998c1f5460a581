//! `cargo xtask tidy`: the rules of this repository that neither compiler nor linter knows.

mod deny;
mod dependencies;
pub(crate) mod files;
mod generated;
mod icons;
mod node_cases;
mod settings;
mod style;
mod words;

use std::fmt;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::say;
use settings::Settings;

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The file, relative to the root.
    path: PathBuf,
    /// Counted from 1; none when it is about the whole file.
    line: Option<usize>,
    /// What is wrong and how to mend it.
    message: String,
}

impl Problem {
    fn file(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(out, "{}: {}", self.path.display(), self.message),
        }
    }
}

/// Runs every check and reports every problem.
pub(crate) fn run(place: &Place) -> Result<()> {
    let settings = Settings::read(&place.root)?;
    let sources = files::tracked(&place.root)?;
    let mut problems = dependencies::check(&place.metadata)?;
    problems.extend(files::check(&place.root, &sources, &settings)?);
    problems.extend(words::check(&place.root, &sources, &settings)?);
    problems.extend(icons::check(&place.root, &sources)?);
    problems.extend(style::check(&place.root, &sources)?);
    problems.extend(node_cases::check(&place.root, &settings)?);
    problems.extend(generated::check(&place.root, &settings)?);
    problems.extend(deny::check(&place.root)?);

    problems.sort();
    for problem in &problems {
        say::line(problem);
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("one rule is broken"),
        count => bail!("{count} rules are broken"),
    }
}
