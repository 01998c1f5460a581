//! `cargo xtask test`: every check and every test.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, EDITOR_DIST, PLUGINS, Profile};
use crate::place::Place;
use crate::{count, fmt, say, setup, tidy, tool};

/// Tells the integration tests which binary to start.
pub(crate) const BINARY: &str = "WIRELOOM_BIN";
/// Tell them where packages of npm are, by the folder in `tests/npm` that holds their lock.
const PACKAGES: [(&str, &str); 2] = [("WIRELOOM_AXE", "axe"), ("WIRELOOM_NODE_RED", "node-red")];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only the tests whose names hold one of these words
    filters: Vec<String>,
}

/// Runs the steps in order. What only looks at the code may fail and the tests still run; without a build
/// there are none.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let mut steps = Steps::default();
    let web = steps.need("set-up", || setup::for_tests(place))?;
    steps.check("format", || fmt::run(place, &fmt::Args { check: true }));
    steps.check("tidy", || tidy::run(place));
    steps.need("editor", || build::editor(place, &web))?;
    steps.check("lints", || clippy(place));
    steps.need("server", || build::server(place, Profile::Dev))?;
    steps.need("plugins", || build::plugins(place, Profile::Dev))?;
    steps.check("script plugins", || script_plugins(place));
    steps.check("tests", || nextest(place, args));
    if args.filters.is_empty() {
        steps.check("instructions", || count::run(place, &count::Args::default()));
    }
    steps.finish()
}

fn clippy(place: &Place) -> Result<()> {
    let mut clippy = tool::cargo();
    clippy.current_dir(&place.root).env(EDITOR_DIST, place.editor_dist());
    tool::run(clippy.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

/// The tests of the example plugin that is no Rust.
fn script_plugins(place: &Place) -> Result<()> {
    tool::run(Command::new("node").current_dir(place.root.join("plugins/examples/units")).arg("--test"))
}

fn nextest(place: &Place, args: &Args) -> Result<()> {
    let mut tests = tool::cargo();
    for (variable, name) in PACKAGES {
        let lock = place.root.join("tests/npm").join(name).join("package-lock.json");
        tests.env(variable, setup::npm::packages(place, &lock)?);
    }
    tests
        .current_dir(&place.root)
        .env(EDITOR_DIST, place.editor_dist())
        .env(BINARY, place.server_binary(Profile::Dev.folder()))
        .env(PLUGINS, place.plugins())
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

/// What each step took, and what failed.
#[derive(Default)]
struct Steps {
    times: Vec<(&'static str, Duration)>,
    failures: Vec<String>,
}

impl Steps {
    /// A step that the later ones build on.
    fn need<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        match self.take(name, step) {
            Some(value) => Ok(value),
            None => bail!("{}", self.summary()),
        }
    }

    /// A step whose failure stops nothing but the success of all.
    fn check(&mut self, name: &'static str, step: impl FnOnce() -> Result<()>) {
        self.take(name, step);
    }

    fn take<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        say::line(format_args!("{name} ..."));
        let start = Instant::now();
        let result = step();
        self.times.push((name, start.elapsed()));
        result
            .inspect_err(|error| {
                say::line(format_args!("{name} failed: {error:#}"));
                self.failures.push(format!("{name}: {error:#}"));
            })
            .ok()
    }

    fn finish(self) -> Result<()> {
        let summary = self.summary();
        anyhow::ensure!(self.failures.is_empty(), "{summary}");
        say::line(summary);
        Ok(())
    }

    fn summary(&self) -> String {
        let times = self.times.iter().map(|(name, time)| format!("{name} {}", say::time(*time)));
        let times = times.collect::<Vec<_>>().join(", ");
        let all = say::time(self.times.iter().map(|(_, time)| *time).sum());
        match self.failures.as_slice() {
            [] => format!("all passed in {all} ({times})"),
            failures => format!("failed after {all} ({times}): {}", failures.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_lets_the_rest_run_and_fails_the_whole() {
        let mut steps = Steps::default();
        steps.check("one", || bail!("too long"));
        assert_eq!(steps.need("two", || Ok(2)).unwrap(), 2);
        let error = steps.finish().unwrap_err().to_string();
        assert!(error.ends_with("): one: too long"), "{error}");
    }

    #[test]
    fn a_failed_need_stops_and_names_all_that_failed() {
        let mut steps = Steps::default();
        steps.check("one", || bail!("too long"));
        let error = steps.need("two", || -> Result<()> { bail!("no disk") }).unwrap_err().to_string();
        assert!(error.ends_with("): one: too long; two: no disk"), "{error}");
    }

    #[test]
    fn success_is_told_with_its_times() {
        let mut steps = Steps::default();
        steps.check("one", || Ok(()));
        assert!(steps.summary().starts_with("all passed in "), "{}", steps.summary());
        steps.finish().unwrap();
    }
}
