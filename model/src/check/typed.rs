//! Values with a type beside them (`x-widget: typed`).

use serde_json::Value;

use super::properties::shown;
use crate::json::{Json, Object};
use crate::text::Text;

/// What is wrong with a typed value, by the type that stands beside it in the same object.
pub(super) fn problem(schema: &Value, object: &Object, value: &Json) -> Option<Text> {
    let type_property = schema.get("x-type-property").and_then(Value::as_str)?;
    let text = value.as_str()?;
    let is_environment = text.starts_with("${") && text.ends_with('}');
    match object.get(type_property).and_then(Json::as_str)? {
        _ if is_environment => None,
        "num" if !text.trim().is_empty() && number(text).is_none() => {
            Some(Text::key("check.number").with("found", shown(value)))
        }
        "bool" if !matches!(text, "true" | "false" | "") => {
            Some(Text::key("check.truth").with("found", shown(value)))
        }
        "json" => Json::parse(text).err().map(|error| Text::key("check.json").with("reason", error)),
        _ => None,
    }
}

/// The number in a text, as JavaScript's `Number(text)` reads decimal and hexadecimal; none where that is not finite.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok().map(|whole| whole as f64);
    }
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| is_decimal && number.is_finite())
}
