//! Every text of the editor, by key, in tables by language.

mod english;
mod german;
mod shown;

use model::text::Text;

pub use model::language::Language;
pub use shown::{language, set_language};

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

fn show_in(language: Language, text: &Text) -> String {
    let own = match language {
        Language::English => None,
        Language::German => {
            let tables = german::CATALOGUES.iter().chain([&model::german::TEXTS]);
            model::german::render(text, tables, &[model::german::WORDS])
        }
    };
    own.unwrap_or_else(|| text.render_with(english::CATALOGUES.iter().chain(model::CATALOGUES))).into()
}

/// Whether the editor has a text of this key.
#[cfg(test)]
pub fn has(key: &str) -> bool {
    english::CATALOGUES.iter().flat_map(|table| table.iter()).any(|(known, _)| *known == key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_tables_are_in_order_and_have_no_key_twice() {
        for tables in [english::CATALOGUES, german::CATALOGUES] {
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

    #[test]
    fn every_text_is_there_in_german_with_the_same_places() {
        assert_eq!(model::text::mismatches(english::CATALOGUES, german::CATALOGUES), Vec::<String>::new());
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
    fn what_a_user_wrote_stays_as_it_is() {
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
