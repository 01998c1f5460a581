//! Bundles the code editor (`editor/code`), which the page loads when it first shows code.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::assets::hash;
use crate::place::Place;
use crate::setup::npm;
use crate::tool;

/// The bundle's JavaScript, one module; bundles again where sources or packages have changed.
pub(super) fn bundle(place: &Place) -> Result<Vec<u8>> {
    let folder = place.root.join("editor/code");
    let lock = folder.join("package-lock.json");
    let output = place.target.join("npm").join(format!("code-{}.js", fingerprint(&folder, &lock)?));
    if let Ok(bundle) = fs::read(&output) {
        return Ok(bundle);
    }
    let packages = npm::packages(place, &lock)?;
    let esbuild = npm::esbuild(&packages)?;
    let part = output.with_extension("part");
    tool::run(
        Command::new(esbuild)
            .current_dir(&folder)
            .arg("src/main.ts")
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .args(["--legal-comments=eof", "--charset=utf8"])
            .arg(format!("--outfile={}", part.display()))
            .env("NODE_PATH", packages.join("node_modules")),
    )?;
    // Whole or not at all.
    fs::rename(&part, &output).with_context(|| format!("cannot write {}", output.display()))?;
    fs::read(&output).with_context(|| format!("cannot read {}", output.display()))
}

/// Changes with the lock, each source and this way of bundling.
fn fingerprint(folder: &Path, lock: &Path) -> Result<String> {
    let mut files: Vec<_> = fs::read_dir(folder.join("src"))
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    files.push(lock.to_owned());
    let mut parts = hash(include_bytes!("code.rs"));
    for file in files {
        parts += &hash(&fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    Ok(hash(parts.as_bytes())[..16].to_owned())
}
