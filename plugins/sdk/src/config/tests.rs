use std::collections::BTreeMap;

use super::*;
use crate::Config;

#[derive(Config, Debug, PartialEq)]
struct Settings {
    /// # Window
    /// How many
    /// values count.
    #[config(default = 10, min = 1, max = 100)]
    window: usize,
    #[config(default = 3)]
    factor: f64,
    #[config(default = Mode::NearestEnd)]
    mode: Mode,
    /// # Custom
    #[config(required, show_if(mode = "own"), section = "More")]
    custom: String,
    #[config(default = "payload", required)]
    property: Property,
    limit: Option<f64>,
    #[config(rename = "isOn")]
    on: bool,
    rows: Vec<Row>,
    #[config(extend("x-widget" = "code", "x-language" = "text"))]
    lines: Vec<String>,
    headers: BTreeMap<String, String>,
}

#[derive(Config, Debug, PartialEq)]
enum Mode {
    /// # To the nearest end
    NearestEnd,
    #[config(rename = "own")]
    Custom,
}

#[derive(Config, Debug, PartialEq)]
struct Row {
    #[config(default = "a")]
    name: String,
    value: i32,
}

fn problems(properties: Json) -> Vec<(String, String)> {
    super::read::<Settings>(&properties).unwrap_err().0
}

#[test]
fn what_is_absent_has_its_default() {
    let settings: Settings = super::read(&json!({})).unwrap();
    assert_eq!((settings.window, settings.factor, settings.mode), (10, 3.0, Mode::NearestEnd));
    assert_eq!((settings.custom.as_str(), &*settings.property, settings.limit), ("", "payload", None));
    assert!(
        !settings.on && settings.rows.is_empty() && settings.lines.is_empty() && settings.headers.is_empty()
    );
}

#[derive(Config, Debug, PartialEq)]
struct Defaults {
    #[config(default = -1)]
    small: i8,
    #[config(default = -2)]
    low: f64,
    #[config(default = 0.5)]
    ratio: f32,
    #[config(default = 3)]
    limit: Option<f64>,
    #[config(default = "x")]
    text: Option<String>,
    #[config(default = Mode::Custom)]
    mode: Mode,
}

#[test]
fn a_default_is_written_without_its_type() {
    let settings: Defaults = super::read(&json!({})).unwrap();
    let expected = Defaults {
        small: -1,
        low: -2.0,
        ratio: 0.5,
        limit: Some(3.0),
        text: Some("x".into()),
        mode: Mode::Custom,
    };
    assert_eq!(settings, expected);
    assert_eq!(super::read::<Defaults>(&json!({ "limit": "", "text": null })).unwrap().limit, None);
    assert_eq!(Defaults::schema()["properties"]["limit"]["default"], 3.0);
}

#[test]
fn texts_are_read_as_what_they_say() {
    let settings: Settings = super::read(&json!({
        "window": "7", "factor": "0.5", "mode": "own", "custom": 12, "property": "msg.a.b", "limit": "",
        "isOn": "true", "rows": [{ "value": "-3" }, { "name": "b" }], "lines": ["x"], "headers": { "a": "b" },
    }))
    .unwrap();
    assert_eq!((settings.window, settings.factor, settings.mode), (7, 0.5, Mode::Custom));
    assert_eq!((settings.custom.as_str(), &*settings.property, settings.limit), ("12", "a.b", None));
    let row = |name: &str, value| Row { name: name.into(), value };
    assert_eq!((settings.on, settings.rows), (true, vec![row("a", -3), row("b", 0)]));
    assert_eq!((settings.lines, settings.headers.len()), (vec!["x".to_owned()], 1));
}

#[test]
fn every_problem_is_told_with_its_path() {
    let found = problems(json!({
        "window": 101, "factor": "x", "mode": "own", "property": " ", "isOn": 1, "rows": [{}, { "value": 1.5 }, 3], "lines": "x",
    }));
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        ["window", "factor", "custom", "property", "isOn", "rows[1].value", "rows[2]", "lines"]
    );
    assert_eq!(found[0].1, "101 is outside of 1 to 100");
    assert_eq!(found[2].1, "this is needed");
    assert_eq!(found[5].1, "a whole number from -2147483648 to 2147483647 is needed here");
    assert_eq!(
        problems(json!({ "mode": "up" })),
        [("mode".into(), "up cannot be chosen here; choose one of: nearest-end, own".into())]
    );
    assert_eq!(problems(json!(1)), [(String::new(), "an object is needed here".into())]);
}

#[test]
fn what_is_not_shown_is_not_checked() {
    let settings: Settings = super::read(&json!({ "mode": "nearest-end", "custom": [1] })).unwrap();
    assert_eq!(settings.custom, "");
}

#[test]
fn the_schema_is_the_form() {
    let schema = Settings::schema();
    let property = |name: &str| schema["properties"][name].clone();
    assert_eq!(
        property("window"),
        json!({ "type": "integer", "title": "Window", "description": "How many values count.", "default": 10,
            "minimum": 1, "maximum": 100 })
    );
    assert_eq!(
        property("mode"),
        json!({ "type": "string", "enum": ["nearest-end", "own"], "x-widget": "choice",
            "x-enum-titles": ["To the nearest end", "own"], "default": "nearest-end" })
    );
    assert_eq!(
        property("custom"),
        json!({ "type": "string", "title": "Custom", "minLength": 1, "x-section": "More", "x-show-if": { "mode": ["own"] } })
    );
    assert_eq!(schema["required"], json!(["custom"]));
    assert_eq!(property("limit"), json!({ "type": ["number", "null"], "default": null }));
    assert_eq!(property("rows")["items"]["default"], json!({ "name": "a", "value": 0 }));
    assert_eq!(property("rows")["x-widget"], "rows");
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names[..3], ["window", "factor", "mode"]);
}

#[test]
fn numbers_keep_to_their_type() {
    let read = |value: Json| {
        let mut reader = Reader::default();
        u8::read(&value, &mut reader)
    };
    assert_eq!([read(json!(255)), read(json!("0"))], [Some(255), Some(0)]);
    assert_eq!(
        [read(json!(256)), read(json!(-1)), read(json!(1.5)), read(json!("NaN")), read(json!(null))],
        [None; 5]
    );
}
