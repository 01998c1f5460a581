//! Between JSON and CBOR's values.

use ciborium::Value as Cbor;
use wireloom_sdk::{Json, Value, json};

/// A JSON value as CBOR has it; `{"type": "Buffer", …}` as a byte string.
pub(crate) fn from_json(value: &Json) -> Cbor {
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(flag) => Cbor::Bool(*flag),
        Json::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => Cbor::Integer(whole.into()),
            (_, Some(whole)) => Cbor::Integer(whole.into()),
            _ => Cbor::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Cbor::Text(text.clone()),
        Json::Array(items) => Cbor::Array(items.iter().map(from_json).collect()),
        Json::Object(entries) => match Value::from(value.clone()) {
            Value::Bytes(bytes) => Cbor::Bytes(bytes),
            _ => {
                let pair = |(name, value): (&String, &Json)| (Cbor::Text(name.clone()), from_json(value));
                Cbor::Map(entries.iter().map(pair).collect())
            }
        },
    }
}

/// A CBOR value as JSON has it.
pub(crate) fn to_json(value: Cbor) -> Json {
    match value {
        Cbor::Bool(flag) => Json::Bool(flag),
        Cbor::Integer(whole) => {
            let whole = i128::from(whole);
            // Past what fits into 64 bits it is a number as JavaScript has it.
            u64::try_from(whole)
                .map(Json::from)
                .or_else(|_| i64::try_from(whole).map(Json::from))
                .unwrap_or_else(|_| Json::from(whole as f64))
        }
        Cbor::Float(number) => Json::from(number),
        Cbor::Text(text) => Json::String(text),
        Cbor::Bytes(bytes) => json!({ "type": "Buffer", "data": bytes }),
        Cbor::Array(items) => items.into_iter().map(to_json).collect(),
        Cbor::Map(entries) => entries.into_iter().map(|(key, value)| (name(key), to_json(value))).collect(),
        Cbor::Tag(_, inner) => to_json(*inner),
        // Null, undefined, and what later versions of the library may add.
        _ => Json::Null,
    }
}

fn name(key: Cbor) -> String {
    match to_json(key) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}
