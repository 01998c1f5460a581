//! The characters of a script, with what can be passed over: space, comments, texts, expressions.

use super::{DEPTH, is_word};

/// A place in a script.
pub(super) struct Scan {
    characters: Vec<char>,
    at: usize,
}

impl Scan {
    pub(super) fn of(text: &str) -> Self {
        Self { characters: text.chars().collect(), at: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    /// Takes these characters if they come next.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let comes =
            expected.chars().enumerate().all(|(ahead, character)| self.peek_at(ahead) == Some(character));
        if comes {
            self.at += expected.chars().count();
        }
        comes
    }

    /// The line of this place, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.characters[..self.at].iter().filter(|character| **character == '\n').count() + 1
    }

    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn return_to(&mut self, place: usize) {
        self.at = place;
    }

    /// Whether nothing but space, comments and semicolons is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_space();
        while self.take(";") {
            self.skip_space();
        }
        self.peek().is_none()
    }

    /// Passes over white space and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            match (self.peek(), self.peek_at(1)) {
                (Some(space), _) if space.is_whitespace() || space == '\u{feff}' => self.at += 1,
                (Some('/'), Some('/')) => while self.next().is_some_and(|character| character != '\n') {},
                (Some('/'), Some('*')) => {
                    self.at += 2;
                    while self.peek().is_some() && !self.take("*/") {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// A name; empty if none stands here.
    pub(super) fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        self.characters[start..self.at].iter().collect()
    }

    /// Goes behind the `{` of `module.exports = {`; false where there is none.
    pub(super) fn enter_exports(&mut self) -> bool {
        let mut before_is_value = false;
        loop {
            self.skip_space();
            let Some(next) = self.peek() else { return false };
            if is_word(next) {
                if self.word() == "module" && self.is_exports() {
                    return true;
                }
                before_is_value = true;
            } else {
                before_is_value = self.skip_one(before_is_value);
            }
        }
    }

    fn is_exports(&mut self) -> bool {
        self.skip_space();
        for expected in [".", "exports", "=", "{"] {
            self.skip_space();
            if !self.take(expected) {
                return false;
            }
        }
        true
    }

    /// Passes over one text, regular expression or sign. `before_is_value` tells division from regular expression;
    /// gives the same for what follows.
    fn skip_one(&mut self, before_is_value: bool) -> bool {
        match self.peek() {
            Some('"' | '\'' | '`') => {
                self.skip_text(0);
                true
            }
            Some('/') if !before_is_value => {
                self.skip_regular_expression();
                true
            }
            Some(sign) => {
                self.at += 1;
                matches!(sign, ')' | ']' | '}')
            }
            None => false,
        }
    }

    /// Passes over everything up to the `,`, `}` or `]` that ends the expression. Takes at least one character, so
    /// that whoever calls it in a loop comes to the end.
    pub(super) fn skip_expression(&mut self) {
        let (start, mut depth, mut before_is_value) = (self.at, 0_usize, false);
        loop {
            self.skip_space();
            match self.peek() {
                None => return,
                Some(',' | '}' | ']') if depth == 0 => break,
                Some('(' | '[' | '{') => {
                    depth += 1;
                    self.at += 1;
                    before_is_value = false;
                }
                Some(')' | ']' | '}') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                    before_is_value = true;
                }
                Some(next) if is_word(next) => before_is_value = self.word() != "return",
                Some(_) => before_is_value = self.skip_one(before_is_value),
            }
        }
        if self.at == start {
            self.at += 1;
        }
    }

    fn skip_regular_expression(&mut self) {
        self.at += 1;
        let mut is_in_class = false;
        while let Some(next) = self.next() {
            match next {
                '\\' => {
                    self.next();
                }
                '[' => is_in_class = true,
                ']' => is_in_class = false,
                '/' if !is_in_class => break,
                // No regular expression goes over a line: it was a division after all.
                '\n' => break,
                _ => {}
            }
        }
        self.word();
    }

    /// Passes over a text; `depth` counts the insertions around it.
    fn skip_text(&mut self, depth: usize) {
        let Some(quote) = self.next() else { return };
        while let Some(next) = self.next() {
            match next {
                '\\' => {
                    self.next();
                }
                '$' if quote == '`' && self.take("{") => {
                    self.skip_insertion(depth + 1);
                }
                next if next == quote => return,
                _ => {}
            }
        }
    }

    /// Passes over what stands between `${` and `}`. Texts in insertions in texts, too many of them, are passed over
    /// with all that follows.
    fn skip_insertion(&mut self, insertions: usize) {
        if insertions >= DEPTH {
            self.at = self.characters.len();
        }
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            match self.peek() {
                None => return,
                Some('}') if depth == 0 => {
                    self.at += 1;
                    return;
                }
                Some('{') => {
                    depth += 1;
                    self.at += 1;
                }
                Some('}') => {
                    depth -= 1;
                    self.at += 1;
                }
                Some('"' | '\'' | '`') => self.skip_text(insertions),
                Some(_) => self.at += 1,
            }
        }
    }

    /// The text in quotes that stands here; none where it does not end, or something is inserted in it.
    pub(super) fn text(&mut self) -> Option<String> {
        let quote = self.next()?;
        let mut text = String::new();
        loop {
            match self.next()? {
                '\\' => text.extend(self.escaped()?),
                '\n' if quote != '`' => return None,
                '$' if quote == '`' && self.peek() == Some('{') => return None,
                next if next == quote => return Some(text),
                next => text.push(next),
            }
        }
    }

    /// The character that an escape stands for; an inner none for one that stands for nothing.
    fn escaped(&mut self) -> Option<Option<char>> {
        Some(Some(match self.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '0' => '\0',
            'x' => self.code(2)?,
            'u' if self.take("{") => {
                let digits: String = std::iter::from_fn(|| self.next().filter(|next| *next != '}')).collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            'u' => self.code(4)?,
            '\n' => return Some(None),
            other => other,
        }))
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let digits: String = (0..digits).map_while(|_| self.next()).collect();
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
    }
}
