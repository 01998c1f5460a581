//! Numbers to text and back, and rounding.

use ecow::EcoString;

/// `String(number)` (ECMA-262, Number::toString in base 10).
pub fn number_to_text(number: f64) -> EcoString {
    EcoString::from(ryu_js::Buffer::new().format(number))
}

/// `number.toFixed(digits)`; more than 100 digits, where JavaScript throws, are taken for 100.
pub fn to_fixed(number: f64, digits: u8) -> EcoString {
    // From this size on JavaScript writes the number as it always does.
    if !number.is_finite() || number.abs() >= 1e21 {
        return number_to_text(number);
    }
    EcoString::from(ryu_js::Buffer::new().format_to_fixed(number, digits.min(100)))
}

/// `Math.round`: halves go up, towards positive infinity.
pub fn round(number: f64) -> f64 {
    let floor = number.floor();
    // Comparing the difference, not adding 0.5, keeps 0.49999999999999994 and large odd numbers right.
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    rounded.copysign(number)
}

/// `Number(text)` (ECMA-262, StringToNumber): NaN when it is not a number; blank is 0.
pub fn text_to_number(text: &str) -> f64 {
    let text = trim(text);
    let bytes = text.as_bytes();
    match bytes {
        [] => return 0.0,
        [b'0', base @ (b'x' | b'X' | b'o' | b'O' | b'b' | b'B'), digits @ ..] => {
            let bits = match base {
                b'x' | b'X' => 4,
                b'o' | b'O' => 3,
                _ => 1,
            };
            return power_of_two_digits(digits, bits);
        }
        _ => {}
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust's parser also knows words ("inf", "nan") that JavaScript does not.
        _ if bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// `parseFloat(text)`: the number that the text begins with, or NaN.
pub fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with("Infinity") {
        return if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let digits = |from: usize| unsigned[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(0);
    if unsigned[end..].starts_with('.') {
        let fraction = digits(end + 1);
        if end + fraction == 0 {
            return f64::NAN;
        }
        end += 1 + fraction;
    }
    if unsigned[end..].starts_with(['e', 'E']) {
        let sign = usize::from(unsigned[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text[..text.len() - unsigned.len() + end].parse().unwrap_or(f64::NAN)
}

/// `parseInt(text, radix)`: the integer that the text begins with, or NaN; radix 0 is 10, or 16 after `0x`.
pub fn parse_int(text: &str, radix: u32) -> f64 {
    let text = text.trim_start_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mut digits, mut radix) = (unsigned, radix);
    if radix == 0 || radix == 16 {
        let stripped = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"));
        (digits, radix) = match stripped {
            Some(rest) => (rest, 16),
            None => (unsigned, if radix == 0 { 10 } else { radix }),
        };
    }
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let digits = &digits[..digits.bytes().take_while(|byte| (*byte as char).is_digit(radix)).count()];
    let number = match radix {
        _ if digits.is_empty() => return f64::NAN,
        10 => digits.parse().unwrap_or(f64::NAN),
        16 => power_of_two_digits(digits.as_bytes(), 4),
        _ => digits
            .chars()
            .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0))),
    };
    if text.starts_with('-') { -number } else { number }
}

/// Digits of `bits` bits each; NaN when there are none or one is none. Rounds once, at the end.
fn power_of_two_digits(digits: &[u8], bits: u32) -> f64 {
    let (mut head, mut dropped_bits, mut sticky) = (0_u128, 0_u32, false);
    for digit in digits {
        let Some(digit) = (*digit as char).to_digit(1 << bits) else { return f64::NAN };
        // 120 bits are more than a double keeps; of the rest it only matters whether anything is there.
        if head >> 120 == 0 {
            head = (head << bits) | u128::from(digit);
        } else {
            dropped_bits = dropped_bits.saturating_add(bits);
            sticky |= digit != 0;
        }
    }
    if digits.is_empty() {
        return f64::NAN;
    }
    (head | u128::from(sticky)) as f64 * 2_f64.powi(i32::try_from(dropped_bits).unwrap_or(i32::MAX))
}

/// Trims what JavaScript's `trim` does.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

fn is_space(character: char) -> bool {
    // Unicode's White_Space without U+0085, with the byte order mark.
    character == '\u{feff}' || (character != '\u{85}' && character.is_whitespace())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The expectations of these tests were printed by Node.js 20.

    #[test]
    fn writes_numbers_as_javascript() {
        let cases: [(f64, &str); 18] = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (9007199254740993.0, "9007199254740992"),
            (4.35, "4.35"),
        ];
        for (number, text) in cases {
            assert_eq!(number_to_text(number), text);
        }
    }

    #[test]
    fn reads_numbers_as_javascript() {
        let cases: [(&str, f64); 22] = [
            ("", 0.0),
            (" \t\n\u{feff}\u{a0}", 0.0),
            ("12", 12.0),
            ("  -1.50e2 ", -150.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+.5e-1", 0.05),
            ("0x1F", 31.0),
            ("0b101", 5.0),
            ("0o17", 15.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e1000", f64::INFINITY),
            ("0x20000000000001", 9007199254740992.0),
            ("0x20000000000003", 9007199254740996.0),
            ("00012", 12.0),
            ("1e-400", 0.0),
            ("9007199254740993", 9007199254740992.0),
            ("0X10", 16.0),
            ("-0", -0.0),
            ("0x8000000000000400000000000000000000001", 1.7840596158824502e44),
            ("1.7976931348623157e308", f64::MAX),
        ];
        for (text, number) in cases {
            assert_eq!(text_to_number(text), number, "{text:?}");
        }
        for text in [
            "a", "1a", "-0x10", "0x", "inf", "nan", "infinity", "1_000", "1,5", ".", "e5", "1e", "+", "--1",
            "1 2", "0b2", "\u{85}1", "١",
        ] {
            assert!(text_to_number(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn parses_prefixes() {
        for (text, number) in [
            ("12px", 12.0),
            ("  -3.5e2x", -350.0),
            ("1e", 1.0),
            ("1e+", 1.0),
            (".5.5", 0.5),
            ("5.", 5.0),
            ("-Infinityx", f64::NEG_INFINITY),
            ("0x10", 0.0),
        ] {
            assert_eq!(parse_float(text), number, "{text}");
        }
        for text in ["", ".", "-", "e5", "x1", "+.e1"] {
            assert!(parse_float(text).is_nan(), "{text}");
        }
        for (text, radix, number) in [
            ("12.9", 10, 12.0),
            (" -7up", 0, -7.0),
            ("0x1fg", 0, 31.0),
            ("ff", 16, 255.0),
            ("0xff", 16, 255.0),
            ("101", 2, 5.0),
            ("zz", 36, 1295.0),
            ("010", 0, 10.0),
        ] {
            assert_eq!(parse_int(text, radix), number, "{text}");
        }
        for (text, radix) in [("", 10), ("x", 10), ("9", 8), ("1", 1), ("1", 37), ("0x", 16)] {
            assert!(parse_int(text, radix).is_nan(), "{text}");
        }
    }

    #[test]
    fn rounds_as_javascript() {
        for (number, rounded) in [
            (0.5, 1.0),
            (1.5, 2.0),
            (2.5, 3.0),
            (-0.5, 0.0),
            (-1.5, -1.0),
            (-2.5, -2.0),
            (0.49999999999999994, 0.0),
            (4503599627370497.5, 4503599627370498.0),
            (9007199254740991.0, 9007199254740991.0),
            (-3.7, -4.0),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(round(number), rounded, "{number}");
        }
        assert!(round(f64::NAN).is_nan() && round(-0.2).is_sign_negative());
        for (number, digits, text) in [
            (1.005, 2, "1.00"),
            (1.45, 1, "1.4"),
            (2.5, 0, "3"),
            (-1.5, 0, "-2"),
            (10.235, 2, "10.23"),
            (0.000001, 7, "0.0000010"),
            (1e21, 2, "1e+21"),
            (-0.0, 2, "0.00"),
            (123.456, 0, "123"),
            (f64::NAN, 2, "NaN"),
        ] {
            assert_eq!(to_fixed(number, digits), text, "{number} {digits}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(!number.is_nan());
            prop_assert_eq!(text_to_number(&number_to_text(number)), number);
            prop_assert_eq!(parse_float(&number_to_text(number)), number);
        }

        #[test]
        fn any_text_reads_without_panic(text in "\\PC{0,12}|[-+0-9.eExXoObBIn ]{0,12}") {
            let number = text_to_number(&text);
            let _ = (parse_float(&text), parse_int(&text, 0), parse_int(&text, 16));
            // Whatever is a number is one for parseFloat too, but for blanks and other bases.
            if !number.is_nan() && !trim(&text).is_empty() && !text.contains(['x', 'X', 'o', 'O', 'b', 'B']) {
                prop_assert_eq!(parse_float(&text), number);
            }
        }
    }
}
