//! What is known of installed plugins: `plugins.json` in the data folder.
//!
//! The server and `wireloom plugin` both write it; a lock beside it keeps them apart.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use plugins::Capabilities;
use serde::{Deserialize, Serialize};

use super::hash;
use crate::failure::{Failure, Result};
use crate::storage::atomic::{self, Access};

/// The file, in the data folder.
pub(crate) const FILE: &str = "plugins.json";
/// The folder of the components, in the data folder.
pub(crate) const FOLDER: &str = "plugins";
const LOCK: &str = ".lock";
const VERSION: u32 = 1;

/// An installed plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// The node type that it brings.
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    /// Its own version.
    pub(crate) version: String,
    /// SHA-256 of the file that was installed, in hex: no other is loaded under this record.
    pub(crate) sha256: String,
    /// What it was granted.
    #[serde(default)]
    pub(crate) grants: Capabilities,
    /// Who installed it: a user, `command line` or `folder`.
    pub(crate) installed_by: String,
    /// When, in milliseconds since 1970.
    pub(crate) installed_at: u64,
    /// The record that this one takes the place of, until the file is the new one: an upgrade may be stopped in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) former: Option<Box<Record>>,
}

impl Record {
    /// The record that counts while the file has this hash: the former one where an upgrade did not get as far as the file.
    pub(crate) fn of_file(self, sha256: &str) -> Self {
        match self.former {
            Some(former) if former.sha256 == sha256 => *former,
            _ if self.sha256 == sha256 => Self { former: None, ..self },
            former => Self { former, ..self },
        }
    }
}

/// The records by plugin name.
pub(crate) type Records = BTreeMap<String, Record>;

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    version: u32,
    plugins: Records,
}

/// Where plugins and their records are.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    data: PathBuf,
}

/// Keeps others from changing files and records.
pub(crate) struct Locked<'a> {
    place: &'a Place,
    /// Unlocked when closed.
    _lock: File,
}

impl Place {
    /// In this data folder.
    pub(crate) fn of(data: &Path) -> Self {
        Self { data: data.to_owned() }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of the components.
    pub(crate) fn folder(&self) -> PathBuf {
        self.data.join(FOLDER)
    }

    /// The file of a plugin.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.wasm"))
    }

    /// The records; none where nothing was ever installed.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub(crate) fn records(&self) -> Result<Records> {
        let path = self.data.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Records::new()),
            Err(error) => return Err(Failure::file("storage.unreadable", &path, error)),
        };
        let kept: Kept = serde_json::from_str(&text)
            .map_err(|error| Failure::file("plugins.not-records", &path, error))?;
        match kept.version {
            VERSION => Ok(kept.plugins),
            other => Err(Failure::file("plugins.newer-records", &path, other)),
        }
    }

    /// The names of the components in the folder, in order.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let folder = self.folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file("storage.unreadable", &folder, error)),
        };
        let mut names: Vec<String> = entries.filter_map(|entry| name_of(&entry.ok()?.path())).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Makes the folder and keeps others out while what it gives lives.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub(crate) fn lock(&self) -> Result<Locked<'_>> {
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(|error| Failure::file("storage.unwritable", &folder, error))?;
        let path = folder.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
        let lock = lock.map_err(|error| Failure::file("storage.unwritable", &path, error))?;
        Ok(Locked { place: self, _lock: lock })
    }
}

impl Locked<'_> {
    /// Changes the record of one plugin; none takes it away.
    ///
    /// # Errors
    /// The records cannot be read or written.
    pub(crate) fn set(&self, name: &str, record: Option<Record>) -> Result<()> {
        let mut plugins = self.place.records()?;
        let before = plugins.clone();
        match record {
            Some(record) => plugins.insert(name.to_owned(), record),
            None => plugins.remove(name),
        };
        if plugins == before {
            return Ok(());
        }
        let path = self.place.data.join(FILE);
        let text = serde_json::to_vec_pretty(&Kept { version: VERSION, plugins })
            .map_err(|error| Failure::file("storage.unwritable", &path, error))?;
        atomic::write(&path, &text, Access::Usual)
            .map_err(|error| Failure::file("storage.unwritable", &path, error))
    }

    /// Puts a component and its record in place of what was there. Wherever this is stopped, the file that lies there then is one
    /// that was approved. Without bytes the file is there already.
    ///
    /// # Errors
    /// Something cannot be read or written; what was installed before is in force then.
    pub(crate) fn install(&self, name: &str, bytes: Option<&[u8]>, record: Record) -> Result<()> {
        let present = fs::read(self.place.file(name)).map(|bytes| hash(&bytes)).unwrap_or_default();
        let former = self.place.records()?.remove(name).map(|former| former.of_file(&present));
        // One whose file is not there any more was given up.
        let former = former.filter(|former| former.sha256 == present).map(Box::new);
        if let Some(bytes) = bytes {
            self.set(name, Some(Record { former, ..record.clone() }))?;
            self.write(name, bytes)?;
        }
        self.set(name, Some(record))
    }

    /// Puts a component in its place, whole.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.place.file(name);
        atomic::write(&path, bytes, Access::Usual)
            .map_err(|error| Failure::file("storage.unwritable", &path, error))
    }

    /// Takes a component away; one that is gone already is no error.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let path = self.place.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file("plugins.not-removed", &path, error))
            }
            _ => Ok(()),
        }
    }
}

/// The plugin's name of a file: that of `NAME.wasm`. Hidden files are none, as those that are still being written.
pub(crate) fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".wasm")?;
    is_name(name).then(|| name.to_owned())
}

/// Whether a plugin can be called so: it stands in paths of files and of the API.
pub(crate) fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// The name for a plugin of a node type: the type with dashes for what a name may not hold.
pub(crate) fn name_for(type_name: &str) -> String {
    let dashed = type_name.trim().chars().map(|letter| match letter {
        'A'..='Z' => letter.to_ascii_lowercase(),
        'a'..='z' | '0'..='9' | '.' | '_' | '-' => letter,
        _ => '-',
    });
    let name: String = dashed.take(64).collect();
    name.trim_start_matches('.').to_owned()
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sha256: &str) -> Record {
        Record {
            type_name: "moving average".into(),
            version: "1.0.0".into(),
            sha256: sha256.into(),
            grants: Capabilities::default(),
            installed_by: "folder".into(),
            installed_at: 7,
            former: None,
        }
    }

    #[test]
    fn records_come_back_as_they_were_written() {
        let data = tempfile::tempdir().unwrap();
        let place = Place::of(data.path());
        assert!(place.records().unwrap().is_empty() && place.names().unwrap().is_empty());
        let locked = place.lock().unwrap();
        locked.set("a", Some(record("00"))).unwrap();
        locked.set("b", Some(record("01"))).unwrap();
        locked.set("a", None).unwrap();
        locked.set("none", None).unwrap();
        assert_eq!(place.records().unwrap(), Records::from([("b".into(), record("01"))]));

        locked.write("b", b"bytes").unwrap();
        fs::write(place.folder().join(".c.wasm"), "half").unwrap();
        fs::write(place.folder().join("notes.txt"), "").unwrap();
        assert_eq!(place.names().unwrap(), ["b"]);
        locked.remove("b").unwrap();
        locked.remove("b").unwrap();
        assert!(place.names().unwrap().is_empty());
    }

    #[test]
    fn an_upgrade_that_stops_in_between_leaves_something_approved() {
        let data = tempfile::tempdir().unwrap();
        let place = Place::of(data.path());
        let counts = |bytes: &[u8]| {
            let record = place.records().unwrap().remove("a").unwrap().of_file(&hash(bytes));
            (record.sha256 == hash(bytes)).then_some(record)
        };
        let locked = place.lock().unwrap();
        locked.install("a", Some(b"one"), record(&hash(b"one"))).unwrap();
        assert_eq!(counts(b"one"), Some(record(&hash(b"one"))));
        let two = Record { version: "2.0.0".into(), ..record(&hash(b"two")) };
        let in_the_way = stopped_before_the_file(&place, &locked, &two);
        assert_eq!(counts(b"one"), Some(record(&hash(b"one"))), "the former one counts with its own record");
        assert_eq!(counts(b"two"), Some(two.clone()), "the new one would count as well");
        assert_eq!(counts(b"three"), None);
        // Another attempt gets through, and with it the former one is no longer approved.
        fs::remove_dir_all(in_the_way).unwrap();
        locked.install("a", Some(b"two"), two.clone()).unwrap();
        assert_eq!((counts(b"two"), counts(b"one")), (Some(two), None));
    }

    /// An upgrade of `a` that cannot write its file; gives what is in its way.
    fn stopped_before_the_file(place: &Place, locked: &Locked<'_>, record: &Record) -> PathBuf {
        // The file is written under this name first.
        let in_the_way = place.folder().join(".a.wasm.new");
        fs::create_dir_all(in_the_way.join("full")).unwrap();
        assert!(locked.install("a", Some(b"two"), record.clone()).is_err());
        in_the_way
    }

    #[test]
    fn a_damaged_file_is_told_with_its_path_and_kept() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(FILE);
        let place = Place::of(data.path());
        for (text, key) in
            [("{", "plugins.not-records"), (r#"{"version":2,"plugins":{}}"#, "plugins.newer-records")]
        {
            fs::write(&path, text).unwrap();
            assert_eq!(place.records().unwrap_err().0.key, key);
            assert!(place.lock().unwrap().set("a", Some(record("00"))).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn names_are_safe_in_paths() {
        for (type_name, name) in [
            ("moving average", "moving-average"),
            ("CBOR", "cbor"),
            ("../../etc", "-..-etc"),
            ("größe", "gr--e"),
        ] {
            assert_eq!(name_for(type_name), name);
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "a/b", "a b", "ä"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
