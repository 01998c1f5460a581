//! Every built-in node type has a form that shows and writes all its properties.

use std::collections::BTreeMap;

use editor::store::form::typed::Input;
use editor::store::form::value::{parse, text_of, value, write};
use editor::store::form::{Field, Form, Kind};
use engine::registry::Registry;
use model::check::check_node;
use model::descriptor::{NodeDescriptor, Role};
use model::document::{Document, Node};
use model::edit::{Place, add_node, rows_of, set_form_values};
use model::json::{Json, Object};

fn types() -> BTreeMap<String, NodeDescriptor> {
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    registry.descriptors().into_iter().map(|known| (known.type_name.clone(), known)).collect()
}

/// A document with a node fresh from the palette.
fn fresh(descriptor: &NodeDescriptor) -> Document {
    let mut document = Document::parse(r#"[{"id":"t","type":"tab","label":"Tab"}]"#).unwrap();
    let z = (descriptor.role != Role::Config).then_some("t");
    let add = add_node(&document, descriptor, "n", Place { z, x: 10.0, y: 10.0 }).unwrap();
    add.apply(&mut document).unwrap();
    document
}

fn node(document: &Document) -> &Node {
    document.get("n").unwrap()
}

#[test]
fn every_property_has_a_field_and_every_hint_is_known() {
    let mut missing = Vec::new();
    for (name, descriptor) in &types() {
        let form = Form::of(descriptor);
        for hint in &form.unknown_hints {
            missing.push(format!("{name}.{}: the hint {} is none of docs/widgets.md", hint.key, hint.hint));
        }
        let properties = descriptor.schema["properties"].as_object().into_iter().flatten();
        for (key, schema) in properties.filter(|(_, schema)| schema["x-widget"] != "hidden") {
            if !form.all().any(|field| field.keys().contains(&key.as_str())) {
                missing.push(format!("{name}.{key}: no field shows it ({schema})"));
            }
        }
        for field in fields_of(&form) {
            if let Some(reason) = imprecise(field, &form) {
                missing.push(format!("{name}.{}: {reason}", field.key));
            }
        }
        for credential in &descriptor.credentials {
            assert!(form.credentials.iter().any(|field| field.key == credential.name), "{name}");
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The fields of a form and of its rows.
fn fields_of(form: &Form) -> Vec<&Field> {
    let inside = |field: &'_ Field| match &field.kind {
        Kind::Rows(rows) => rows.form.fields.len(),
        _ => 0,
    };
    let mut all: Vec<&Field> = Vec::new();
    for field in form.all() {
        all.push(field);
        if inside(field) > 0
            && let Kind::Rows(rows) = &field.kind
        {
            all.extend(rows.form.fields.iter().map(AsRef::as_ref));
        }
    }
    all
}

/// What a field lacks to be drawn well.
fn imprecise(field: &Field, form: &Form) -> Option<&'static str> {
    let rows = form.fields.iter().filter_map(|field| match &field.kind {
        Kind::Rows(rows) => Some(&rows.form),
        _ => None,
    });
    let around: Vec<&Form> = std::iter::once(form).chain(rows).collect();
    let is_known = |key: &str| around.iter().any(|form| form.all().any(|other| other.keys().contains(&key)));
    match &field.kind {
        Kind::Json => Some("its schema says too little for a field"),
        Kind::Choice(choices) if choices.len() < 2 => Some("a choice of one"),
        Kind::Typed(types) if types.types.is_empty() => Some("no types to choose from"),
        Kind::Typed(types)
            if types.types.iter().any(|one| {
                one.title.as_ref() == Some(&one.name) && !matches!(one.input, Input::Fixed(_))
            }) =>
        {
            Some("a type that forms do not know: write it as {type, title, value}")
        }
        Kind::Typed(types) if types.type_key.is_none() && types.types.len() > 1 => {
            Some("no property for the type")
        }
        Kind::ConfigNode { type_name } if !self::types().contains_key(type_name) => {
            Some("no such config node")
        }
        Kind::Duration { units, .. } if units.is_empty() => Some("no units"),
        Kind::Rows(rows) if rows.form.fields.is_empty() => Some("rows without fields"),
        Kind::Nodes(nodes) if nodes.types.iter().any(|name| !self::types().contains_key(name)) => {
            Some("no such node type")
        }
        _ if field.title.is_empty() => Some("no title"),
        _ if !field.show_if.iter().all(|condition| is_known(&condition.key)) => {
            Some("shown by a property that no field shows")
        }
        _ => None,
    }
}

#[test]
fn defaults_survive_the_way_through_the_form() {
    for (name, descriptor) in &types() {
        let form = Form::of(descriptor);
        let document = fresh(descriptor);
        for field in form.fields.iter().filter(|field| field.default.is_some()) {
            let before = node(&document).fields().clone();
            let written = rewritten(field, &before);
            let written = written.iter().map(|(key, value)| (key.as_str(), value.clone()));
            let mut after = document.clone();
            let edit = set_form_values(&document, Some(descriptor), "n", written).unwrap();
            edit.apply(&mut after).unwrap();
            for key in field.keys() {
                let (before, after) = (before.get(key), node(&after).field(key));
                let is_same = match (before, after) {
                    (Some(before), Some(after)) => before.semantic_eq(after),
                    (None, Some(after)) => text_of(after).is_empty(),
                    (before, after) => before == after,
                };
                // An older way to write it is written in the newer.
                let is_read_as = matches!(&field.kind, Kind::Typed(types) if before.is_some_and(|value| types.read_as.iter().any(|(from, ..)| *from == text_of(value))));
                assert!(is_same || is_read_as, "{name}.{key}: {before:?} became {after:?}");
            }
            assert_eq!(node(&after).wires(), node(&document).wires(), "{name}.{}", field.key);
        }
    }
}

/// What the form writes for a field when its user types what stands there.
fn rewritten(field: &Field, properties: &Object) -> Vec<(String, Option<Json>)> {
    use editor::store::form::schedule::Schedule;
    let now = value(field, properties);
    let text = |key: &str| properties.get(key).map(text_of).unwrap_or_default();
    match &field.kind {
        Kind::Text | Kind::Number(_) | Kind::Code(_) | Kind::Colour | Kind::Json => {
            write(field, parse(&field.kind, &text_of(&now), properties.get(&field.key)))
        }
        Kind::Duration { unit_key, default_unit, .. } => {
            let mut written = write(field, parse(&field.kind, &text_of(&now), properties.get(&field.key)));
            let unit = properties.get(unit_key).unwrap_or(default_unit).clone();
            written.push((unit_key.clone(), Some(unit)));
            written
        }
        Kind::Flag { .. } => {
            use editor::store::form::value::{flag, is_true};
            write(field, flag(is_true(&now), properties.get(&field.key)))
        }
        Kind::Choice(choices) => {
            let chosen =
                choices.iter().find(|choice| editor::store::form::value::is_same(&choice.value, &now));
            write(field, chosen.unwrap_or_else(|| panic!("{}: {now} is no choice", field.key)).value.clone())
        }
        Kind::Typed(types) => {
            let shown = types.value(&field.key, field.default.as_ref(), properties, properties);
            assert!(types.types.iter().any(|one| one.name == shown.type_name), "{}: {shown:?}", field.key);
            types.write(&field.key, &shown)
        }
        Kind::Schedule { repeat_key } => {
            let repeat = repeat_key.as_deref().map(text).unwrap_or_default();
            let (repeat, cron) = Schedule::read(&repeat, &text(&field.key)).write();
            let repeat = repeat_key.iter().map(|key| (key.clone(), Some(repeat.as_str().into())));
            [(field.key.clone(), Some(Json::from(cron)))].into_iter().chain(repeat).collect()
        }
        Kind::ConfigNode { .. }
        | Kind::Nodes(_)
        | Kind::Rows(_)
        | Kind::Point
        | Kind::Corners
        | Kind::List
        | Kind::Several(_)
        | Kind::Names => write(field, now),
        Kind::Secret { .. } => panic!("a secret is no property"),
    }
}

#[test]
fn new_rows_are_sound() {
    let types = types();
    for (name, descriptor) in &types {
        let document = fresh(descriptor);
        let before = check_node(&document, &types, "n");
        for field in &Form::of(descriptor).fields {
            let Kind::Rows(rows) = &field.kind else { continue };
            assert!(rows.new_row.as_object().is_some_and(|row| !row.is_empty()), "{name}.{}", field.key);
            let mut list = rows_of(node(&document), Some(descriptor), &field.key);
            list.push(rows.new_row.clone());
            let mut after = document.clone();
            let list = Some(Json::Array(list));
            let edit =
                set_form_values(&document, Some(descriptor), "n", [(field.key.as_str(), list)]).unwrap();
            edit.apply(&mut after).unwrap();
            let problems = check_node(&after, &types, "n");
            assert_eq!(problems, before, "{name}.{}", field.key);
        }
    }
}
