//! All automation of Wireloom: `cargo xtask run`, `test`, `build`, `bench`, `count`, `tidy`, `fmt`.

mod bench;
mod build;
mod conformance;
mod count;
mod fmt;
mod place;
mod run;
mod say;
mod setup;
mod test;
mod tidy;
mod tool;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs and tests Wireloom.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets up what building needs, builds everything and starts Wireloom with the campus flow
    Run(run::Args),
    /// Sets up what the tests need and runs every check and every test
    Test(test::Args),
    /// Builds the editor, the server with the editor inside, and the example plugins
    Build(build::Args),
    /// Measures Wireloom, side by side with Node-RED where that is installed, and prints one table
    Bench(bench::Args),
    /// Counts the instructions that a message takes and compares them with the figures in the repository
    Count(count::Args),
    /// Runs Node-RED's own node specs against Wireloom and keeps the score
    Conformance(conformance::Args),
    /// Checks the rules of the repository that neither compiler nor linter knows
    Tidy,
    /// Formats all code
    Fmt(fmt::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::line(format_args!("stopped: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let place = place::Place::find()?;
    match command {
        Command::Run(args) => run::run(&place, &args),
        Command::Test(args) => test::run(&place, &args),
        Command::Build(args) => build::run(&place, &args),
        Command::Bench(args) => bench::run(&place, &args),
        Command::Count(args) => count::run(&place, &args),
        Command::Conformance(args) => conformance::run(&place, &args),
        Command::Tidy => tidy::run(&place),
        Command::Fmt(args) => fmt::run(&place, &args),
    }
}
