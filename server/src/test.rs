//! `wireloom test`.

use std::path::Path;

use engine::node::Services;
use engine::testing::{self, Case};
use model::text::{Catalogue, Text};
use tokio::runtime::Builder;

use crate::failure::{Failure, Result};
use crate::{plugin, run, texts};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("test.unreadable", "cannot read {path}: {reason}"),
    ("test.not-cases", "{path} is no list of test cases: {reason}"),
    ("test.count", "{path}: {count} {count|case|cases}, {failed} failed"),
    ("test.no-threads", "the system gives no threads: {reason}"),
];

/// Runs the cases of a file one after another, each with a clock of its own that jumps over waits, and says
/// whether all passed.
///
/// # Errors
/// The file cannot be read, or holds no cases; or a plugin that was named cannot be loaded.
pub(crate) fn run(path: &Path, sources: &plugin::Sources) -> Result<bool> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("test.unreadable", path, error))?;
    let cases: Vec<Case> =
        serde_json::from_str(&text).map_err(|error| Failure::file("test.not-cases", path, error))?;
    let registry = run::registry();
    plugin::add_to(sources, &registry)?;
    let mut failed = 0;
    for case in &cases {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.map_err(|error| Failure::key("test.no-threads").with("reason", error))?;
        match runtime.block_on(testing::run(case, &registry, Services::default())) {
            Ok(()) => println!("ok      {}", case.name),
            Err(reason) => {
                failed += 1;
                println!("failed  {}\n        {}", case.name, reason.replace('\n', "\n        "));
            }
        }
    }
    let text = Text::key("test.count").with("path", path.display()).with("count", cases.len());
    println!("{}", texts::render(&text.with("failed", failed)));
    Ok(failed == 0)
}
