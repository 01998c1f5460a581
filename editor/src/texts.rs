//! Every text of the editor, by key, in tables by language.

mod english;
mod german;
mod language;

use std::borrow::Cow;

use model::text::{Catalogue, Text};

pub use language::{Language, language, set_language};

/// The text of a key without places.
pub fn say(key: &'static str) -> String {
    show(&Text::key(key))
}

/// A text with its places filled; a text of the server (a node's label) shows as the server wrote it.
pub fn show(text: &Text) -> String {
    show_in(language(), text)
}

/// A text of the catalogue, to be filled with [`Text::with`].
pub fn text(key: &'static str) -> Text {
    Text::key(key)
}

/// What the language that is shown has in place of a text of the server's node types, by its key.
pub fn of_node_type(key: &str) -> Option<&'static str> {
    match language() {
        Language::English => None,
        Language::German => find(german::NODES, key),
    }
}

fn show_in(language: Language, text: &Text) -> String {
    let english = english::CATALOGUES.iter().chain(model::CATALOGUES);
    match language {
        Language::English => text.render_with(english),
        Language::German => {
            let german = german::CATALOGUES.iter().chain([&german::MODEL]);
            worded(text, german::WORDS, " oder ").render_with(german.chain(english))
        }
    }
    .into()
}

/// The text with the model's own words, in the places where it puts them, taken from `words`.
fn worded<'a>(text: &'a Text, words: Catalogue, or: &str) -> Cow<'a, Text> {
    let word = |said: &str| match find(words, said) {
        Some(word) => Some(word.to_owned()),
        None => Some(said.split(" or ").map(|one| find(words, one)).collect::<Option<Vec<_>>>()?.join(or)),
    };
    let mut worded = Cow::Borrowed(text);
    for place in ["expected", "found"] {
        if let Some(word) = text.args.get(place).and_then(|said| word(said)) {
            worded.to_mut().args.insert(Cow::Borrowed(place), word.into());
        }
    }
    worded
}

fn find(table: Catalogue, key: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == key).map(|(_, words)| *words)
}

/// Whether the editor has a text of this key.
#[cfg(test)]
pub fn has(key: &str) -> bool {
    english::CATALOGUES.iter().flat_map(|table| table.iter()).any(|(known, _)| *known == key)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, HashSet};

    use super::*;

    #[test]
    fn the_tables_are_in_order_and_have_no_key_twice() {
        let german = [german::CATALOGUES, &[german::MODEL, german::NODES, german::WORDS]].concat();
        for tables in [english::CATALOGUES, german.as_slice()] {
            let mut keys = HashSet::new();
            for table in tables {
                assert!(
                    table.windows(2).all(|pair| pair[0].0 < pair[1].0),
                    "sort the table of {}",
                    table[0].0
                );
                for (key, _) in *table {
                    assert!(keys.insert(*key), "{key} is there twice");
                }
            }
        }
    }

    /// The places of a template, those for the word that goes with a number with a `|`.
    fn places(template: &str) -> BTreeSet<String> {
        let place = |piece: &str| {
            let inside = piece.split_once('}')?.0;
            Some(inside.split_once('|').map_or_else(|| inside.to_owned(), |(name, _)| format!("{name}|")))
        };
        template.split('{').skip(1).filter_map(place).collect()
    }

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        let by_key = |tables: &[Catalogue]| -> BTreeMap<&'static str, BTreeSet<String>> {
            let entries = tables.iter().flat_map(|table| table.iter());
            entries.map(|(key, template)| (*key, places(template))).collect()
        };
        let pairs: [(&[Catalogue], &[Catalogue]); 2] =
            [(english::CATALOGUES, german::CATALOGUES), (model::CATALOGUES, &[german::MODEL])];
        for (english, german) in pairs {
            let (english, german) = (by_key(english), by_key(german));
            let lacking: Vec<_> = english.keys().filter(|key| !german.contains_key(*key)).collect();
            assert!(lacking.is_empty(), "German lacks {lacking:?}");
            for (key, found) in &german {
                assert_eq!(Some(found), english.get(key), "places of {key}");
            }
        }
    }

    #[test]
    fn german_shows_its_own_and_english_where_it_has_none() {
        let count = |count: u32| text("several.title").with("count", count);
        assert_eq!(show_in(Language::German, &count(1)), "1 Knoten ist ausgewählt");
        assert_eq!(show_in(Language::German, &count(2)), "2 Knoten sind ausgewählt");
        assert_eq!(show_in(Language::English, &count(2)), "2 nodes are selected");
        assert_eq!(show_in(Language::German, &Text::literal("as it is")), "as it is");
        assert_eq!(show_in(Language::German, &Text::key("no.such-key")), "no.such-key");
    }

    #[test]
    fn words_of_the_model_are_german_in_its_texts() {
        let wrong = |found: &str, expected: &str| {
            let text = Text::key("check.type").with("found", found).with("expected", expected);
            show_in(Language::German, &text)
        };
        assert_eq!(
            wrong("an object", "a number or true or false"),
            "hier steht: ein Objekt; erwartet: eine Zahl oder true oder false"
        );
        // What is not the model's own stays whole.
        assert_eq!(wrong("\"a list\"", "a list or more"), "hier steht: \"a list\"; erwartet: a list or more");
        let name = text("conflict.entry").with("name", "a list");
        assert_eq!(show_in(Language::German, &name), "a list");
    }

    #[test]
    fn every_key_in_the_code_is_in_the_table() {
        let mut keys = 0;
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let code = std::fs::read_to_string(&path).unwrap();
                for start in ["say(\"", "text(\""] {
                    for piece in code.split(start).skip(1) {
                        let key = piece.split('"').next().unwrap();
                        if key.contains('.') && !key.contains(' ') {
                            keys += 1;
                            assert!(has(key), "{key} in {}", path.display());
                        }
                    }
                }
            }
        }
        assert!(keys > 20, "{keys} keys found");
    }
}
