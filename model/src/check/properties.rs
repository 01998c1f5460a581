//! A node's properties against the JSON Schema of its type.
//!
//! The subset that descriptors use: `type`, `enum`, `const`, `minimum`, `maximum`, `exclusiveMinimum`,
//! `exclusiveMaximum`, `pattern`, `minLength`, `maxLength`, `minItems`, `maxItems`, `required`, `properties`,
//! `items`, `anyOf`, `oneOf`, `allOf`, `$ref` within the schema. A property that holds a number as text, as
//! Node-RED's do, has `format: "number"` or `"integer"`, or limits, beside a `type` that includes `string`; limits
//! then hold for the number in the text. A property that its `x-show-if` hides has no effect and is not checked. `${NAME}` stands for an environment variable and is taken as right.

use std::collections::HashMap;

use ecow::{EcoString, eco_format};
use regex_lite::Regex;
use serde_json::Value;

use super::{Report, called, typed};
use crate::descriptor::NodeDescriptor;
use crate::document::{Document, Node};
use crate::json::{Json, Object};
use crate::text::Text;

/// `$ref`s and combinations may lead this deep, lest a schema that refers to itself leads on for ever.
const MAX_SCHEMA_DEPTH: usize = 64;

/// Patterns compiled so far; none for those that cannot be, which are passed over.
#[derive(Default)]
pub(super) struct Patterns(HashMap<String, Option<Regex>>);

impl Patterns {
    fn is_match(&mut self, pattern: &str, text: &str) -> bool {
        if !self.0.contains_key(pattern) {
            self.0.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        self.0.get(pattern).and_then(Option::as_ref).is_none_or(|regex| regex.is_match(text))
    }
}

pub(super) fn check(
    document: &Document,
    node: &Node,
    descriptor: &NodeDescriptor,
    patterns: &mut Patterns,
    report: &mut Report<'_>,
) {
    let mut checker = Checker { document, root: &descriptor.schema, patterns, found: Vec::new() };
    checker.object(&descriptor.schema, node.fields(), "", 0);
    for (path, text) in checker.found {
        report.error(path, text);
    }
}

struct Checker<'a> {
    document: &'a Document,
    root: &'a Value,
    patterns: &'a mut Patterns,
    found: Vec<(EcoString, Text)>,
}

impl Checker<'_> {
    fn report(&mut self, path: &str, text: Text) {
        self.found.push((path.into(), text));
    }

    fn object(&mut self, schema: &Value, object: &Object, path: &str, depth: usize) {
        let child = |key: &str| if path.is_empty() { key.into() } else { eco_format!("{path}.{key}") };
        let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
        for key in required.iter().filter(|key| !object.contains_key(key)) {
            self.report(&child(key), Text::key("check.required"));
        }
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (key, schema) in properties {
            let Some(value) = object.get(key) else { continue };
            if !applies(schema, properties, object) {
                continue;
            }
            let (path, is_required) = (child(key), required.contains(&key.as_str()));
            if is_widget(schema, "config-node") {
                self.config_node(schema, value, is_required, &path);
                continue;
            }
            if is_required && value.as_str() == Some("") && allows_no_empty_text(schema) {
                self.report(&path, Text::key("check.required"));
                continue;
            }
            self.value(schema, value, &path, depth + 1);
            if is_widget(schema, "typed")
                && let Some(text) = typed::problem(schema, object, value)
            {
                self.report(&path, text);
            }
        }
    }

    fn config_node(&mut self, schema: &Value, value: &Json, is_required: bool, path: &str) {
        let wanted = schema.get("x-config-type").and_then(Value::as_str).unwrap_or("config node");
        let text = |key: &'static str| Text::key(key).with("type", wanted);
        match value {
            Json::Null if is_required => self.report(path, text("check.config-missing")),
            Json::String(id) if id.is_empty() || id == "_ADD_" => {
                if is_required {
                    self.report(path, text("check.config-missing"));
                }
            }
            Json::Null => {}
            Json::String(id) if is_environment(id) => {}
            Json::String(id) => match self.document.get(id) {
                None => self.report(path, text("check.config-unknown").with("target", id)),
                Some(node) if node.type_name() != wanted && schema.get("x-config-type").is_some() => {
                    let text = text("check.config-type").with("target", called(self.document, id));
                    self.report(path, text.with("found", node.type_name()));
                }
                Some(node) if node.is_disabled() => {
                    let text = text("check.config-disabled").with("target", called(self.document, id));
                    self.report(path, text);
                }
                Some(_) => {}
            },
            other => {
                let text = Text::key("check.type").with("found", other.kind_name());
                self.report(path, text.with("expected", eco_format!("the id of a {wanted}")));
            }
        }
    }

    fn value(&mut self, schema: &Value, value: &Json, path: &str, depth: usize) {
        if depth > MAX_SCHEMA_DEPTH || value.as_str().is_some_and(is_environment) {
            return;
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            if let Some(schema) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                self.value(schema, value, path, depth + 1);
            }
        }
        for schema in list(schema, "allOf") {
            self.value(schema, value, path, depth + 1);
        }
        for key in ["anyOf", "oneOf"] {
            let mut forms = list(schema, key).filter(|form| types(form).next() != Some("null"));
            if let (Some(form), None) = (forms.next(), forms.next()) {
                // One form, or nothing: what is wrong with the form says more than that it is wrong.
                let may_be_null = list(schema, key).any(|form| types(form).next() == Some("null"));
                if !(value.is_null() && may_be_null) {
                    self.value(form, value, path, depth + 1);
                }
                continue;
            }
            if list(schema, key).next().is_some() && !self.fits_any(list(schema, key), value, depth) {
                self.report(path, Text::key("check.form").with("found", shown(value)));
                return;
            }
        }
        if !has_type(schema, value) {
            // Node-RED's forms leave an empty text where a number may be missing.
            let may_be_missing = |name| matches!(name, "null" | "number" | "integer");
            if value.as_str() == Some("") && types(schema).any(may_be_missing) {
                return;
            }
            if let Some(number) = in_other_form(schema, value) {
                return self.limits(schema, number, value, path);
            }
            let expected: Vec<&str> = types(schema).map(type_words).collect();
            let text = Text::key("check.type").with("found", shown(value));
            return self.report(path, text.with("expected", expected.join(" or ")));
        }
        self.choice(schema, value, path);
        match value {
            Json::Number(number) => self.limits(schema, number.as_f64(), value, path),
            Json::String(text) => self.text(schema, text, value, path),
            Json::Array(items) => {
                self.length(schema, items.len(), ["minItems", "maxItems"], path, |key, limit| {
                    let key = if key == 0 { "check.too-few" } else { "check.too-many" };
                    Text::key(key).with("count", items.len()).with("limit", limit)
                });
                if let Some(schema) = schema.get("items") {
                    for (place, item) in items.iter().enumerate() {
                        self.value(schema, item, &eco_format!("{path}[{place}]"), depth + 1);
                    }
                }
            }
            Json::Object(object) => self.object(schema, object, path, depth),
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn fits_any<'s>(&mut self, schemas: impl Iterator<Item = &'s Value>, value: &Json, depth: usize) -> bool {
        let before = self.found.len();
        for schema in schemas {
            self.value(schema, value, "", depth + 1);
            if self.found.len() == before {
                return true;
            }
            self.found.truncate(before);
        }
        false
    }

    fn choice(&mut self, schema: &Value, value: &Json, path: &str) {
        let choices: Vec<Json> =
            list(schema, "enum").chain(schema.get("const")).cloned().map(Json::from).collect();
        if !choices.is_empty() && !choices.iter().any(|choice| choice.semantic_eq(value)) {
            let expected: Vec<EcoString> = choices.iter().map(shown).collect();
            let text = Text::key("check.choice").with("found", shown(value));
            self.report(path, text.with("expected", expected.join(", ")));
        }
    }

    fn text(&mut self, schema: &Value, text: &str, value: &Json, path: &str) {
        if holds_number(schema) && !text.trim().is_empty() {
            let is_whole = schema.get("format").and_then(Value::as_str) == Some("integer");
            match typed::number(text).filter(|number| !is_whole || number.fract() == 0.0) {
                Some(number) => self.limits(schema, number, value, path),
                None => self.report(path, Text::key("check.number").with("found", shown(value))),
            }
            return;
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !self.patterns.is_match(pattern, text)
        {
            self.report(
                path,
                Text::key("check.pattern").with("found", shown(value)).with("pattern", pattern),
            );
        }
        self.length(schema, text.chars().count(), ["minLength", "maxLength"], path, |key, limit| {
            let key = if key == 0 { "check.too-short" } else { "check.too-long" };
            Text::key(key).with("found", shown(value)).with("limit", limit)
        });
    }

    fn limits(&mut self, schema: &Value, number: f64, value: &Json, path: &str) {
        type Breaks = fn(f64, f64) -> bool;
        let limits: [(&str, &'static str, Breaks); 4] = [
            ("minimum", "check.minimum", |number, limit| number < limit),
            ("maximum", "check.maximum", |number, limit| number > limit),
            ("exclusiveMinimum", "check.above", |number, limit| number <= limit),
            ("exclusiveMaximum", "check.below", |number, limit| number >= limit),
        ];
        for (keyword, key, breaks) in limits {
            if let Some(limit) = schema.get(keyword).filter(|l| l.as_f64().is_some_and(|l| breaks(number, l)))
            {
                self.report(path, Text::key(key).with("found", shown(value)).with("limit", limit));
            }
        }
    }

    fn length(
        &mut self,
        schema: &Value,
        length: usize,
        keywords: [&str; 2],
        path: &str,
        text: impl Fn(usize, u64) -> Text,
    ) {
        for (which, keyword) in keywords.into_iter().enumerate() {
            let limit = schema.get(keyword).and_then(Value::as_u64);
            let breaks = |limit: &u64| {
                (length as u64).cmp(limit) == [std::cmp::Ordering::Less, std::cmp::Ordering::Greater][which]
            };
            if let Some(limit) = limit.filter(breaks) {
                self.report(path, text(which, limit));
            }
        }
    }
}

/// Whether a property counts: what forms do not show (`x-show-if`) has no effect, whatever it is.
fn applies(schema: &Value, properties: &serde_json::Map<String, Value>, object: &Object) -> bool {
    let conditions = schema.get("x-show-if").and_then(Value::as_object);
    conditions.into_iter().flatten().all(|(key, wanted)| {
        let default = || properties.get(key)?.get("default").cloned().map(Json::from);
        let value = object.get(key).cloned().or_else(default).unwrap_or(Json::Null);
        let is_meant = |wanted: &Value| {
            let wanted = Json::from(wanted.clone());
            wanted.semantic_eq(&value)
                || !value.is_null() && scalar(&wanted).is_some() && scalar(&wanted) == scalar(&value)
        };
        match wanted {
            Value::Array(wanted) => wanted.iter().any(is_meant),
            one => is_meant(one),
        }
    })
}

/// A text, number or boolean as text: 1 and "1" are the same choice.
fn scalar(value: &Json) -> Option<EcoString> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string().into()),
        _ => None,
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    schema
        .get("type")
        .into_iter()
        .flat_map(|types| match types {
            Value::Array(types) => types.as_slice(),
            one => std::slice::from_ref(one),
        })
        .filter_map(Value::as_str)
}

fn has_type(schema: &Value, value: &Json) -> bool {
    let fits = |name: &str| match (name, value) {
        ("integer", Json::Number(number)) => number.as_f64().fract() == 0.0,
        ("null", Json::Null)
        | ("boolean", Json::Bool(_))
        | ("number", Json::Number(_))
        | ("string", Json::String(_))
        | ("array", Json::Array(_))
        | ("object", Json::Object(_)) => true,
        _ => false,
    };
    schema.get("type").is_none() || types(schema).any(fits)
}

/// The number that a value stands for (a boolean's is 0 or 1), if it has the form of another type: Node-RED's
/// editor writes numbers and booleans as text or as they are, and node types read both.
fn in_other_form(schema: &Value, value: &Json) -> Option<f64> {
    let takes = |wanted: &str| types(schema).any(|name| name == wanted);
    match value {
        Json::Number(number) => takes("string").then(|| number.as_f64()),
        Json::Bool(bool) => takes("string").then(|| f64::from(u8::from(*bool))),
        Json::String(text) if takes("boolean") && matches!(text.as_str(), "true" | "false" | "") => {
            Some(f64::from(u8::from(text == "true")))
        }
        Json::String(text) => {
            typed::number(text).filter(|number| takes("number") || takes("integer") && number.fract() == 0.0)
        }
        _ => None,
    }
}

/// Whether a text in this place stands for a number.
fn holds_number(schema: &Value) -> bool {
    matches!(schema.get("format").and_then(Value::as_str), Some("number" | "integer"))
        || ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
            .iter()
            .any(|key| schema.get(key).is_some())
}

fn allows_no_empty_text(schema: &Value) -> bool {
    list(schema, "enum").all(|choice| choice.as_str() != Some(""))
        && schema.get("default").and_then(Value::as_str) != Some("")
}

fn is_widget(schema: &Value, name: &str) -> bool {
    schema.get("x-widget").and_then(Value::as_str) == Some(name)
}

/// Whether the whole text is a reference to an environment variable, `${NAME}` or `$(NAME)`.
fn is_environment(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = name.or_else(|| text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['}', ')']))
}

fn type_words(name: &str) -> &str {
    match name {
        "null" => "nothing",
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        "string" => "a text",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

/// A value in a text for its user, cut short.
pub(super) fn shown(value: &Json) -> EcoString {
    match value {
        Json::Array(_) | Json::Object(_) => value.kind_name().into(),
        other => {
            let text = other.to_string();
            match text.char_indices().nth(40) {
                Some((end, _)) => eco_format!("{}...", &text[..end]),
                None => text.into(),
            }
        }
    }
}
