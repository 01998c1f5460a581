//! What a subflow says of how its variables are shown in the forms of its uses: Node-RED's `ui` of a variable, as
//! fields of the variable's row. The row is read as if it had properties `ui:label`, `ui:type` and so on.

use std::sync::Arc;

use model::json::{Json, Object};
use serde_json::json;

use super::instance::{CONFIG, TYPES, words};
use super::value::{Writes, text_of};
use super::{Choice, Condition, Field, Kind, RowsKind, ValueType, schema};
use crate::store::node_types::NodeTypes;
use crate::texts::say;

/// What the keys of these fields begin with.
const HINT: &str = "ui:";
/// The property of a variable that holds them.
const UI: &str = "ui";
/// The language of labels that name none.
const LANGUAGE: &str = "en-US";
/// How a variable may be asked for, with the keys of the titles.
const SORTS: [(&str, &str); 7] = [
    (INPUT, "field.hints.input"),
    ("select", "field.hints.select"),
    ("checkbox", "field.hints.checkbox"),
    ("spinner", "field.hints.spinner"),
    (CONFIG, "field.hints.config"),
    ("none", "field.hints.none"),
    ("hide", "field.hints.hide"),
];
/// What is meant where none is named.
const INPUT: &str = "input";

/// The field of a list of variables, whose rows have these fields, too.
pub fn with_hints(field: &Field, types: &NodeTypes) -> Field {
    let Kind::Rows(rows) = &field.kind else { return field.clone() };
    let mut form = rows.form.clone();
    // Which config node it is, each use says.
    let others: Vec<Json> =
        SORTS.iter().map(|(sort, _)| *sort).filter(|sort| *sort != CONFIG).map(Into::into).collect();
    for field in form.fields.iter_mut().filter(|field| field.key == "value") {
        let shown = Condition { key: "ui:type".into(), values: others.clone() };
        *field = Arc::new(Field { show_if: vec![shown], ..(**field).clone() });
    }
    form.fields.extend(fields(types));
    let rows = RowsKind { form, has_hints: true, ..(**rows).clone() };
    Field { kind: Kind::Rows(Arc::new(rows)), ..field.clone() }
}

fn fields(types: &NodeTypes) -> Vec<Arc<Field>> {
    let section = say("field.hints");
    let (sorts, titles) = (SORTS.map(|(sort, _)| sort), SORTS.map(|(_, title)| say(title)));
    let limit = |title: &'static str, sort: &str| json!({ "type": "number", "title": say(title), "x-section": section, "x-show-if": { "ui:type": sort } });
    let mut configs: Vec<&str> = types.configs().collect();
    configs.sort_unstable();
    let mut fields = schema::own_form(&json!({ "properties": {
        "ui:label": { "type": "string", "title": say("field.hints.label"), "x-section": section },
        "ui:type": {
            "type": "string", "x-widget": "choice", "title": say("field.hints.sort"), "x-section": section,
            "enum": sorts, "x-enum-titles": titles, "default": INPUT
        },
        "ui:config": {
            "type": "string", "x-widget": "choice", "title": say("field.hints.config.type"), "x-section": section,
            "enum": configs, "default": "", "x-show-if": { "ui:type": CONFIG }
        },
        "ui:choices": {
            "type": "object", "additionalProperties": { "type": "string" }, "title": say("field.hints.choices"),
            "description": say("field.hints.choices.hint"), "x-section": section, "x-show-if": { "ui:type": "select" }
        },
        "ui:min": limit("field.hints.min", "spinner"),
        "ui:max": limit("field.hints.max", "spinner"),
    } }))
    .fields;
    let choice = |name: &str| Choice { value: name.into(), title: ValueType::known(name).title() };
    let types = Field {
        section: Some(section),
        default: Some(all_types()),
        show_if: vec![Condition { key: "ui:type".into(), values: vec![INPUT.into()] }],
        ..Field::new(
            "ui:types",
            say("field.hints.types"),
            Kind::Several(TYPES.iter().map(|name| choice(name)).collect()),
        )
    };
    fields.insert(2, Arc::new(types));
    fields
}

/// A variable as its fields read it.
pub fn read(row: &Object) -> Object {
    let mut flat = row.clone();
    let Some(ui) = row.get(UI) else { return flat };
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            flat.insert(format!("{HINT}{name}"), value);
        }
    };
    if ui.get("type").map(text_of).as_deref() == Some(CONFIG) {
        put("config", row.get("type").cloned());
    }
    put("type", ui.get("type").cloned());
    put("label", words(ui.get("label")).map(Json::from));
    let options = ui.get("opts");
    let option = |key: &str| options.and_then(|options| options.get(key)).cloned();
    put("types", option("types"));
    put("min", option("min"));
    put("max", option("max"));
    let choices = option("opts");
    put(
        "choices",
        choices.as_ref().and_then(Json::as_array).map(|choices| {
            let title = |one: &Json| words(one.get("l")).unwrap_or_default();
            let pair = |one: &Json| (one.get("v").map(text_of).unwrap_or_default(), Json::from(title(one)));
            Json::Object(choices.iter().map(pair).collect())
        }),
    );
    flat
}

/// A variable after some of its fields were written.
pub fn written(row: &Object, writes: Writes) -> Object {
    let mut row = row.clone();
    for (key, value) in writes {
        match (key.strip_prefix(HINT), value) {
            (Some(hint), value) => write_hint(&mut row, hint, value.unwrap_or_default()),
            (None, Some(value)) => drop(row.insert(key, value)),
            (None, None) => drop(row.remove(&key)),
        }
    }
    row
}

fn write_hint(row: &mut Object, hint: &str, value: Json) {
    let mut ui = row.get(UI).and_then(Json::as_object).cloned().unwrap_or_default();
    let mut options = ui.get("opts").and_then(Json::as_object).cloned().unwrap_or_default();
    match hint {
        "type" => {
            let sort = text_of(&value);
            let before = ui.get("type").map_or_else(|| INPUT.to_owned(), text_of);
            if before != sort {
                // They are those of the other sort.
                options = Object::new();
            }
            // The type of a variable is that of its config node, or of what is typed.
            if before != sort && (before == CONFIG || sort == CONFIG) {
                row.insert("type", if sort == CONFIG { "" } else { "str" });
                row.insert("value", "");
            }
            ui.insert("type", sort);
        }
        "config" => drop(row.insert("type", text_of(&value))),
        "label" => {
            let label = labelled(ui.get("label"), &text_of(&value));
            set(&mut ui, "label", label);
        }
        "types" => set(&mut options, "types", (!value.semantic_eq(&all_types())).then_some(value)),
        "choices" => {
            let before = options.get("opts").and_then(Json::as_array).unwrap_or_default().to_vec();
            let choices = value.as_object().into_iter().flat_map(Object::iter);
            let choices: Vec<Json> =
                choices.map(|(value, title)| choice(&before, value, &text_of(title))).collect();
            set(&mut options, "opts", (!choices.is_empty()).then_some(Json::Array(choices)));
        }
        limit => set(&mut options, limit, Some(value).filter(|value| !text_of(value).is_empty())),
    }
    set(&mut ui, "opts", (!options.is_empty()).then_some(Json::Object(options)));
    set(row, UI, (!ui.is_empty()).then_some(Json::Object(ui)));
}

/// One of the values of a choice; what other languages call it stays.
fn choice(before: &[Json], value: &str, title: &str) -> Json {
    let known = before.iter().find(|known| known.get("v").map(text_of).as_deref() == Some(value));
    let mut choice = known.and_then(Json::as_object).cloned().unwrap_or_default();
    let label = labelled(choice.get("l"), title);
    set(&mut choice, "l", label);
    if known.is_none() {
        choice.insert("v", value);
    }
    Json::Object(choice)
}

/// A label by language with other words in the language that is shown; none where nothing is left of it.
fn labelled(before: Option<&Json>, words: &str) -> Option<Json> {
    let mut label = before.and_then(Json::as_object).cloned().unwrap_or_default();
    let first = label.iter().next().map(|(language, _)| language.to_owned());
    let language = match label.get(LANGUAGE) {
        Some(_) => LANGUAGE.to_owned(),
        None => first.unwrap_or_else(|| LANGUAGE.to_owned()),
    };
    set(&mut label, &language, (!words.is_empty()).then(|| words.into()));
    (!label.is_empty()).then_some(Json::Object(label))
}

fn set(object: &mut Object, key: &str, value: Option<Json>) {
    match value {
        Some(value) => drop(object.insert(key, value)),
        None => drop(object.remove(key)),
    }
}

fn all_types() -> Json {
    Json::Array(TYPES.map(Json::from).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    fn row(text: &str) -> Object {
        Json::parse(text).unwrap().as_object().unwrap().clone()
    }

    fn after(text: &str, writes: &[(&str, Json)]) -> String {
        let mut now = row(text);
        for (key, value) in writes {
            now = written(&now, vec![((*key).to_owned(), Some(value.clone()))]);
        }
        Json::Object(now).to_js_string()
    }

    #[test]
    fn hints_are_read_from_where_node_red_keeps_them() {
        let read = read(&row(
            r#"{"name":"M","type":"str","value":"a","ui":{"type":"select","label":{"de":"Art","en-US":"Mode"},
                "opts":{"opts":[{"l":{"en-US":"First"},"v":"a"},{"v":"b"}]}}}"#,
        ));
        assert_eq!(read.get("ui:label"), Some(&"Mode".into()));
        assert_eq!(read.get("ui:type"), Some(&"select".into()));
        assert_eq!(read.get("ui:choices").unwrap().to_js_string(), r#"{"a":"First","b":""}"#);
        assert_eq!(read.get("name"), Some(&"M".into()));
    }

    #[test]
    fn hints_are_written_to_where_node_red_keeps_them() {
        let choices = Json::parse(r#"{"a":"First","b":""}"#).unwrap();
        assert_eq!(
            after(r#"{"name":"M"}"#, &[("ui:type", "select".into()), ("ui:choices", choices)]),
            r#"{"name":"M","ui":{"type":"select","opts":{"opts":[{"l":{"en-US":"First"},"v":"a"},{"v":"b"}]}}}"#
        );
        assert_eq!(
            after(
                r#"{"name":"N"}"#,
                &[
                    ("ui:type", "spinner".into()),
                    ("ui:min", 1.into()),
                    ("ui:max", 9.into()),
                    ("ui:max", "".into())
                ]
            ),
            r#"{"name":"N","ui":{"type":"spinner","opts":{"min":1}}}"#
        );
        let few = Json::Array(vec!["str".into()]);
        assert_eq!(
            after(r#"{"name":"I"}"#, &[("ui:types", few)]),
            r#"{"name":"I","ui":{"opts":{"types":["str"]}}}"#
        );
        assert_eq!(after(r#"{"name":"I"}"#, &[("ui:types", all_types())]), r#"{"name":"I"}"#);
        // With another sort the options of the first are gone; the label is not.
        assert_eq!(
            after(
                r#"{"ui":{"type":"spinner","label":{"de":"Zahl"},"opts":{"min":1}}}"#,
                &[("ui:type", "checkbox".into()), ("ui:label", "An".into())]
            ),
            r#"{"ui":{"type":"checkbox","label":{"de":"An"}}}"#
        );
        assert_eq!(
            after(
                r#"{"name":"L"}"#,
                &[("ui:label", "x".into()), ("ui:label", "".into()), ("value", "1".into())]
            ),
            r#"{"name":"L","value":"1"}"#
        );
    }

    #[test]
    fn the_type_of_a_config_node_is_that_of_its_variable() {
        let row_of = |text: &str| read(&row(text)).get("ui:config").map(text_of);
        let broker = r#"{"name":"B","type":"mqtt-broker","value":"","ui":{"type":"conf-types"}}"#;
        assert_eq!(row_of(broker).as_deref(), Some("mqtt-broker"));
        assert_eq!(row_of(r#"{"name":"B","type":"str","ui":{"type":"select"}}"#), None);
        let plain = r#"{"name":"B","type":"num","value":"3"}"#;
        assert_eq!(after(plain, &[("ui:type", CONFIG.into()), ("ui:config", "mqtt-broker".into())]), broker);
        assert_eq!(
            after(broker, &[("ui:type", INPUT.into())]),
            r#"{"name":"B","type":"str","value":"","ui":{"type":"input"}}"#
        );
    }

    #[test]
    fn every_row_of_a_subflow_has_them() {
        let field = schema::own_form(&json!({ "properties": { "env": {
            "type": "array", "x-widget": "rows", "items": { "type": "object", "properties": { "name": { "type": "string" } } }
        } } }));
        let Kind::Rows(rows) = with_hints(&field.fields[0], &sample()).kind else { panic!("rows") };
        let keys: Vec<&str> = rows.form.fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(
            keys,
            ["name", "ui:label", "ui:type", "ui:types", "ui:config", "ui:choices", "ui:min", "ui:max"]
        );
        assert_eq!(rows.form.sections().len(), 1);
        let shown = |properties: &str| {
            let properties = row(properties);
            let shown = rows.form.fields.iter().filter(|field| field.is_shown(&properties, &rows.form));
            shown.map(|field| field.key.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("{}"), "name ui:label ui:type ui:types");
        assert_eq!(shown(r#"{"ui:type":"spinner"}"#), "name ui:label ui:type ui:min ui:max");
        assert_eq!(shown(r#"{"ui:type":"conf-types"}"#), "name ui:label ui:type ui:config");
    }
}
