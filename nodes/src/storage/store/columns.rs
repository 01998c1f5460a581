//! From properties to columns.

use std::borrow::Cow;

use engine::js::path::PropertyPath;
use engine::{Message, NodeError, Value, js};
use model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::storage::database::value::{json, whole};
use crate::storage::database::{Dialect, SqlValue};

/// A column and the property that goes into it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// `None` for the time when the message came.
    property: Option<PropertyPath>,
}

/// What a column holds.
#[derive(Deserialize, JsonSchema, Default, Clone, Copy, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("x-widget" = "choice"))]
pub(super) enum ColumnType {
    #[default]
    Text,
    Number,
    Integer,
    Boolean,
    Time,
    Json,
    Buffer,
}

impl Column {
    pub(super) fn new(property: &str, name: &str, kind: ColumnType) -> Result<Self, Text> {
        Ok(Self { name: name.into(), kind, property: Some(PropertyPath::parse_message(property)?) })
    }

    /// A column for the time when the message came.
    pub(super) fn arrival_time(name: &str) -> Self {
        Self { name: name.into(), kind: ColumnType::Time, property: None }
    }

    /// What to store of a message. `now` is in milliseconds since 1970: for the time column where the
    /// message has no time.
    ///
    /// # Errors
    /// When the property does not fit the column, or is missing in a column of the unique key.
    pub(super) fn read(
        &self,
        message: &Message,
        now: Option<f64>,
        is_key: bool,
    ) -> Result<SqlValue, NodeError> {
        let value = self.property.as_ref().and_then(|property| property.get(message.properties()));
        let value = value.unwrap_or(Cow::Owned(Value::Undefined));
        let property = self.property.as_ref().map_or("", |property| property.as_str());
        match (now, value.is_nullish()) {
            (Some(now), true) => return Ok(SqlValue::Time(now)),
            (None, true) if is_key => {
                return Err(NodeError::key("store.key-empty")
                    .with("property", property)
                    .with("column", &self.name));
            }
            _ => {}
        }
        self.kind.convert(&value).ok_or_else(|| {
            NodeError::key("store.misfit")
                .with("property", property)
                .with("column", &self.name)
                .with("wanted", self.kind.in_words())
                .with("given", given(&value))
        })
    }
}

impl ColumnType {
    /// The SQL type.
    pub(super) fn sql(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, Self::Text | Self::Json) | (Dialect::Postgres, Self::Text) => "TEXT",
            (Dialect::Sqlite, Self::Number) => "REAL",
            (Dialect::Sqlite, Self::Integer | Self::Boolean | Self::Time) => "INTEGER",
            (Dialect::Sqlite, Self::Buffer) => "BLOB",
            (Dialect::Postgres, Self::Number) => "DOUBLE PRECISION",
            (Dialect::Postgres, Self::Integer) => "BIGINT",
            (Dialect::Postgres, Self::Boolean) => "BOOLEAN",
            (Dialect::Postgres, Self::Time) => "TIMESTAMPTZ",
            (Dialect::Postgres, Self::Json) => "JSONB",
            (Dialect::Postgres, Self::Buffer) => "BYTEA",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::Time => "a date, its ISO text or milliseconds since 1970",
            Self::Json => "any value",
            Self::Buffer => "a buffer or text",
        }
    }

    /// `None` where the value does not fit.
    fn convert(self, value: &Value) -> Option<SqlValue> {
        if value.is_nullish() {
            return Some(SqlValue::Null);
        }
        Some(match self {
            Self::Text => match value {
                Value::String(text) => SqlValue::Text(text.clone()),
                Value::Buffer(bytes) => SqlValue::Text(std::str::from_utf8(bytes).ok()?.into()),
                Value::Date(at) => SqlValue::Text(js::date::to_iso(*at)?),
                Value::Array(_) | Value::Object(_) => match json(value) {
                    SqlValue::Json(text) => SqlValue::Text(text),
                    other => other,
                },
                Value::Handle(_) => return None,
                other => SqlValue::Text(js::to_text(other)),
            },
            Self::Number => SqlValue::Real(number(value)?),
            Self::Integer => SqlValue::Integer(whole(number(value)?)?),
            Self::Boolean => SqlValue::Bool(match value {
                Value::Bool(bool) => *bool,
                Value::String(text) if text == "true" => true,
                Value::String(text) if text == "false" => false,
                Value::Number(number) if *number == 1.0 => true,
                Value::Number(number) if *number == 0.0 => false,
                _ => return None,
            }),
            Self::Time => SqlValue::Time(
                match value {
                    Value::Date(at) | Value::Number(at) => Some(*at),
                    Value::String(text) => Some(js::date::parse(text)),
                    _ => None,
                }
                // What JavaScript calls a valid date (ECMA-262, Time Values).
                .filter(|at| at.is_finite() && at.abs() <= 8.64e15)?,
            ),
            Self::Json if matches!(value, Value::Handle(_)) => return None,
            Self::Json => json(value),
            Self::Buffer => match value {
                Value::Buffer(bytes) => SqlValue::Bytes(bytes.as_ref().clone()),
                Value::String(text) => SqlValue::Bytes(text.as_bytes().to_vec().into()),
                _ => return None,
            },
        })
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) | Value::Date(number) => *number,
        Value::Bool(bool) => f64::from(u8::from(*bool)),
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// The value in a few words.
fn given(value: &Value) -> String {
    const SHOWN: usize = 40;
    let text = match value {
        Value::Buffer(bytes) => format!("a buffer of {} bytes", bytes.len()),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain("...".chars()).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted_or_refused() {
        use ColumnType::*;
        let text = |text: &str| Some(SqlValue::Text(text.into()));
        for (kind, json, expected) in [
            (Text, "1.5", text("1.5")),
            (Text, "true", text("true")),
            (Text, r#"{"a":1}"#, text(r#"{"a":1}"#)),
            (Text, "null", Some(SqlValue::Null)),
            (Number, "1", Some(SqlValue::Real(1.0))),
            (Number, r#"" 1e3 ""#, Some(SqlValue::Real(1000.0))),
            (Number, r#""""#, None),
            (Number, r#""NaN""#, None),
            (Number, "[]", None),
            (Integer, "1", Some(SqlValue::Integer(1))),
            (Integer, "1.5", None),
            (Integer, "1e300", None),
            (Boolean, "1", Some(SqlValue::Bool(true))),
            (Boolean, r#""false""#, Some(SqlValue::Bool(false))),
            (Boolean, "2", None),
            (Time, "5", Some(SqlValue::Time(5.0))),
            (Time, r#""1970-01-01T00:00:01Z""#, Some(SqlValue::Time(1000.0))),
            (Time, r#""soon""#, None),
            (Time, "true", None),
            (Json, r#"[1,"x"]"#, Some(SqlValue::Json(r#"[1,"x"]"#.into()))),
            (Buffer, r#""ab""#, Some(SqlValue::Bytes("ab".into()))),
            (Buffer, "1", None),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(kind.convert(&value), expected, "{kind:?} {json}");
        }
        assert_eq!(Text.convert(&Value::buffer(vec![0xff])), None);
        assert_eq!(Number.convert(&f64::NAN.into()), None);
    }
}
