//! Node tests as data: every `tests/nodes/<category>/<node>.json`, under a paused clock.
//!
//! `WIRELOOM_CASE=text` runs only the cases whose file or name holds the text.

use std::path::{Path, PathBuf};

use engine::node::Services;
use engine::registry::Registry;
use engine::testing::{Case, run};

#[test]
fn every_case_does_what_it_expects() {
    let wanted = std::env::var("WIRELOOM_CASE").unwrap_or_default();
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    let (mut count, mut failures) = (0, Vec::new());
    for file in case_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("nodes")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let cases: Vec<Case> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for case in cases.iter().filter(|case| name.contains(&wanted) || case.name.contains(&wanted)) {
            count += 1;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            if let Err(reason) = runtime.block_on(run(case, &registry, Services::default())) {
                failures.push(format!("{name}: {}: {reason}", case.name));
            }
        }
    }
    assert!(count > 0, "no case matches {wanted:?}");
    assert!(failures.is_empty(), "{} of {count} cases failed:\n{}", failures.len(), failures.join("\n"));
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { case_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
