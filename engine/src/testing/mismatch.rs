//! What was other than expected, place by place.

use std::fmt::Write;

use ecow::{EcoString, eco_format};
use model::api::{Difference, Mismatch};
use model::text::Text;
use serde_json::Value as Json;

use super::values::{decode, words};
use crate::{Message, Value};

/// So many places are told at most.
const MOST: usize = 20;
/// Properties of an expected message that are none of the message.
const ABSENT: &str = "$absent";
const ONLY: &str = "$only";
const ANY: &str = "$any";

/// Something else than expected.
pub(super) fn mismatch(text: Text) -> Mismatch {
    Mismatch { step: None, text, differences: Vec::new() }
}

/// Where a message differs from an expected one: it must have every property that is named there, those of `$any`
/// with whatever value, none of `$absent`, and with `$only` no other ones.
pub(super) fn differences(message: &Message, expected: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    let Json::Object(expected) = expected else { return found };
    let names = |key: &str| {
        let names = expected.get(key).and_then(Json::as_array).into_iter().flatten();
        names.filter_map(Json::as_str).collect::<Vec<_>>()
    };
    let is_named = |key: &str| expected.contains_key(key) && ![ABSENT, ONLY, ANY].contains(&key);
    for (key, value) in expected.iter().filter(|(key, _)| is_named(key)) {
        compare(key.into(), Some(&decode(value)), message.get(key), &mut found);
    }
    let any = names(ANY);
    for key in any.iter().filter(|key| message.get(key).is_none()) {
        found.push(Difference { path: (*key).into(), expected: Some("...".into()), got: None });
    }
    for key in names(ABSENT) {
        compare(key.into(), None, message.get(key), &mut found);
    }
    if expected.get(ONLY) == Some(&Json::Bool(true)) {
        let whole = message.to_value();
        let others = whole.as_object().into_iter().flat_map(crate::Object::iter);
        for (key, value) in others.filter(|(key, _)| !is_named(key) && !any.contains(&key.as_str())) {
            // What is alive has no form in a case file, so none expects it.
            if super::values::encode(value).is_some() {
                compare(key.clone(), None, Some(value), &mut found);
            }
        }
    }
    found
}

/// Adds where two values differ, as deep as both are objects or lists.
pub(super) fn compare(
    path: EcoString,
    expected: Option<&Value>,
    got: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if found.len() >= MOST || expected == got {
        return;
    }
    match (expected, got) {
        (Some(Value::Object(expected)), Some(Value::Object(got))) => {
            for (key, value) in expected.iter() {
                compare(eco_format!("{path}.{key}"), Some(value), got.get(key), found);
            }
            for (key, value) in got.iter().filter(|(key, _)| expected.get(key).is_none()) {
                compare(eco_format!("{path}.{key}"), None, Some(value), found);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(got))) => {
            for at in 0..expected.len().max(got.len()) {
                compare(eco_format!("{path}[{at}]"), expected.get(at), got.get(at), found);
            }
        }
        _ => found.push(Difference { path, expected: expected.map(words), got: got.map(words) }),
    }
}

/// The whole of it in English: `step 1: n/0 gave another message ...`, and a line for each place.
pub fn shown(mismatch: &Mismatch, render: impl Fn(&Text) -> EcoString) -> String {
    let mut text = mismatch.step.map(|step| format!("step {step}: ")).unwrap_or_default();
    text.push_str(&render(&mismatch.text));
    let or_nothing = |value: &Option<EcoString>| value.clone().unwrap_or_else(|| "nothing".into());
    for Difference { path, expected, got } in &mismatch.differences {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{path}: expected {}, got {}", or_nothing(expected), or_nothing(got));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(message: Json, expected: Json) -> Vec<String> {
        let Value::Object(properties) = decode(&message) else { panic!("no object") };
        let found = differences(&Message::from_object(properties), &expected);
        let words = |it: &Option<EcoString>| it.clone().unwrap_or_else(|| "-".into());
        found.iter().map(|it| format!("{} {} {}", it.path, words(&it.expected), words(&it.got))).collect()
    }

    #[test]
    fn differences_are_told_where_they_are() {
        let message = json!({ "_msgid": "m", "payload": { "cars": [1, 2, 3], "at": 5 }, "topic": "x" });
        assert!(of(message.clone(), json!({ "topic": "x" })).is_empty());
        assert_eq!(
            of(message.clone(), json!({ "payload": { "cars": [1, 4], "on": true }, "topic": "y" })),
            [
                "payload.cars[1] 4 2",
                "payload.cars[2] - 3",
                "payload.on true -",
                "payload.at - 5",
                "topic \"y\" \"x\""
            ]
        );
        assert_eq!(of(message.clone(), json!({ "$absent": ["topic", "parts"] })), ["topic - \"x\""]);
        let only = json!({ "$only": true, "$any": ["_msgid", "time"], "payload": message["payload"] });
        assert_eq!(of(message, only), ["time ... -", "topic - \"x\""]);
    }
}
