//! Every node has its data cases, at the mirrored path.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::settings::PATH;
use super::{Problem, Settings};

/// Each node file `nodes/src/<category>/<node>.rs` needs `tests/nodes/<category>/<node>.json`, or a row in
/// the settings that says where it is tested; each case file and row needs its node.
pub(crate) fn check(root: &Path, settings: &Settings) -> Result<Vec<Problem>> {
    let source = root.join("nodes/src");
    let cases = root.join("tests/nodes");
    let mut problems = Vec::new();
    for node in below(&source, "rs")? {
        let file = Path::new("nodes/src").join(&node).with_extension("rs");
        let text = fs::read_to_string(root.join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        let case = Path::new("tests/nodes").join(&node).with_extension("json");
        let elsewhere = settings.tested_elsewhere.iter().find(|row| Path::new(&row.node) == node);
        let is_tested =
            root.join(&case).is_file() || elsewhere.is_some_and(|row| root.join(&row.by).is_file());
        if describes_a_node(&text) && !is_tested {
            problems.push(Problem::file(file, format!("has no cases: write {}", case.display())));
        }
    }
    for case in below(&cases, "json")? {
        let node = Path::new("nodes/src").join(&case).with_extension("rs");
        let path = Path::new("tests/nodes").join(&case).with_extension("json");
        let is_for_others = settings.tested_elsewhere.iter().any(|row| Path::new(&row.by) == path);
        if !root.join(&node).is_file() && !is_for_others {
            problems.push(Problem::file(path, format!("there is no node {}", node.display())));
        }
    }
    for row in &settings.tested_elsewhere {
        let node = Path::new("nodes/src").join(&row.node).with_extension("rs");
        if !root.join(&node).is_file() {
            problems
                .push(Problem::file(PATH, format!("tested-elsewhere: there is no node {}", node.display())));
        }
    }
    Ok(problems)
}

/// Helpers stand beside the nodes of their category; a node is what the registry can name.
fn describes_a_node(text: &str) -> bool {
    text.contains("const NODE: NodeType")
}

/// `<category>/<name>`, without extension, of the files in the folders of `folder`.
fn below(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for category in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for file in entries(&category)?.into_iter().filter(|path| path.is_file()) {
            if file.extension().is_some_and(|found| found == extension) {
                found.push(file.strip_prefix(folder)?.with_extension(""));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_cases_and_cases_without_a_node_are_reported() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("nodes/src/registry.rs", "const NODE: NodeType");
        write("nodes/src/common/inject.rs", "pub const NODE: NodeType = 1");
        write("nodes/src/common/debug.rs", "pub const NODE: NodeType = 1");
        write("nodes/src/common/helper.rs", "fn x() {}");
        write("tests/nodes/common/debug.json", "[]");
        write("tests/nodes/common/gone.json", "[]");
        write("tests/nodes/common/pair.json", "[]");

        let settings =
            "largest-file-lines = 9\n[[tested-elsewhere]]\nnode = 'network/tcp'\nby = 'tests/tcp.rs'
            [[tested-elsewhere]]\nnode = 'network/udp'\nby = 'tests/nodes/common/pair.json'";
        write("nodes/src/network/tcp.rs", "const NODE: NodeType");
        write("tests/tcp.rs", "");
        let problems = check(root.path(), &Settings::parse(settings).unwrap()).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "nodes/src/common/inject.rs: has no cases: write tests/nodes/common/inject.json",
                "tests/nodes/common/gone.json: there is no node nodes/src/common/gone.rs",
                "xtask/tidy.toml: tested-elsewhere: there is no node nodes/src/network/udp.rs",
            ]
        );
    }
}
