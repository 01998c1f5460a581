//! Files that a program writes and that are kept in the repository must be as it would write them now.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Problem, Settings};
use crate::tool;

/// Runs the check of each row in `settings`.
pub(crate) fn check(root: &Path, settings: &Settings) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for generated in &settings.generated {
        let (program, arguments) =
            generated.check.split_first().with_context(|| format!("{}: check is empty", generated.path))?;
        let mut command = match program.as_str() {
            "cargo" => tool::cargo(),
            program => Command::new(program),
        };
        if !tool::succeeds(command.args(arguments).current_dir(root)) {
            problems
                .push(Problem::file(&generated.path, format!("is out of date: run `{}`", generated.update)));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_date_is_reported_with_the_command() {
        let row = |path: &str, program: &str| {
            format!("[[generated]]\npath = '{path}'\ncheck = ['{program}']\nupdate = 'make {path}'\n")
        };
        let text = format!("largest-file-lines = 9\n{}{}", row("old.md", "false"), row("new.md", "true"));
        let problems = check(Path::new("."), &Settings::parse(&text).unwrap()).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["old.md: is out of date: run `make old.md`"]);
    }
}
