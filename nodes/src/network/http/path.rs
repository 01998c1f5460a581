//! Path patterns as in Express 4, without regular expressions.

use engine::{Object, Value};
use model::text::Text;

use super::percent_decode;

/// More wildcards than this in one pattern are refused: each multiplies the work of a failing match.
const WILDCARD_LIMIT: usize = 3;

/// A pattern such as `/users/:id`, `/files/:name.:extension?` or `/static/*`.
///
/// `:name` stands for one segment or a part of it, `:name?` may be missing together with the slash or dot
/// before it, `*` stands for anything. Letters match in either case, and a slash at the end may be there or
/// not, as in Express.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// Lower case.
    Literal(String),
    /// One or more characters but `/`, after `prefix`.
    Parameter { prefix: String, name: String, is_optional: bool },
    /// Anything, nothing too.
    Wildcard,
}

/// What a path gives to the pattern that it matches.
#[derive(Debug, PartialEq)]
pub enum PathMatch {
    /// Another path.
    No,
    /// The parameters by name, wildcards by number.
    Yes(Object),
    /// It matches, but a parameter is not valid percent-encoded UTF-8.
    Malformed,
}

impl PathPattern {
    /// Reads a pattern; a missing slash at the start is added.
    ///
    /// # Errors
    /// What is not understood, in words for the flow's author.
    pub fn parse(pattern: &str) -> Result<Self, Text> {
        let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/{pattern}") };
        let mut tokens = Vec::new();
        let mut literal = String::new();
        let mut rest = pattern.trim_end_matches('/');
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            match first {
                ':' => {
                    let length = rest
                        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                        .unwrap_or(rest.len());
                    if length == 0 {
                        return Err(Text::key("http-in.path.unnamed").with("path", &pattern));
                    }
                    let name = rest[..length].to_owned();
                    rest = &rest[length..];
                    let is_optional = rest.starts_with('?');
                    rest = rest.strip_prefix('?').unwrap_or(rest);
                    let prefix = match literal.pop() {
                        Some(separator @ ('/' | '.')) => separator.to_string(),
                        Some(other) => {
                            literal.push(other);
                            String::new()
                        }
                        None => String::new(),
                    };
                    flush(&mut literal, &mut tokens);
                    tokens.push(Token::Parameter { prefix, name, is_optional });
                }
                '*' => {
                    flush(&mut literal, &mut tokens);
                    tokens.push(Token::Wildcard);
                }
                '(' | ')' | '[' | ']' | '+' | '?' | '|' | '^' | '$' | '\\' => {
                    return Err(Text::key("http-in.path.expression")
                        .with("path", &pattern)
                        .with("character", first));
                }
                _ => literal.extend(first.to_lowercase()),
            }
        }
        flush(&mut literal, &mut tokens);
        if tokens.iter().filter(|token| **token == Token::Wildcard).count() > WILDCARD_LIMIT {
            return Err(Text::key("http-in.path.wildcards")
                .with("path", &pattern)
                .with("limit", WILDCARD_LIMIT));
        }
        Ok(Self { tokens })
    }

    /// Whether `path` (percent-encoded, without its query) is meant, and what it gives to the parameters.
    pub fn matches(&self, path: &str) -> PathMatch {
        let mut captures = Vec::new();
        if !matches_from(&self.tokens, path, &mut captures) {
            return PathMatch::No;
        }
        let mut parameters = Object::new();
        let mut wildcards = 0;
        for (token, capture) in
            self.tokens.iter().filter(|token| !matches!(token, Token::Literal(_))).zip(captures)
        {
            let name = match token {
                Token::Parameter { name, .. } => name.clone(),
                _ => {
                    wildcards += 1;
                    (wildcards - 1).to_string()
                }
            };
            match capture.map(percent_decode) {
                None => {}
                Some(None) => return PathMatch::Malformed,
                Some(Some(text)) => {
                    parameters.insert(name, Value::from(text));
                }
            }
        }
        PathMatch::Yes(parameters)
    }
}

fn flush(literal: &mut String, tokens: &mut Vec<Token>) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(std::mem::take(literal)));
    }
}

/// Matches the tokens against all of `path`; pushes one capture for each token that is not literal.
fn matches_from<'p>(tokens: &[Token], path: &'p str, captures: &mut Vec<Option<&'p str>>) -> bool {
    let Some((first, others)) = tokens.split_first() else { return path.is_empty() || path == "/" };
    let mark = captures.len();
    match first {
        Token::Literal(literal) => {
            strip_prefix(path, literal).is_some_and(|rest| matches_from(others, rest, captures))
        }
        Token::Parameter { prefix, is_optional, .. } => {
            if let Some(rest) = strip_prefix(path, prefix) {
                let end = rest.find('/').unwrap_or(rest.len());
                // The shortest first, as Express does: `:from-:to` ends the first at the first dash.
                for (at, character) in rest[..end].char_indices() {
                    let (capture, after) = rest.split_at(at + character.len_utf8());
                    captures.push(Some(capture));
                    if matches_from(others, after, captures) {
                        return true;
                    }
                    captures.truncate(mark);
                }
            }
            captures.push(None);
            if *is_optional && matches_from(others, path, captures) {
                return true;
            }
            captures.truncate(mark);
            false
        }
        Token::Wildcard => {
            for at in path.char_indices().map(|(at, _)| at).chain([path.len()]).rev() {
                captures.push(Some(&path[..at]));
                if matches_from(others, &path[at..], captures) {
                    return true;
                }
                captures.truncate(mark);
            }
            false
        }
    }
}

/// What follows `literal` (lower case) at the start of `path`, in either case.
fn strip_prefix<'p>(path: &'p str, literal: &str) -> Option<&'p str> {
    let head = path.get(..literal.len())?;
    (head.to_lowercase() == literal).then(|| &path[literal.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `None` for no match, else the parameters as `name=value` in order.
    fn check(pattern: &str, path: &str, expected: Option<&str>) {
        let found = match PathPattern::parse(pattern).unwrap().matches(path) {
            PathMatch::Yes(parameters) => {
                let pairs =
                    parameters.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap()));
                Some(pairs.collect::<Vec<_>>().join(" "))
            }
            PathMatch::No => None,
            PathMatch::Malformed => Some("malformed".into()),
        };
        assert_eq!(found.as_deref(), expected, "{pattern} on {path}");
    }

    #[test]
    fn matches_as_express_does() {
        check("/", "/", Some(""));
        check("/users", "/USERS/", Some(""));
        check("users", "/users", Some(""));
        check("/users", "/users/1", None);
        check("/users", "/usersx", None);
        check("/users/:id", "/users/a%20b", Some("id=a b"));
        check("/users/:id", "/users/A", Some("id=A"));
        check("/users/:id", "/users/", None);
        check("/users/:id", "/users/%ff", Some("malformed"));
        check("/users/:id?", "/users", Some(""));
        check("/users/:id?", "/users/7", Some("id=7"));
        check("/users/:id/posts/:post", "/users/1/posts/2/", Some("id=1 post=2"));
        check("/flights/:from-:to", "/flights/LAX-SFO", Some("from=LAX to=SFO"));
        check("/files/:name.:extension?", "/files/a.txt", Some("name=a extension=txt"));
        check("/files/:name.:extension?", "/files/a", Some("name=a"));
        check("/static/*", "/static/a/b.css", Some("0=a/b.css"));
        check("/static/*", "/static/", Some("0="));
        check("/a/*/b/*", "/a/1/b/2/3", Some("0=1 1=2/3"));
        check("*", "/anything", Some("0=anything"));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for pattern in ["/a(b)?", "/ab+", "/:", "/x/:/y", "/[ab]", "/*/*/*/*", "/:id(\\d+)"] {
            assert!(PathPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
