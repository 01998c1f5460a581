//! `wireloom check`: what a flow file would be here, without running it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::context::Contexts;
use engine::observe::{Event, Observer};
use engine::registry::Registry;
use engine::{Engine, Options, Setup};
use model::check::{Problem, Severity};
use model::descriptor::NodeDescriptor;
use model::document::{Document, Kind};
use model::text::{Catalogue, Text};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::storage::Stored;
use crate::{credentials, flows, plugin, run, texts};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "check.missing",
        "missing: no node type {type} is installed; {count} {count|node is|nodes are} of it: {nodes}",
    ),
    ("check.sound", "{path}: loads, and saves back as it was"),
    (
        "check.lossy",
        "{path}: saves back as something else than it was, at {place}; keep a copy, and report this",
    ),
    (
        "check.count",
        "{path}: {entries} {entries|entry|entries}, {errors} {errors|error|errors}, {warnings} {warnings|warning|warnings}, {missing} {missing|type|types} missing",
    ),
];

/// Nodes of a missing type that are named; the others are counted.
const NAMED: usize = 5;
/// The texts that a missing type shows in: one in the checks, one in the engine.
const UNKNOWN: [&str; 2] = ["check.unknown-type", "engine.unknown-type"];

/// Prints what is wrong in a flow file, and says whether there are no errors and no missing types.
///
/// # Errors
/// The file cannot be read, or is no flow file; or a plugin that was named cannot be loaded.
pub(crate) fn run(path: &Path, sources: &plugin::Sources) -> Result<bool> {
    let (document, given) = flows::read(path)?;
    let registry = Arc::new(run::registry());
    plugin::add_to(sources, &registry)?;
    let problems = problems(&document, &given.unwrap_or_default(), &registry)?;
    for problem in &problems {
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        println!("{severity}: {}", problem.describe_with(&document, &registry.render(&problem.text)));
    }
    let missing = missing_types(&document, &registry);
    for (name, nodes) in &missing {
        let mut named = nodes.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        if nodes.len() > NAMED {
            named += ", ...";
        }
        let text = Text::key("check.missing").with("type", name).with("count", nodes.len());
        println!("{}", texts::render(&text.with("nodes", named)));
    }
    let change = change(path, &document)?;
    let text = match &change {
        None => Text::key("check.sound").with("path", path.display()),
        Some(place) => Text::key("check.lossy").with("path", path.display()).with("place", place),
    };
    println!("{}", texts::render(&text));
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let text = Text::key("check.count").with("path", path.display()).with("entries", document.len());
    let text = text.with("errors", errors).with("warnings", problems.len() - errors);
    println!("{}", texts::render(&text.with("missing", missing.len())));
    Ok(errors == 0 && missing.is_empty() && change.is_none())
}

/// What the checks find and what building the nodes finds, each once; missing types left out.
fn problems(
    document: &Document,
    given: &crate::storage::Credentials,
    registry: &Arc<Registry>,
) -> Result<Vec<Problem>> {
    let types: BTreeMap<String, NodeDescriptor> = registry
        .descriptors()
        .into_iter()
        .map(|descriptor| (descriptor.type_name.clone(), descriptor))
        .collect();
    let mut problems = model::check::check(document, &types);
    let built = built(document, given, registry)?;
    for engine::Problem { node, path, text, .. } in built {
        let is_known = problems.iter().any(|known| {
            let is_same_node = known.node.as_deref() == Some(node.as_str());
            is_same_node && (known.path == path || path.is_empty()) && known.severity == Severity::Error
        });
        if !is_known {
            problems.push(Problem { node: Some(node), path: path.into(), text, severity: Severity::Error });
        }
    }
    problems.retain(|problem| !UNKNOWN.contains(&problem.text.key.as_ref()));
    let position = |problem: &Problem| problem.node.as_deref().and_then(|id| document.position(id));
    problems.sort_by_key(position);
    Ok(problems)
}

/// What a deploy would report.
fn built(
    document: &Document,
    given: &crate::storage::Credentials,
    registry: &Arc<Registry>,
) -> Result<Vec<engine::Problem>> {
    let Stored { document, credentials } = credentials::take(document, given);
    let engine = Engine::new(Setup {
        registry: registry.clone(),
        observer: Arc::new(Unheard),
        services: run::services(&std::env::temp_dir()),
        contexts: Arc::new(Contexts::new()),
        env: Vec::new(),
        options: Options { worker_threads: 1, ..Options::default() },
    });
    let engine = engine.map_err(|error| Failure::key("run.no-threads").with("reason", error))?;
    Ok(engine.check(&document, &credentials::lent(&credentials)))
}

/// Nothing runs, so nothing happens.
struct Unheard;

impl Observer for Unheard {
    fn event(&self, _: Event) {}
}

/// The place at which a file would be saved back as something else; none where it would not.
fn change(path: &Path, document: &Document) -> Result<Option<String>> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("flows.unreadable", path, error))?;
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let before = match parse(text.trim_start_matches('\u{feff}')) {
        Value::Object(mut object) => object.remove("flows").unwrap_or_default(),
        list => list,
    };
    Ok(difference(&before, &parse(&document.to_pretty_string()), String::new()))
}

/// Where two values differ first.
fn difference(before: &Value, after: &Value, place: String) -> Option<String> {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let mut pairs = before.iter().zip(after).enumerate();
            pairs.find_map(|(at, (before, after))| difference(before, after, format!("{place}[{at}]")))
        }
        (Value::Object(before), Value::Object(after)) if before.keys().eq(after.keys()) => {
            let mut pairs = before.iter().filter_map(|(name, value)| Some((name, value, after.get(name)?)));
            pairs.find_map(|(name, before, after)| difference(before, after, format!("{place}.{name}")))
        }
        _ => (before != after).then_some(place),
    }
}

/// The types that no node type is installed or switched on for, with the nodes that are of each.
pub(crate) fn missing_types<'a>(
    document: &'a Document,
    registry: &Registry,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in document.nodes() {
        let is_node = matches!(node.kind(), Kind::Node | Kind::Config);
        if is_node && registry.get(node.type_name()).is_none() {
            missing.entry(node.type_name()).or_default().push(node.id());
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_found_at_its_place() {
        let before = json!([{ "id": "a", "rules": [{ "v": 1 }, { "v": 2 }] }]);
        for (after, place) in [
            (before.clone(), None),
            (json!([{ "id": "a", "rules": [{ "v": 1 }, { "v": "2" }] }]), Some("[0].rules[1].v")),
            (json!([{ "id": "a", "rules": [{ "v": 1 }] }]), Some("[0].rules")),
            (json!([{ "id": "a" }]), Some("[0]")),
            (json!([]), Some("")),
        ] {
            assert_eq!(difference(&before, &after, String::new()).as_deref(), place, "{after}");
        }
    }
}
