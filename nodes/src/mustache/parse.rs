//! Templates to parts.

use ecow::EcoString;
use model::text::Text;

use super::{Name, Part};

/// Sections may be nested this deep.
const DEPTH_LIMIT: usize = 100;

/// A piece of a template; a text never spans lines, and a line's end belongs to it.
#[derive(Debug)]
enum Token<'a> {
    Text(&'a str),
    Variable {
        name: &'a str,
        is_escaped: bool,
    },
    Open {
        name: &'a str,
        is_inverted: bool,
        line: usize,
    },
    Close {
        name: &'a str,
        line: usize,
    },
    /// A comment, a partial, new delimiters: gives nothing.
    Silent,
}

struct OpenSection<'a> {
    name: &'a str,
    is_inverted: bool,
    line: usize,
    /// What stands before it, to go on with when it is closed.
    before: Vec<Part>,
}

pub(super) fn parse(source: &str) -> Result<Vec<Part>, Text> {
    let mut tokens = tokenize(source)?;
    drop_lines_of_tags(&mut tokens);
    let mut parts = Vec::new();
    let mut open: Vec<OpenSection<'_>> = Vec::new();
    for token in tokens {
        match token {
            Token::Text(text) => push_text(&mut parts, text),
            Token::Variable { name, is_escaped } => {
                parts.push(Part::Variable { name: Name::parse(name), is_escaped });
            }
            Token::Open { name, is_inverted, line } => {
                if open.len() >= DEPTH_LIMIT {
                    return Err(Text::key("mustache.too-deep").with("line", line));
                }
                open.push(OpenSection { name, is_inverted, line, before: std::mem::take(&mut parts) });
            }
            Token::Close { name, line } => match open.pop() {
                Some(section) if section.name == name => {
                    let inner = std::mem::replace(&mut parts, section.before);
                    let name = Name::parse(name);
                    parts.push(Part::Section { name, is_inverted: section.is_inverted, parts: inner });
                }
                _ => return Err(Text::key("mustache.unopened").with("name", name).with("line", line)),
            },
            Token::Silent => {}
        }
    }
    match open.pop() {
        None => Ok(parts),
        Some(OpenSection { name, line, .. }) => {
            Err(Text::key("mustache.unclosed-section").with("name", name).with("line", line))
        }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part::Text(EcoString::from(text))),
    }
}

fn tokenize(source: &str) -> Result<Vec<Token<'_>>, Text> {
    let (mut open, mut close) = ("{{", "}}");
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(open) {
        push_lines(&mut tokens, &rest[..at]);
        let line = 1 + source[..source.len() - rest.len() + at].matches('\n').count();
        let tag = &rest[at + open.len()..];
        let kind = tag.bytes().next().unwrap_or_default();
        // The triple mustache and new delimiters have an end of their own in front of the closing one.
        let inner_end = match kind {
            b'{' => "}",
            b'=' => "=",
            _ => "",
        };
        let start = usize::from(matches!(kind, b'{' | b'=' | b'#' | b'^' | b'/' | b'!' | b'>' | b'&'));
        let unclosed = || Text::key("mustache.unclosed-tag").with("line", line).with("close", close);
        let (body, after) = split_at_end(&tag[start..], inner_end, close).ok_or_else(unclosed)?;
        rest = after;
        let name = body.trim();
        tokens.push(match kind {
            b'#' | b'^' => Token::Open { name, is_inverted: kind == b'^', line },
            b'/' => Token::Close { name, line },
            b'!' | b'>' => Token::Silent,
            b'&' | b'{' => Token::Variable { name, is_escaped: false },
            b'=' => {
                let mut both = name.split_whitespace();
                match (both.next(), both.next(), both.next()) {
                    (Some(new_open), Some(new_close), None) => (open, close) = (new_open, new_close),
                    _ => return Err(Text::key("mustache.delimiters").with("line", line)),
                }
                Token::Silent
            }
            _ => Token::Variable { name, is_escaped: true },
        });
    }
    push_lines(&mut tokens, rest);
    Ok(tokens)
}

/// What stands before `inner_end` followed by `close`, and what stands after.
fn split_at_end<'a>(text: &'a str, inner_end: &str, close: &str) -> Option<(&'a str, &'a str)> {
    if inner_end.is_empty() {
        return text.split_once(close);
    }
    text.match_indices(inner_end).find_map(|(at, _)| {
        let after = text[at + inner_end.len()..].strip_prefix(close)?;
        Some((&text[..at], after))
    })
}

fn push_lines<'a>(tokens: &mut Vec<Token<'a>>, text: &'a str) {
    tokens.extend(text.split_inclusive('\n').map(Token::Text));
}

/// Lines that hold nothing but white space and tags that give nothing themselves are left out.
fn drop_lines_of_tags(tokens: &mut [Token<'_>]) {
    let mut start = 0;
    while start < tokens.len() {
        let is_end = |token: &Token<'_>| matches!(token, Token::Text(text) if text.ends_with('\n'));
        let end = tokens[start..].iter().position(is_end).map_or(tokens.len(), |at| start + at + 1);
        let line = &mut tokens[start..end];
        let has_tag = line.iter().any(|token| !matches!(token, Token::Text(_)));
        let is_blank = line.iter().all(|token| match token {
            Token::Text(text) => text.trim().is_empty(),
            Token::Variable { .. } => false,
            _ => true,
        });
        if has_tag && is_blank {
            for token in line {
                if let Token::Text(text) = token {
                    *text = "";
                }
            }
        }
        start = end;
    }
}
