//! Nothing of a built-in type is without its German.

use std::collections::BTreeSet;

use engine::registry::NodeType;
use model::descriptor::Widget;
use model::text::{Catalogue, mismatches};
use serde::Deserialize;

use super::*;
use crate::registry::NODE_TYPES;

#[test]
fn every_text_of_a_node_type_has_its_german() {
    let english: Vec<Catalogue> = NODE_TYPES
        .iter()
        .map(|node_type| node_type.texts)
        .chain([crate::network::http::once::TEXTS, crate::network::mqtt::client::TEXTS])
        .collect();
    let problems = mismatches(&english, CATALOGUES);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_word_of_a_descriptor_has_its_german() {
    let mut problems = Vec::new();
    for node_type in NODE_TYPES {
        let name = node_type.name;
        match words_of(name) {
            None => problems.push(format!("{name} has no German words")),
            Some(words) => {
                problems.extend(compare(node_type, words).iter().map(|problem| format!("{name}: {problem}")));
            }
        }
    }
    let known: BTreeSet<&str> = NODE_TYPES.iter().map(|node_type| node_type.name).collect();
    for words in TYPES.iter().flat_map(|family| family.iter()) {
        if !known.contains(words.type_name) {
            problems.push(format!("there is no type {}", words.type_name));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_descriptor_in_german_keeps_all_but_its_words() {
    let mut switch = (crate::function::switch::NODE.describe)();
    let english = switch.clone();
    translate(&mut switch);
    let rule = |schema: &Json| schema["properties"]["rules"]["items"]["properties"]["t"].clone();
    let (before, after) = (rule(&english.schema), rule(&switch.schema));
    assert_eq!(after["title"], "Regel");
    assert_eq!(after["x-enum-titles"][21], "sonst");
    assert_eq!(before["enum"], after["enum"]);
    assert!(switch.help.starts_with("Sendet eine Nachricht"));
    assert_eq!((&english.icon, &english.label), (&switch.icon, &switch.label));

    let mut foreign = english.clone();
    foreign.type_name = "geohash".into();
    translate(&mut foreign);
    assert_eq!(foreign.schema, english.schema);
}

/// What of a descriptor the words lack, and what of the words nothing needs.
fn compare(node_type: &NodeType, words: &'static Words) -> Vec<String> {
    let english = (node_type.describe)();
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    if words.help.matches("**").count() != english.help.matches("**").count()
        || words.help.matches("\n\n").count() != english.help.matches("\n\n").count()
    {
        problems.push("the help has other parts".to_owned());
    }
    for credential in &english.credentials {
        used.insert(credential.name.clone());
        if words.field(&credential.name).is_none() {
            problems.push(format!("{} ({}) is lacking", credential.name, credential.title));
        }
    }
    let definitions = english.schema.get("$defs").cloned().unwrap_or_default();
    properties(&english.schema, "", &definitions, words, &mut used, &mut problems);
    for field in words.fields {
        if !used.contains(field.path) {
            problems.push(format!("nothing is called {}", field.path));
        }
    }
    problems
}

fn properties(
    schema: &Json,
    path: &str,
    definitions: &Json,
    words: &'static Words,
    used: &mut BTreeSet<String>,
    problems: &mut Vec<String>,
) {
    let empty = Map::new();
    let all = schema.get("properties").and_then(Json::as_object).unwrap_or(&empty);
    let units: Vec<&str> =
        all.values().filter_map(|property| property.get("x-unit-property").and_then(Json::as_str)).collect();
    let types: Vec<&str> =
        all.values().filter_map(|property| property.get("x-type-property").and_then(Json::as_str)).collect();
    for (name, property) in all {
        let mut property = property.clone();
        resolve(&mut property, definitions);
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_hidden = property["x-widget"] == "hidden" && !units.contains(&name.as_str());
        if is_hidden || types.contains(&name.as_str()) {
            continue;
        }
        used.insert(path.clone());
        match words.field(&path) {
            None => problems.push(format!("{path} ({}) is lacking", property["title"])),
            Some(field) => problems.extend(lacking(&property, field)),
        }
        let Some(mut items) = property.get("items").cloned() else { continue };
        resolve(&mut items, definitions);
        properties(&items, &path, definitions, words, used, problems);
    }
}

/// What the words of one property lack.
fn lacking(property: &Json, field: &Field) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |what: &str| problems.push(format!("{}: {what}", field.path));
    if property.get("description").is_some() == field.hint.is_empty() {
        say("it has a hint in one language only");
    }
    let length = |key: &str| property.get(key).and_then(Json::as_array).map_or(0, Vec::len);
    let is_choice =
        property.get("x-widget").and_then(|name| Widget::deserialize(name).ok()) == Some(Widget::Choice);
    let choices = if is_choice || length("x-enum-titles") > 0 || !field.choices.is_empty() {
        length("enum")
    } else {
        0
    };
    if choices != field.choices.len() {
        say("it has another number of choices");
    }
    if property.get("x-section").is_some_and(|section| SECTIONS.iter().all(|(english, _)| section != english))
    {
        say("its section has no German name");
    }
    // Titles that are a name from outside, such as that of a header, are their type.
    let own = property
        .get("x-types")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter(|own| own.get("title").is_some_and(|title| *title != own["type"]));
    for own in own {
        if field.types.iter().all(|(name, _)| own["type"] != *name) {
            say(&format!("its type {} has no German title", own["type"]));
        }
    }
    problems
}
