//! The library that the server keeps: folders and files of flows.

use model::json::Json;

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The folders in it, by name.
    pub folders: Vec<String>,
    /// The files in it, by name.
    pub files: Vec<String>,
}

impl Folder {
    /// Reads a folder's list: texts are folders, objects with `fn` files.
    pub fn read(answer: &Json) -> Self {
        let mut folder = Self::default();
        for entry in answer.as_array().unwrap_or_default() {
            match (entry.as_str(), entry.get("fn").and_then(Json::as_str)) {
                (Some(name), _) => folder.folders.push(name.to_owned()),
                (None, Some(name)) => folder.files.push(name.to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_paths_are_read() {
        let answer = Json::parse(r#"["lights",{"fn":"door.json"},7,{"x":1}]"#).unwrap();
        let folder = Folder::read(&answer);
        assert_eq!((folder.folders, folder.files), (vec!["lights".to_owned()], vec!["door.json".to_owned()]));
        assert_eq!((joined("", "a"), joined("a/b", "c")), ("a".into(), "a/b/c".into()));
        assert_eq!(tidy_path(" lights // hall "), Some("lights/hall".into()));
        assert_eq!((tidy_path("../x"), tidy_path(" / ")), (None, None));
    }
}
