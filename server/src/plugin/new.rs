//! `wireloom plugin new`: a project that makes a plugin, with all that it needs but Rust itself.

use std::fs;
use std::path::{Path, PathBuf};

use model::text::Catalogue;

use crate::failure::{Failure, Result};
use crate::texts;

mod manifest;
mod sdk;

/// What to make.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the node type is called: small letters, digits and dashes
    #[arg(value_name = "NAME")]
    name: String,
    /// The folder to make, in place of one of this name
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "plugin-new.name",
        "{name} is no name for a plugin: use small letters, digits and dashes, and a letter first, such as moving-average",
    ),
    (
        "plugin-new.exists",
        "{path} is there already and is not empty; choose another name, or another --folder",
    ),
    ("plugin-new.write", "cannot write {path}: {reason}"),
    ("plugin-new.sdk", "this binary was built without the sources for plugins: {reason}"),
    (
        "plugin-new.made",
        "made {path}\n\n  cd {path}\n  cargo test             runs its tests, natively\n  wireloom plugin build  makes {name}.wasm\n\nIts node is in src/lib.rs; README.md says how to go on.",
    ),
];

/// The files of a project, with `{{name}}` and `{{type}}` where the names of package and struct go.
const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("new/Cargo.toml.txt")),
    ("README.md", include_str!("new/README.md.txt")),
    (".gitignore", include_str!("new/gitignore.txt")),
    ("src/lib.rs", include_str!("new/lib.rs.txt")),
    ("src/tests.rs", include_str!("new/tests.rs.txt")),
    ("src/help.md", include_str!("new/help.md.txt")),
];
/// Where a project has the sources that it is built with.
const VENDOR: &str = "vendor/wireloom";

/// Makes the project; gives what to say.
///
/// # Errors
/// The name is none, the folder is not empty, or something cannot be written.
pub(crate) fn run(args: &Args) -> Result<String> {
    let name = args.name.as_str();
    if !is_name(name) {
        return Err(Failure::key("plugin-new.name").with("name", name));
    }
    let folder = args.folder.clone().unwrap_or_else(|| name.into());
    let is_empty = fs::read_dir(&folder).map_or(!folder.exists(), |mut entries| entries.next().is_none());
    if !is_empty {
        return Err(Failure::key("plugin-new.exists").with("path", folder.display()));
    }
    for (file, template) in FILES {
        let text = template.replace("{{name}}", name).replace("{{type}}", &camel(name));
        write(&folder.join(file), &text)?;
    }
    for (file, text) in sdk::files()? {
        write(&folder.join(VENDOR).join(file), &text)?;
    }
    let made = Failure::key("plugin-new.made").with("name", name).with("path", folder.display());
    Ok(texts::render(&made.0).into())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |error| Failure::file("plugin-new.write", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// What cargo takes as the name of a package, and no more.
fn is_name(name: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let is_word = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    is_word && name.len() <= 64 && name.chars().all(is_part) && !name.ends_with('-') && !name.contains("--")
}

/// `moving-average` as `MovingAverage`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, folder: &Path) -> Result<String> {
        run(&Args { name: name.into(), folder: Some(folder.into()) })
    }

    #[test]
    fn a_project_has_its_name_and_all_that_it_is_built_with() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("x");
        let said = made("dew-point", &folder).unwrap();
        assert!(said.contains("dew-point.wasm"), "{said}");
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        assert!(read("Cargo.toml").contains("name = \"dew-point\""));
        assert!(read("src/lib.rs").contains("wireloom_sdk::export!(DewPoint);"));
        for (file, _) in FILES {
            assert!(!read(file).contains("{{"), "{file}");
        }
        assert!(read("vendor/wireloom/wit/node.wit").contains("package wireloom:node"));
        for manifest in ["sdk/Cargo.toml", "sdk/derive/Cargo.toml"] {
            let text = read(&format!("vendor/wireloom/{manifest}"));
            assert!(!text.contains("workspace"), "{manifest} leans on a workspace: {text}");
        }
    }

    #[test]
    fn nothing_is_written_over() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("mine"), "").unwrap();
        assert_eq!(made("a", place.path()).unwrap_err().0.key, "plugin-new.exists");
        assert_eq!(made("a", &place.path().join("mine")).unwrap_err().0.key, "plugin-new.exists");
    }

    #[test]
    fn names_are_those_of_packages() {
        for name in ["", "A", "1a", "-a", "a-", "a--b", "a_b", "a/b", "../a"] {
            assert_eq!(made(name, Path::new("/nowhere")).unwrap_err().0.key, "plugin-new.name", "{name}");
        }
        assert_eq!(["a", "dew-point", "x9-y"].map(camel), ["A", "DewPoint", "X9Y"]);
    }
}
