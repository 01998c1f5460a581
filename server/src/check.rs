//! `wireloom check`.

use std::collections::BTreeMap;
use std::path::Path;

use engine::registry::Registry;
use model::check::Severity;
use model::descriptor::NodeDescriptor;

use crate::failure::Result;
use crate::flows;

/// Prints what is wrong with a flow file, and says whether there are no errors.
///
/// # Errors
/// The file cannot be read, or is no flow file.
pub(crate) fn run(path: &Path) -> Result<bool> {
    let (document, _) = flows::read(path)?;
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    let types: BTreeMap<String, NodeDescriptor> = registry
        .descriptors()
        .into_iter()
        .map(|descriptor| (descriptor.type_name.clone(), descriptor.clone()))
        .collect();
    let problems = model::check::check(&document, &types);
    for problem in &problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        println!("{severity}: {}", problem.describe(&document));
    }
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    println!("{}: {} entries, {errors} errors, {warnings} warnings", path.display(), document.len());
    Ok(errors == 0)
}
