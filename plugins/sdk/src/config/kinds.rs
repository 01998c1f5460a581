//! The types that settings can have. They read what flow files hold: numbers and flags may be texts.

use std::collections::BTreeMap;

use serde_json::Map;

use super::{Reader, Setting};
use crate::{Json, json};

/// The path of a property of the message, such as `payload.temperature`; the form offers it as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property(String);

impl std::ops::Deref for Property {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Property {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<&str> for Property {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

impl Setting for Property {
    fn schema() -> Json {
        json!({ "type": "string", "x-widget": "typed", "x-types": ["msg"] })
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        let path = String::read(value, reader)?;
        Some(Self(path.trim().strip_prefix("msg.").unwrap_or(path.trim()).to_owned()))
    }

    fn to_json(&self) -> Json {
        self.0.as_str().into()
    }

    fn absent() -> Json {
        "".into()
    }
}

impl Setting for String {
    fn schema() -> Json {
        json!({ "type": "string" })
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        match value {
            Json::Null => Some(Self::new()),
            Json::String(text) => Some(text.clone()),
            Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
            Json::Array(_) | Json::Object(_) => {
                reader.problem("a text is needed here");
                None
            }
        }
    }

    fn to_json(&self) -> Json {
        self.as_str().into()
    }

    fn absent() -> Json {
        "".into()
    }
}

impl Setting for bool {
    fn schema() -> Json {
        json!({ "type": "boolean" })
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        match value {
            Json::Bool(flag) => Some(*flag),
            Json::Null => Some(false),
            Json::String(text) if matches!(text.as_str(), "true" | "false" | "") => Some(text == "true"),
            _ => {
                reader.problem("true or false is needed here");
                None
            }
        }
    }

    fn to_json(&self) -> Json {
        (*self).into()
    }

    fn absent() -> Json {
        false.into()
    }
}

/// The number that a value is or says.
fn number(value: &Json, reader: &mut Reader) -> Option<f64> {
    let number = match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    };
    if number.is_none() {
        reader.problem("a number is needed here");
    }
    number
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl Setting for $kind {
            fn schema() -> Json {
                json!({ "type": "number" })
            }

            fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
                number(value, reader).map(|number| number as $kind)
            }

            fn to_json(&self) -> Json {
                (*self).into()
            }

            fn absent() -> Json {
                0.into()
            }
        })*
    };
}

numbers!(f32, f64);

macro_rules! whole_numbers {
    ($($kind:ty),*) => {
        $(impl Setting for $kind {
            fn schema() -> Json {
                json!({ "type": "integer" })
            }

            fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
                let number = number(value, reader)?;
                // The cast takes the nearest that there is; the way back shows whether that is the number itself.
                let whole = number as $kind;
                if number.fract() != 0.0 || whole as f64 != number {
                    reader.problem(format!("a whole number from {} to {} is needed here", <$kind>::MIN, <$kind>::MAX));
                    return None;
                }
                Some(whole)
            }

            fn to_json(&self) -> Json {
                (*self).into()
            }

            fn absent() -> Json {
                0.into()
            }
        })*
    };
}

whole_numbers!(u8, u16, u32, u64, usize, i8, i16, i32, i64);

/// What is left empty is none.
impl<T: Setting> Setting for Option<T> {
    fn schema() -> Json {
        let mut schema = T::schema();
        schema["type"] = json!([schema["type"], "null"]);
        schema
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        let is_empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if is_empty { Some(None) } else { T::read(value, reader).map(Some) }
    }

    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, Setting::to_json)
    }
}

/// Of texts: one text a line. Of structs: rows.
impl<T: Setting> Setting for Vec<T> {
    fn schema() -> Json {
        let mut items = T::schema();
        let mut schema = json!({ "type": "array" });
        if let Some(properties) = items["properties"].as_object() {
            let default = |(name, rule): (&String, &Json)| (name.clone(), rule["default"].clone());
            let row: Map<String, Json> = properties.iter().map(default).collect();
            items["default"] = row.into();
            schema["x-widget"] = "rows".into();
        }
        schema["items"] = items;
        schema
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        match value {
            Json::Null => Some(Self::new()),
            Json::Array(items) => reader.items(items),
            _ => {
                reader.problem("a list is needed here");
                None
            }
        }
    }

    fn to_json(&self) -> Json {
        self.iter().map(Setting::to_json).collect::<Vec<_>>().into()
    }

    fn absent() -> Json {
        json!([])
    }
}

/// Names with a text each.
impl Setting for BTreeMap<String, String> {
    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": { "type": "string" } })
    }

    fn read(value: &Json, reader: &mut Reader) -> Option<Self> {
        match value {
            Json::Null => Some(Self::new()),
            Json::Object(entries) => {
                let entries =
                    entries.iter().map(|(name, text)| Some((name.clone(), String::read(text, reader)?)));
                entries.collect()
            }
            _ => {
                reader.problem("names with a text each are needed here");
                None
            }
        }
    }

    fn to_json(&self) -> Json {
        self.iter()
            .map(|(name, text)| (name.clone(), Json::from(text.as_str())))
            .collect::<Map<_, _>>()
            .into()
    }

    fn absent() -> Json {
        json!({})
    }
}

/// Anything; the field's hints say what the form shows.
impl Setting for Json {
    fn schema() -> Json {
        json!({})
    }

    fn read(value: &Json, _: &mut Reader) -> Option<Self> {
        Some(value.clone())
    }

    fn to_json(&self) -> Json {
        self.clone()
    }
}
