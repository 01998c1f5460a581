//! `wireloom test`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use engine::node::Services;
use engine::testing;
use model::document::Document;
use model::text::{Catalogue, Text};

use crate::failure::{Failure, Result};
use crate::settings::{self, Given};
use crate::{credentials, flow_tests, flows, plugin, run, storage, texts};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    ("test.unreadable", "cannot read {path}: {reason}"),
    ("test.not-cases", "{path} is no list of test cases: {reason}"),
    ("test.count", "{path}: {count} {count|case|cases}, {failed} failed"),
];

/// Runs the cases of a file one after another, each with a clock of its own that jumps over waits, and says
/// whether all passed. Without a file it is that of the data folder; cases about nodes of a flow file are about
/// `flows`, or about the flow file of the data folder.
///
/// # Errors
/// A file cannot be read, or holds no cases or flows; or a plugin that was named cannot be loaded.
pub(crate) fn run(cases: Option<&Path>, given: Option<&Path>, sources: &plugin::Sources) -> Result<bool> {
    let path = match cases {
        Some(path) => path.to_owned(),
        None => sources.data_folder()?.join(format!("{}.json", flow_tests::NAME)),
    };
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failure::file("test.unreadable", &path, error))?;
    let cases = flow_tests::parse(&text).map_err(|error| Failure::file("test.not-cases", &path, error))?;
    let flows = match cases.iter().any(|case| !case.nodes.is_empty()) {
        true => Some(flows_under_test(given, sources)?),
        false => None,
    };
    let registry = run::registry();
    plugin::add_to(sources, &registry)?;
    let lent = match cases.iter().any(|case| case.flow_credentials) {
        true => credentials_under_test(given, sources)?,
        false => HashMap::new(),
    };
    let mut failed = 0;
    for case in &cases {
        let case = &match &flows {
            Some(flows) => flow_tests::lend(case.clone(), flows, &lent),
            None => case.clone(),
        };
        let checked = testing::check(case, flows.as_ref(), &registry, Services::default());
        match flow_tests::on_own_clock(checked)? {
            Ok(()) => println!("ok      {}", case.name),
            Err(mismatch) => {
                failed += 1;
                let reason = testing::shown(&mismatch, |text| registry.render(text));
                println!("failed  {}\n        {}", case.name, reason.replace('\n', "\n        "));
            }
        }
    }
    let text = Text::key("test.count").with("path", path.display()).with("count", cases.len());
    println!("{}", texts::render(&text.with("failed", failed)));
    Ok(failed == 0)
}

fn flows_under_test(given: Option<&Path>, sources: &plugin::Sources) -> Result<Document> {
    let path: PathBuf = match given {
        Some(path) => path.to_owned(),
        None => {
            let given = Given { data: Some(sources.data_folder()?), ..Given::default() };
            settings::flow_file(&settings::resolve(&given, &|name| std::env::var(name).ok())?)?
        }
    };
    Ok(flows::read(&path)?.0)
}

/// The credentials in the flow file that was named; without one, those of the data folder.
fn credentials_under_test(
    given: Option<&Path>,
    sources: &plugin::Sources,
) -> Result<HashMap<String, HashMap<String, String>>> {
    let kept = match given {
        Some(path) => flows::read(path)?.1,
        None => {
            let given = Given { data: Some(sources.data_folder()?), ..Given::default() };
            let mut resolved = settings::resolve(&given, &|name| std::env::var(name).ok())?;
            let settings = settings::Settings::of(&mut resolved)?;
            let storage = storage::open(settings.storage(resolved.node_red.as_ref()))?;
            storage.load()?.map(|stored| stored.credentials)
        }
    };
    Ok(kept.map(|kept| credentials::lent(&kept)).unwrap_or_default())
}
