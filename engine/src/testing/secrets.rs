//! Credentials of a flow under test, which stand in no test and no result.

use ecow::EcoString;
use model::api::Mismatch;
use serde_json::Value as Json;

use super::Case;

/// Shorter ones are in too many values to be told from them.
const LEAST: usize = 4;
/// What stands in the place of one.
const HIDDEN: &str = "***";

fn secrets(case: &Case) -> impl Iterator<Item = &str> {
    case.credentials
        .values()
        .flat_map(|of_node| of_node.values())
        .map(String::as_str)
        .filter(|text| text.len() >= LEAST)
}

/// Whether a value holds one.
pub(super) fn holds_secret(case: &Case, value: &Json) -> bool {
    match value {
        Json::String(text) => secrets(case).any(|secret| text.contains(secret)),
        Json::Array(items) => items.iter().any(|item| holds_secret(case, item)),
        Json::Object(entries) => entries.values().any(|value| holds_secret(case, value)),
        _ => false,
    }
}

/// The text without them.
fn hidden(case: &Case, text: &str) -> EcoString {
    secrets(case).fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN)).into()
}

/// What was other than expected, without them.
pub(super) fn without_secrets(case: &Case, mut mismatch: Mismatch) -> Mismatch {
    for value in mismatch.text.args.values_mut() {
        *value = hidden(case, value);
    }
    for difference in &mut mismatch.differences {
        for side in [&mut difference.expected, &mut difference.got] {
            *side = side.as_ref().map(|text| hidden(case, text));
        }
    }
    mismatch
}
