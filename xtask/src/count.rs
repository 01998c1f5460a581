//! `cargo xtask count`: how many instructions a message takes, which a busy machine does not change.
//!
//! The benchmark of the hot path sends messages through a flow under valgrind, once as many and once twice as many:
//! what the second run takes more is what those messages took. That is compared with figures in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Json;

use crate::place::Place;
use crate::setup::{self, install::Need};
use crate::{say, tool};

/// Where the figures are kept: instructions for each message, by flow.
const FIGURES: &str = "nodes/benches/instructions.json";
/// The flows that are counted, as the benchmark names them.
const FLOWS: [&str; 4] = ["hop", "chain", "fan-out", "fan-out-of-parts"];
/// Messages in the shorter run.
const MESSAGES: u64 = 1000;
/// So many in a hundred more than its figure may a flow take: compilers and libraries change, too.
const ROOM_PERCENT: u64 = 5;

/// Our crates that a message passes.
const OPTIMISED: [&str; 5] = ["model", "jsonata", "engine", "script", "nodes"];

type Figures = BTreeMap<String, u64>;

#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Keep what is counted as the figures to compare with from now on
    #[arg(long)]
    accept: bool,
}

/// Counts and compares, or keeps.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    setup::install::all(&[Need::program("valgrind", "valgrind", "valgrind, which counts instructions")])?;
    let benchmark = build(place)?;
    let mut counted = Figures::new();
    for flow in FLOWS {
        let (once, twice) =
            (instructions(&benchmark, flow, MESSAGES)?, instructions(&benchmark, flow, 2 * MESSAGES)?);
        counted.insert(flow.to_owned(), twice.saturating_sub(once) / MESSAGES);
    }
    let path = place.root.join(FIGURES);
    if args.accept {
        fs::write(&path, serde_json::to_string_pretty(&counted)? + "\n")?;
        say::line(format_args!("the figures are in {FIGURES}"));
        return Ok(());
    }
    let kept = fs::read_to_string(&path).with_context(|| format!("reading {FIGURES}"))?;
    let kept: Figures = serde_json::from_str(&kept).context(FIGURES)?;
    compare(&counted, &kept)
}

/// Builds the benchmark: libraries as the tests have them, so that they are there already; our own crates optimised.
/// Releases are optimised further, which the figures need not know.
fn build(place: &Place) -> Result<PathBuf> {
    let mut cargo = tool::cargo();
    cargo.current_dir(&place.root).args(["build", "--workspace", "--bench", "hot_path"]);
    for name in OPTIMISED {
        for setting in ["opt-level=2", "debug-assertions=false", "overflow-checks=false"] {
            cargo.args(["--config", &format!("profile.dev.package.wireloom-{name}.{setting}")]);
        }
    }
    let output = cargo
        .arg("--message-format=json-render-diagnostics")
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "building the benchmark failed ({})", output.status);
    let lines = String::from_utf8_lossy(&output.stdout);
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let executable = |message: Json| {
        let is_it = message["target"]["name"] == "hot_path";
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    };
    messages.filter_map(executable).next().context("cargo does not say where the benchmark is")
}

/// The instructions of one run of the benchmark, from its start to its end.
fn instructions(benchmark: &Path, flow: &str, messages: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(benchmark);
    let output =
        valgrind.args(["count", flow]).arg(messages.to_string()).output().context("cannot start valgrind")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed ({}): {told}", tool::shown(&valgrind), output.status);
    collected(&told).with_context(|| format!("valgrind tells no count: {told}"))
}

/// The figure in callgrind's last words, such as `==7== Collected : 12345`.
fn collected(told: &str) -> Option<u64> {
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// Fails where a flow takes more than it may.
fn compare(counted: &Figures, kept: &Figures) -> Result<()> {
    let mut worse = Vec::new();
    for (flow, count) in counted {
        let figure = *kept.get(flow).with_context(|| {
            format!("{FIGURES} has no figure for {flow}; `cargo xtask count --accept` makes one")
        })?;
        let percent = 100.0 * (*count as f64 / figure as f64 - 1.0);
        say::line(format_args!("{flow}: {count} instructions for each message ({percent:+.1} %)"));
        if 100 * count > (100 + ROOM_PERCENT) * figure {
            worse.push(format!("{flow} takes {count} instructions for each message, not {figure}"));
        } else if 100 * count < (100 - ROOM_PERCENT) * figure {
            say::line(format_args!(
                "that is better than {FIGURES} has it: keep it with `cargo xtask count --accept`"
            ));
        }
    }
    if worse.is_empty() {
        return Ok(());
    }
    bail!(
        "{}. Find out why (docs/performance.md says how), or accept it with `cargo xtask count --accept` and say why in the commit",
        worse.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(hop: u64, chain: u64) -> Figures {
        Figures::from([("hop".to_owned(), hop), ("chain".to_owned(), chain)])
    }

    #[test]
    fn five_in_a_hundred_more_is_borne_and_not_more() {
        compare(&figures(105, 1000), &figures(100, 2000)).unwrap();
        let error = compare(&figures(106, 1000), &figures(100, 1000)).unwrap_err().to_string();
        assert!(error.starts_with("hop takes 106 instructions for each message, not 100"), "{error}");
        assert!(error.contains("cargo xtask count --accept") && !error.contains("chain"), "{error}");
    }

    #[test]
    fn a_flow_without_a_figure_is_told() {
        let error = compare(&figures(1, 1), &Figures::new()).unwrap_err().to_string();
        assert!(error.contains("no figure for chain"), "{error}");
    }

    #[test]
    fn reads_what_valgrind_tells() {
        let told = "==12== \n==12== Events    : Ir\n==12== Collected : 8675309\n==12== \n";
        assert_eq!(collected(told), Some(8_675_309));
        assert_eq!(collected("==12== no such program"), None);
    }
}
