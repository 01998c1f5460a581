//! `cargo xtask test`: every check and every test.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, EDITOR_DIST, Profile};
use crate::place::Place;
use crate::{fmt, say, setup, tidy, tool};

/// Tells the integration tests which binary to start.
const BINARY: &str = "WIRELOOM_BIN";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only the tests whose names hold one of these words
    filters: Vec<String>,
}

/// Runs the steps in order and stops at the first that fails; the tests themselves all run.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let mut steps = Steps::default();
    let web = steps.run("set-up", || setup::for_tests(place))?;
    steps.run("format", || fmt::run(place, &fmt::Args { check: true }))?;
    steps.run("tidy", || tidy::run(place))?;
    steps.run("editor", || build::editor(place, &web))?;
    steps.run("lints", || clippy(place))?;
    steps.run("server", || build::server(place, Profile::Dev))?;
    steps.run("tests", || nextest(place, args))?;
    steps.summary();
    Ok(())
}

fn clippy(place: &Place) -> Result<()> {
    let mut clippy = tool::cargo();
    clippy.current_dir(&place.root).env(EDITOR_DIST, place.editor_dist());
    tool::run(clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

fn nextest(place: &Place, args: &Args) -> Result<()> {
    let mut tests = tool::cargo();
    tests
        .current_dir(&place.root)
        .env(EDITOR_DIST, place.editor_dist())
        .env(BINARY, place.server_binary(Profile::Dev.folder()))
        .args([
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--status-level=fail",
            "--final-status-level=slow",
        ])
        .args(&args.filters);
    tool::run(&mut tests)
}

/// What each step took.
#[derive(Default)]
struct Steps(Vec<(&'static str, Duration)>);

impl Steps {
    fn run<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        say::line(format_args!("{name} ..."));
        let start = Instant::now();
        let result = step();
        self.0.push((name, start.elapsed()));
        match result {
            Ok(value) => Ok(value),
            Err(error) => {
                self.summary();
                bail!("{name}: {error:#}")
            }
        }
    }

    fn summary(&self) {
        for (name, time) in &self.0 {
            say::line(format_args!("{name:<8} {}", say::time(*time)));
        }
        let all = self.0.iter().map(|(_, time)| *time).sum();
        say::line(format_args!("{:<8} {}", "all", say::time(all)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named() {
        let mut steps = Steps::default();
        steps.run("one", || Ok(())).unwrap();
        let error = steps.run("two", || -> Result<()> { bail!("no disk") }).unwrap_err();
        assert_eq!(error.to_string(), "two: no disk");
        assert_eq!(steps.0.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["one", "two"]);
    }
}
