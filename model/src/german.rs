//! What the model says, in German, and how words find their way into German texts.

mod texts;
mod words;

use std::borrow::Cow;

use ecow::EcoString;

use crate::text::{Catalogue, Text};

pub use texts::TEXTS;
pub use words::WORDS;

/// Places that hold words of the program itself (what was found, what was expected), not of a user.
const PLACES: [&str; 4] = ["expected", "found", "wanted", "what"];

/// The text with its German template, and with German words in the places where the program puts its own; none where
/// no catalogue has the key.
pub fn render<'a>(
    text: &Text,
    catalogues: impl IntoIterator<Item = &'a Catalogue>,
    words: &[Catalogue],
) -> Option<EcoString> {
    let mut entries = catalogues.into_iter().flat_map(|table| table.iter());
    let (_, template) = entries.find(|(key, _)| *key == text.key)?;
    Some(fill(text, template, words))
}

/// The text filled into its German template.
pub fn fill(text: &Text, template: &str, words: &[Catalogue]) -> EcoString {
    worded(text, words).render(Some(template))
}

fn worded<'a>(text: &'a Text, words: &[Catalogue]) -> Cow<'a, Text> {
    let find = |said: &str| {
        let mut entries = words.iter().flat_map(|table| table.iter());
        entries.find(|(known, _)| *known == said).map(|(_, word)| *word)
    };
    let word = |said: &str| match find(said) {
        Some(word) => Some(word.to_owned()),
        None => Some(said.split(" or ").map(find).collect::<Option<Vec<_>>>()?.join(" oder ")),
    };
    let mut worded = Cow::Borrowed(text);
    for place in PLACES {
        if let Some(word) = text.args.get(place).and_then(|said| word(said)) {
            worded.to_mut().args.insert(Cow::Borrowed(place), word.into());
        }
    }
    worded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::mismatches;

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        assert_eq!(mismatches(crate::CATALOGUES, &[TEXTS]), Vec::<String>::new());
    }

    #[test]
    fn words_of_the_model_are_german_in_its_texts() {
        let wrong = |found: &str, expected: &str| {
            let text = Text::key("check.type").with("found", found).with("expected", expected);
            render(&text, [&TEXTS], &[WORDS]).unwrap()
        };
        assert_eq!(
            wrong("an object", "a number or true or false"),
            "hier steht: ein Objekt; erwartet: eine Zahl oder true oder false"
        );
        // What is not the model's own stays whole.
        assert_eq!(wrong("\"a list\"", "a list or more"), "hier steht: \"a list\"; erwartet: a list or more");
        assert_eq!(render(&Text::key("no.such-key"), [&TEXTS], &[WORDS]), None);
    }
}
