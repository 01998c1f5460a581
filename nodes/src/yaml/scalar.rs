//! What a plain scalar means: YAML 1.2's core schema (10.3.2), with the timestamps of YAML 1.1.

use engine::{Value, js};

/// The value of a plain scalar; `None` when it is just text.
pub(super) fn resolve(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(true.into()),
        "false" | "False" | "FALSE" => return Some(false.into()),
        _ => {}
    }
    number(text).map(Value::Number).or_else(|| timestamp(text).map(Value::Date))
}

/// An integer (decimal, `0b`, `0o`, `0x`) or a float; `_` may stand between digits, as in js-yaml.
pub(super) fn number(text: &str) -> Option<f64> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let sign = if is_negative { -1.0 } else { 1.0 };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    if digits.starts_with('_') || digits.ends_with('_') {
        return None;
    }
    let clean = digits.replace('_', "");
    for (prefix, radix) in [("0b", 2), ("0o", 8), ("0x", 16)] {
        if let Some(rest) = clean.strip_prefix(prefix) {
            let is_number = !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix));
            return is_number.then(|| sign * js::parse_int(rest, radix));
        }
    }
    let (mantissa, exponent) = match clean.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (clean.as_str(), None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    (has_digits && all_digits(whole) && all_digits(fraction) && is_exponent)
        .then(|| sign * js::parse_float(&clean))
}

/// `2001-12-14`, or with a time and a zone (yaml.org/type/timestamp).
fn timestamp(text: &str) -> Option<f64> {
    let part = |from: usize, to: usize| -> Option<u32> {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    if text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' {
        part(0, 4)?;
        part(5, 7)?;
        part(8, 10)?;
        return Some(js::date::parse(text)).filter(|at| !at.is_nan());
    }
    let (date, rest) = text.split_at_checked(text.find(['T', 't', ' ', '\t'])?)?;
    let mut fields = date.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    let is_number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if fields.next().is_some()
        || !is_number(year, 4..=4)
        || !is_number(month, 1..=2)
        || !is_number(day, 1..=2)
    {
        return None;
    }
    let rest = rest[1..].trim_start();
    let end = rest.find(|character: char| !matches!(character, '0'..='9' | ':' | '.')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    let mut fields = time.split(':');
    let (hour, minute, second) = (fields.next()?, fields.next()?, fields.next()?);
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let is_time = fields.next().is_none()
        && is_number(hour, 1..=2)
        && is_number(minute, 2..=2)
        && is_number(second, 2..=2)
        && is_number(fraction, 0..=20);
    let zone = match zone.trim() {
        "" | "Z" => "Z".to_owned(),
        zone => {
            let (sign, zone) = zone.split_at_checked(1)?;
            let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
            if !matches!(sign, "+" | "-") || !is_number(hours, 1..=2) || !is_number(minutes, 2..=2) {
                return None;
            }
            format!("{sign}{hours:0>2}:{minutes}")
        }
    };
    let fraction = format!("{fraction:0<3}");
    let iso = format!("{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second}.{}{zone}", &fraction[..3]);
    is_time.then(|| js::date::parse(&iso)).filter(|at| !at.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_types() {
        for (text, expected) in [
            ("12", 12.0),
            ("-1_000", -1000.0),
            ("0x1F", 31.0),
            ("0o17", 15.0),
            ("0b11", 3.0),
            ("1.5e3", 1500.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-.inf", f64::NEG_INFINITY),
            ("010", 10.0),
        ] {
            assert_eq!(resolve(text), Some(expected.into()), "{text}");
        }
        for text in ["yes", "1.2.3", "0x", "e5", ".", "-", "_1", "12:30", "1e", "nul"] {
            assert_eq!(resolve(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_dates() {
        let noon = Value::Date(1_008_331_200_000.0 - 43_200_000.0 + 43_200_000.0);
        assert_eq!(resolve("2001-12-14T12:00:00Z"), Some(noon.clone()));
        assert_eq!(resolve("2001-12-14t07:00:00.0-05:00"), Some(noon.clone()));
        assert_eq!(resolve("2001-12-14 12:00:00"), Some(noon));
        assert_eq!(resolve("2001-12-14"), Some(Value::Date(1_008_288_000_000.0)));
        assert_eq!(resolve("2001-1-1"), None);
    }
}
