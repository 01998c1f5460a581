//! Credentials come in with flows and never go out: they are taken out of a document before it is kept.

use std::collections::{BTreeMap, HashMap};

use engine::registry::Registry;
use model::document::{Document, Node};
use model::json::{Json, Object};
use model::text::Catalogue;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::storage::{Credentials, Stored};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[(
    "credentials.shape",
    "`credentials` must be an object of node ids, each with an object of texts; at {path} there is {found}",
)];

/// What Node-RED's editor sends for a password that was not changed.
const UNCHANGED: &str = "__PWRD__";
const FIELD: &str = "credentials";

/// Takes the credentials out of `document`: those at its nodes are merged into `known`. An empty text forgets
/// one, the placeholder of an unchanged password keeps it, and nodes that are gone lose theirs.
pub(crate) fn take(document: &Document, known: &Credentials) -> Stored {
    let mut credentials: Credentials = known
        .iter()
        .filter(|(id, _)| document.get(id).is_some())
        .map(|(id, values)| (id.clone(), values.clone()))
        .collect();
    let mut has_any = false;
    for node in document.nodes() {
        let Some(given) = node.field(FIELD) else { continue };
        has_any = true;
        if let Json::Object(given) = given {
            merge(credentials.entry(node.id().to_owned()).or_default(), given);
        }
    }
    credentials.retain(|_, values| !values.is_empty());
    let document = if has_any { without_credentials(document) } else { document.clone() };
    Stored { document, credentials }
}

fn merge(known: &mut BTreeMap<String, Value>, given: &Object) {
    for (name, value) in given.iter() {
        // `has_password` and the like are what we sent, not what was typed.
        if name.starts_with("has_") && matches!(value, Json::Bool(_)) {
            continue;
        }
        match value_of(value, known.get(name)) {
            None => {}
            Some(Value::String(text)) if text.is_empty() => {
                known.remove(name);
            }
            Some(value) => {
                known.insert(name.to_owned(), value);
            }
        }
    }
}

/// The new value of a credential; none where it was not changed. An object, such as the secret variables of a
/// global-config node, is taken as a whole, but for those of its own values that were not changed.
fn value_of(given: &Json, known: Option<&Value>) -> Option<Value> {
    match given {
        Json::Null => Some(Value::String(String::new())),
        Json::String(text) if text == UNCHANGED => None,
        Json::String(text) => Some(Value::String(text.to_string())),
        Json::Object(object) => {
            let known = |name: &str| known.and_then(|known| known.get(name));
            let pairs = object.iter().filter_map(|(name, value)| {
                let value = match value {
                    Json::Bool(bool) => Value::Bool(*bool),
                    other => value_of(other, known(name)).or_else(|| known(name).cloned())?,
                };
                Some((name.to_owned(), value))
            });
            Some(Value::Object(pairs.collect()))
        }
        other => Some(Value::String(other.to_js_string())),
    }
}

/// Credentials as nodes get them: texts by name. What is no text comes as JSON.
pub(crate) fn lent(credentials: &Credentials) -> HashMap<String, HashMap<String, String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let values = |values: &BTreeMap<String, Value>| {
        values.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    };
    credentials.iter().map(|(id, own)| (id.clone(), values(own))).collect()
}

fn without_credentials(document: &Document) -> Document {
    let without = |node: &Node| match node.json() {
        Json::Object(object) if object.contains_key(FIELD) => {
            let mut object = object.clone();
            object.remove(FIELD);
            Node::new(Json::Object(object))
        }
        _ => node.clone(),
    };
    document.nodes().iter().map(without).collect()
}

/// Reads a full set of credentials, as version 2 of the flows API takes it.
///
/// # Errors
/// It is not of that shape.
pub(crate) fn parse(json: &Json) -> Result<Credentials> {
    let shape = |path: &str, found: &Json| {
        Failure::key("credentials.shape").with("path", path).with("found", found.kind_name())
    };
    let nodes = json.as_object().ok_or_else(|| shape(FIELD, json))?;
    let mut credentials = Credentials::new();
    for (id, values) in nodes.iter() {
        let given = values.as_object().ok_or_else(|| shape(&format!("{FIELD}.{id}"), values))?;
        merge(credentials.entry(id.to_owned()).or_default(), given);
    }
    Ok(credentials)
}

/// What may be shown of a node's credentials: texts that are no secrets, and `has_<name>` for secrets. All that a
/// type does not declare is a secret.
pub(crate) fn shown(registry: &Registry, node: &Node, credentials: &Credentials) -> Map<String, Value> {
    let values = credentials.get(node.id());
    let mut shown = Map::new();
    let factory = registry.get(node.type_name());
    let declared = factory.as_ref().map_or(&[][..], |factory| factory.descriptor().credentials.as_slice());
    for credential in declared {
        let value = values.and_then(|values| values.get(&credential.name));
        match (credential.secret, value) {
            (true, value) => {
                shown.insert(format!("has_{}", credential.name), value.is_some().into());
            }
            (false, Some(value)) => {
                shown.insert(credential.name.clone(), value.clone());
            }
            (false, None) => {}
        }
    }
    let is_declared = |name: &String| declared.iter().any(|credential| credential.name == *name);
    for (name, value) in values.into_iter().flatten().filter(|(name, _)| !is_declared(name)) {
        match value {
            Value::Object(map) => {
                let secrets = map.keys().filter(|name| !name.starts_with("has_"));
                let has = secrets.map(|name| (format!("has_{name}"), Value::Bool(true)));
                shown.insert(name.clone(), Value::Object(has.collect()));
            }
            _ => {
                shown.insert(format!("has_{name}"), true.into());
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Credentials {
        let values = [("user", "ann"), ("password", "old")].map(|(k, v)| (k.to_owned(), v.into()));
        [("a".to_owned(), values.into()), ("gone".to_owned(), BTreeMap::new())].into()
    }

    #[test]
    fn credentials_are_merged_and_leave_the_document() {
        let text = r#"[{"id":"a","type":"x","credentials":{"user":"","password":"__PWRD__","has_password":true,"port":1}},
                       {"id":"b","type":"x","credentials":{"key":"k"}},null]"#;
        let stored = take(&Document::parse(text).unwrap(), &known());
        assert_eq!(
            stored.document.to_json().to_js_string(),
            r#"[{"id":"a","type":"x"},{"id":"b","type":"x"},null]"#
        );
        let expected = r#"{"a":{"password":"old","port":"1"},"b":{"key":"k"}}"#;
        assert_eq!(serde_json::to_string(&stored.credentials).unwrap(), expected);
    }

    #[test]
    fn a_full_set_must_have_its_shape() {
        let set = parse(&Json::parse(r#"{"a":{"user":"x"}}"#).unwrap()).unwrap();
        assert_eq!(set["a"]["user"], "x");
        let error = parse(&Json::parse(r#"{"a":"$"}"#).unwrap()).unwrap_err().to_string();
        assert!(error.ends_with("at credentials.a there is a text"), "{error}");
    }

    #[test]
    fn secret_variables_are_merged_one_by_one_and_never_shown() {
        let entry = |credentials: &str| {
            let text = format!(r#"[{{"id":"g","type":"global-config","credentials":{credentials}}}]"#);
            Document::parse(&text).unwrap()
        };
        let first =
            take(&entry(r#"{"map":{"A":"one","has_A":true,"B":"two","has_B":true}}"#), &Credentials::new());
        let map = r#"{"map":{"A":"__PWRD__","has_A":true,"C":"three","has_C":true}}"#;
        let second = take(&entry(map), &first.credentials);
        let expected = r#"{"g":{"map":{"A":"one","has_A":true,"C":"three","has_C":true}}}"#;
        assert_eq!(
            serde_json::to_value(&second.credentials).unwrap(),
            serde_json::from_str::<Value>(expected).unwrap()
        );
        let shown = shown(&Registry::default(), &second.document.nodes()[0], &second.credentials);
        assert_eq!(Value::Object(shown), serde_json::json!({ "map": { "has_A": true, "has_C": true } }));
        let lent = lent(&second.credentials);
        assert!(lent["g"]["map"].contains(r#""A":"one""#), "{lent:?}");
    }
}
