//! The library: flows, functions and templates that people keep for later, in Node-RED's files `lib/<type>/<path>`.
//!
//! A file of another type than `flows` begins with lines `// name: value` about it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::json::Json;
use model::text::Catalogue;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::storage::atomic::{self, Access};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "library.name",
        "{name} cannot be a name in the library: the parts of a path must be names of files, and must not begin with a dot",
    ),
    ("library.unreadable", "cannot read {path}: {reason}"),
    ("library.unwritable", "cannot write {path}: {reason}; what was there before is untouched"),
];

/// The type whose files are JSON.
pub(crate) const FLOWS: &str = "flows";

/// The folder of the library.
pub(crate) struct Library {
    folder: PathBuf,
    /// One write at a time.
    writing: Mutex<()>,
}

/// What is found at a path.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry {
    /// Names of folders, and an object for every file.
    Folder(Vec<Value>),
    /// The text of a file, without the lines about it.
    File(String),
}

impl Library {
    /// The library of a data folder.
    pub(crate) fn of(data: &Path) -> Self {
        Self { folder: data.join("lib"), writing: Mutex::default() }
    }

    /// What is at a path; none where nothing is.
    ///
    /// # Errors
    /// The path leads elsewhere, or cannot be read.
    pub(crate) fn get(&self, kind: &str, path: &str) -> Result<Option<Entry>> {
        let place = self.place(kind, path)?;
        let is_folder = path.is_empty() || path.ends_with('/');
        if place.is_dir() {
            return list(&place).map(|entries| Some(Entry::Folder(entries)));
        }
        if is_folder {
            return Ok(Some(Entry::Folder(Vec::new())));
        }
        let with_json = (kind == FLOWS).then(|| with_json(&place));
        let Some(place) = [Some(place), with_json].into_iter().flatten().find(|place| place.is_file()) else {
            return Ok(None);
        };
        let text = fs::read_to_string(&place).map_err(|error| unreadable(&place, error))?;
        Ok(Some(Entry::File(body(&text))))
    }

    /// Keeps flows.
    ///
    /// # Errors
    /// The path leads elsewhere, or cannot be written.
    pub(crate) fn save_flows(&self, path: &str, flows: &Json) -> Result<()> {
        let mut place = self.place(FLOWS, path)?;
        if place.extension().is_none_or(|extension| extension != "json") {
            place = with_json(&place);
        }
        self.write(&place, &flows.pretty(4))
    }

    /// Keeps a text with what is said about it.
    ///
    /// # Errors
    /// The path leads elsewhere, or cannot be written.
    pub(crate) fn save(&self, kind: &str, path: &str, about: &Map<String, Value>, text: &str) -> Result<()> {
        let place = self.place(kind, path)?;
        let mut whole = String::new();
        for (name, value) in about {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            whole += &format!("// {name}: {}\n", to_line(&value));
        }
        self.write(&place, &(whole + text))
    }

    fn write(&self, place: &Path, text: &str) -> Result<()> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = place.parent().unwrap_or(place);
        fs::create_dir_all(folder)
            .and_then(|()| atomic::write(place, text.as_bytes(), Access::Usual))
            .map_err(|error| Failure::file("library.unwritable", place, error))
    }

    /// The place of a path, which is inside the library whatever it says.
    fn place(&self, kind: &str, path: &str) -> Result<PathBuf> {
        let mut place = self.folder.clone();
        for part in std::iter::once(kind).chain(path.split('/').filter(|part| !part.is_empty())) {
            let is_name =
                !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', ':', '\0']);
            if !is_name {
                return Err(Failure::key("library.name").with("name", part));
            }
            place.push(part);
        }
        Ok(place)
    }
}

fn with_json(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".json");
    place.with_file_name(name)
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::file("library.unreadable", path, error)
}

/// The folders and files of a folder, each in order, without hidden ones.
fn list(folder: &Path) -> Result<Vec<Value>> {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            folders.push(Value::from(name));
        } else {
            let text = fs::read(&path).map_err(|error| unreadable(&path, error))?;
            let mut about = about(&String::from_utf8_lossy(&text));
            about.insert("fn".into(), name.into());
            files.push((name.to_owned(), Value::Object(about)));
        }
    }
    folders.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    folders.extend(files.into_iter().map(|(_, file)| file));
    Ok(folders)
}

/// The lines about a file at its beginning.
fn about(text: &str) -> Map<String, Value> {
    text.split('\n')
        .map_while(line_about)
        .map(|(name, value)| (name.to_owned(), from_line(value).into()))
        .collect()
}

fn body(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').skip_while(|line| line_about(line).is_some()).collect();
    lines.join("\n")
}

/// `// name: value`
fn line_about(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("// ")?.split_once(": ")?;
    let is_word =
        !name.is_empty() && name.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric());
    is_word.then_some((name, value))
}

fn to_line(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n")
}

fn from_line(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some(next @ ('n' | '\\'))) => {
                letters.next();
                text.push(if next == 'n' { '\n' } else { next });
            }
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_kept_with_what_is_said_about_them() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::of(folder.path());
        let about = json!({ "name": "twice\nas \\n much", "outputs": 2 });
        let text = "// no line about it\nreturn msg;\n";
        library.save("functions", "math/twice.js", about.as_object().unwrap(), text).unwrap();
        let file = fs::read_to_string(folder.path().join("lib/functions/math/twice.js")).unwrap();
        assert_eq!(file, format!("// name: twice\\nas \\\\n much\n// outputs: 2\n{text}"));
        assert_eq!(library.get("functions", "math/twice.js").unwrap(), Some(Entry::File(text.into())));
        assert_eq!(library.get("functions", "").unwrap(), Some(Entry::Folder(vec![json!("math")])));
        let listed = json!({ "name": "twice\nas \\n much", "outputs": "2", "fn": "twice.js" });
        for path in ["math", "math/"] {
            assert_eq!(library.get("functions", path).unwrap(), Some(Entry::Folder(vec![listed.clone()])));
        }
    }

    #[test]
    fn who_saves_at_once_to_one_path_leaves_one_whole_text() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::of(folder.path());
        std::thread::scope(|threads| {
            for letter in ["a", "b", "c", "d"] {
                let (library, text) = (&library, letter.repeat(100_000));
                threads.spawn(move || {
                    for _ in 0..20 {
                        library.save("functions", "one.js", &Map::new(), &text).unwrap();
                        let Some(Entry::File(found)) = library.get("functions", "one.js").unwrap() else {
                            panic!("no file")
                        };
                        assert_eq!(found, found[..1].repeat(100_000));
                    }
                });
            }
        });
    }

    #[test]
    fn flows_are_files_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::of(folder.path());
        let flows = Json::parse(r#"[{"id":"t","type":"tab","n":1.0}]"#).unwrap();
        library.save_flows("mine", &flows).unwrap();
        for path in ["mine", "mine.json"] {
            let Some(Entry::File(text)) = library.get(FLOWS, path).unwrap() else { panic!("no file {path}") };
            assert_eq!(Json::parse(&text).unwrap(), flows);
        }
        assert_eq!(library.get(FLOWS, "other").unwrap(), None);
        assert_eq!(library.get("templates", "").unwrap(), Some(Entry::Folder(vec![])));
    }

    #[test]
    fn no_path_leads_out_of_the_library() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::of(&folder.path().join("data"));
        for (kind, path) in
            [("..", "x"), ("flows", "../../x"), ("flows", "a/.hidden"), ("flows", "a\\b"), ("", "x")]
        {
            assert!(library.get(kind, path).is_err(), "{kind} {path}");
            assert!(library.save(kind, path, &Map::new(), "x").is_err(), "{kind} {path}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
