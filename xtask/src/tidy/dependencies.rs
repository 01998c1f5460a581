//! Which of our crates may use which: dependencies run one way.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::Problem;

/// Folder of each crate and the folders of our crates that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("jsonata", &[]),
    ("engine", &["jsonata", "model"]),
    ("nodes", &["engine", "model", "script"]),
    ("script", &["engine", "model"]),
    ("broker", &["model"]),
    ("plugins/host", &["engine", "model"]),
    ("plugins/sdk", &["plugins/sdk/derive"]),
    ("plugins/sdk/derive", &[]),
    ("server", &["broker", "engine", "model", "nodes", "plugins/host", "script", "toolchain"]),
    ("editor", &["model"]),
    ("tests", &["broker", "editor", "engine", "model", "nodes", "plugins/host", "script"]),
    ("bench", &[]),
    ("toolchain", &[]),
    ("xtask", &["toolchain"]),
];

/// Checks the members that `cargo metadata --no-deps` describes. Dependencies for tests count too:
/// a test of a crate that needs a crate above it belongs in `tests`.
pub(crate) fn check(metadata: &Json) -> Result<Vec<Problem>> {
    let root = Path::new(metadata["workspace_root"].as_str().context("cargo metadata has no root")?);
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let mut problems = Vec::new();
    for package in packages {
        let Some(folder) = folder_of(&package["manifest_path"], root) else { continue };
        let manifest = format!("{folder}/Cargo.toml");
        if folder.starts_with("plugins/examples/") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == folder) else {
            problems.push(Problem::file(
                manifest,
                "a new crate: say what it may use in xtask/src/tidy/dependencies.rs",
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(used) =
                dependency["path"].as_str().and_then(|path| Path::new(path).strip_prefix(root).ok())
            else {
                continue;
            };
            let used = used.to_string_lossy();
            if !allowed.contains(&used.as_ref()) {
                problems.push(Problem::file(&manifest, broken_rule(&folder, &used, allowed)));
            }
        }
    }
    Ok(problems)
}

fn folder_of(manifest_path: &Json, root: &Path) -> Option<String> {
    let folder = Path::new(manifest_path.as_str()?).parent()?.strip_prefix(root).ok()?;
    Some(folder.to_string_lossy().into_owned())
}

fn broken_rule(folder: &str, used: &str, allowed: &[&str]) -> String {
    let allowed = match allowed {
        [] => "none of our crates".to_owned(),
        folders => folders.join(", "),
    };
    format!("{folder} uses {used}; it may use {allowed}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(folder: &str, uses: &[&str]) -> Json {
        let dependencies: Vec<Json> =
            uses.iter().map(|used| json!({"name": used, "path": format!("/w/{used}")})).collect();
        json!({"manifest_path": format!("/w/{folder}/Cargo.toml"), "dependencies": dependencies})
    }

    fn messages(packages: &[Json]) -> Vec<String> {
        let metadata = json!({"workspace_root": "/w", "packages": packages});
        check(&metadata).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn upward_use_is_reported() {
        let packages = [
            package("model", &["engine"]),
            package("engine", &["model"]),
            package("editor", &["model", "nodes"]),
            package("tests", &["server"]),
        ];
        assert_eq!(
            messages(&packages),
            [
                "model/Cargo.toml: model uses engine; it may use none of our crates",
                "editor/Cargo.toml: editor uses nodes; it may use model",
                "tests/Cargo.toml: tests uses server; it may use broker, editor, engine, model, nodes, plugins/host, script",
            ]
        );
    }

    #[test]
    fn a_crate_without_a_rule_is_reported() {
        let found = messages(&[package("helpers", &[]), package("plugins/examples/one", &["plugins/sdk"])]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("helpers/Cargo.toml: a new crate"), "{found:?}");
    }

    #[test]
    fn libraries_from_elsewhere_are_free() {
        let package = json!({
            "manifest_path": "/w/model/Cargo.toml",
            "dependencies": [{"name": "serde", "path": null}, {"name": "x", "path": "/elsewhere/x"}],
        });
        assert!(messages(&[package]).is_empty());
    }
}
