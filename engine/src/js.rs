//! JavaScript's rules for numbers, texts, comparison, dates and property paths.
//!
//! Flows come from a world where `"10" == 10` and `1e21` is written `1e+21`. These functions follow ECMA-262
//! (the section is named at each), so that they keep their meaning here.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::value::Value;

pub mod date;
pub mod moment;
mod number;
pub mod path;
mod text;

pub use number::{number_to_text, parse_float, parse_int, round, text_to_number, to_fixed};
pub(crate) use text::write_quoted;
pub use text::{stringify, to_text};

/// `Number(value)` (ECMA-262, ToNumber): NaN where there is no number in it.
#[inline]
pub fn to_number(value: &Value) -> f64 {
    match value {
        Value::Number(number) | Value::Date(number) => *number,
        Value::String(text) => text_to_number(text),
        Value::Bool(bool) => f64::from(u8::from(*bool)),
        Value::Null => 0.0,
        Value::Undefined | Value::Object(_) | Value::Handle(_) => f64::NAN,
        Value::Array(_) | Value::Buffer(_) => text_to_number(&to_text(value)),
    }
}

/// Whether JavaScript takes it for true in a condition.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::String(text) => !text.is_empty(),
        Value::Buffer(_) | Value::Date(_) | Value::Array(_) | Value::Object(_) | Value::Handle(_) => true,
    }
}

/// `typeof value`.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Null
        | Value::Buffer(_)
        | Value::Date(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Handle(_) => "object",
    }
}

/// `a === b` (ECMA-262, IsStrictlyEqual). Arrays, objects and buffers are equal when they are the same one;
/// dates, which have no identity here, when they are the same moment.
pub fn strict_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) | (Value::Date(a), Value::Date(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Array(a), Value::Array(b)) => Arc::ptr_eq(a, b),
        (Value::Object(a), Value::Object(b)) => Arc::ptr_eq(a, b),
        (Value::Buffer(a), Value::Buffer(b)) => Arc::ptr_eq(a, b),
        (Value::Handle(a), Value::Handle(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

/// `a == b` (ECMA-262, IsLooselyEqual).
pub fn loose_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Undefined | Value::Null, Value::Undefined | Value::Null) => true,
        (Value::Undefined | Value::Null, _) | (_, Value::Undefined | Value::Null) => false,
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            text_to_number(text) == *number
        }
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Bool(bool), other) | (other, Value::Bool(bool)) => {
            loose_equal(&Value::Number(f64::from(u8::from(*bool))), other)
        }
        _ => match (is_primitive(a), is_primitive(b)) {
            // Whatever is not a primitive turns into text: `[1] == 1`, a date too.
            (true, false) => loose_equal(a, &Value::String(to_text(b))),
            (false, true) => loose_equal(&Value::String(to_text(a)), b),
            _ => strict_equal(a, b),
        },
    }
}

/// How `a` and `b` compare with `<` and `>` (ECMA-262, IsLessThan): two texts by their UTF-16 units, all else
/// as numbers. `None` when one of them is not a number: then `<`, `>`, `<=` and `>=` are all false.
#[inline]
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::String(a), Value::String(b)) => Some(compare_texts(a, b)),
        _ if compares_as_text(a) && compares_as_text(b) => Some(compare_texts(&to_text(a), &to_text(b))),
        _ => to_number(a).partial_cmp(&to_number(b)),
    }
}

/// How two texts compare: by their UTF-16 units.
pub fn compare_texts(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn is_primitive(value: &Value) -> bool {
    matches!(value, Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}

fn compares_as_text(value: &Value) -> bool {
    matches!(
        value,
        Value::String(_) | Value::Array(_) | Value::Object(_) | Value::Buffer(_) | Value::Handle(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Object;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn equality_is_javascripts() {
        let equal = [
            ("\"10\"", "10"),
            ("\" 1 \"", "1"),
            ("true", "1"),
            ("\"1\"", "true"),
            ("\"\"", "0"),
            ("[1]", "1"),
            ("[1,2]", "\"1,2\""),
            ("[]", "\"\""),
            ("[]", "false"),
            ("{}", "\"[object Object]\""),
            ("[null]", "0"),
        ];
        for (a, b) in equal {
            assert!(loose_equal(&json(a), &json(b)) && loose_equal(&json(b), &json(a)), "{a} == {b}");
            assert!(!strict_equal(&json(a), &json(b)), "{a} === {b}");
        }
        for (a, b) in [("null", "0"), ("\"true\"", "true"), ("[]", "[]"), ("{}", "{}"), ("\"a\"", "0")] {
            assert!(!loose_equal(&json(a), &json(b)), "{a} == {b}");
        }
        let nan = Value::Number(f64::NAN);
        assert!(!loose_equal(&nan, &nan) && !strict_equal(&nan, &nan));
        assert!(
            loose_equal(&Value::Undefined, &Value::Null) && !strict_equal(&Value::Undefined, &Value::Null)
        );
        let object = Value::from(Object::new());
        assert!(loose_equal(&object, &object.clone()) && strict_equal(&object, &object.clone()));
        assert!(loose_equal(&Value::buffer("ab"), &"ab".into()));
    }

    #[test]
    fn order_is_javascripts() {
        let less = [("\"10\"", "\"9\""), ("9", "\"10\""), ("null", "1"), ("[2]", "10"), ("\"B\"", "\"a\"")];
        for (a, b) in less {
            assert_eq!(compare(&json(a), &json(b)), Some(Ordering::Less), "{a} < {b}");
        }
        assert_eq!(compare(&json("\"a\""), &json("1")), None);
        assert_eq!(compare(&Value::Undefined, &json("1")), None);
        assert_eq!(compare(&json("[10]"), &json("[9]")), Some(Ordering::Less));
        assert_eq!(compare(&Value::Date(5.0), &json("6")), Some(Ordering::Less));
        // A surrogate pair comes before U+FF61, although its code point is higher.
        assert_eq!(compare(&"\u{1f600}".into(), &"\u{ff61}".into()), Some(Ordering::Less));
    }

    #[test]
    fn truth() {
        for (text, expected) in
            [("0", false), ("\"\"", false), ("null", false), ("[]", true), ("\"0\"", true)]
        {
            assert_eq!(is_truthy(&json(text)), expected, "{text}");
        }
        assert!(!is_truthy(&Value::Number(f64::NAN)) && !is_truthy(&Value::Number(-0.0)));
    }
}
