//! JSON Schema to fields.

use std::sync::Arc;

use model::descriptor::{Credential, NodeDescriptor, Outputs, Widget};
use model::json::{Json, Object};
use serde::Deserialize;
use serde_json::Value;

use super::typed::ValueTypes;
use super::{Choice, Condition, Field, Form, Kind, Language, Library, NodesKind, NumberKind, RowsKind};

/// A hint that no form knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHint {
    /// The property that has it.
    pub key: String,
    /// The hint, such as `x-widget: slider`.
    pub hint: String,
}

/// Every hint that a property may have; see `docs/widgets.md`.
const HINTS: [&str; 15] = [
    "x-config-type",
    "x-enum-titles",
    "x-inherit-property",
    "x-language",
    "x-library",
    "x-node-types",
    "x-read-as",
    "x-reads",
    "x-repeat-property",
    "x-section",
    "x-show-if",
    "x-type-property",
    "x-types",
    "x-unit-property",
    "x-widget",
];

/// Rows within rows and references may lead this deep, lest a schema that refers to itself leads on for ever.
const MAX_DEPTH: usize = 8;

/// The form of a schema of an object.
pub(super) fn form(schema: &Value, descriptor: &NodeDescriptor) -> Form {
    Reader { root: schema, descriptor: Some(descriptor) }.form(schema, 0)
}

/// The form of a schema of the editor's own.
pub(super) fn own_form(schema: &Value) -> Form {
    Reader { root: schema, descriptor: None }.form(schema, 0)
}

/// The field of a credential.
pub(super) fn credential(credential: &Credential) -> Field {
    let kind = match credential.secret {
        true => Kind::Secret { has_lines: credential.lines },
        false => Kind::Text,
    };
    Field {
        show_if: conditions(&credential.show_if),
        ..Field::new(&credential.name, &credential.title, kind)
    }
}

struct Reader<'a> {
    root: &'a Value,
    descriptor: Option<&'a NodeDescriptor>,
}

impl Reader<'_> {
    fn form(&self, schema: &Value, depth: usize) -> Form {
        let mut form = Form::default();
        let properties = schema.get("properties").and_then(Value::as_object);
        let Some(properties) = properties.filter(|_| depth < MAX_DEPTH) else { return form };
        let resolved: Vec<(&String, Value)> =
            properties.iter().map(|(key, schema)| (key, self.resolve(schema))).collect();
        // What a field of another property writes has no field of its own.
        let beside: Vec<&str> = resolved
            .iter()
            .flat_map(|(_, schema)| {
                ["x-type-property", "x-unit-property", "x-repeat-property"].map(|hint| text(schema, hint))
            })
            .flatten()
            .collect();
        for (key, schema) in &resolved {
            form.unknown_hints.extend(unknown_hints(key, schema));
            if widget(schema) == Some(Widget::Hidden) || beside.contains(&key.as_str()) {
                continue;
            }
            let field = self.field(key, schema, &resolved, depth);
            if let Kind::Rows(rows) = &field.kind {
                form.unknown_hints.extend(rows.form.unknown_hints.iter().cloned());
            }
            form.fields.push(Arc::new(field));
        }
        form
    }

    /// The schema with what its `$ref`s say.
    fn resolve(&self, schema: &Value) -> Value {
        let mut resolved = schema.clone();
        for _ in 0..MAX_DEPTH {
            let Some(target) = text(&resolved, "$ref").and_then(|target| target.strip_prefix('#')) else {
                break;
            };
            let target = self.root.pointer(target).cloned().unwrap_or(Value::Null);
            let (Value::Object(own), Value::Object(mut all)) = (resolved, target) else { return Value::Null };
            all.extend(own.into_iter().filter(|(key, _)| key != "$ref"));
            resolved = Value::Object(all);
        }
        resolved
    }

    fn field(&self, key: &str, schema: &Value, around: &[(&String, Value)], depth: usize) -> Field {
        let title = text(schema, "title").map_or_else(|| key.to_owned(), str::to_owned);
        let kind = self.kind(schema, around, depth);
        let outputs = self.descriptor.filter(|_| depth == 0).map(|descriptor| &descriptor.outputs);
        Field {
            description: text(schema, "description").unwrap_or_default().to_owned(),
            default: default(schema),
            show_if: conditions(schema.get("x-show-if").unwrap_or(&Value::Null)),
            section: text(schema, "x-section").map(str::to_owned),
            reads: schema.get("x-reads").map(conditions),
            library: schema.get("x-library").and_then(|hint| Library::deserialize(hint).ok()),
            counts_outputs: matches!(outputs, Some(Outputs::Property { property, .. }) if property == key),
            ..Field::new(key, title, kind)
        }
    }

    fn kind(&self, schema: &Value, around: &[(&String, Value)], depth: usize) -> Kind {
        let beside = |hint: &str| {
            let key = text(schema, hint)?;
            around.iter().find(|(known, _)| *known == key)
        };
        match widget(schema) {
            Some(Widget::Typed) => {
                Kind::Typed(ValueTypes::read(schema, beside("x-type-property").map(|(_, one)| one)))
            }
            Some(Widget::ConfigNode) => {
                Kind::ConfigNode { type_name: text(schema, "x-config-type").unwrap_or_default().to_owned() }
            }
            Some(Widget::Nodes) => Kind::Nodes(NodesKind {
                types: texts(schema, "x-node-types"),
                may_be_all: types(schema).contains(&"null"),
                may_be_group: types(schema).contains(&"string"),
                most: schema
                    .get("maxItems")
                    .and_then(Value::as_u64)
                    .and_then(|most| usize::try_from(most).ok()),
            }),
            Some(Widget::Code) => Kind::Code(language(text(schema, "x-language").unwrap_or_default())),
            Some(Widget::Rows) => self.rows(schema, depth),
            Some(Widget::Choice) => Kind::Choice(choices(schema)),
            Some(Widget::Cron) => {
                Kind::Schedule { repeat_key: text(schema, "x-repeat-property").map(str::to_owned) }
            }
            Some(Widget::Duration) => {
                let unit = beside("x-unit-property");
                Kind::Duration {
                    unit_key: unit.map(|(key, _)| (*key).clone()).unwrap_or_default(),
                    units: unit.map(|(_, unit)| choices(unit)).unwrap_or_default(),
                    default_unit: unit.and_then(|(_, unit)| default(unit)).unwrap_or(Json::Null),
                    number: number(schema),
                }
            }
            Some(Widget::Area) if types(schema).contains(&"array") => Kind::Corners,
            Some(Widget::Area) => Kind::Point,
            Some(Widget::Hidden) | None => self.plain(schema, depth),
        }
    }

    /// From the JSON type alone.
    fn plain(&self, schema: &Value, depth: usize) -> Kind {
        let is_text = |schema: &Value| types(schema) == ["string"];
        let types: Vec<&str> = types(schema).into_iter().filter(|name| *name != "null").collect();
        if schema.get("enum").is_some() {
            return Kind::Choice(choices(schema));
        }
        match types.as_slice() {
            ["boolean"] => Kind::Flag { is_inverted: false },
            ["number" | "integer"] => Kind::Number(number(schema)),
            ["string"] if is_number_text(schema) => Kind::Number(number(schema)),
            ["number" | "integer", "string"] | ["string", "number" | "integer"] => {
                Kind::Number(number(schema))
            }
            ["string"] => Kind::Text,
            ["array"] => match schema.get("items").map(|items| self.resolve(items)) {
                Some(items) if is_text(&items) => Kind::List,
                Some(items) if items.get("properties").is_some() => self.rows(schema, depth),
                _ => Kind::Json,
            },
            ["object"] => match schema.get("additionalProperties") {
                Some(values) if is_text(values) => Kind::Names,
                _ => Kind::Json,
            },
            _ => Kind::Json,
        }
    }

    fn rows(&self, schema: &Value, depth: usize) -> Kind {
        let items = schema.get("items").map(|items| self.resolve(items)).unwrap_or_default();
        let form = self.form(&items, depth + 1);
        let new_row = default(&items).unwrap_or_else(|| {
            let values =
                form.fields.iter().filter_map(|field| Some((field.key.as_str(), field.default.clone()?)));
            Json::Object(values.collect::<Object>())
        });
        Kind::Rows(Arc::new(RowsKind { form, new_row, has_hints: false }))
    }
}

fn widget(schema: &Value) -> Option<Widget> {
    Widget::deserialize(schema.get("x-widget")?).ok()
}

fn unknown_hints(key: &str, schema: &Value) -> Vec<UnknownHint> {
    let hints = schema.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("x-"));
    let unknown = hints.filter(|(name, value)| match name.as_str() {
        "x-widget" => widget(schema).is_none(),
        "x-language" => value.as_str().is_none_or(|name| language(name).name() != name),
        name => !HINTS.contains(&name),
    });
    unknown
        .map(|(name, value)| UnknownHint { key: key.to_owned(), hint: format!("{name}: {value}") })
        .collect()
}

fn language(name: &str) -> Language {
    match name {
        "javascript" => Language::JavaScript,
        "json" => Language::Json,
        "mustache" => Language::Mustache,
        "sql" => Language::Sql,
        "markdown" => Language::Markdown,
        "jsonata" => Language::Jsonata,
        _ => Language::Text,
    }
}

/// A default of `null` stands for no value.
fn default(schema: &Value) -> Option<Json> {
    schema.get("default").filter(|default| !default.is_null()).cloned().map(Json::from)
}

fn conditions(schema: &Value) -> Vec<Condition> {
    let named = schema.as_object().into_iter().flatten();
    let condition = |(key, values): (&String, &Value)| {
        let values = match values {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        Condition { key: key.clone(), values: values.into_iter().map(Json::from).collect() }
    };
    named.map(condition).collect()
}

fn choices(schema: &Value) -> Vec<Choice> {
    let titles = texts(schema, "x-enum-titles");
    let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let choice = |(at, value): (usize, &Value)| {
        let plain = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Choice { value: value.clone().into(), title: titles.get(at).cloned().unwrap_or_else(plain) }
    };
    values.enumerate().map(choice).collect()
}

fn number(schema: &Value) -> NumberKind {
    let limit = |keys: [&str; 2]| keys.iter().find_map(|key| schema.get(*key).and_then(Value::as_f64));
    NumberKind {
        is_whole: types(schema).contains(&"integer") || text(schema, "format") == Some("integer"),
        is_text: !types(schema).iter().any(|name| matches!(*name, "number" | "integer")),
        minimum: limit(["minimum", "exclusiveMinimum"]),
        maximum: limit(["maximum", "exclusiveMaximum"]),
    }
}

fn is_number_text(schema: &Value) -> bool {
    matches!(text(schema, "format"), Some("number" | "integer"))
        || ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
            .iter()
            .any(|key| schema.get(key).is_some())
}

pub(super) fn text<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Value::as_str)
}

fn texts(schema: &Value, key: &str) -> Vec<String> {
    let items = schema.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    }
}
