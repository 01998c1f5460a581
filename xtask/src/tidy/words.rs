//! Words that may stand nowhere.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::settings::PATH;
use super::{Problem, Settings};

/// Looks for the forbidden words of `settings` in the text files among `sources`.
pub(crate) fn check(root: &Path, sources: &[PathBuf], settings: &Settings) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for path in sources.iter().filter(|path| *path != Path::new(PATH) && !path.ends_with("Cargo.lock")) {
        // What is not text (an image) holds no words.
        let Ok(text) = std::fs::read_to_string(root.join(path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            for forbidden in settings.forbidden.iter().filter(|forbidden| holds_word(line, &forbidden.word)) {
                problems.push(Problem {
                    path: path.clone(),
                    line: Some(number + 1),
                    message: format!("`{}`: {}", forbidden.word, forbidden.reason),
                });
            }
        }
    }
    Ok(problems)
}

/// Whether `word` stands in `line`, not as a part of a longer word.
fn holds_word(line: &str, word: &str) -> bool {
    let is_letter =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let joins_before = is_letter(word.chars().next());
    let joins_after = is_letter(word.chars().last());
    line.match_indices(word).any(|(at, _)| {
        let before = joins_before && is_letter(line[..at].chars().last());
        let after = joins_after && is_letter(line[at + word.len()..].chars().next());
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_reported_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.rs"), "// fine\n// XYZZY later\n// XYZZYS\n").unwrap();
        std::fs::write(root.path().join("b.png"), [0xff, 0xfe]).unwrap();
        let settings = Settings::parse(
            "largest-file-lines = 9\n[[forbidden]]\nword = 'XYZZY'\nreason = 'say it plainly'",
        )
        .unwrap();
        let sources = ["a.rs", "b.png"].map(PathBuf::from);
        let problems = check(root.path(), &sources, &settings).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a.rs:2: `XYZZY`: say it plainly"]);
    }
}
