//! `cargo xtask conformance`: runs Node-RED's own node specs against Wireloom, and keeps the score of what passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;

use crate::build::{self, Profile};
use crate::place::Place;
use crate::{say, tool};

/// The version whose specs count.
const VERSION: &str = "5.0.4";
const REPOSITORY: &str = "https://github.com/node-red/node-red";
/// What Node-RED needs to build its editor and documentation, and its specs do not.
const UNNEEDED: [&str; 13] = [
    "jsdoc-nr-template",
    "jsdoc",
    "jsdoc-to-markdown",
    "minami",
    "esbuild",
    "mermaid",
    "nodemon",
    "sass",
    "eslint",
    "nyc",
    "archiver",
    "chokidar",
    "grunt",
];
/// How many specs of each file Node-RED itself passes, run the same way.
const CEILING: &str = "tests/conformance/ceiling.json";
/// Where the score is kept.
const PAGE: &str = "docs/node-red-parity.md";
/// What is between these lines of the page is written by this command, all else by hand.
const BEGIN: &str = "<!-- score: begin -->";
const END: &str = "<!-- score: end -->";

/// Passed specs by file, such as `core/common/20-inject_spec.js`.
type Counts = BTreeMap<String, u64>;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A checkout of Node-RED with its development packages installed, in place of one of our own
    #[arg(long)]
    node_red: Option<PathBuf>,
    /// Only the spec files whose path matches this expression; the others keep the score that they have
    #[arg(long)]
    only: Option<String>,
    /// Run this binary instead of building one
    #[arg(long)]
    wireloom: Option<PathBuf>,
    /// Measure Node-RED itself, and keep that as the ceiling
    #[arg(long, conflicts_with = "wireloom")]
    ceiling: bool,
    /// Port for HTTP; the next one is for the test endpoint
    #[arg(long, default_value_t = 18_800)]
    port: u16,
    /// Name each spec that fails
    #[arg(long, short)]
    verbose: bool,
}

/// Fetches what is needed, runs the specs, prints the table and keeps the score.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let node_red = match &args.node_red {
        Some(folder) => std::path::absolute(folder)?,
        None => fetch(place)?,
    };
    let results = place.target.join("conformance");
    let measured = measure(place, args, &node_red, &results)?;
    let (page, ceiling) = (place.root.join(PAGE), place.root.join(CEILING));
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("reading {}", path.display()));
    let mut best: Counts = serde_json::from_str(&read(&ceiling)?).context(CEILING)?;
    if args.ceiling {
        best.extend(measured);
        fs::write(&ceiling, serde_json::to_string_pretty(&best)? + "\n")?;
        say::line(format_args!("the ceiling is in {CEILING}"));
        return Ok(());
    }
    let text = read(&page)?;
    let (before, old, after) =
        parts(&text).with_context(|| format!("{PAGE} lacks the lines {BEGIN} and {END}"))?;
    let mut passed = counts_of(old);
    passed.extend(measured);
    let table = table(&passed, &best);
    println!("{table}");
    fs::write(&page, format!("{before}{BEGIN}\n{table}{END}{after}"))?;
    say::line(format_args!("the score is in {PAGE}, all results in {}", results.display()));
    Ok(())
}

/// Runs the specs; gives how many passed of each file.
fn measure(place: &Place, args: &Args, node_red: &Path, results: &Path) -> Result<Counts> {
    let mut runner = Command::new(node(node_red));
    runner.current_dir(place.root.join("tests/conformance")).arg("run.js").arg("--specs").arg(node_red);
    runner.arg("--out").arg(results);
    runner.args(["--http", &args.port.to_string(), "--test", &args.port.saturating_add(1).to_string()]);
    if !args.ceiling {
        let wireloom = match &args.wireloom {
            Some(binary) => std::path::absolute(binary)?,
            None => {
                build::server(place, Profile::Dev)?;
                place.server_binary(Profile::Dev.folder())
            }
        };
        runner.arg("--foreign").arg(format!("{} spec", wireloom.display()));
    }
    if let Some(only) = &args.only {
        runner.arg("--only").arg(only);
    }
    if args.verbose {
        runner.arg("-v");
    }
    tool::run(&mut runner)?;
    let summary = fs::read_to_string(results.join("summary.json")).context("reading the results")?;
    let rows: Vec<Json> = serde_json::from_str(&summary).context("summary.json")?;
    let name = |row: &Json| Some(row["file"].as_str()?.trim_start_matches("test/nodes/").to_owned());
    Ok(rows.iter().filter_map(|row| Some((name(row)?, row["pass"].as_u64()?))).collect())
}

/// Node.js of the checkout's own, where there is one.
fn node(node_red: &Path) -> PathBuf {
    let own = node_red.join("node_modules/.bin/node");
    if own.is_file() { own } else { "node".into() }
}

/// A checkout below the target folder, never part of the repository.
fn fetch(place: &Place) -> Result<PathBuf> {
    let folder = place.target.join(format!("conformance-node-red-{VERSION}"));
    if folder.join("node_modules/mocha").is_dir() {
        return Ok(folder);
    }
    ensure!(tool::find("npm").is_some(), "npm is missing: install it with apt install npm");
    if !folder.join("package.json").is_file() {
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--depth", "1", "--branch", VERSION, REPOSITORY]).arg(&folder);
        tool::run(&mut clone)?;
    }
    let path = folder.join("package.json");
    let mut package: Json = serde_json::from_str(&fs::read_to_string(&path)?)?;
    if let Some(packages) = package["devDependencies"].as_object_mut() {
        packages.retain(|name, _| !UNNEEDED.contains(&name.as_str()) && !name.starts_with("grunt-"));
        packages.insert("node".into(), "22".into());
    }
    package["allowScripts"] = serde_json::json!({ "node": true });
    fs::write(&path, serde_json::to_string_pretty(&package)?)?;
    let _ = fs::remove_file(folder.join("package-lock.json"));
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["install", "--no-fund", "--no-audit", "--loglevel=error"]);
    tool::run(&mut npm)?;
    Ok(folder)
}

/// The page in three: before, between and after the two marks.
fn parts(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (score, after) = rest.split_once(END)?;
    Some((before, score, after))
}

/// Reads a table back.
fn counts_of(table: &str) -> Counts {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.filter_map(|(file, rest)| Some((file.to_owned(), rest.split(' ').next()?.parse().ok()?))).collect()
}

/// The score by spec file, against what Node-RED passes.
fn table(passed: &Counts, ceiling: &Counts) -> String {
    let sum = |counts: &Counts| counts.values().sum::<u64>();
    let best: Counts = ceiling
        .iter()
        .filter(|(file, _)| passed.contains_key(*file))
        .map(|(file, count)| (file.clone(), *count))
        .collect();
    let mut table = format!("**{} of {}** pass", sum(passed), sum(&best));
    if best.len() < ceiling.len() {
        table.push_str(&format!("; {} files were not measured", ceiling.len() - best.len()));
    }
    table.push_str(".\n\n| Spec file | Passed | Node-RED passes | Share |\n|---|---:|---:|---:|\n");
    for (file, count) in passed {
        let most = best.get(file).copied().unwrap_or(0);
        let share = (100 * count).checked_div(most).map_or("-".into(), |share| format!("{share} %"));
        table.push_str(&format!("| {file} | {count} | {most} | {share} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, u64)]) -> Counts {
        rows.iter().map(|(file, count)| ((*file).to_owned(), *count)).collect()
    }

    #[test]
    fn the_table_adds_up_and_reads_back() {
        let passed = counts(&[("core/a_spec.js", 2), ("core/b_spec.js", 5)]);
        let table =
            table(&passed, &counts(&[("core/a_spec.js", 3), ("core/b_spec.js", 5), ("core/c_spec.js", 1)]));
        assert!(table.starts_with("**7 of 8** pass; 1 files were not measured."), "{table}");
        assert!(
            table.contains("| core/a_spec.js | 2 | 3 | 66 % |\n| core/b_spec.js | 5 | 5 | 100 % |\n"),
            "{table}"
        );
        assert_eq!(counts_of(&table), passed);
    }

    #[test]
    fn only_the_score_is_replaced() {
        let page = format!("words\n{BEGIN}\nold\n{END}\nmore words\n");
        assert_eq!(parts(&page), Some(("words\n", "\nold\n", "\nmore words\n")));
        assert_eq!(parts("no marks"), None);
    }

    #[test]
    fn every_file_has_a_ceiling() {
        let text = include_str!("../../tests/conformance/ceiling.json");
        let ceiling: Counts = serde_json::from_str(text).unwrap();
        assert!(ceiling.values().all(|count| *count > 0));
    }
}
