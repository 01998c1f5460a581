//! Wireloom: the server, binary `wireloom`; the only composition root.

mod api_error;
mod app;
mod attempts;
mod check;
mod cli;
mod comms;
mod connections;
mod credentials;
mod editor_files;
mod examples;
mod export;
mod failure;
mod flow_tests;
mod flows;
mod german;
mod guard;
mod library;
mod live;
mod memory;
mod node_auth;
mod node_red;
mod password;
mod plugin;
mod process;
mod routes;
mod run;
mod sessions;
mod settings;
mod source;
mod spec;
mod storage;
mod test;
mod texts;
mod users;
mod web_sockets;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, SettingFlags, Task};
use crate::settings::{Resolved, Settings};

/// Why it, the workspace's Cargo.toml says.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match execute(Cli::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wireloom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(task: Task) -> Result<ExitCode> {
    match task {
        Task::Run { flows, replace, settings } => {
            let mut resolved = resolve(&settings)?;
            let settings = Settings::of(&mut resolved)?;
            start_log(&settings.log)?;
            let runtime = runtime()?;
            runtime.block_on(run::run(settings, resolved, flows, replace))?;
            // What still blocks (a password being hashed) must not hold up the end.
            runtime.shutdown_background();
            Ok(ExitCode::SUCCESS)
        }
        Task::Check { flows, plugins } => Ok(exit_code(check::run(&flows, &plugins)?)),
        Task::Export { node_red: _, target, settings } => {
            let mut resolved = resolve(&settings)?;
            let settings = Settings::of(&mut resolved)?;
            println!("{}", export::run(&settings, &resolved, &target)?);
            Ok(ExitCode::SUCCESS)
        }
        Task::Test { cases, flows, plugins } => {
            Ok(exit_code(test::run(cases.as_deref(), flows.as_deref(), &plugins)?))
        }
        Task::Plugin { task } => {
            let data = |flags: &SettingFlags| {
                Ok(settings::resolve(&flags.0, &|name| std::env::var(name).ok())?.data)
            };
            println!("{}", plugin::run(&task, &data)?);
            Ok(ExitCode::SUCCESS)
        }
        Task::Spec => {
            runtime()?.block_on(spec::run())?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Config { settings } => {
            let mut resolved = resolve(&settings)?;
            // What cannot be in force as it stands is said, and shown all the same.
            if let Err(failure) = Settings::of(&mut resolved) {
                eprintln!("wireloom: {failure}");
            }
            print!("{}", settings::shown(&resolved));
            Ok(ExitCode::SUCCESS)
        }
        Task::HashPassword => {
            println!("{}", password::hash(&password::read()?)?);
            Ok(ExitCode::SUCCESS)
        }
        Task::Passwd { settings } => {
            let resolved = resolve(&settings)?;
            let path = resolved.data.join(settings::FILE);
            std::fs::create_dir_all(&resolved.data)
                .with_context(|| format!("cannot make the folder {}", resolved.data.display()))?;
            settings::set_password(&path, &password::hash(&password::read()?)?)?;
            println!("the password is set in {}; it counts from the next start", path.display());
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn resolve(flags: &SettingFlags) -> Result<Resolved> {
    Ok(settings::resolve(&flags.0, &|name| std::env::var(name).ok())?)
}

fn exit_code(is_well: bool) -> ExitCode {
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The log goes to standard error; standard output is for what programs read.
fn start_log(filter: &str) -> Result<()> {
    let filter: EnvFilter = filter.parse().with_context(|| format!("the setting log is {filter}"))?;
    let is_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

/// The runtime of API and editor; flows run on the engine's own, so that a busy flow never locks its author out.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("wireloom-api")
        .enable_all()
        .build()
        .context("the system gives no threads")
}
