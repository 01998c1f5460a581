//! What the built-in node types say, in German.
//!
//! English stands beside the code: on the fields of configurations, in help and `texts` tables. German stands here, in one
//! table a family: words for descriptors by type and path of the property (`rules.t` is `t` of each row of `rules`), texts
//! by their key. A test holds that nothing of a built-in type is without its German.
//!
//! The terms are those of the editor (Knoten, Nachricht, Ausgang, Verbindung), and: Eigenschaft (property), Sequenz
//! (sequence), Kontext, Umgebungsvariable, Zertifikat; Buffer, Payload, Topic, JSONata and the names of protocols stay as
//! everybody says them. Choices that stand for something that is said in code (`msg.delay`, `GET`) stay as they are.

mod common;
mod function;
mod http;
mod location;
mod mqtt;
mod parser;
mod sequence;
mod sockets;
mod storage;
#[cfg(test)]
mod tests;
mod tls;

use model::descriptor::NodeDescriptor;
use model::text::Catalogue;
use serde_json::{Map, Value as Json};

/// The texts of every built-in node type by key, each table for a family.
pub const CATALOGUES: &[Catalogue] = &[
    SHARED,
    script::german::TEXTS,
    common::TEXTS,
    function::TEXTS,
    http::TEXTS,
    location::TEXTS,
    mqtt::TEXTS,
    parser::TEXTS,
    sequence::TEXTS,
    sockets::TEXTS,
    storage::TEXTS,
    tls::TEXTS,
];

const TYPES: &[&[Words]] = &[
    common::TYPES,
    function::TYPES,
    http::TYPES,
    location::TYPES,
    mqtt::TYPES,
    parser::TYPES,
    sequence::TYPES,
    sockets::TYPES,
    storage::TYPES,
    tls::TYPES,
];

/// What several families say.
const SHARED: Catalogue = &[
    (
        "node.buffer-full",
        "der Knoten hält schon {limit} Nachrichten und damit so viele, wie er darf; diese wurde nicht angenommen. Weniger senden oder früher weitergeben",
    ),
    (
        "regex.back-reference",
        "{pattern} enthält einen Rückverweis; das wird hier nicht unterstützt, weil die Suche endlos dauern kann. Ohne ihn schreiben oder einen function-Knoten verwenden",
    ),
    (
        "regex.backslash",
        "{pattern} ist kein regulärer Ausdruck: am Ende steht ein Backslash; für das Zeichen selbst zwei schreiben",
    ),
    ("regex.invalid", "{pattern} ist kein regulärer Ausdruck: {reason}"),
    (
        "regex.look-around",
        "{pattern} schaut voraus oder zurück; das wird hier nicht unterstützt, weil die Suche endlos dauern kann. Ohne das schreiben oder einen function-Knoten verwenden",
    ),
    (
        "regex.nothing-to-repeat",
        "{pattern} ist kein regulärer Ausdruck: {repeat} hat nichts zu wiederholen; für das Zeichen selbst \\{repeat} schreiben",
    ),
];

/// Words that nodes put in the places of their texts, by the English ones.
pub const WORDS: Catalogue = &[
    ("a buffer or text", "ein Buffer oder Text"),
    (
        "a date, its ISO text or milliseconds since 1970",
        "ein Datum, sein ISO-Text oder Millisekunden seit 1970",
    ),
    ("a number", "eine Zahl"),
    ("a whole number", "eine ganze Zahl"),
    ("any value", "irgendein Wert"),
    ("certificate", "Zertifikat"),
    ("private key", "privater Schlüssel"),
    ("text", "Text"),
    ("true or false", "true oder false"),
];

/// The headings of the foldable parts of forms, by the English ones.
const SECTIONS: &[(&str, &str)] = &[
    ("Connection", "Verbindung"),
    ("MQTT 5", "MQTT 5"),
    ("Message before disconnecting", "Nachricht vor dem Trennen"),
    ("Message on connecting", "Nachricht beim Verbinden"),
    ("Message when the connection is lost", "Nachricht bei Verlust der Verbindung"),
    ("Session", "Sitzung"),
    ("Speed", "Geschwindigkeit"),
    ("Start, stop and limits", "Start, Ende und Grenzen"),
];

/// The words of one node type.
struct Words {
    type_name: &'static str,
    /// By path; those of credentials, too.
    fields: &'static [Field],
    help: &'static str,
}

/// The words of one property.
#[derive(Clone, Copy)]
struct Field {
    path: &'static str,
    title: &'static str,
    hint: &'static str,
    /// Titles for the values of its `enum`, in order.
    choices: &'static [&'static str],
    /// Titles for its own types of value, by the type.
    types: &'static [(&'static str, &'static str)],
}

const fn field(path: &'static str, title: &'static str) -> Field {
    Field { path, title, hint: "", choices: &[], types: &[] }
}

impl Field {
    const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    const fn choices(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    const fn types(self, types: &'static [(&'static str, &'static str)]) -> Self {
        Self { types, ..self }
    }
}

/// Puts a built-in type's descriptor into German; that of another type, such as a plugin's, stays as it is.
pub fn translate(descriptor: &mut NodeDescriptor) {
    let Some(words) = words_of(&descriptor.type_name) else { return };
    descriptor.help = words.help.into();
    for credential in &mut descriptor.credentials {
        if let Some(field) = words.field(&credential.name) {
            credential.title = field.title.into();
        }
    }
    let definitions = descriptor.schema.get("$defs").cloned().unwrap_or_default();
    words.translate(&mut descriptor.schema, "", &definitions);
}

fn words_of(type_name: &str) -> Option<&'static Words> {
    TYPES.iter().flat_map(|family| family.iter()).find(|words| words.type_name == type_name)
}

impl Words {
    fn field(&self, path: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.path == path)
    }

    /// Puts the properties of an object's schema, and of its rows, into German. What a reference names is put in its
    /// place: elsewhere it may have other words.
    fn translate(&self, schema: &mut Json, path: &str, definitions: &Json) {
        let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) else { return };
        for (name, property) in properties {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            resolve(property, definitions);
            if let (Some(field), Some(property)) = (self.field(&path), property.as_object_mut()) {
                field.put_into(property);
            }
            if let Some(items) = property.get_mut("items") {
                resolve(items, definitions);
                self.translate(items, &path, definitions);
            }
        }
    }
}

impl Field {
    fn put_into(&self, property: &mut Map<String, Json>) {
        property.insert("title".into(), self.title.into());
        if !self.hint.is_empty() {
            property.insert("description".into(), self.hint.into());
        }
        if !self.choices.is_empty() {
            property.insert("x-enum-titles".into(), self.choices.into());
        }
        if let Some(section) = property.get_mut("x-section")
            && let Some((_, german)) = SECTIONS.iter().find(|(english, _)| section == english)
        {
            *section = (*german).into();
        }
        for own in property.get_mut("x-types").and_then(Json::as_array_mut).into_iter().flatten() {
            let title = self.types.iter().find(|(name, _)| own["type"] == *name);
            if let (Some((_, title)), Some(own)) = (title, own.as_object_mut()) {
                own.insert("title".into(), (*title).into());
            }
        }
    }
}

/// Puts what `$ref` names in its place; what stands beside it wins.
fn resolve(schema: &mut Json, definitions: &Json) {
    let name = schema.get("$ref").and_then(Json::as_str).and_then(|target| target.strip_prefix("#/$defs/"));
    let Some(Json::Object(named)) = name.and_then(|name| definitions.get(name)).cloned() else { return };
    if let Json::Object(own) = schema {
        own.remove("$ref");
        for (key, value) in named {
            own.entry(key).or_insert(value);
        }
    }
}
