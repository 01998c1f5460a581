//! Starting other programs, and finding out whether they are there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The cargo that runs xtask. Forgets what `cargo run` told xtask about itself, which would make
/// build scripts run again.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    forget_own_package(&mut command);
    command
}

/// Removes the variables that cargo set for xtask alone.
pub(crate) fn forget_own_package(command: &mut Command) {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_PRIMARY_"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(&name);
        }
    }
}

/// Runs `command` to its end; a failure names the command line.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    match status.success() {
        true => Ok(()),
        false => bail!("{} failed ({status})", shown(command)),
    }
}

/// Whether `command` can be started and succeeds; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// First line of what `command` prints, when it succeeds.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned())
}

/// Finds a program in `PATH` and in the folders for administrators, which are not in everyone's `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A command line as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(shown_word).collect::<Vec<_>>().join(" ")
}

fn shown_word(word: &OsStr) -> String {
    let name = Path::new(word);
    match name.is_absolute().then(|| name.file_name()).flatten() {
        // A program's folder says nothing to the reader.
        Some(file) if name.parent().is_some_and(|folder| folder.ends_with("bin")) => {
            file.to_string_lossy().into_owned()
        }
        _ => word.to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert_eq!(error, "sh -c exit 3 failed (exit status: 3)");
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "cannot start no-such-program");
    }

    #[test]
    fn finds_what_is_there() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program").is_none());
    }
}
