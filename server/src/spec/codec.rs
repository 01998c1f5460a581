//! Values on the test wire: JSON, with tagged objects for what JSON has no form for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::{Object, Value, inspect, js};
use serde_json::{Map, Value as Json, json};

/// A value as it travels.
pub(super) fn encode(value: &Value) -> Json {
    match value {
        Value::Undefined => json!({ "$t": "undef" }),
        Value::Null => Json::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => encode_number(*number),
        Value::String(text) => text.as_str().into(),
        Value::Buffer(bytes) => json!({ "$t": "buf", "v": STANDARD.encode(bytes.as_ref()) }),
        Value::Date(at) => json!({ "$t": "date", "v": encode_number(*at) }),
        Value::Array(items) => items.iter().map(encode).collect(),
        Value::Object(object) => encode_object(object),
        Value::Handle(handle) => json!({ "$t": "opaque", "ctor": handle.kind() }),
    }
}

/// An object as it travels.
pub(super) fn encode_object(object: &Object) -> Json {
    let plain: Map<String, Json> =
        object.iter().map(|(key, value)| (key.to_string(), encode(value))).collect();
    if inspect::is_error(object) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let more: Map<String, Json> = plain
            .into_iter()
            .filter(|(key, _)| !["name", "message", "stack"].contains(&key.as_str()))
            .collect();
        return json!({
            "$t": "error", "name": text("name"), "message": text("message"), "stack": text("stack"), "props": more,
        });
    }
    if plain.contains_key("$t") { json!({ "$t": "obj", "v": plain }) } else { plain.into() }
}

fn encode_number(number: f64) -> Json {
    let odd = |text: &str| json!({ "$t": "num", "v": text });
    if number.is_nan() {
        odd("NaN")
    } else if number.is_infinite() {
        odd(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else if number == 0.0 && number.is_sign_negative() {
        odd("-0")
    } else {
        serde_json::from_str(&js::number_to_text(number)).unwrap_or(Json::Null)
    }
}

/// A value that came.
pub(super) fn decode(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => (*bool).into(),
        Json::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(decode).collect(),
        Json::Object(entries) => match entries.get("$t").and_then(Json::as_str) {
            Some(tag) => decode_tagged(tag, entries),
            None => decode_entries(entries),
        },
    }
}

fn decode_entries(entries: &Map<String, Json>) -> Value {
    entries.iter().map(|(key, value)| (key.as_str(), decode(value))).collect::<Object>().into()
}

fn decode_tagged(tag: &str, entries: &Map<String, Json>) -> Value {
    let text = |key: &str| entries.get(key).and_then(Json::as_str).unwrap_or_default();
    match tag {
        "num" => match text("v") {
            "-0" => (-0.0).into(),
            number => js::text_to_number(number).into(),
        },
        "bigint" => js::text_to_number(text("v")).into(),
        // Large ones are packed; none of the specs that need that look into them.
        "buf" => Value::buffer(STANDARD.decode(text("v")).unwrap_or_default()),
        "typed" => Value::buffer(STANDARD.decode(text("v")).unwrap_or_default()),
        "date" => Value::Date(entries.get("v").and_then(Json::as_f64).unwrap_or(f64::NAN)),
        "url" | "regexp" => text("v").into(),
        "error" => {
            let parts = ["name", "message", "stack"];
            let mut error = Object::from_iter(parts.map(|part| (part, text(part))));
            for (key, value) in entries.get("props").and_then(Json::as_object).into_iter().flatten() {
                error.insert(key.as_str(), decode(value));
            }
            error.into()
        }
        // A message cannot hold itself: what Node-RED shows in such a place.
        "ref" => "[Circular ~]".into(),
        "obj" => entries.get("v").and_then(Json::as_object).map(decode_entries).unwrap_or_default(),
        _ => Value::Undefined,
    }
}

/// A flow or credentials that came, as plain JSON; what has no form in it is left out.
pub(super) fn decode_plain(json: &Json) -> Json {
    serde_json::to_value(decode(json)).unwrap_or(Json::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_out_comes_back() {
        let value = Value::from(Object::from_iter([
            ("$t", Value::from("mine")),
            ("u", Value::Undefined),
            ("n", f64::NAN.into()),
            ("z", (-0.0).into()),
            ("b", Value::buffer("hi")),
            ("d", Value::Date(5.0)),
            ("a", [Value::Null, 1.5.into(), true.into()].into_iter().collect()),
        ]));
        assert_eq!(decode(&encode(&value)), value);
    }
}
