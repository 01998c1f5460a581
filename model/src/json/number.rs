//! Numbers that keep their literal.

use std::fmt;

use ecow::{EcoString, eco_format};

/// A number by its JSON literal, which it keeps: `1.0`, `1e3`, `0.10` and integers of any length survive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    /// Always a literal of JSON's number grammar (RFC 8259, section 6).
    literal: EcoString,
}

impl Number {
    /// A number by its literal; none where `literal` is not one in JSON's grammar.
    pub fn from_literal(literal: &str) -> Option<Self> {
        (literal_length(literal.as_bytes()) == Some(literal.len())).then(|| Self { literal: literal.into() })
    }

    /// A number in JavaScript's form; none for the infinite and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self { literal: javascript_number(value) })
    }

    /// The literal, as it was read.
    pub fn as_str(&self) -> &str {
        &self.literal
    }

    /// The nearest double, as JavaScript reads it; infinite where the literal is out of range.
    pub fn as_f64(&self) -> f64 {
        self.literal.parse().unwrap_or(f64::NAN)
    }

    /// The value where it is a whole number that 64 bits hold, in whatever form it is written (`1e3`, `2.0`).
    pub fn as_i64(&self) -> Option<i64> {
        self.literal.parse().ok().or_else(|| {
            let value = self.as_f64();
            let whole = value as i64;
            // Beyond 2^53 a double no longer says which integer was meant.
            (value.abs() <= 9_007_199_254_740_992.0 && whole as f64 == value).then_some(whole)
        })
    }

    /// Whether it is written as JavaScript would, without a closer look: digits that a double holds.
    pub(super) fn is_plain_integer(&self) -> bool {
        let digits = self.literal.as_bytes();
        let is_zero_alone = digits == b"0" || digits.first() != Some(&b'0');
        digits.len() <= 15 && is_zero_alone && digits.iter().all(u8::is_ascii_digit)
    }

    /// As `JSON.stringify` writes it; `null` where JavaScript reads the literal as infinite.
    pub fn to_js_string(&self) -> EcoString {
        match self.as_f64() {
            value if value.is_finite() => javascript_number(value),
            _ => "null".into(),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.literal)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self { literal: eco_format!("{value}") }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self { literal: eco_format!("{value}") }
    }
}

/// Length in bytes of the number literal that `bytes` starts with; none where it starts with none.
pub(super) fn literal_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = usize::from(bytes.first() == Some(&b'-'));
    let whole = match bytes.get(end)? {
        b'0' => 1,
        _ => digits(end),
    };
    if whole == 0 {
        return None;
    }
    end += whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent == 0 {
            return None;
        }
        end += 1 + sign + exponent;
    }
    Some(end)
}

/// A finite double as JavaScript's `Number::toString` writes it (ECMA-262, section 6.1.6.1.20).
fn javascript_number(value: f64) -> EcoString {
    if value == 0.0 {
        return "0".into();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    // Rust's `{:e}` gives the shortest digits that read back to the same double, as the standard asks.
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    match point {
        1..=21 if count <= point => eco_format!("{sign}{digits}{}", "0".repeat((point - count) as usize)),
        1..=21 => {
            let (whole, fraction) = digits.split_at(point as usize);
            eco_format!("{sign}{whole}.{fraction}")
        }
        -5..=0 => eco_format!("{sign}0.{}{digits}", "0".repeat(-point as usize)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let plus = if point > 0 { "+" } else { "" };
            eco_format!("{sign}{first}{dot}{rest}e{plus}{}", point - 1)
        }
    }
}
