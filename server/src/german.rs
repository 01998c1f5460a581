//! What the server says to those who use it, in German: tables of its own, and those of the crates below it.
//!
//! What it says on the terminal alone (settings, log-in at the command line, `wireloom check`, the log) is English.

mod api;
mod plugins;

use std::collections::HashMap;
use std::sync::LazyLock;

use ecow::EcoString;
use model::descriptor::NodeDescriptor;
use model::text::{Catalogue, Text};

/// The tables of this crate.
const OWN: &[Catalogue] = &[api::TEXTS, plugins::TEXTS];

/// Words that stand in places of the texts.
const WORDS: &[Catalogue] = &[model::german::WORDS, nodes::german::WORDS, api::WORDS];

/// The tables of this crate and of those below it.
fn catalogues() -> impl Iterator<Item = &'static Catalogue> {
    let below: [&Catalogue; 3] = [&model::german::TEXTS, &engine::german::TEXTS, &::plugins::german::TEXTS];
    OWN.iter().chain(below).chain(nodes::german::CATALOGUES)
}

/// Every template, by key.
static TEMPLATES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| catalogues().flat_map(|table| table.iter()).copied().collect());

/// The text in German; none for one that came from outside, or that only the terminal shows.
pub(crate) fn render(text: &Text) -> Option<EcoString> {
    Some(model::german::fill(text, template(&text.key)?, WORDS))
}

/// The German template of a key, where there is one.
pub(crate) fn template(key: &str) -> Option<&'static str> {
    TEMPLATES.get(key).copied()
}

/// The descriptor in German, where its type is built in.
pub(crate) fn translate(descriptor: &mut NodeDescriptor) {
    nodes::german::translate(descriptor);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::texts::{SAID, TERMINAL};

    #[test]
    fn what_the_server_says_has_its_german() {
        assert_eq!(model::text::mismatches(SAID, OWN), Vec::<String>::new());
    }

    #[test]
    fn only_what_the_terminal_shows_has_none() {
        let terminal: HashSet<&str> =
            TERMINAL.iter().flat_map(|table| table.iter()).map(|(key, _)| *key).collect();
        let english = crate::texts::catalogues().flat_map(|table| table.iter()).map(|(key, _)| *key);
        let lacking: Vec<&str> =
            english.filter(|key| template(key).is_none() && !terminal.contains(key)).collect();
        assert!(lacking.is_empty(), "{lacking:?}");
    }

    #[test]
    fn a_text_is_german_with_its_words() {
        let text = Text::key("server.not-found").with("what", "module").with("id", "x");
        assert_eq!(render(&text).unwrap(), "gibt es nicht: Modul x");
        assert_eq!(render(&Text::key("mqtt.connected")).unwrap(), "verbunden");
        assert_eq!(render(&Text::literal("as it is")), None);
    }
}
