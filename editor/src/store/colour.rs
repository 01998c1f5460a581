//! Colours that come from outside, and what can be read on them.

/// A colour is put into the page: nothing but `#` and hexadecimal digits may get there.
pub fn checked(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('#')?;
    (matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(text)
}

/// A group's line or fill may also be none at all.
pub fn of_group(text: &str) -> Option<&str> {
    if text == "none" { Some(text) } else { checked(text) }
}

/// What is written on a ground of `colour` (`#rgb` or `#rrggbb`): white, or dark on light grounds.
pub fn ink_on(colour: &str) -> &'static str {
    /// Relative luminance above which dark has more contrast than white, with some favour for white.
    const LIGHT: f64 = 0.36;
    if luminance(colour) > LIGHT { "#1f2a33" } else { "#ffffff" }
}

/// CSS properties of something that has a type's colour.
pub fn style(colour: &str) -> String {
    format!("--node:{colour};--on-node:{}", ink_on(colour))
}

/// Relative luminance as WCAG 2 defines it, 0 to 1.
fn luminance(colour: &str) -> f64 {
    let digits: Vec<f64> = colour.chars().filter_map(|digit| digit.to_digit(16)).map(f64::from).collect();
    let channel = |at: usize| {
        let value = match digits.len() {
            3 => digits[at] * 17.0,
            6 => digits[2 * at] * 16.0 + digits[2 * at + 1],
            _ => 0.0,
        };
        let value = value / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_colours_pass() {
        assert_eq!(checked("#a1B2c3"), Some("#a1B2c3"));
        for bad in ["red", "#12", "#12345g", "url(x)", "#fff;}"] {
            assert_eq!(checked(bad), None, "{bad}");
        }
    }

    #[test]
    fn ink_can_be_read_on_its_ground() {
        assert!((luminance("#fff") - 1.0).abs() < 1e-9);
        assert_eq!(luminance("#000000"), 0.0);
        assert_eq!([ink_on("#ffffff"), ink_on("#fdd0a2")], ["#1f2a33"; 2]);
        assert_eq!([ink_on("#3b82a0"), ink_on("#b5544d")], ["#ffffff"; 2]);
    }
}
