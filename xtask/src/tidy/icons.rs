//! The icons that nodes name must be in the editor's set: one that is not would show as a plain box.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Problem;

/// The editor's set, a table of `"name" Icon`.
const SET: &str = "editor/src/icons.rs";
/// How a descriptor names its icon: in a node, in a plugin.
const NAMED: [&str; 2] = ["icon: \"", ".icon(\""];
/// Where nodes are.
const NODES: [&str; 2] = ["nodes/src", "plugins/examples"];

/// Checks the nodes among `sources`.
pub(crate) fn check(root: &Path, sources: &[PathBuf]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let Ok(set) = fs::read_to_string(root.join(SET)) else { return Ok(problems) };
    for path in sources.iter().filter(|path| NODES.iter().any(|folder| path.starts_with(folder))) {
        let text =
            fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            let rest = NAMED.iter().find_map(|named| Some(line.split_once(named)?.1));
            let name = rest.and_then(|rest| rest.split('"').next());
            if let Some(name) = name.filter(|name| !set.contains(&format!("\"{name}\" "))) {
                problems.push(Problem {
                    path: path.clone(),
                    line: Some(number + 1),
                    message: format!("there is no icon `{name}`: add Lucide's to {SET}"),
                });
            }
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_that_is_not_in_the_set_is_reported() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            (SET, "\"bug\" LuBug,"),
            ("nodes/src/a.rs", "x\nicon: \"bug\".into(),\nicon: \"bu\".into(),"),
            ("plugins/examples/b/src/lib.rs", "about!().icon(\"bu\")"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let sources = ["nodes/src/a.rs", "plugins/examples/b/src/lib.rs"].map(PathBuf::from);
        let problems = check(root.path(), &sources).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let said = "there is no icon `bu`: add Lucide's to editor/src/icons.rs";
        let places = ["nodes/src/a.rs:3", "plugins/examples/b/src/lib.rs:1"];
        assert_eq!(shown, places.map(|place| format!("{place}: {said}")));
    }
}
