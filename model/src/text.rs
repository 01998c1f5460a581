//! Texts that a user sees: a catalogue key with its arguments.
//!
//! Code names a text by key; the English template stands in a [`Catalogue`] table beside the code that
//! uses it. A key that no catalogue holds shows as itself, so nothing is ever hidden from the user.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// One text: a catalogue key and the values of its `{name}` places, or words that came from outside (an
/// exception of a user's script, an answer of a database) and have no key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The key, such as `base64.invalid`; empty for a text from outside.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub key: Cow<'static, str>,
    /// Values of the template's `{name}` places, by name; for a text from outside, `text` alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<Cow<'static, str>, EcoString>,
}

/// A table of `(key, English template)`; `{name}` in a template is a place for an argument, and `{count|node|nodes}`
/// for the word that goes with it: the first where the argument is 1, else the second.
pub type Catalogue = &'static [(&'static str, &'static str)];

impl Text {
    /// A text by its catalogue key.
    pub fn key(key: impl Into<Cow<'static, str>>) -> Self {
        Self { key: key.into(), args: BTreeMap::new() }
    }

    /// Words that came from outside and are shown as they are.
    pub fn literal(text: impl Into<EcoString>) -> Self {
        Self { key: Cow::Borrowed(""), args: BTreeMap::from([(Cow::Borrowed("text"), text.into())]) }
    }

    /// The same text with the place `name` filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.add(name, value);
        self
    }

    /// Fills the place `name`.
    pub fn add(&mut self, name: &'static str, value: impl fmt::Display) {
        self.args.insert(Cow::Borrowed(name), ecow::eco_format!("{value}"));
    }

    /// Fills `template`, or shows the key and arguments where there is none.
    pub fn render(&self, template: Option<&str>) -> EcoString {
        if self.key.is_empty() {
            return self.args.get("text").cloned().unwrap_or_default();
        }
        match template {
            Some(template) => fill(template, &self.args),
            None if self.args.is_empty() => self.key.as_ref().into(),
            None => {
                let args: Vec<_> = self.args.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                ecow::eco_format!("{} ({})", self.key, args.join(", "))
            }
        }
    }

    /// Looks the key up in `catalogues`, first match wins, and fills its template.
    pub fn render_with<'a>(&self, catalogues: impl IntoIterator<Item = &'a Catalogue>) -> EcoString {
        let template = catalogues
            .into_iter()
            .flat_map(|table| table.iter())
            .find(|(key, _)| *key == self.key)
            .map(|(_, template)| *template);
        self.render(template)
    }
}

/// What a translation lacks: keys that one of the two has alone, that it has twice, and templates with other places.
pub fn mismatches(english: &[Catalogue], other: &[Catalogue]) -> Vec<String> {
    let by_key = |tables: &[Catalogue]| -> BTreeMap<&'static str, BTreeSet<String>> {
        let entries = tables.iter().flat_map(|table| table.iter());
        entries.map(|(key, template)| (*key, places(template))).collect()
    };
    let mut seen = BTreeSet::new();
    let keys = other.iter().flat_map(|table| table.iter()).map(|(key, _)| *key);
    let twice = keys.filter(|key| !seen.insert(*key)).map(|key| format!("{key}: is there twice")).collect();
    let (english, other) = (by_key(english), by_key(other));
    let lacking = english.keys().filter(|key| !other.contains_key(*key));
    let mut found: Vec<String> = twice;
    found.extend(lacking.map(|key| format!("{key}: is not translated")));
    for (key, places) in &other {
        match english.get(key) {
            None => found.push(format!("{key}: nobody says this")),
            Some(expected) if expected != places => {
                found.push(format!("{key}: has the places {places:?} in place of {expected:?}"));
            }
            Some(_) => {}
        }
    }
    found
}

/// The places of a template, those for the word that goes with a number with a `|`.
fn places(template: &str) -> BTreeSet<String> {
    let place = |piece: &str| {
        let inside = piece.split_once('}')?.0;
        Some(inside.split_once('|').map_or_else(|| inside.to_owned(), |(name, _)| format!("{name}|")))
    };
    template.split('{').skip(1).filter_map(place).collect()
}

/// Shows the key and its arguments: for logs and tests, where no catalogue is at hand.
impl fmt::Display for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(None))
    }
}

fn fill(template: &str, args: &BTreeMap<Cow<'static, str>, EcoString>) -> EcoString {
    let mut filled = EcoString::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        match after.find('}').and_then(|close| Some((close, place(&after[..close], args)?))) {
            Some((close, value)) => {
                filled.push_str(value);
                rest = &after[close + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// What stands in a place; none where there is no such argument.
fn place<'a>(place: &'a str, args: &'a BTreeMap<Cow<'static, str>, EcoString>) -> Option<&'a str> {
    let Some((name, forms)) = place.split_once('|') else { return args.get(place).map(EcoString::as_str) };
    let (one, several) = forms.split_once('|')?;
    Some(if args.get(name)? == "1" { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Catalogue = &[("a.b", "cannot read {name}: {reason}")];

    #[test]
    fn fills_places_and_shows_what_has_no_template() {
        let text = Text::key("a.b").with("name", "x").with("reason", "{name}");
        assert_eq!(text.render_with([&TABLE]), "cannot read x: {name}");
        assert_eq!(text.render(None), "a.b (name: x, reason: {name})");
        assert_eq!(Text::literal("boom").render_with([&TABLE]), "boom");
        assert_eq!(Text::key("a.b").render_with([&TABLE]), "cannot read {name}: {reason}");
    }

    #[test]
    fn a_translation_is_compared_by_keys_and_places() {
        const ENGLISH: Catalogue = &[("a", "{x} of {n|one|many}"), ("b", "plain"), ("c", "")];
        const OTHER: Catalogue =
            &[("a", "{n|ein|viele} {y}"), ("b", "schlicht"), ("b", "noch einmal"), ("d", "")];
        let found = mismatches(&[ENGLISH], &[OTHER]);
        let keys: Vec<&str> = found.iter().filter_map(|one| Some(one.split_once(':')?.0)).collect();
        assert_eq!(keys, ["b", "c", "a", "d"], "{found:?}");
        assert!(mismatches(&[ENGLISH], &[ENGLISH]).is_empty());
    }

    #[test]
    fn words_go_with_their_number() {
        let nodes =
            |count: u32| Text::key("n").with("count", count).render(Some("{count} {count|node|nodes} here"));
        assert_eq!([nodes(0), nodes(1), nodes(2)], ["0 nodes here", "1 node here", "2 nodes here"]);
        assert_eq!(Text::key("n").render(Some("{count|node|nodes} {x")), "{count|node|nodes} {x");
        assert_eq!(Text::key("n").with("a", 1).render(Some("{a|only one}")), "{a|only one}");
    }
}
