//! `wireloom.toml`.

use std::fs;
use std::io;
use std::path::Path;

use toml_edit::{Document, DocumentMut, Item, TableLike, value};

use super::KEYS;
use crate::failure::{Failure, Result};
use crate::storage::atomic;

/// A value that the file sets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Path of the key, as in the table of settings.
    pub(crate) path: &'static str,
    /// The value as text.
    pub(crate) value: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// A user that the file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserEntry {
    pub(crate) name: String,
    /// Its hash.
    pub(crate) password: String,
    /// With commas between; everything where the file says nothing.
    pub(crate) permissions: Option<String>,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// What the file sets.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) entries: Vec<Entry>,
    pub(crate) users: Vec<UserEntry>,
}

/// Where users stand, one table each.
const USERS: &str = "users";

/// Reads the file at `path`; nothing where there is none.
///
/// # Errors
/// It cannot be read, is not TOML, or has a key that no setting has; with the line.
pub(crate) fn read(path: &Path) -> Result<Given> {
    match fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Given::default()),
        Err(error) => Err(Failure::file("settings.unreadable", path, error)),
    }
}

fn parse(path: &Path, text: &str) -> Result<Given> {
    let document = Document::parse(text)
        .map_err(|error| Failure::file("settings.not-toml", path, error.to_string().trim_end()))?;
    let mut given = Given::default();
    collect(path, text, "", document.as_table(), &mut given.entries)?;
    for table in document.get(USERS).and_then(Item::as_array_of_tables).into_iter().flatten() {
        given.users.push(user(path, text, table)?);
    }
    Ok(given)
}

fn user(path: &Path, text: &str, table: &toml_edit::Table) -> Result<UserEntry> {
    let line = |span: Option<std::ops::Range<usize>>| span.map_or(1, |span| line_of(text, span.start));
    let mut user = UserEntry { line: line(table.span()), ..UserEntry::default() };
    for (name, item) in table.iter() {
        match name {
            "name" => user.name = text_of(item),
            "password" => user.password = text_of(item),
            "permissions" => user.permissions = Some(text_of(item)),
            other => return Err(unknown(path, line(item.span()), &format!("{USERS}.{other}"))),
        }
    }
    Ok(user)
}

fn unknown(path: &Path, line: usize, key: &str) -> Failure {
    let failure = Failure::key("settings.unknown-key").with("path", path.display());
    failure.with("line", line).with("key", key)
}

fn collect(
    path: &Path,
    text: &str,
    prefix: &str,
    table: &dyn TableLike,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    for (name, item) in table.iter() {
        let key = format!("{prefix}{name}");
        let place = item.span().or_else(|| table.key(name).and_then(|key| key.span()));
        let line = place.map_or(1, |span| line_of(text, span.start));
        let setting = KEYS.iter().find(|setting| setting.path == key);
        let is_table = KEYS.iter().any(|setting| setting.path.starts_with(&format!("{key}.")));
        match (setting, item.as_table_like()) {
            (Some(setting), None) => entries.push(Entry { path: setting.path, value: text_of(item), line }),
            (None, Some(table)) if is_table => collect(path, text, &format!("{key}."), table, entries)?,
            _ if key == USERS && item.is_array_of_tables() => {}
            _ => return Err(unknown(path, line, &key)),
        }
    }
    Ok(())
}

/// The value as it would be written in an environment variable; a list gets commas.
fn text_of(item: &Item) -> String {
    if let Some(list) = item.as_array() {
        let texts = list.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        return texts.collect::<Vec<_>>().join(",");
    }
    item.as_str().map_or_else(|| item.to_string().trim().to_owned(), str::to_owned)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Writes the administrator's password hash into the file at `path` and leaves everything else in it as it is.
///
/// # Errors
/// The file cannot be read or written, or is not TOML.
pub(crate) fn set_password(path: &Path, hash: &str) -> Result<()> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::file("settings.unreadable", path, error)),
    };
    // What is wrong with it should be mended first.
    parse(path, &text)?;
    let mut document: DocumentMut =
        text.parse().map_err(|error| Failure::file("settings.not-toml", path, error))?;
    if document.get("admin").is_none() {
        document["admin"] = toml_edit::table();
    }
    document["admin"]["password"] = value(hash);
    atomic::write(path, document.to_string().as_bytes(), atomic::Access::Private)
        .map_err(|error| Failure::file("settings.unwritable", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Result<Vec<(&'static str, String, usize)>> {
        let given = parse(Path::new("w.toml"), text)?;
        Ok(given.entries.into_iter().map(|entry| (entry.path, entry.value, entry.line)).collect())
    }

    #[test]
    fn reads_values_with_their_lines() {
        let text = "port = 1990\nmqtt-port = \"off\"\n\n# who\n[admin]\nuser = 'ann'\n";
        let expected =
            [("port", "1990".into(), 1), ("mqtt-port", "off".into(), 2), ("admin.user", "ann".into(), 6)];
        assert_eq!(entries(text).unwrap(), expected);
        let list = entries("headless = true\nallowed-hosts = ['a.example', 'b.example']").unwrap();
        assert_eq!(list[1].1, "a.example,b.example");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        for (text, key, line) in [
            ("port = 1\nprot = 2", "prot", 2),
            ("[admin]\n\nname = 'x'", "admin.name", 3),
            ("[port]\nx = 1", "port", 1),
        ] {
            let error = entries(text).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("w.toml, line {line}: there is no setting {key}; `wireloom config` lists all")
            );
        }
        assert!(entries("port = ").unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn users_are_tables_of_their_own() {
        let text = "port = 1\n\n[[users]]\nname = 'ann'\npassword = '$h'\n[[users]]\nname = 'bob'\npermissions = ['flows.read', 'inject.write']\n";
        let given = parse(Path::new("w.toml"), text).unwrap();
        assert_eq!(given.entries.len(), 1);
        let expected = [
            UserEntry { name: "ann".into(), password: "$h".into(), permissions: None, line: 3 },
            UserEntry {
                name: "bob".into(),
                password: "".into(),
                permissions: Some("flows.read,inject.write".into()),
                line: 6,
            },
        ];
        assert_eq!(given.users, expected);
        let error = entries("[[users]]\nname = 'ann'\nage = 7").unwrap_err().to_string();
        assert!(error.starts_with("w.toml, line 3: there is no setting users.age"), "{error}");
        assert!(entries("users = 'ann'").is_err());
    }

    #[test]
    fn a_password_is_set_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wireloom.toml");
        set_password(&path, "$one").unwrap();
        assert_eq!(read(&path).unwrap().entries[0].value, "$one");
        fs::write(&path, "# mine\nport = 1 # one\n[admin]\nuser = 'ann'\npassword = 'old'\n").unwrap();
        set_password(&path, "$two").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# mine\nport = 1 # one\n[admin]\nuser = 'ann'\npassword = "), "{text}");
        assert_eq!(read(&path).unwrap().entries[2].value, "$two");
    }
}
