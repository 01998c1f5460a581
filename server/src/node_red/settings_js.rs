//! Reads the literals of a `settings.js` without running it.
//!
//! What is looked for is the object at `module.exports = {`. Texts, numbers, truths, lists and objects of such are
//! taken, and `process.env.NAME`, also with a literal after `||`. Everything else is code: it is passed over as a
//! whole and stands in the result with its line.

mod scan;

use std::fmt::Write;

use scan::Scan;

/// A value of the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Literal>),
    Table(Vec<Property>),
    /// No literal: it would have to be run to know its value.
    Code,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    pub(crate) name: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) value: Literal,
}

/// Objects inside of objects, at most, and whatever else holds its like; deeper ones are passed over as code.
const DEPTH: usize = 32;

/// What a file exports, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) properties: Vec<Property>,
    /// The last line with something that may set any property, such as `...rest` or code behind the object. Only what
    /// stands on a line below is surely in force.
    pub(crate) unread: Option<usize>,
}

/// What the file exports; none where there is no object at `module.exports = {`. `variable` reads an environment
/// variable.
pub(crate) fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<Script> {
    let mut reader = Reader { scan: Scan::of(text), variable, unread: None };
    if !reader.scan.enter_exports() {
        return None;
    }
    let properties = reader.table(0);
    if !reader.scan.is_at_end() {
        reader.unread = Some(reader.scan.line());
    }
    Some(Script { properties, unread: reader.unread })
}

impl Literal {
    /// The property of this name; the last one where several have it.
    pub(crate) fn get(&self, name: &str) -> Option<&Literal> {
        match self {
            Literal::Table(properties) => find(properties, name).map(|property| &property.value),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, number or truth as it would be written in a setting.
    pub(crate) fn plain(&self) -> Option<String> {
        match self {
            Literal::Text(text) => Some(text.clone()),
            Literal::Number(number) => Some(number.to_string()),
            Literal::Bool(bool) => Some(bool.to_string()),
            _ => None,
        }
    }

    /// Whether code stands anywhere in it.
    pub(crate) fn holds_code(&self) -> bool {
        match self {
            Literal::Code => true,
            Literal::List(items) => items.iter().any(Literal::holds_code),
            Literal::Table(properties) => properties.iter().any(|property| property.value.holds_code()),
            _ => false,
        }
    }
}

/// The property of this name; the last one where several have it.
pub(crate) fn find<'a>(properties: &'a [Property], name: &str) -> Option<&'a Property> {
    properties.iter().rev().find(|property| property.name == name)
}

struct Reader<'a> {
    scan: Scan,
    variable: &'a dyn Fn(&str) -> Option<String>,
    /// See [`Script::unread`].
    unread: Option<usize>,
}

impl Reader<'_> {
    /// The properties up to `}`; the `{` was taken.
    fn table(&mut self, depth: usize) -> Vec<Property> {
        let mut properties = Vec::new();
        loop {
            self.scan.skip_space();
            match self.scan.peek() {
                None => {
                    self.leave_unread(depth);
                    return properties;
                }
                Some('}') => {
                    self.scan.next();
                    return properties;
                }
                Some(',') => {
                    self.scan.next();
                }
                Some(_) => properties.extend(self.property(depth)),
            }
        }
    }

    /// A property; none for what may set any property, which is passed over.
    fn property(&mut self, depth: usize) -> Option<Property> {
        let line = self.scan.line();
        let Some(name) = self.name().filter(|name| name != "__proto__") else {
            self.scan.skip_expression();
            self.leave_unread(depth);
            return None;
        };
        Some(Property { name, line, value: self.value_of_property(depth) })
    }

    /// Notes that something up to this place of the exported object could not be read.
    fn leave_unread(&mut self, depth: usize) {
        if depth == 0 {
            self.unread = Some(self.scan.line());
        }
    }

    /// A property's name: a word, a text, or a number; none for `...rest`, `[computed]` and what is no name at all.
    fn name(&mut self) -> Option<String> {
        match self.scan.peek()? {
            '"' | '\'' => self.scan.text(),
            first if is_word(first) => {
                let word = self.scan.word();
                self.scan.skip_space();
                // What follows these is the name, unless they are the name themselves.
                match (word.as_str(), self.scan.peek()) {
                    (_, None | Some(':' | '(' | ',' | '}')) => Some(word),
                    ("get" | "set" | "async" | "static", Some(_)) => self.name(),
                    _ => Some(word),
                }
            }
            _ => None,
        }
    }

    fn value_of_property(&mut self, depth: usize) -> Literal {
        self.scan.skip_space();
        if self.scan.peek() != Some(':') {
            // A method, an accessor, or the short form `{ name }`.
            self.scan.skip_expression();
            return Literal::Code;
        }
        self.scan.next();
        self.value(depth)
    }

    /// A literal that ends where the expression ends; code otherwise.
    fn value(&mut self, depth: usize) -> Literal {
        self.scan.skip_space();
        let start = self.scan.place();
        if let Some(literal) = self.literal(depth) {
            self.scan.skip_space();
            if matches!(self.scan.peek(), None | Some(',' | '}' | ']')) {
                return literal;
            }
        }
        self.scan.return_to(start);
        self.scan.skip_expression();
        Literal::Code
    }

    fn literal(&mut self, depth: usize) -> Option<Literal> {
        match self.scan.peek()? {
            '"' | '\'' | '`' => self.scan.text().map(Literal::Text),
            '{' | '[' if depth >= DEPTH => None,
            '{' => {
                self.scan.next();
                Some(Literal::Table(self.table(depth + 1)))
            }
            '[' => {
                self.scan.next();
                Some(Literal::List(self.list(depth + 1)))
            }
            '-' | '+' | '.' | '0'..='9' => self.number(),
            first if is_word(first) && depth < DEPTH => self.named(depth),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Vec<Literal> {
        let mut items = Vec::new();
        loop {
            self.scan.skip_space();
            match self.scan.peek() {
                None => return items,
                Some(']') => {
                    self.scan.next();
                    return items;
                }
                Some(',') => {
                    self.scan.next();
                }
                // What cannot stand in a list would never be passed.
                Some('}' | ')') => {
                    self.scan.next();
                }
                Some(_) => items.push(self.value(depth)),
            }
        }
    }

    fn number(&mut self) -> Option<Literal> {
        let mut text = String::new();
        while let Some(next) = self.scan.peek() {
            let is_sign = matches!(next, '-' | '+') && (text.is_empty() || text.ends_with(['e', 'E']));
            if !(is_sign || next == '.' || next == '_' || next.is_ascii_alphanumeric()) {
                break;
            }
            // A separator of digits says nothing; writing to a string cannot fail.
            if next != '_' {
                let _ = text.write_char(next);
            }
            self.scan.next();
        }
        let of_base = |prefix: &str, base| {
            let digits = text.strip_prefix(prefix)?;
            u64::from_str_radix(digits, base).ok().map(|number| number as f64)
        };
        let number = of_base("0x", 16).or_else(|| of_base("0o", 8)).or_else(|| of_base("0b", 2));
        number.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite())).map(Literal::Number)
    }

    /// `true`, `false`, `null`, `undefined`, or an environment variable.
    fn named(&mut self, depth: usize) -> Option<Literal> {
        match self.scan.word().as_str() {
            "true" => Some(Literal::Bool(true)),
            "false" => Some(Literal::Bool(false)),
            "null" | "undefined" => Some(Literal::Null),
            "process" => self.environment(depth),
            _ => None,
        }
    }

    /// `.env.NAME` or `.env["NAME"]`, and perhaps a literal after `||` or `??`.
    fn environment(&mut self, depth: usize) -> Option<Literal> {
        if !(self.scan.take(".") && self.scan.word() == "env") {
            return None;
        }
        let name = if self.scan.take("[") {
            self.scan.skip_space();
            let name = self.scan.text()?;
            self.scan.skip_space();
            self.scan.take("]").then_some(name)?
        } else {
            self.scan.take(".").then(|| self.scan.word())?
        };
        let value = (self.variable)(&name);
        self.scan.skip_space();
        let takes_empty = self.scan.take("??");
        if !takes_empty && !self.scan.take("||") {
            return Some(value.map_or(Literal::Null, Literal::Text));
        }
        self.scan.skip_space();
        let otherwise = self.literal(depth + 1)?;
        let is_set = value.filter(|value| takes_empty || !value.is_empty());
        Some(is_set.map_or(otherwise, Literal::Text))
    }
}

/// Whether a name may hold this character.
fn is_word(character: char) -> bool {
    character == '_' || character == '$' || character.is_alphanumeric()
}

#[cfg(test)]
mod tests;
