//! Values to and from PostgreSQL: parameters in its text format, so that the server itself reads them as the
//! type that it wants; results from its binary format.

use std::error::Error;
use std::fmt::Write as _;

use bytes::BytesMut;
use engine::{Value, js};
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type};

use crate::storage::database::SqlValue;
use crate::storage::database::value::integer;

/// Milliseconds from 1970 to 2000, where PostgreSQL counts from.
const EPOCH_MS: f64 = 946_684_800_000.0;

/// A value that PostgreSQL has no room for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unstorable(&'static str);

impl ToSql for SqlValue {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let is_time = matches!(*wanted, Type::TIMESTAMPTZ | Type::TIMESTAMP | Type::DATE);
        let text = match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Bool(bool) if is_number(wanted) => u8::from(*bool).to_string(),
            Self::Bool(bool) => bool.to_string(),
            Self::Integer(at) if is_time => iso(*at as f64)?,
            Self::Real(at) if is_time => iso(*at)?,
            Self::Integer(integer) => integer.to_string(),
            Self::Real(real) => real.to_string(),
            // The one character that PostgreSQL's text cannot hold; the server's words for it are obscure.
            Self::Text(text) | Self::Json(text) if text.contains('\0') => {
                return Err(Unstorable("text with a zero character cannot be stored in PostgreSQL").into());
            }
            Self::Text(text) if *wanted == Type::BYTEA => hex(text.as_bytes()),
            Self::Text(text) => text.to_string(),
            Self::Json(json) => match wanted.kind() {
                Kind::Array(_) => {
                    array_literal(&serde_json::from_str(json).map_err(|_| Unstorable("this is no JSON"))?)
                }
                _ => json.to_string(),
            },
            Self::Bytes(bytes) => hex(bytes),
            Self::Time(at) if is_number(wanted) => at.trunc().to_string(),
            Self::Time(at) => iso(*at)?,
        };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    tokio_postgres::types::to_sql_checked!();
}

fn is_number(wanted: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8, Type::NUMERIC].contains(wanted)
}

fn iso(milliseconds: f64) -> Result<String, Unstorable> {
    Ok(js::date::to_iso(milliseconds).ok_or(Unstorable("an invalid date cannot be stored"))?.to_string())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    bytes.iter().for_each(|byte| write!(text, "{byte:02x}").unwrap_or_default());
    text
}

/// `{1,"a b",NULL,{2}}`
fn array_literal(items: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    match items {
        Json::Array(items) => {
            format!("{{{}}}", items.iter().map(array_literal).collect::<Vec<_>>().join(","))
        }
        Json::Null => "NULL".into(),
        Json::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Json::Object(_) => array_literal(&Json::String(items.to_string())),
        other => other.to_string(),
    }
}

/// A result's bytes and their type.
pub(super) struct Raw<'a>(&'a [u8], Type);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(wanted: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw, wanted.clone()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Raw<'_> {
    /// The value; the type's name where it is not understood.
    pub(super) fn decode(self) -> Result<Value, String> {
        decode(self.0, &self.1).ok_or_else(|| self.1.name().to_owned())
    }
}

fn decode(raw: &[u8], type_: &Type) -> Option<Value> {
    let text = || std::str::from_utf8(raw).ok();
    let json = |text: &str| serde_json::from_str(text).ok();
    Some(match *type_ {
        Type::BOOL => (raw == [1]).into(),
        Type::INT2 => i32::from(i16::from_be_bytes(raw.try_into().ok()?)).into(),
        Type::INT4 => i32::from_be_bytes(raw.try_into().ok()?).into(),
        Type::INT8 => integer(i64::from_be_bytes(raw.try_into().ok()?)),
        Type::OID => u32::from_be_bytes(raw.try_into().ok()?).into(),
        Type::FLOAT4 => shortest(f32::from_be_bytes(raw.try_into().ok()?)).into(),
        Type::FLOAT8 => f64::from_be_bytes(raw.try_into().ok()?).into(),
        Type::NUMERIC => numeric(raw)?,
        Type::BYTEA => Value::buffer(raw.to_vec()),
        Type::TIMESTAMPTZ | Type::TIMESTAMP => match i64::from_be_bytes(raw.try_into().ok()?) {
            i64::MAX => "infinity".into(),
            i64::MIN => "-infinity".into(),
            microseconds => Value::Date((microseconds as f64 / 1000.0).floor() + EPOCH_MS),
        },
        Type::DATE => {
            let days = i32::from_be_bytes(raw.try_into().ok()?);
            let iso = js::date::to_iso(f64::from(days) * 86_400_000.0 + EPOCH_MS)?;
            iso.split('T').next()?.into()
        }
        Type::TIME => time_of_day(i64::from_be_bytes(raw.try_into().ok()?)).into(),
        Type::JSON => json(text()?)?,
        // A version number stands before the text.
        Type::JSONB => {
            json(std::str::from_utf8(raw.split_first().filter(|(version, _)| **version == 1)?.1).ok()?)?
        }
        Type::UUID => uuid(raw)?.into(),
        // What a function without a result gives.
        Type::VOID => Value::Null,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN | Type::XML => {
            text()?.into()
        }
        _ => match type_.kind() {
            Kind::Enum(_) => text()?.into(),
            Kind::Domain(inner) => decode(raw, inner)?,
            Kind::Array(inner) => array(raw, inner)?,
            _ => return None,
        },
    })
}

/// The number that is written the same way, not the same bits: 0.1 stays 0.1.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

fn time_of_day(microseconds: i64) -> String {
    let (seconds, fraction) = (microseconds / 1_000_000, microseconds % 1_000_000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { text } else { format!("{text}.{fraction:06}") }
}

fn uuid(raw: &[u8]) -> Option<String> {
    let digits: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts =
        [digits.get(..8)?, digits.get(8..12)?, digits.get(12..16)?, digits.get(16..20)?, digits.get(20..32)?];
    Some(parts.join("-"))
}

/// Groups of four decimal digits: count, weight of the first, sign, digits after the point, then the groups.
/// A number where that loses nothing, else text.
fn numeric(raw: &[u8]) -> Option<Value> {
    let word = |at: usize| Some(u16::from_be_bytes(raw.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign, scale) = (word(0)?, word(1)? as i16, word(2)?, usize::from(word(3)?));
    match sign {
        0x0000 | 0x4000 => {}
        0xC000 => return Some(f64::NAN.into()),
        0xD000 => return Some(f64::INFINITY.into()),
        0xF000 => return Some(f64::NEG_INFINITY.into()),
        _ => return None,
    }
    let group = |at: i32| {
        usize::try_from(at).ok().filter(|at| *at < usize::from(count)).map_or(Some(0), |at| word(4 + at))
    };
    let mut text = String::new();
    if sign == 0x4000 {
        text.push('-');
    }
    let weight = i32::from(weight);
    if weight < 0 {
        text.push('0');
    }
    for at in 0..=weight {
        let digits = group(at)?;
        let written = if at == 0 { write!(text, "{digits}") } else { write!(text, "{digits:04}") };
        written.ok()?;
    }
    if scale > 0 {
        let mut fraction = String::new();
        let mut at = weight + 1;
        while fraction.len() < scale {
            write!(fraction, "{:04}", if at < 0 { 0 } else { group(at)? }).ok()?;
            at += 1;
        }
        text.push('.');
        text.push_str(&fraction[..scale]);
    }
    // A double holds every decimal number of 15 digits; zeros at the end do not count.
    let significant = text.trim_start_matches(['-', '0', '.']).trim_end_matches(['0', '.']);
    let significant = significant.bytes().filter(u8::is_ascii_digit).count();
    if significant <= 15 { text.parse::<f64>().ok().map(Value::Number) } else { Some(text.into()) }
}

/// Dimensions, flags, element type, per dimension its length and lower bound, then the elements with their
/// lengths before them.
fn array(raw: &[u8], inner: &Type) -> Option<Value> {
    let word = |at: usize| Some(i32::from_be_bytes(raw.get(at..at + 4)?.try_into().ok()?));
    let dimensions = usize::try_from(word(0)?).ok()?;
    let lengths: Option<Vec<usize>> =
        (0..dimensions).map(|at| usize::try_from(word(12 + at * 8)?).ok()).collect();
    let mut rest = raw.get(12 + dimensions * 8..)?;
    level(&lengths?, &mut rest, inner)
}

fn level(lengths: &[usize], rest: &mut &[u8], inner: &Type) -> Option<Value> {
    let Some((length, inner_lengths)) = lengths.split_first() else { return Some(Vec::new().into()) };
    let mut items = Vec::new();
    for _ in 0..*length {
        if !inner_lengths.is_empty() {
            items.push(level(inner_lengths, rest, inner)?);
            continue;
        }
        let (size, after) = rest.split_first_chunk::<4>()?;
        *rest = after;
        match usize::try_from(i32::from_be_bytes(*size)) {
            Err(_) => items.push(Value::Null),
            Ok(size) => {
                let (element, after) = rest.split_at_checked(size)?;
                *rest = after;
                items.push(decode(element, inner)?);
            }
        }
    }
    Some(items.into())
}
