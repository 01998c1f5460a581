//! The library that the server keeps: folders and files of flows.

use model::json::{Json, Object};

use super::form::value::{Writes, text_of, write};
use super::form::{Field, Form, Library};

/// The part of the library that keeps flows.
pub const FLOWS: &str = "flows";

/// A file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What is kept with it, as texts by name.
    pub about: Object,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folder {
    /// The folders in it, by name.
    pub folders: Vec<String>,
    /// The files in it, by name.
    pub files: Vec<File>,
}

impl Folder {
    /// Reads a folder's list: texts are folders, objects with `fn` files.
    pub fn read(answer: &Json) -> Self {
        let mut folder = Self::default();
        for entry in answer.as_array().unwrap_or_default() {
            match (entry.as_str(), entry.get("fn").and_then(Json::as_str)) {
                (Some(name), _) => folder.folders.push(name.to_owned()),
                (None, Some(name)) => {
                    let mut about = entry.as_object().cloned().unwrap_or_default();
                    about.remove("fn");
                    folder.files.push(File { name: name.to_owned(), about });
                }
                (None, None) => {}
            }
        }
        folder
    }
}

/// The path of an entry of a folder.
pub fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path as the library takes it: without empty parts, and without ways out of it. None where nothing is left.
pub fn tidy_path(typed: &str) -> Option<String> {
    let parts: Vec<&str> = typed.split(['/', '\\']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let is_odd = parts.iter().any(|part| *part == "." || *part == "..");
    (!is_odd && !parts.is_empty()).then(|| parts.join("/"))
}

/// What a file of the library makes of a node: its text, and what was kept with it, in the form's own fields.
pub fn taken(form: &Form, library: &Library, field: &Field, file: &File, text: &str) -> Writes {
    let mut writes = write(field, text.into());
    for key in &library.fields {
        let Some(kept) = file.about.get(key).map(text_of) else { continue };
        if let Some(field) = form.fields.iter().find(|field| field.key == *key) {
            writes.extend(write(field, super::form::value::parse(&field.kind, &kept, None)));
        }
    }
    writes
}

/// What is kept of a node: its text, and the fields that belong to it.
pub fn kept(library: &Library, properties: &Object, text: &str) -> Object {
    let mut entry = Object::from_iter([("text", text)]);
    for key in &library.fields {
        if let Some(value) = properties.get(key).filter(|value| !value.is_null()) {
            entry.insert(key.as_str(), text_of(value));
        }
    }
    entry
}

/// The name under which a text is kept: with the ending of its kind where the typed one has none. None where nothing was
/// typed, or it would lead elsewhere.
pub fn file_name(typed: &str, library: &Library) -> Option<String> {
    let path = tidy_path(typed)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    Some(if name.contains('.') { path } else { format!("{path}.{}", library.extension) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::form::{Kind, Language, NumberKind};
    use super::*;

    #[test]
    fn folders_and_paths_are_read() {
        let answer = Json::parse(r#"["lights",{"fn":"door.json","outputs":"2"},7,{"x":1}]"#).unwrap();
        let folder = Folder::read(&answer);
        assert_eq!(folder.folders, ["lights"]);
        assert_eq!(
            folder.files,
            [File { name: "door.json".into(), about: Object::from_iter([("outputs", "2")]) }]
        );
        assert_eq!((joined("", "a"), joined("a/b", "c")), ("a".into(), "a/b/c".into()));
        assert_eq!(tidy_path(" lights // hall "), Some("lights/hall".into()));
        assert_eq!((tidy_path("../x"), tidy_path(" / ")), (None, None));
    }

    #[test]
    fn texts_are_kept_and_taken_with_their_fields() {
        let library = Library {
            kind: "functions".into(),
            extension: "js".into(),
            fields: vec!["name".into(), "outputs".into()],
        };
        let number = Kind::Number(NumberKind::default());
        let func = Field::new("func", "Code", Kind::Code(Language::JavaScript));
        let form = Form {
            fields: [
                func.clone(),
                Field::new("name", "Name", Kind::Text),
                Field::new("outputs", "Outputs", number),
            ]
            .map(Arc::new)
            .into(),
            ..Form::default()
        };
        let node =
            Object::from_iter([("name", Json::from("twice")), ("outputs", 2.into()), ("wires", 0.into())]);
        let entry = kept(&library, &node, "return msg;");
        assert_eq!(Json::Object(entry).to_string(), r#"{"text":"return msg;","name":"twice","outputs":"2"}"#);

        let file = File { name: "a.js".into(), about: Object::from_iter([("outputs", "3"), ("x", "y")]) };
        let writes = taken(&form, &library, &func, &file, "return;");
        let expected = [("func", Json::from("return;")), ("outputs", 3.into())];
        assert_eq!(writes, expected.map(|(key, value)| (key.to_owned(), Some(value))));

        let named = |typed: &str| file_name(typed, &library);
        assert_eq!(named("math/twice"), Some("math/twice.js".into()));
        assert_eq!(named("v1.2/a.txt"), Some("v1.2/a.txt".into()));
        assert_eq!((named(" "), named("../a")), (None, None));
    }
}
