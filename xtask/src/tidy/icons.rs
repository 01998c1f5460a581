//! The icons that nodes name must be in the editor's set: one that is not would show as a plain box.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Problem;

/// The editor's set, a table of `"name" Icon`.
const SET: &str = "editor/src/icons.rs";
/// How a descriptor names its icon.
const NAMED: &str = "icon: \"";

/// Checks the nodes among `sources`.
pub(crate) fn check(root: &Path, sources: &[PathBuf]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let Ok(set) = fs::read_to_string(root.join(SET)) else { return Ok(problems) };
    for path in sources.iter().filter(|path| path.starts_with("nodes/src")) {
        let text =
            fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            let name = line.split_once(NAMED).and_then(|(_, rest)| rest.split('"').next());
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
        for (path, text) in
            [(SET, "\"bug\" LuBug,"), ("nodes/src/a.rs", "x\nicon: \"bug\".into(),\nicon: \"bu\".into(),")]
        {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let problems = check(root.path(), &[PathBuf::from("nodes/src/a.rs")]).unwrap();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["nodes/src/a.rs:3: there is no icon `bu`: add Lucide's to editor/src/icons.rs"]);
    }
}
