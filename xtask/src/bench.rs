//! `cargo xtask bench`: builds what is measured and starts the measurements, which are a crate of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{self, Profile};
use crate::place::Place;
use crate::test::BINARY;
use crate::{say, setup, tool};

/// What is installed to compare with; the base64 node is not among Node-RED's own.
const PACKAGES: [&str; 3] = ["node-red@5", "node@22", "node-red-node-base64@1"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Install Node-RED, to compare with, below the target folder (npm, about 250 MB)
    #[arg(long)]
    install_node_red: bool,
    /// Measure this binary instead of building one
    #[arg(long)]
    wireloom: Option<PathBuf>,
    /// Passed on, such as `--only chain --rounds 3`; `--list` names the benchmarks. `editor [--node-red] [NODES]`
    /// measures the editor instead, `growth` how figures grow with nodes, tabs, payloads and waiting messages
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds, installs what is asked for, measures, and prints the table.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    if args.rest.first().is_some_and(|word| word == "editor") {
        return editor(place, args);
    }
    let node_red = place.target.join("bench-node-red");
    if args.install_node_red {
        install_node_red(&node_red)?;
    }
    tool::run(tool::cargo().current_dir(&place.root).args([
        "build",
        "--release",
        "--package",
        "wireloom-bench",
    ]))?;
    let mut bench = Command::new(place.target.join("release/wireloom-bench"));
    bench.current_dir(&place.root).arg("--results").arg(place.target.join("bench"));
    if !args.rest.iter().any(|word| word == "--list") {
        bench.arg("--wireloom").arg(wireloom(place, args)?);
        if is_installed(&node_red) {
            bench.arg("--node-red").arg(&node_red);
        } else {
            say::line("Node-RED is not there to compare with: cargo xtask bench --install-node-red");
        }
    }
    for word in &args.rest {
        bench.arg(if word == "growth" { "--growth" } else { word });
    }
    tool::run(&mut bench)
}

/// Large tabs in the editor, in a browser without a window; with `--node-red` beside Node-RED's. What measures stands
/// among the browser tests, for it needs what they need.
fn editor(place: &Place, args: &Args) -> Result<()> {
    setup::for_tests(place)?;
    let binary = wireloom(place, args)?;
    let mut measure = tool::cargo();
    measure
        .current_dir(&place.root)
        .env(build::EDITOR_DIST, place.editor_dist())
        .env(BINARY, binary)
        .args(["test", "--quiet", "--package", "wireloom-tests", "--test", "wireloom", "--"])
        .args(["--ignored", "--nocapture", "--exact", "browser::large::measure_large_tabs"]);
    for word in &args.rest[1..] {
        match word.as_str() {
            "--node-red" => {
                let lock = place.root.join("tests/npm/node-red/package-lock.json");
                measure.env("WIRELOOM_NODE_RED", setup::npm::packages(place, &lock)?);
            }
            counts => {
                ensure!(
                    counts.split(',').all(|count| count.parse::<u32>().is_ok()),
                    "`{counts}` is no number of nodes: cargo xtask bench editor [--node-red] [100,1000]"
                );
                measure.env("WIRELOOM_BENCH_NODES", counts);
            }
        }
    }
    tool::run(&mut measure)
}

/// The binary that is measured: the same that `cargo xtask run` starts.
fn wireloom(place: &Place, args: &Args) -> Result<PathBuf> {
    if let Some(binary) = &args.wireloom {
        return std::path::absolute(binary).with_context(|| format!("finding {}", binary.display()));
    }
    let web = setup::for_build(place)?;
    build::editor(place, &web)?;
    build::server(place, Profile::Release)?;
    Ok(place.server_binary(Profile::Release.folder()))
}

fn install_node_red(folder: &Path) -> Result<()> {
    if is_installed(folder) {
        return Ok(());
    }
    ensure!(tool::find("npm").is_some(), "npm is missing: install it with apt install npm");
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    // The node package fetches the binary for this machine when it is installed; npm wants that allowed by name.
    std::fs::write(folder.join("package.json"), r#"{ "private": true, "allowScripts": { "node": true } }"#)?;
    say::line(format_args!("installing {} into {}", PACKAGES.join(", "), folder.display()));
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["install", "--no-fund", "--no-audit", "--loglevel=error"]).args(PACKAGES);
    tool::run(&mut npm)?;
    ensure!(is_installed(folder), "npm installed Node-RED into {}, but it does not start", folder.display());
    Ok(())
}

fn is_installed(folder: &Path) -> bool {
    let node = folder.join("node_modules/.bin/node");
    let red = folder.join("node_modules/node-red/red.js");
    red.is_file() && tool::succeeds(Command::new(node).arg("--version"))
}
