//! `wireloom check`.

use std::collections::BTreeMap;
use std::path::Path;

use engine::registry::Registry;
use model::check::Severity;
use model::descriptor::NodeDescriptor;
use model::document::{Document, Kind};

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

/// The types that no node type is installed or switched on for, with the number of nodes that are of each.
pub(crate) fn missing_types(document: &Document, registry: &Registry) -> BTreeMap<String, usize> {
    let mut missing = BTreeMap::new();
    for node in document.nodes() {
        let is_node = matches!(node.kind(), Kind::Node | Kind::Config);
        if is_node && registry.get(node.type_name()).is_none() {
            *missing.entry(node.type_name().to_owned()).or_default() += 1;
        }
    }
    missing
}
