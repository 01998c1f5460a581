//! Values and serde: `serde_json` is the edge format, parsed straight into [`Value`].

use std::fmt;
use std::sync::Arc;

use ecow::EcoString;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Object, Value};

/// Integers up to this size are written without a fraction: 2^53, JavaScript's `Number.MAX_SAFE_INTEGER` + 1.
const SAFE_INTEGER: f64 = 9_007_199_254_740_992.0;

/// As `JSON.stringify` sees it: undefined properties and handles are left out (null in arrays), NaN and the
/// infinities are null, a buffer is `{"type":"Buffer","data":[...]}`, a date its ISO text.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined | Self::Null | Self::Handle(_) => to.serialize_unit(),
            Self::Bool(bool) => to.serialize_bool(*bool),
            Self::Number(number) if !number.is_finite() => to.serialize_unit(),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < SAFE_INTEGER => {
                to.serialize_i64(*number as i64)
            }
            Self::Number(number) => to.serialize_f64(*number),
            Self::String(text) => to.serialize_str(text),
            Self::Buffer(bytes) => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("type", "Buffer")?;
                map.serialize_entry("data", bytes.as_ref().as_ref() as &[u8])?;
                map.end()
            }
            Self::Date(milliseconds) => match crate::js::date::to_iso(*milliseconds) {
                Some(text) => to.serialize_str(&text),
                None => to.serialize_unit(),
            },
            Self::Array(items) => {
                let mut seq = to.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Object(object) => object.serialize(to),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (key, value) in
            self.iter().filter(|(_, value)| !matches!(value, Value::Undefined | Value::Handle(_)))
        {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Object(object) => Ok(Arc::unwrap_or_clone(object)),
            _ => Err(serde::de::Error::custom("an object is needed here")),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::buffer(bytes.to_vec()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        Value::deserialize(from)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        // Never trust a length from outside for more than a page of memory.
        let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(128));
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some((key, value)) = map.next_entry::<EcoString, Value>()? {
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_and_out() {
        for text in [r#"{"a":[1,2.5,-0.001,"x",null,true],"b":{"c":{}}}"#, "[]", "1e+300", "\"\""] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        let odd: Value = vec![Value::Undefined, f64::NAN.into(), Value::buffer(vec![1, 2])].into();
        assert_eq!(serde_json::to_string(&odd).unwrap(), r#"[null,null,{"type":"Buffer","data":[1,2]}]"#);
        let left_out = Object::from_iter([("a", Value::Undefined), ("b", Value::Null)]);
        assert_eq!(serde_json::to_string(&left_out).unwrap(), r#"{"b":null}"#);
    }
}
