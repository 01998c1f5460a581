//! Every text of the editor, by key, in tables by language.

mod english;

use model::text::Text;

/// The text of a key without places.
pub fn say(key: &'static str) -> String {
    show(&Text::key(key))
}

/// A text with its places filled; a text of the server (a node's label) shows as the server wrote it.
pub fn show(text: &Text) -> String {
    text.render_with(english::CATALOGUES.iter().chain(model::CATALOGUES)).into()
}

/// A text of the catalogue, to be filled with [`Text::with`].
pub fn text(key: &'static str) -> Text {
    Text::key(key)
}

/// Whether the editor has a text of this key.
#[cfg(test)]
pub fn has(key: &str) -> bool {
    english::CATALOGUES.iter().flat_map(|table| table.iter()).any(|(known, _)| *known == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_in_order_and_have_no_key_twice() {
        let mut keys = std::collections::HashSet::new();
        for table in english::CATALOGUES {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0), "sort the table of {}", table[0].0);
            for (key, _) in *table {
                assert!(keys.insert(*key), "{key} is there twice");
            }
        }
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
