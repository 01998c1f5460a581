//! The text of a property path, step by step.

use model::text::Text;

use super::{PropertyPath, Step};

/// The steps of a path.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, Text> {
    if text.is_empty() {
        return Err(Text::key("path.empty"));
    }
    let mut reader = Reader { text, characters: text.char_indices().collect(), steps: Vec::new() };
    reader.read()?;
    Ok(reader.steps)
}

struct Reader<'a> {
    text: &'a str,
    characters: Vec<(usize, char)>,
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Text> {
        let length = self.characters.len();
        // Where the step being read begins, whether it stands in brackets, and the quote it stands in.
        let (mut start, mut in_box, mut quote) = (0, false, None);
        let mut at = 0;
        while at < length {
            let character = self.characters[at].1;
            if let Some(open) = quote {
                if character == open {
                    if start == at {
                        return Err(self.wrong("path.empty-text", at));
                    }
                    self.steps.push(Step::Key(self.between(start, at).into()));
                    let next = self.character(at + 1);
                    if in_box && next != Some(']') {
                        return Err(self.wrong("path.not-an-index", start));
                    }
                    if !in_box && !matches!(next, None | Some('[' | '.')) {
                        return Err(self.unexpected(at + 1));
                    }
                    (start, quote) = (at + 1, None);
                }
                at += 1;
                continue;
            }
            match character {
                '"' | '\'' => {
                    if at != start {
                        return Err(self.unexpected(at));
                    }
                    (quote, start) = (Some(character), at + 1);
                }
                '.' => {
                    if at == 0 {
                        return Err(self.unexpected(at));
                    }
                    if start != at {
                        let name = self.between(start, at);
                        let step = index(name).unwrap_or_else(|| Step::Key(name.into()));
                        self.steps.push(step);
                    }
                    match self.character(at + 1) {
                        None => return Err(self.wrong("path.unfinished", at)),
                        Some(next) if next.is_ascii_alphanumeric() || matches!(next, '$' | '_') => {}
                        Some(_) => return Err(self.unexpected(at + 1)),
                    }
                    start = at + 1;
                }
                '[' => {
                    if at == 0 {
                        return Err(self.unexpected(at));
                    }
                    if start != at {
                        self.steps.push(Step::Key(self.between(start, at).into()));
                    }
                    let Some(next) = self.character(at + 1) else {
                        return Err(self.wrong("path.unfinished", at));
                    };
                    let inside = self.between(at + 1, length);
                    if inside.starts_with("msg.") || inside.starts_with("msg[") {
                        let close = self.closing_bracket(at)?;
                        let nested = self.between(at + 1, close);
                        self.steps.push(Step::Nested(Box::new(PropertyPath::parse_message(nested)?)));
                        (in_box, at, start) = (false, close + 1, close + 1);
                        continue;
                    }
                    if !matches!(next, '"' | '\'' | '0'..='9') {
                        return Err(self.unexpected(at + 1));
                    }
                    (start, in_box) = (at + 1, true);
                }
                ']' => {
                    if !in_box {
                        return Err(self.unexpected(at));
                    }
                    if start != at {
                        match index(self.between(start, at)) {
                            Some(step) => self.steps.push(step),
                            None => return Err(self.wrong("path.not-an-index", start)),
                        }
                    }
                    (start, in_box) = (at + 1, false);
                }
                ' ' => return Err(self.unexpected(at)),
                _ => {}
            }
            at += 1;
        }
        if in_box || quote.is_some() {
            return Err(self.wrong("path.unfinished", length));
        }
        // A number that ends the path is a name, as in Node-RED: it never makes an array.
        if start < length {
            self.steps.push(Step::Key(self.between(start, length).into()));
        }
        Ok(())
    }

    /// Where the bracket at `open` closes; brackets in quotes count too, as in Node-RED.
    fn closing_bracket(&self, open: usize) -> Result<usize, Text> {
        let mut depth = 0;
        for (at, (_, character)) in self.characters.iter().enumerate().skip(open) {
            match character {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(at);
            }
        }
        Err(self.wrong("path.unclosed", open))
    }

    fn character(&self, at: usize) -> Option<char> {
        self.characters.get(at).map(|(_, character)| *character)
    }

    fn between(&self, from: usize, to: usize) -> &str {
        let byte = |at: usize| self.characters.get(at).map_or(self.text.len(), |(byte, _)| *byte);
        &self.text[byte(from)..byte(to)]
    }

    fn unexpected(&self, at: usize) -> Text {
        let character = self.character(at).map_or_else(String::new, |character| format!("{character:?}"));
        self.wrong("path.unexpected", at).with("character", character)
    }

    fn wrong(&self, key: &'static str, at: usize) -> Text {
        Text::key(key).with("path", self.text).with("at", at + 1)
    }
}

/// A step of digits alone, as an index.
fn index(text: &str) -> Option<Step> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().map(Step::index)
}
