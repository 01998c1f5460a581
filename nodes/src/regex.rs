//! JavaScript's regular expressions on the `regex` crate, which never takes more than linear time.
//!
//! What that crate cannot do (looking ahead or behind, back references) is refused with a clear problem. The
//! rest is translated where the two differ: `\d`, `\w` and `\b` are ASCII, `.` stops at every line end,
//! brackets inside a class are plain characters, a brace that begins no count is one.

use ecow::EcoString;
use model::text::Text;
use regex::{Captures, Regex, RegexBuilder};

/// Texts, part of the catalogue of every node that uses this module.
pub(crate) const INVALID: (&str, &str) = ("regex.invalid", "{pattern} is not a regular expression: {reason}");
pub(crate) const NOTHING_TO_REPEAT: (&str, &str) = (
    "regex.nothing-to-repeat",
    "{pattern} is not a regular expression: {repeat} has nothing to repeat; write \\{repeat} for the character itself",
);
pub(crate) const BACKSLASH: (&str, &str) = (
    "regex.backslash",
    "{pattern} is not a regular expression: it ends with a backslash; write two for the character itself",
);
pub(crate) const LOOK_AROUND: (&str, &str) = (
    "regex.look-around",
    "{pattern} looks ahead or behind, which is not supported here because it can take for ever; write it without, or use a function node",
);
pub(crate) const BACK_REFERENCE: (&str, &str) = (
    "regex.back-reference",
    "{pattern} uses a back reference, which is not supported here because it can take for ever; write it without, or use a function node",
);

/// Compiles a JavaScript pattern (without slashes and flags).
///
/// # Errors
/// When it is none, or uses what is not supported.
pub(crate) fn compile(pattern: &str, ignores_case: bool) -> Result<Regex, Text> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated).case_insensitive(ignores_case).build().map_err(|error| {
        // The last line says what is wrong; those before show where in the translated pattern.
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Text::key("regex.invalid").with("pattern", pattern).with("reason", reason)
    })
}

/// A pattern that matches just this text.
pub(crate) fn literal(text: &str) -> Result<Regex, Text> {
    Regex::new(&regex::escape(text))
        .map_err(|error| Text::key("regex.invalid").with("pattern", text).with("reason", error))
}

/// `text.replace(/pattern/g, replacement)`, with JavaScript's `$$`, `$&`, `` $` ``, `$'`, `$1` and `$<name>` in
/// the replacement.
pub(crate) fn replace_all(pattern: &Regex, text: &str, replacement: &str) -> EcoString {
    let mut replaced = EcoString::new();
    let mut rest_from = 0;
    for captures in pattern.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push_str(&text[rest_from..whole.start()]);
        expand(replacement, text, &captures, &mut replaced);
        rest_from = whole.end();
    }
    replaced.push_str(&text[rest_from..]);
    replaced
}

/// ECMA-262, GetSubstitution.
fn expand(replacement: &str, text: &str, captures: &Captures<'_>, into: &mut EcoString) {
    let Some(whole) = captures.get(0) else { return };
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        into.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        // Two digits if there are so many groups, else one.
        let group = (1..=digits)
            .rev()
            .filter_map(|count| Some((count, after[..count].parse::<usize>().ok()?)))
            .find(|(_, group)| (1..captures.len()).contains(group));
        let taken = match after.as_bytes().first() {
            Some(b'$') => {
                into.push('$');
                1
            }
            Some(b'&') => {
                into.push_str(whole.as_str());
                1
            }
            Some(b'`') => {
                into.push_str(&text[..whole.start()]);
                1
            }
            Some(b'\'') => {
                into.push_str(&text[whole.end()..]);
                1
            }
            Some(b'<') if after.contains('>') => {
                let end = after.find('>').unwrap_or_default();
                into.push_str(captures.name(&after[1..end]).map_or("", |group| group.as_str()));
                end + 1
            }
            _ => match group {
                Some((count, group)) => {
                    into.push_str(captures.get(group).map_or("", |group| group.as_str()));
                    count
                }
                None => {
                    into.push('$');
                    0
                }
            },
        };
        rest = &after[taken..];
    }
    into.push_str(rest);
}

fn translate(pattern: &str) -> Result<String, Text> {
    let problem = |(key, _): (&'static str, &str)| Text::key(key).with("pattern", pattern);
    let mut translated = String::with_capacity(pattern.len() + 16);
    let mut in_class = false;
    // What came last: how often something is repeated, and whether that was made lazy.
    let (mut is_repeated, mut is_lazy) = (false, false);
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let mut taken = character.len_utf8();
        let repeats =
            !in_class && (matches!(character, '*' | '+' | '?') || character == '{' && begins_count(after));
        let makes_lazy = repeats && is_repeated && !is_lazy && character == '?';
        if repeats && is_repeated && !makes_lazy {
            return Err(problem(NOTHING_TO_REPEAT).with("repeat", character));
        }
        (is_repeated, is_lazy) = (repeats, makes_lazy);
        match character {
            '{' if repeats => {
                taken += after.find('}').map_or(0, |end| end + 1);
                translated.push_str(&rest[..taken]);
            }
            '\\' => {
                let Some(escaped) = after.chars().next() else { return Err(problem(BACKSLASH)) };
                taken += escaped.len_utf8();
                match escaped {
                    'd' => translated.push_str("[0-9]"),
                    'D' => translated.push_str("[^0-9]"),
                    'w' => translated.push_str("[0-9A-Za-z_]"),
                    'W' => translated.push_str("[^0-9A-Za-z_]"),
                    'b' if in_class => translated.push_str("\\x08"),
                    'b' => translated.push_str("(?-u:\\b)"),
                    's' | 'S' | 'B' | 'n' | 'r' | 't' | 'f' | 'v' | 'x' | 'u' | 'p' | 'P' => {
                        translated.push('\\');
                        translated.push(escaped);
                    }
                    '0' => translated.push_str("\\x00"),
                    '1'..='9' | 'k' if !in_class => return Err(problem(BACK_REFERENCE)),
                    _ => translated.push_str(&regex::escape(&escaped.to_string())),
                }
            }
            '[' if in_class => translated.push_str("\\["),
            '[' => {
                if let Some(negated) = after.strip_prefix("^]") {
                    // Any character at all, and none at all: JavaScript has empty classes.
                    translated.push_str("(?s:.)");
                    rest = negated;
                    continue;
                }
                if let Some(empty) = after.strip_prefix(']') {
                    translated.push_str("[^\\s\\S]");
                    rest = empty;
                    continue;
                }
                in_class = true;
                translated.push('[');
                if after.starts_with('^') {
                    translated.push('^');
                    taken += 1;
                }
            }
            ']' if in_class => {
                in_class = false;
                translated.push(']');
            }
            // In a class these would be set operations when doubled.
            '&' | '~' if in_class => {
                translated.push('\\');
                translated.push(character);
            }
            _ if in_class => translated.push(character),
            '.' => translated.push_str("[^\\n\\r\\u{2028}\\u{2029}]"),
            '(' if ["?=", "?!", "?<=", "?<!"].iter().any(|look| after.starts_with(look)) => {
                return Err(problem(LOOK_AROUND));
            }
            '{' if !begins_count(after) => translated.push_str("\\{"),
            _ => translated.push(character),
        }
        rest = &rest[taken..];
    }
    Ok(translated)
}

/// Whether what follows a brace makes it a count, such as `2}`, `2,}` or `2,3}`.
fn begins_count(after: &str) -> bool {
    let Some((count, _)) = after.split_once('}') else { return false };
    let (from, to) = count.split_once(',').unwrap_or((count, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !from.is_empty() && is_number(from) && is_number(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expectations were printed by Node.js 20.

    #[test]
    fn replaces_as_javascript() {
        for (pattern, text, replacement, expected) in [
            ("a", "banana", "o", "bonono"),
            ("(\\w+) (\\w+)", "hello world", "$2 $1", "world hello"),
            ("b", "abc", "[$`|$&|$']", "a[a|b|c]c"),
            ("(?<x>\\d+)", "a12", "<$<x>>$$", "a<12>$"),
            ("(a)", "a", "$10 $2 $", "a0 $2 $"),
            ("", "ab", "-", "-a-b-"),
            ("[.]", "a.b", "$0", "a$0b"),
            ("\\/", "a/b", "", "ab"),
            ("[^]", "a\nb", "x", "xxx"),
            ("[[]", "a[b", "x", "axb"),
            ("{x}", "a{x}", "y", "ay"),
            ("a{2}", "aaa", "y", "ya"),
            ("a{1,2}?|b+?", "aabb", "y", "yyyy"),
            ("[*+?]+", "a*+?b", "y", "ayb"),
            (".", "a\r\u{2028}b", "x", "x\r\u{2028}x"),
            ("\\d", "٣3", "x", "٣x"),
            ("\\bé", "é é", "x", "é é"),
            ("\\u0041", "ABA", "x", "xBx"),
        ] {
            assert_eq!(
                replace_all(&compile(pattern, false).unwrap(), text, replacement),
                expected,
                "{pattern}"
            );
        }
        assert!(compile("HELLO", true).unwrap().is_match("hello"));
        assert_eq!(replace_all(&literal("a.b").unwrap(), "a.b axb", "$&!"), "a.b! axb");
    }

    #[test]
    fn says_what_cannot_be() {
        for (pattern, key) in [
            ("(", "regex.invalid"),
            ("a\\", "regex.backslash"),
            ("[b-a]", "regex.invalid"),
            ("a**", "regex.nothing-to-repeat"),
            ("a{2}+", "regex.nothing-to-repeat"),
            ("a+??", "regex.nothing-to-repeat"),
            ("(?=a)", "regex.look-around"),
            ("(?<!a)b", "regex.look-around"),
            ("(a)\\1", "regex.back-reference"),
        ] {
            assert_eq!(compile(pattern, false).unwrap_err().key, key, "{pattern}");
        }
    }
}
