//! `cargo xtask specs`: runs Node-RED's own node specs against Wireloom, and keeps the table of what passes.

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
/// Of its 1,581 specs Node-RED itself passes so many through the harness: 12 look inside of it, 2 are skipped.
const CEILING: u64 = 1_567;
/// Where the table is kept.
const TABLE: &str = "docs/node-red-parity.md";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A checkout of Node-RED with its development packages installed, in place of one of our own
    #[arg(long)]
    node_red: Option<PathBuf>,
    /// Only the spec files whose path matches this expression; the table in docs stays as it is
    #[arg(long)]
    only: Option<String>,
    /// Run this binary instead of building one
    #[arg(long)]
    wireloom: Option<PathBuf>,
    /// Name each spec that fails
    #[arg(long, short)]
    verbose: bool,
}

/// Fetches what is needed, runs the specs, prints and keeps the table.
pub(crate) fn run(place: &Place, args: &Args) -> Result<()> {
    let node_red = match &args.node_red {
        Some(folder) => std::path::absolute(folder)?,
        None => fetch(place)?,
    };
    let wireloom = match &args.wireloom {
        Some(binary) => std::path::absolute(binary)?,
        None => {
            build::server(place, Profile::Dev)?;
            place.server_binary(Profile::Dev.folder())
        }
    };
    let results = place.target.join("specs");
    let mut runner = Command::new(node(&node_red));
    runner.current_dir(place.root.join("tests/specs")).arg("run.js").arg("--specs").arg(&node_red);
    runner.arg("--out").arg(&results).arg("--foreign").arg(format!("{} spec", wireloom.display()));
    if let Some(only) = &args.only {
        runner.arg("--only").arg(only);
    }
    if args.verbose {
        runner.arg("-v");
    }
    tool::run(&mut runner)?;
    if args.only.is_none() {
        let summary = fs::read_to_string(results.join("summary.json")).context("reading the results")?;
        let table = table(&serde_json::from_str(&summary)?);
        fs::write(place.root.join(TABLE), table).with_context(|| format!("writing {TABLE}"))?;
        say::line(format_args!("the table is in {TABLE}, all results in {}", results.display()));
    }
    Ok(())
}

/// Node.js of the checkout's own, where there is one.
fn node(node_red: &Path) -> PathBuf {
    let own = node_red.join("node_modules/.bin/node");
    if own.is_file() { own } else { "node".into() }
}

/// A checkout below the target folder, never part of the repository.
fn fetch(place: &Place) -> Result<PathBuf> {
    let folder = place.target.join(format!("specs-node-red-{VERSION}"));
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

/// The page with the results, by spec file.
fn table(results: &Json) -> String {
    let rows = results.as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |row: &Json, key: &str| row[key].as_u64().unwrap_or(0);
    let passed: u64 = rows.iter().map(|row| number(row, "pass")).sum();
    let mut page = format!(
        "# Node-RED's own specs\n\n\
         What of the node specs of Node-RED {VERSION} passes against Wireloom. Node-RED itself, run the same way in\n\
         another process, passes {CEILING} of 1581. Written by `cargo xtask specs`; how it works is in\n\
         [tests/specs](../tests/specs/README.md).\n\n\
         **{passed} of {CEILING}** pass.\n\n| Spec file | Passed | Of |\n|---|---:|---:|\n"
    );
    for row in rows {
        let file = row["file"].as_str().unwrap_or_default().trim_start_matches("test/nodes/");
        page.push_str(&format!("| {file} | {} | {} |\n", number(row, "pass"), number(row, "total")));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_adds_up() {
        let results = serde_json::json!([
            { "file": "test/nodes/core/a_spec.js", "pass": 2, "total": 3 },
            { "file": "test/nodes/core/b_spec.js", "pass": 5, "total": 5 },
        ]);
        let page = table(&results);
        assert!(page.contains("**7 of 1567** pass"), "{page}");
        assert!(page.contains("| core/a_spec.js | 2 | 3 |\n| core/b_spec.js | 5 | 5 |\n"), "{page}");
    }
}
