//! To and from serde: values, and our own (de)serialisation that keeps number literals where the format can.

use std::fmt;

use ecow::EcoString;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Json, Number, Object};

/// The name under which serde_json hands out raw text. Should it ever change, numbers still come through,
/// by value instead of by literal.
const RAW: &str = "$serde_json::private::RawValue";

impl Json {
    /// As serde_json's value, to read configurations from. Numbers by value: a whole number is an integer
    /// however it is written, as in JavaScript; one out of a double's range is null.
    pub fn to_serde(&self) -> Value {
        match self {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => number_to_serde(number),
            Json::String(text) => Value::String(text.to_string()),
            Json::Array(items) => items.iter().map(Json::to_serde).collect(),
            Json::Object(object) => Value::Object(object.to_serde()),
        }
    }
}

impl Object {
    /// As serde_json's map; see [`Json::to_serde`].
    pub fn to_serde(&self) -> serde_json::Map<String, Value> {
        self.iter().map(|(key, value)| (key.to_owned(), value.to_serde())).collect()
    }
}

fn number_to_serde(number: &Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return whole.into();
    }
    match number.as_str().parse::<u64>() {
        Ok(whole) => whole.into(),
        Err(_) => number.as_f64().into(),
    }
}

/// Numbers are written as JavaScript writes them: whole ones without a point.
impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Number(number) => Number::from_literal(&literal(&number)).map_or(Json::Null, Json::Number),
            Value::String(text) => Json::String(text.into()),
            Value::Array(items) => items.into_iter().collect(),
            Value::Object(map) => Json::Object(map.into_iter().collect()),
        }
    }
}

fn literal(number: &serde_json::Number) -> String {
    // Up to here every whole number is one of its own in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() < EXACT => {
            (value as i64).to_string()
        }
        _ => number.to_string(),
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(number) => number.serialize(serializer),
            Json::String(text) => serializer.serialize_str(text),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_str().parse::<i64>() {
            // Minus zero is no integer.
            Ok(whole) if self.as_str() != "-0" => serializer.serialize_i64(whole),
            _ => RawValue::from_string(self.as_str().to_owned())
                .map_err(S::Error::custom)?
                .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json answers with raw text, other deserialisers with themselves.
        deserializer.deserialize_newtype_struct(RAW, JsonVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Object(object) => Ok(object),
            other => Err(D::Error::custom(format_args!("expected an object, found {}", other.kind_name()))),
        }
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<EcoString>()? {
            if key == RAW && entries.is_empty() {
                return Json::parse(&map.next_value::<String>()?).map_err(A::Error::custom);
            }
            entries.push((key, map.next_value()?));
        }
        Ok(Json::Object(Object::from_entries(entries.into_iter())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }
}
