//! The variables of a subflow as fields of its instances: what an instance says itself, over what the template says.

use std::sync::Arc;

use model::document::Node;
use model::json::{Json, Object};
use serde_json::{Value, json};

use super::value::{Writes, text_of};
use super::{Field, Kind, schema};

/// The property of an instance and of a template that lists variables.
pub const ENV: &str = "env";

/// What stands behind a variable's name for its type.
const TYPE: &str = ":type";
/// How a variable is asked for whose uses choose a config node, and the type of one that is secret.
pub(super) const CONFIG: &str = "conf-types";
const SECRET: &str = "cred";
/// Types that a variable can have where its template does not say which.
pub(super) const TYPES: [&str; 7] = ["str", "num", "bool", "json", "bin", "env", "jsonata"];

/// A field for each variable of a template that is not hidden.
pub fn fields(template: &Node) -> Vec<Arc<Field>> {
    let mut properties = serde_json::Map::new();
    for variable in list(template) {
        let Some(name) = text(variable, "name").filter(|name| !name.is_empty()) else { continue };
        let ui = variable.get("ui");
        let sort = ui.and_then(|ui| text(ui, "type")).unwrap_or_default();
        let type_name = text(variable, "type").unwrap_or("str");
        // What is secret stands among the credentials.
        if matches!(sort, "hide" | "none") || type_name == SECRET {
            continue;
        }
        let type_name = type_of_use(variable);
        let (key, type_key) = (name.to_owned(), format!("{name}{TYPE}"));
        let mut field = schema_of(sort, ui, variable, &type_key);
        field["title"] = ui.and_then(|ui| words(ui.get("label"))).unwrap_or_else(|| name.to_owned()).into();
        properties.insert(key, field);
        properties.insert(type_key, json!({ "type": "string", "default": type_name, "x-widget": "hidden" }));
    }
    schema::own_form(&json!({ "properties": properties })).fields
}

/// A field for each secret of a template that is not hidden. What is typed there is a credential of the use.
pub fn secrets(template: &Node) -> Vec<Arc<Field>> {
    let shown = list(template).iter().filter(|variable| {
        let sort = variable.get("ui").and_then(|ui| text(ui, "type"));
        text(variable, "type") == Some(SECRET) && !matches!(sort, Some("hide" | "none"))
    });
    let field = |variable: &Json| {
        let name = text(variable, "name").filter(|name| !name.is_empty())?;
        let title =
            words(variable.get("ui").and_then(|ui| ui.get("label"))).unwrap_or_else(|| name.to_owned());
        Some(Arc::new(Field::new(name, title, Kind::Secret { has_lines: false })))
    };
    shown.filter_map(field).collect()
}

/// The variables of a use with those of the credentials typed for it among them; one that is forgotten goes.
pub fn with_secrets(own: Option<Json>, typed: &Object) -> Option<Json> {
    let mut own: Vec<Json> = own.as_ref().and_then(Json::as_array).unwrap_or_default().to_vec();
    for (name, value) in typed.iter() {
        let is_it = |row: &Json| text(row, "name") == Some(name) && text(row, "type") == Some(SECRET);
        match text_of(value).is_empty() {
            true => own.retain(|row| !is_it(row)),
            false if own.iter().any(is_it) => {}
            false => own.push(Json::Object([("name", name), ("type", SECRET)].into_iter().collect())),
        }
    }
    (!own.is_empty()).then_some(Json::Array(own))
}

/// The names of a template's variables whose uses choose a config node of this type.
pub fn config_variables<'a>(template: &'a Node, type_name: &str) -> Vec<&'a str> {
    let of_type = |variable: &&Json| is_config(variable) && text(variable, "type") == Some(type_name);
    list(template).iter().filter(of_type).filter_map(|variable| text(variable, "name")).collect()
}

/// Whether the uses of a template choose a config node for a variable; its type is then that of the config node.
fn is_config(variable: &Json) -> bool {
    variable.get("ui").and_then(|ui| text(ui, "type")) == Some(CONFIG)
}

/// The type of what a use says for a variable of its template, where it says no other.
fn type_of_use(variable: &Json) -> &str {
    if is_config(variable) { "conf-type" } else { text(variable, "type").unwrap_or("str") }
}

fn schema_of(sort: &str, ui: Option<&Json>, variable: &Json, type_key: &str) -> Value {
    let default = variable.get("value").map(text_of).unwrap_or_default();
    let options = ui.and_then(|ui| ui.get("opts"));
    match sort {
        CONFIG => {
            let type_name = text(variable, "type").unwrap_or_default();
            json!({ "x-widget": "config-node", "x-config-type": type_name, "default": default })
        }
        "select" => {
            let choices =
                options.and_then(|options| options.get("opts")).and_then(Json::as_array).unwrap_or_default();
            let value = |one: &Json| one.get("v").map(text_of).unwrap_or_default();
            let values: Vec<String> = choices.iter().map(value).collect();
            let titles: Vec<String> =
                choices.iter().map(|one| words(one.get("l")).unwrap_or_else(|| value(one))).collect();
            json!({ "type": "string", "x-widget": "choice", "enum": values, "x-enum-titles": titles, "default": default })
        }
        "checkbox" => json!({ "type": "boolean", "default": default == "true" }),
        "spinner" => {
            let mut field = json!({ "type": "number", "default": default });
            for (key, limit) in [("min", "minimum"), ("max", "maximum")] {
                if let Some(value) = options.and_then(|options| options.get(key)).and_then(Json::as_f64) {
                    field[limit] = value.into();
                }
            }
            field
        }
        _ => {
            let named =
                options.and_then(|options| options.get("types")).and_then(Json::as_array).unwrap_or_default();
            let mut types: Vec<&str> =
                named.iter().filter_map(Json::as_str).filter(|name| *name != "cred").collect();
            if types.is_empty() {
                types = TYPES.to_vec();
            }
            json!({ "x-widget": "typed", "x-type-property": type_key, "x-types": types, "default": default })
        }
    }
}

/// What an instance says itself, as its fields read it.
pub fn values(template: &Node, own: Option<&Json>) -> Object {
    let mut values = Object::new();
    for variable in own.and_then(Json::as_array).unwrap_or_default() {
        let Some(name) = text(variable, "name") else { continue };
        let value = variable.get("value").cloned().unwrap_or_default();
        let is_flag = list(template).iter().any(|known| {
            text(known, "name") == Some(name)
                && known.get("ui").and_then(|ui| text(ui, "type")) == Some("checkbox")
        });
        values.insert(name, if is_flag { Json::Bool(text_of(&value) == "true") } else { value });
        values.insert(format!("{name}{TYPE}"), text(variable, "type").unwrap_or("str"));
    }
    values
}

/// The variables that an instance has to say itself after some fields were written; none where the template's hold.
pub fn written(template: &Node, own: Option<&Json>, writes: Writes) -> Option<Json> {
    let mut own: Vec<Json> = own.and_then(Json::as_array).unwrap_or_default().to_vec();
    for (key, value) in writes {
        let (name, part) = match key.strip_suffix(TYPE) {
            Some(name) => (name, "type"),
            None => (key.as_str(), "value"),
        };
        let base = list(template).iter().find(|known| text(known, "name") == Some(name));
        let at = own.iter().position(|known| text(known, "name") == Some(name)).unwrap_or_else(|| {
            let mut fresh: Object = [("name", name)].into_iter().collect();
            fresh.insert("type", base.map_or("str", type_of_use));
            fresh.insert("value", base.and_then(|base| base.get("value")).map(text_of).unwrap_or_default());
            own.push(Json::Object(fresh));
            own.len() - 1
        });
        if let Some(variable) = own[at].as_object_mut() {
            variable.insert(part, value.as_ref().map(text_of).unwrap_or_default());
        }
        let is_as_template = base.is_some_and(|base| {
            text(&own[at], "type") == Some(type_of_use(base))
                && base.get("value").map(text_of) == own[at].get("value").map(text_of)
        });
        if is_as_template {
            own.remove(at);
        }
    }
    (!own.is_empty()).then_some(Json::Array(own))
}

fn list(template: &Node) -> &[Json] {
    template.field(ENV).and_then(Json::as_array).unwrap_or_default()
}

fn text<'a>(value: &'a Json, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Json::as_str)
}

/// Words in some languages: English, else the first.
pub(super) fn words(label: Option<&Json>) -> Option<String> {
    let label = label?;
    let english = label.get("en-US").and_then(Json::as_str);
    let first = || label.as_object()?.iter().find_map(|(_, words)| words.as_str());
    english.or_else(first).or(label.as_str()).filter(|words| !words.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Node {
        let text = r#"{"id":"s","type":"subflow","env":[
            {"name":"HOST","type":"str","value":"localhost","ui":{"label":{"de":"Rechner","en-US":"Host"}}},
            {"name":"MODE","type":"str","value":"a","ui":{"type":"select","opts":{"opts":[{"l":{"en-US":"First"},"v":"a"},{"v":"b"}]}}},
            {"name":"ON","type":"bool","value":"true","ui":{"type":"checkbox"}},
            {"name":"COUNT","type":"num","value":"3","ui":{"type":"spinner","opts":{"min":1,"max":9}}},
            {"name":"HIDDEN","type":"str","value":"x","ui":{"type":"hide"}},{"name":"KEY","type":"cred"},{"name":""},
            {"name":"BROKER","type":"mqtt-broker","value":"","ui":{"type":"conf-types","label":{"en-US":"Broker"}}}]}"#;
        Node::new(Json::parse(text).unwrap())
    }

    #[test]
    fn each_variable_has_the_field_that_its_template_says() {
        let fields = fields(&template());
        let shown: Vec<(&str, &str)> =
            fields.iter().map(|field| (field.key.as_str(), field.title.as_str())).collect();
        assert_eq!(
            shown,
            [("HOST", "Host"), ("MODE", "MODE"), ("ON", "ON"), ("COUNT", "COUNT"), ("BROKER", "Broker")]
        );
        assert!(matches!(fields[0].kind, Kind::Typed(_)));
        assert!(
            matches!(&fields[1].kind, Kind::Choice(choices) if choices[0].title == "First" && choices[1].title == "b")
        );
        assert_eq!(fields[2].default, Some(Json::Bool(true)));
        assert!(matches!(fields[3].kind, Kind::Number(number) if number.maximum == Some(9.0)));
        assert!(matches!(&fields[4].kind, Kind::ConfigNode { type_name } if type_name == "mqtt-broker"));
        assert_eq!(config_variables(&template(), "mqtt-broker"), ["BROKER"]);
        assert!(config_variables(&template(), "tls-config").is_empty());
        let secrets = secrets(&template());
        assert_eq!((secrets.len(), secrets[0].key.as_str()), (1, "KEY"));
        assert_eq!(secrets[0].kind, Kind::Secret { has_lines: false });
    }

    #[test]
    fn config_nodes_and_secrets_of_a_use_stand_where_node_red_keeps_them() {
        let template = template();
        let broker = |id: &str| vec![("BROKER".to_owned(), Some(Json::from(id)))];
        let own = written(&template, None, broker("b1")).unwrap();
        assert_eq!(own.to_js_string(), r#"[{"name":"BROKER","type":"conf-type","value":"b1"}]"#);
        assert_eq!(written(&template, Some(&own), broker("")), None);
        let typed = |value: &str| [("KEY", Json::from(value))].into_iter().collect::<Object>();
        let both = with_secrets(Some(own.clone()), &typed("hush")).unwrap();
        let row = r#"[{"name":"BROKER","type":"conf-type","value":"b1"},{"name":"KEY","type":"cred"}]"#;
        assert_eq!(both.to_js_string(), row, "and not what it is");
        assert_eq!(with_secrets(Some(both.clone()), &typed("more")), Some(both.clone()));
        assert_eq!(with_secrets(Some(both), &typed("")), Some(own));
        assert_eq!(with_secrets(None, &Object::new()), None);
    }

    #[test]
    fn an_instance_says_only_what_differs() {
        let template = template();
        let write = |own: Option<&Json>, key: &str, value: Json| {
            written(&template, own, vec![(key.to_owned(), Some(value))])
        };
        let one = write(None, "HOST", "example.org".into()).unwrap();
        assert_eq!(one.to_js_string(), r#"[{"name":"HOST","type":"str","value":"example.org"}]"#);
        let two = write(Some(&one), "ON", Json::Bool(false)).unwrap();
        assert_eq!(values(&template, Some(&two)).get("ON"), Some(&Json::Bool(false)));
        assert_eq!(values(&template, Some(&two)).get("HOST:type"), Some(&Json::from("str")));
        let back = write(Some(&two), "ON", Json::Bool(true)).unwrap();
        assert_eq!(back, one);
        assert_eq!(write(Some(&one), "HOST", "localhost".into()), None);
        let typed = written(
            &template,
            None,
            vec![("COUNT".into(), Some("N".into())), ("COUNT:type".into(), Some("env".into()))],
        );
        assert_eq!(typed.unwrap().to_js_string(), r#"[{"name":"COUNT","type":"env","value":"N"}]"#);
    }
}
