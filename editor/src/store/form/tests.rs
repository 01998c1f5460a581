use serde_json::json;

use super::*;
use crate::store::node_types::NodeTypes;

fn descriptor(schema: serde_json::Value) -> NodeDescriptor {
    serde_json::from_value(json!({
        "type": "x", "role": "node", "category": "function", "colour": "#cccccc", "icon": "box", "inputs": 1,
        "outputs": { "property": "rules", "default": 1 }, "label": { "properties": [], "fallback": { "key": "x" } },
        "schema": schema, "help": "",
        "credentials": [{ "name": "password", "title": "Password", "secret": true, "lines": true }]
    }))
    .unwrap()
}

fn kinds(form: &Form) -> Vec<String> {
    let name = |kind: &Kind| format!("{kind:?}").split(['(', ' ']).next().unwrap().to_owned();
    form.fields.iter().map(|field| format!("{} {}", field.key, name(&field.kind))).collect()
}

#[test]
fn every_schema_has_its_field() {
    let form = Form::of(&descriptor(json!({
        "properties": {
            "text": { "type": "string", "title": "A text", "description": "Says it." },
            "count": { "type": "integer", "minimum": 0, "maximum": 9 },
            "port": { "type": "string", "format": "integer" },
            "flag": { "type": "boolean", "default": true },
            "word": { "enum": ["a", "b"], "x-enum-titles": ["A"] },
            "maybe": { "type": ["number", "null"] },
            "list": { "type": "array", "items": { "type": "string" } },
            "names": { "type": "object", "additionalProperties": { "type": "string" } },
            "v": { "x-widget": "typed", "x-type-property": "vt", "x-types": ["msg", "str"] },
            "vt": { "type": "string", "default": "msg" },
            "broker": { "x-widget": "config-node", "x-config-type": "mqtt-broker" },
            "scope": { "type": ["array", "null"], "x-widget": "nodes" },
            "links": { "type": "array", "x-widget": "nodes", "x-node-types": ["link in"], "maxItems": 1 },
            "func": { "type": "string", "x-widget": "code", "x-language": "javascript" },
            "rules": { "type": "array", "x-widget": "rows", "items": { "$ref": "#/$defs/rule" } },
            "keep": { "type": "number", "x-widget": "duration", "x-unit-property": "unit" },
            "unit": { "$ref": "#/$defs/unit", "default": "h" },
            "crontab": { "type": "string", "x-widget": "cron", "x-repeat-property": "repeat" },
            "repeat": { "type": "number" },
            "centre": { "x-widget": "area" },
            "points": { "type": "array", "x-widget": "area" },
            "old": { "x-widget": "hidden" },
            "any": {}
        },
        "$defs": {
            "rule": { "type": "object", "properties": { "t": { "type": "string", "default": "eq" } } },
            "unit": { "enum": ["s", "h"] }
        }
    })));
    assert_eq!(
        kinds(&form),
        [
            "name Text",
            "text Text",
            "count Number",
            "port Number",
            "flag Flag",
            "word Choice",
            "maybe Number",
            "list List",
            "names Names",
            "v Typed",
            "broker ConfigNode",
            "scope Nodes",
            "links Nodes",
            "func Code",
            "rules Rows",
            "keep Duration",
            "crontab Schedule",
            "centre Point",
            "points Corners",
            "any Json",
        ]
    );
    let field = |key: &str| form.fields.iter().find(|field| field.key == key).unwrap();
    assert_eq!((field("text").title.as_str(), field("text").description.as_str()), ("A text", "Says it."));
    assert!(field("rules").counts_outputs && !field("count").counts_outputs);
    let Kind::Choice(choices) = &field("word").kind else { panic!("no choice") };
    assert_eq!([choices[0].title.as_str(), choices[1].title.as_str()], ["A", "b"]);
    let Kind::Number(port) = field("port").kind else { panic!("no number") };
    assert!(port.is_text && port.is_whole);
    let Kind::Duration { units, default_unit, .. } = &field("keep").kind else { panic!("no duration") };
    assert_eq!((units.len(), default_unit), (2, &Json::from("h")));
    let Kind::Rows(rows) = &field("rules").kind else { panic!("no rows") };
    assert_eq!(rows.new_row.to_string(), r#"{"t":"eq"}"#);
    assert_eq!(form.credentials[0].kind, Kind::Secret { has_lines: true });
    assert_eq!(form.unknown_hints, []);
    let more: Vec<&str> = form.more.iter().map(|field| field.key.as_str()).collect();
    assert_eq!(more, ["d", "l", "icon", "inputLabels", "outputLabels", "info"]);
}

#[test]
fn unknown_hints_are_told_and_drawn_plainly() {
    let form = Form::of(&descriptor(json!({ "properties": {
        "a": { "type": "number", "x-widget": "slider" },
        "b": { "type": "string", "x-colour": "red" },
        "c": { "x-widget": "rows", "items": { "properties": { "d": { "x-widget": "code", "x-language": "cobol" } } } }
    } })));
    assert_eq!(kinds(&form), ["name Text", "a Number", "b Text", "c Rows"]);
    let hints: Vec<String> =
        form.unknown_hints.iter().map(|one| format!("{} {}", one.key, one.hint)).collect();
    assert_eq!(hints, [r#"a x-widget: "slider""#, r#"b x-colour: "red""#, r#"d x-language: "cobol""#]);
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let form = Form::of(&descriptor(json!({
        "properties": { "a": { "$ref": "#/properties/a" }, "b": { "$ref": "#/$defs/b" } },
        "$defs": { "b": { "type": "array", "items": { "properties": { "b": { "$ref": "#/$defs/b" } } } } }
    })));
    assert_eq!(kinds(&form), ["name Text", "a Json", "b Rows"]);
}

#[test]
fn fields_show_while_their_conditions_hold() {
    let form = Form::of(&descriptor(json!({ "properties": {
        "mode": { "type": "string", "default": "auto" },
        "drop": { "type": "boolean" },
        "a": { "type": "string", "x-show-if": { "mode": ["custom", "own"] } },
        "b": { "type": "string", "x-show-if": { "mode": "auto", "drop": [true] } },
        "c": { "type": "string", "x-show-if": { "scope": [null] } }
    } })));
    let shown = |properties: &str| -> String {
        let properties = Json::parse(properties).unwrap();
        let fields = form.fields.iter().skip(3);
        let shown = fields.filter(|field| field.is_shown(properties.as_object().unwrap(), &form));
        shown.map(|field| field.key.as_str()).collect()
    };
    assert_eq!(shown("{}"), "c");
    assert_eq!(shown(r#"{"mode":"own","scope":[]}"#), "a");
    assert_eq!(shown(r#"{"drop":"true","scope":null}"#), "bc");
}

#[test]
fn tabs_groups_and_subflows_have_forms() {
    let keys = |entry: &str| -> String {
        let entry = Json::parse(entry).unwrap();
        let document = model::document::Document::from_entries([entry.clone()]);
        let form = common::of_entry(&document, &model::document::Node::new(entry), &NodeTypes::default());
        form.all().map(|field| field.key.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(r#"{"id":"t","type":"tab"}"#), "label disabled locked delivery env info");
    assert_eq!(keys(r#"{"id":"g","type":"group","z":"t"}"#), "name env info");
    assert_eq!(keys(r#"{"id":"s","type":"subflow"}"#), "name category color icon env info");
    assert_eq!(keys(r#"{"id":"i","type":"subflow:s","z":"t","x":1,"y":1}"#), "name d info");
    assert_eq!(keys(r#"{"id":"q","type":"gone","z":"t","x":1,"y":1}"#), "name d info");
    assert_eq!(keys(r#"{"id":"j","type":"junction","z":"t","x":1,"y":1}"#), "");
}
