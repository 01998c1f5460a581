//! Values of messages and contexts.

use serde_json::Value as Json;

use crate::Failure;

/// A value, as JavaScript has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// There is none.
    Undefined,
    /// JSON's null.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number; JavaScript has one kind.
    Number(f64),
    /// A text.
    Text(String),
    /// A buffer.
    Bytes(Vec<u8>),
    /// A point in time: milliseconds since 1970-01-01T00:00:00Z.
    Date(f64),
    /// An array or an object. A buffer inside is `{"type": "Buffer", "data": [...]}`.
    Json(Json),
}

impl Value {
    /// The number, or the number that a text says, as the built-in nodes take numbers.
    pub fn to_number(&self) -> Option<f64> {
        let number = match self {
            Self::Number(number) => *number,
            Self::Text(text) if !text.trim().is_empty() => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// The text, or what a number, a boolean or null is called; an array or an object as JSON.
    pub fn to_text(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) => text.clone(),
            Self::Boolean(flag) => flag.to_string(),
            Self::Number(number) => number_text(*number),
            Self::Null => "null".into(),
            Self::Json(json) => json.to_string(),
            Self::Undefined | Self::Bytes(_) | Self::Date(_) => return None,
        })
    }

    /// As JSON: a buffer as `{"type": "Buffer", "data": [...]}`, a date as its milliseconds, undefined as null.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Undefined | Self::Null => Json::Null,
            Self::Boolean(flag) => Json::Bool(*flag),
            Self::Number(number) | Self::Date(number) => number_json(*number),
            Self::Text(text) => Json::String(text.clone()),
            Self::Bytes(bytes) => crate::json!({ "type": "Buffer", "data": bytes }),
            Self::Json(json) => json.clone(),
        }
    }

    /// What a JSON text says.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_str::<Json>(text)?.into())
    }
}

/// A number as JSON; whole ones without `.0`, as JavaScript writes them; null for what JSON cannot say.
fn number_json(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Json::from(number as i64);
    }
    Json::from(number)
}

/// A number as JavaScript writes it, nearly: by the library that writes JSON, so that a plugin need not hold a second one.
pub(crate) fn number_text(number: f64) -> String {
    match number_json(number) {
        Json::Null if number.is_nan() => "NaN".into(),
        Json::Null if number > 0.0 => "Infinity".into(),
        Json::Null => "-Infinity".into(),
        json => json.to_string(),
    }
}

/// Texts, numbers and so on as themselves; a buffer by its form; other arrays and objects stay JSON.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Boolean(flag),
            Json::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Self::Text(text),
            other => match buffer(&other) {
                Some(bytes) => Self::Bytes(bytes),
                None => Self::Json(other),
            },
        }
    }
}

/// The bytes of `{"type": "Buffer", "data": [...]}`.
fn buffer(json: &Json) -> Option<Vec<u8>> {
    let object = json.as_object().filter(|object| object.len() == 2)?;
    if object.get("type")?.as_str()? != "Buffer" {
        return None;
    }
    let byte = |item: &Json| u8::try_from(item.as_u64()?).ok();
    object.get("data")?.as_array()?.iter().map(byte).collect()
}

macro_rules! from {
    ($($kind:ty => $value:expr;)*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                let make: fn($kind) -> Self = $value;
                make(value)
            }
        })*
    };
}

from! {
    bool => Self::Boolean;
    f64 => Self::Number;
    f32 => |number| Self::Number(number.into());
    i32 => |number| Self::Number(number.into());
    u32 => |number| Self::Number(number.into());
    u16 => |number| Self::Number(number.into());
    u8 => |number| Self::Number(number.into());
    // Past 2^53 a number of JavaScript is not exact; that is so for every node.
    i64 => |number| Self::Number(number as f64);
    u64 => |number| Self::Number(number as f64);
    usize => |number| Self::Number(number as f64);
    &str => |text| Self::Text(text.into());
    String => Self::Text;
    Vec<u8> => Self::Bytes;
    &[u8] => |bytes| Self::Bytes(bytes.into());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_buffer_is_known_by_its_form() {
        assert_eq!(Value::from(json!({ "type": "Buffer", "data": [1, 255] })), Value::Bytes(vec![1, 255]));
        let odd = json!({ "type": "Buffer", "data": [1, 256] });
        assert_eq!(Value::from(odd.clone()), Value::Json(odd));
        assert_eq!(Value::Bytes(vec![7]).to_json(), json!({ "type": "Buffer", "data": [7] }));
    }

    #[test]
    fn numbers_are_read_from_texts_too() {
        let number = |value: Value| value.to_number();
        assert_eq!(number(Value::Text(" 2.5 ".into())), Some(2.5));
        assert_eq!(
            [number("".into()), number("x".into()), number(Value::Null), number(f64::NAN.into())],
            [None; 4]
        );
    }

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        assert_eq!(Value::Number(3.0).to_json().to_string(), "3");
        assert_eq!(Value::Number(f64::INFINITY).to_json(), Json::Null);
        let texts =
            [3.0, 0.1, f64::NAN, f64::NEG_INFINITY].map(|number| Value::Number(number).to_text().unwrap());
        assert_eq!(texts, ["3", "0.1", "NaN", "-Infinity"]);
    }
}
