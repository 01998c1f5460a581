//! The example flows, and the node types' own defaults, stand up to the checks that users' flows get.

use std::collections::BTreeMap;
use std::path::Path;

use engine::registry::Registry;
use model::check::check;
use model::descriptor::{NodeDescriptor, Role};
use model::document::Document;
use model::edit::{Place, add_node, new_id};

fn types() -> BTreeMap<String, NodeDescriptor> {
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    registry.descriptors().into_iter().map(|known| (known.type_name.clone(), known)).collect()
}

#[test]
fn example_flows_have_no_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        count += 1;
        let document = Document::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let problems: Vec<String> =
            check(&document, &types()).iter().map(|problem| problem.describe(&document)).collect();
        assert!(problems.is_empty(), "{}:\n{}", file.display(), problems.join("\n"));
    }
    assert!(count >= 3, "{count} examples");
}

#[test]
fn every_type_describes_itself_in_full() {
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    let mut untold = Vec::new();
    for known in types().values() {
        let name = &known.type_name;
        assert!(known.help.len() > 40, "{name}: help for its user");
        assert!(registry.texts().contains_key(known.label.fallback.key.as_ref()), "{name}: a label");
        assert!(known.colour.starts_with('#'), "{name}: a colour");
        assert_eq!(known.category == "config", known.role == Role::Config, "{name}: a category");
        assert_eq!(known.schema["type"], "object", "{name}: a schema");
        let properties = || known.schema["properties"].as_object().into_iter().flatten();
        for (property, schema) in properties() {
            // The type of a typed value and the unit of a duration are drawn with what they belong to.
            let is_beside = |other: &serde_json::Value| {
                [&other["x-type-property"], &other["x-unit-property"]].iter().any(|name| *name == property)
            };
            let is_told = schema.get("title").or(schema.get("description")).is_some()
                || schema["x-widget"] == "hidden"
                || properties().any(|(_, other)| is_beside(other));
            if !is_told {
                untold.push(format!("{name}.{property}"));
            }
        }
    }
    assert!(untold.is_empty(), "these need a title or description for the form: {untold:?}");
}

#[test]
fn a_node_fresh_from_the_palette_has_only_problems_that_its_form_can_mend() {
    let types = types();
    for (at, known) in types.values().enumerate() {
        let empty = Document::parse(r#"[{"id":"t","type":"tab","label":"t"}]"#).unwrap();
        let id = new_id(at as u64);
        let mut document = empty.clone();
        let place = Place { z: Some("t"), x: 100.0, y: 100.0 };
        add_node(&empty, known, &id, place).unwrap().apply(&mut document).unwrap();
        let properties = known.schema["properties"].as_object();
        for problem in check(&document, &types) {
            let first = problem.path.split(['.', '[']).next().unwrap_or_default();
            let is_property = properties.is_some_and(|properties| properties.contains_key(first));
            assert!(is_property, "{}: {}", known.type_name, problem.describe(&document));
        }
    }
}
