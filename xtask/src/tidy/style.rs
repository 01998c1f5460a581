//! The editor's style: colours stand in the design tokens alone, and what is named is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Problem;

const FOLDER: &str = "editor/web/style";
/// The one file that may hold colours.
const TOKENS: &str = "00-tokens.css";
/// Set by the editor on single elements.
const SET_IN_CODE: [&str; 2] = ["--node", "--on-node"];

/// Checks the style sheets among `sources`.
pub(crate) fn check(root: &Path, sources: &[PathBuf]) -> Result<Vec<Problem>> {
    let mut sheets = Vec::new();
    for path in sources.iter().filter(|path| path.starts_with(FOLDER)) {
        let text =
            fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        sheets.push((path, text));
    }
    let set: BTreeSet<&str> =
        sheets.iter().flat_map(|(_, text)| text.lines().flat_map(properties_set)).collect();
    let mut problems = Vec::new();
    for (path, text) in &sheets {
        for (number, line) in text.lines().enumerate() {
            let mut tell = |message: String| {
                problems.push(Problem { path: PathBuf::from(path), line: Some(number + 1), message });
            };
            if let Some(colour) = raw_colour(line).filter(|_| !path.ends_with(TOKENS)) {
                tell(format!(
                    "`{colour}` is a colour of its own: use a token, or add one to {FOLDER}/{TOKENS}"
                ));
            }
            for name in
                properties_used(line).filter(|name| !set.contains(name) && !SET_IN_CODE.contains(name))
            {
                tell(format!("there is no `{name}`"));
            }
        }
    }
    Ok(problems)
}

/// The first colour in a line that is written out: `#` and hexadecimal digits, or a function of numbers.
fn raw_colour(line: &str) -> Option<&str> {
    const FUNCTIONS: [&str; 8] = ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklch("];
    let hexadecimal = line.match_indices('#').find_map(|(at, _)| {
        let digits = line[at + 1..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let word = &line[at..digits.map_or(line.len(), |end| at + 1 + end)];
        let is_colour =
            matches!(word.len(), 4 | 5 | 7 | 9) && word[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
        // `#add {` is an element's name.
        let declared = line[..at].rsplit(['{', ';']).next().is_some_and(|before| before.contains(':'));
        let next = line[at..].chars().find(|letter| matches!(letter, '{' | ';' | '}'));
        (is_colour && declared && next != Some('{')).then_some(word)
    });
    let function = || {
        FUNCTIONS.iter().find_map(|function| {
            let at = line.find(function)?;
            (!line[at + function.len()..].starts_with("from ")).then_some(&line[at..at + function.len()])
        })
    };
    hexadecimal.or_else(function)
}

/// The custom properties that a line sets: `--name:`.
fn properties_set(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("--").filter_map(|(at, _)| {
        let name = name_at(line, at);
        let is_set = line[at + name.len()..].starts_with(':');
        let is_begin = !line[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '-');
        (is_set && is_begin).then_some(name)
    })
}

/// The custom properties that a line uses without saying what holds where they are not set: `var(--name)`.
fn properties_used(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("var(--").filter_map(|(at, _)| {
        let name = name_at(line, at + 4);
        line[at + 4 + name.len()..].starts_with(')').then_some(name)
    })
}

fn name_at(line: &str, at: usize) -> &str {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let length = line[at..].find(|letter| !is_part(letter)).unwrap_or(line.len() - at);
    &line[at..at + length]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        let mut sources = Vec::new();
        for (name, text) in files {
            let path = Path::new(FOLDER).join(name);
            fs::create_dir_all(root.path().join(FOLDER)).unwrap();
            fs::write(root.path().join(&path), text).unwrap();
            sources.push(path);
        }
        check(root.path(), &sources).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn colours_stand_in_the_tokens_alone() {
        let found = problems(&[
            (TOKENS, ":root { --ink: #123456; --shade: rgb(0 0 0 / 4%); }"),
            (
                "10-a.css",
                "a { border: #abc solid; }\nb { fill: rgba(1, 2, 3, 0.5) }\n#add { color: var(--ink) }\nc { fill: oklch(from var(--ink) 0.5 c h); }",
            ),
        ]);
        let of = |line: usize, colour: &str| {
            format!(
                "{FOLDER}/10-a.css:{line}: `{colour}` is a colour of its own: use a token, or add one to {FOLDER}/{TOKENS}"
            )
        };
        assert_eq!(found, [of(1, "#abc"), of(2, "rgba(")]);
    }

    #[test]
    fn what_is_named_is_there() {
        let found = problems(&[
            (TOKENS, ":root { --ink: #123456; }"),
            (
                "10-a.css",
                "a { color: var(--inc); fill: var(--inc, red); }\nb { --x: 1; width: var(--x); color: var(--node) }",
            ),
        ]);
        assert_eq!(found, [format!("{FOLDER}/10-a.css:1: there is no `--inc`")]);
    }
}
