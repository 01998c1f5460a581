//! Properties as serde reads them: nothing is copied that nobody asks for.

use model::json::Json as Literal;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error as JsonError, Value as Json};

use super::Properties;

impl Properties {
    /// Whether one is there and not null.
    pub fn is_set(&self, key: &str) -> bool {
        self.reader_of(key).is_some_and(|one| one.resolved() != Some(Json::Null))
    }

    /// Whether one is a list.
    pub fn is_array(&self, key: &str) -> bool {
        self.reader_of(key).is_some_and(|one| match one.resolved() {
            Some(resolved) => resolved.is_array(),
            None => matches!(one.value, Literal::Array(_)),
        })
    }

    fn reader_of(&self, key: &str) -> Option<Reader<'_>> {
        Some(Reader { properties: self, value: self.written(key)? })
    }

    /// All of them, as an object.
    pub(crate) fn reader(&self) -> impl Deserializer<'_, Error = JsonError> {
        MapDeserializer::new(self.iter().map(|(key, value)| (key, Reader { properties: self, value })))
    }
}

/// One value, resolved as it is read.
#[derive(Clone, Copy)]
struct Reader<'a> {
    properties: &'a Properties,
    value: &'a Literal,
}

impl Reader<'_> {
    /// What is read in place of what is written; none where it is read as it stands.
    fn resolved(&self) -> Option<Json> {
        match self.value {
            Literal::String(text) => self.properties.replaced(text),
            Literal::Array(_) | Literal::Object(_) => None,
            other => Some(other.to_serde()),
        }
    }
}

impl<'de> IntoDeserializer<'de, JsonError> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = JsonError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        let Self { properties, value } = self;
        match (self.resolved(), value) {
            (Some(resolved), _) => resolved.deserialize_any(visitor),
            (None, Literal::String(text)) => visitor.visit_borrowed_str(text),
            (None, Literal::Array(items)) => {
                let mut items = SeqDeserializer::new(items.iter().map(|value| Self { properties, value }));
                let read = visitor.visit_seq(&mut items)?;
                items.end().map(|()| read)
            }
            (None, Literal::Object(entries)) => {
                let entries = entries.iter().map(|(key, value)| (key, Self { properties, value }));
                let mut entries = MapDeserializer::new(entries);
                let read = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| read)
            }
            (None, other) => Err(JsonError::custom(format_args!("{other:?} was not resolved"))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.resolved() {
            Some(resolved) => resolved.deserialize_option(visitor),
            None => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.properties.resolve(self.value).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ecow::EcoString;
    use model::document::Document;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::env::{Env, Variables};
    use crate::typed::value_of;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Even,
        Odd(u8),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Wrapped(f64);

    #[derive(Debug, Deserialize, PartialEq)]
    struct Read {
        text: String,
        count: u32,
        wrapped: Wrapped,
        list: Vec<Option<bool>>,
        kind: Kind,
        kinds: Vec<Kind>,
        none: Option<String>,
        unset: Option<f64>,
        anything: Json,
    }

    fn properties(node: Json, variables: &[(&str, Json)]) -> Properties {
        let document = Document::parse(&json!([node]).to_string()).unwrap();
        let known = Variables::default();
        let variable = |(name, value): &(&str, Json)| (EcoString::from(*name), value_of(value));
        known.set(variables.iter().map(variable).collect::<Vec<_>>());
        Properties::of(&document.nodes()[0], None, Env::behind(Arc::new(known)))
    }

    #[test]
    fn reads_what_a_copy_of_them_gives() {
        let properties = properties(
            json!({
                "id": "a", "type": "t", "x": "no number",
                "text": "plain", "count": "${COUNT}", "wrapped": 1.5, "list": [true, null, "${NO}"], "kind": "even",
                "kinds": [{ "odd": 3 }, "even"], "none": null, "unset": "${UNSET}",
                "anything": { "a": ["${COUNT}", { "b": 2.5 }, "c"], "d": {} }, "unknown": { "e": [1] },
            }),
            &[("COUNT", json!(7)), ("NO", json!(false)), ("UNSET", json!(null))],
        );
        let read = Read::deserialize(properties.reader()).unwrap();
        let copied = Read::deserialize(&Json::Object(properties.all())).unwrap();
        assert_eq!(read, copied);
        assert_eq!((read.count, read.kind, &read.kinds[0]), (7, Kind::Even, &Kind::Odd(3)));
        let names = ["text", "list", "count", "none", "unset", "missing", "id"];
        assert_eq!(names.map(|name| properties.is_set(name)), [true, true, true, false, false, false, false]);
        assert_eq!(
            names.map(|name| properties.is_array(name)),
            [false, true, false, false, false, false, false]
        );
        assert_eq!(read.anything, json!({ "a": [7, { "b": 2.5 }, "c"], "d": {} }));
    }

    #[test]
    fn says_what_does_not_fit_as_serde_json_does() {
        for (name, value) in
            [("text", json!(1)), ("count", json!("many")), ("list", json!([1])), ("kind", json!("x"))]
        {
            let mut node = json!({
                "id": "a", "type": "t", "text": "", "count": 1, "wrapped": 1, "list": [], "kind": "even", "kinds": [],
                "anything": 1,
            });
            node[name] = value;
            let properties = properties(node, &[]);
            let read = serde_path_to_error::deserialize::<_, Read>(properties.reader()).unwrap_err();
            let all = Json::Object(properties.all());
            let copied = serde_path_to_error::deserialize::<_, Read>(&all).unwrap_err();
            assert_eq!(read.to_string(), copied.to_string());
            assert!(read.path().to_string().starts_with(name), "{read}");
        }
    }
}
