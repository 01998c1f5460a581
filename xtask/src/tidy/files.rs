//! How files are named and how long they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Problem, Settings};

/// Files of the checkout at `root` that git keeps or would keep, relative to it.
pub(crate) fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("cannot start git")?;
    ensure!(output.status.success(), "git cannot list the files of {}", root.display());
    let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let paths = names.map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()));
    Ok(paths.filter(|path| root.join(path).is_file()).collect())
}

/// Checks the Rust files among `sources`.
pub(crate) fn check(root: &Path, sources: &[PathBuf], settings: &Settings) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for path in sources.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        if path.ends_with("mod.rs") {
            problems.push(Problem::file(
                path,
                "name it after its folder, beside the folder: `foo.rs` and `foo/`",
            ));
        }
        let text =
            fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().count();
        let most = settings.largest_file_lines;
        if lines > most {
            problems.push(Problem::file(path, format!("has {lines} lines; split it (at most {most})")));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_and_mod_files_are_reported() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/mod.rs"), "//! A.\n").unwrap();
        fs::write(root.path().join("long.rs"), "\n".repeat(4)).unwrap();
        fs::write(root.path().join("fine.rs"), "\n".repeat(3)).unwrap();
        fs::write(root.path().join("long.md"), "\n".repeat(4)).unwrap();

        let settings = Settings { largest_file_lines: 3, ..Settings::default() };
        let sources = ["a/mod.rs", "long.rs", "fine.rs", "long.md"].map(PathBuf::from);
        let problems = check(root.path(), &sources, &settings).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "a/mod.rs: name it after its folder, beside the folder: `foo.rs` and `foo/`",
                "long.rs: has 4 lines; split it (at most 3)",
            ]
        );
    }

    #[test]
    fn git_is_asked_for_the_files() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert!(tracked(&root).unwrap().contains(&PathBuf::from("Cargo.toml")));
    }
}
