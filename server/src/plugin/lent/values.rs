//! Values that plugins keep: a file for each plugin, read when first asked for, replaced whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use engine::NodeError;
use plugins::Kv;

use crate::storage::atomic::{self, Access};

/// Bytes of all keys and values of a plugin.
const ROOM: usize = 1 << 20;

/// What was changed is on disk after this, at the latest.
const WRITE_AFTER: Duration = Duration::from_millis(250);

/// After how long what could not be written is tried again.
const WRITE_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// The values by plugin and key.
#[derive(Default)]
pub(super) struct Values {
    /// None where they are gone with the process.
    folder: Option<PathBuf>,
    known: Mutex<HashMap<String, BTreeMap<String, Bytes>>>,
    /// Plugins whose values are not on disk yet.
    unwritten: Mutex<BTreeSet<String>>,
    /// Held while files are written, so that none is replaced by an older one.
    writing: Mutex<()>,
}

impl Values {
    /// Those in this folder.
    pub(super) fn of(folder: &Path) -> Arc<Self> {
        Arc::new(Self { folder: Some(folder.to_owned()), ..Self::default() })
    }

    /// Those of one run.
    pub(super) fn in_memory() -> Arc<Self> {
        Arc::default()
    }

    /// Writes what is not on disk yet; gives whether all of it is now.
    pub(super) fn flush(&self) -> bool {
        let _writing = lock(&self.writing);
        let unwritten = std::mem::take(&mut *lock(&self.unwritten));
        let mut is_all = true;
        for plugin in unwritten {
            let values = lock(&self.known).get(&plugin).cloned().unwrap_or_default();
            if let Err(error) = self.write(&plugin, &values) {
                tracing::error!("{}", crate::texts::render(&error.text));
                lock(&self.unwritten).insert(plugin);
                is_all = false;
            }
        }
        is_all
    }

    /// Writes the values of a plugin soon, on a thread of its own: nodes never wait for a disk.
    fn write_soon(self: &Arc<Self>, plugin: &str) {
        if self.folder.is_none() {
            return;
        }
        let mut unwritten = lock(&self.unwritten);
        let is_first = unwritten.is_empty();
        unwritten.insert(plugin.to_owned());
        if is_first {
            let values = Arc::downgrade(self);
            // Without a thread they are written at the stop.
            let _ = std::thread::Builder::new().name("wireloom-values".into()).spawn(move || {
                std::thread::sleep(WRITE_AFTER);
                while values.upgrade().is_some_and(|values| !values.flush()) {
                    std::thread::sleep(WRITE_AGAIN_AFTER);
                }
            });
        }
    }

    fn with<T>(
        &self,
        plugin: &str,
        work: impl FnOnce(&mut BTreeMap<String, Bytes>) -> Result<T, NodeError>,
    ) -> Result<T, NodeError> {
        let mut known = lock(&self.known);
        if !known.contains_key(plugin) {
            let values = self.read(plugin)?;
            known.insert(plugin.to_owned(), values);
        }
        work(known.entry(plugin.to_owned()).or_default())
    }

    fn read(&self, plugin: &str) -> Result<BTreeMap<String, Bytes>, NodeError> {
        let Some(path) = self.file(plugin) else { return Ok(BTreeMap::new()) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(unusable(&path, &error)),
        };
        let kept: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| unusable(&path, &error))?;
        let decode = |(key, value): (String, String)| match STANDARD.decode(value) {
            Ok(value) => Ok((key, value.into())),
            Err(error) => Err(unusable(&path, &error)),
        };
        kept.into_iter().map(decode).collect()
    }

    fn write(&self, plugin: &str, values: &BTreeMap<String, Bytes>) -> Result<(), NodeError> {
        let Some(path) = self.file(plugin) else { return Ok(()) };
        let kept: BTreeMap<&str, String> =
            values.iter().map(|(key, value)| (key.as_str(), STANDARD.encode(value))).collect();
        let written = || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            atomic::write(&path, &serde_json::to_vec(&kept)?, Access::Private)
        };
        written().map_err(|error| unusable(&path, &error))
    }

    /// The name of a node type may hold anything; no two share a file.
    fn file(&self, plugin: &str) -> Option<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let name: String = plugin
            .bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("_{byte:02x}") })
            .collect();
        Some(self.folder.as_ref()?.join(format!("{name}.json")))
    }
}

/// The values as plugins are lent them.
pub(super) struct Lent(pub(super) Arc<Values>);

impl Kv for Lent {
    fn get(&self, plugin: &str, key: &str) -> Result<Option<Bytes>, NodeError> {
        self.0.with(plugin, |values| Ok(values.get(key).cloned()))
    }

    fn set(&self, plugin: &str, key: &str, value: Option<Bytes>) -> Result<(), NodeError> {
        let is_changed = self.0.with(plugin, |values| {
            let before = values.get(key);
            let own = |value: &Bytes| key.len() + value.len();
            let size: usize = values.iter().map(|(key, value)| key.len() + value.len()).sum();
            let size = size - before.map_or(0, own) + value.as_ref().map_or(0, own);
            if size > ROOM && value.is_some() {
                return Err(NodeError::key("plugins.values-full").with("limit", ROOM).coded("NO_ROOM"));
            }
            let is_changed = before != value.as_ref();
            match value {
                Some(value) => values.insert(key.to_owned(), value),
                None => values.remove(key),
            };
            Ok(is_changed)
        })?;
        if is_changed {
            self.0.write_soon(plugin);
        }
        Ok(())
    }

    fn keys(&self, plugin: &str, prefix: &str) -> Result<Vec<String>, NodeError> {
        self.0.with(plugin, |values| {
            let from = values.range(prefix.to_owned()..).map(|(key, _)| key);
            Ok(from.take_while(|key| key.starts_with(prefix)).cloned().collect())
        })
    }
}

/// A panic of another holder leaves nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> NodeError {
    NodeError::key("plugins.values").with("path", path.display()).with("reason", reason).coded("STORE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outlast_the_process_and_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let values = Lent(Values::of(folder.path()));
        values.set("a b", "x/1", Some("one".into())).unwrap();
        values.set("a b", "x/2", Some(Bytes::from_static(&[0, 255]))).unwrap();
        values.set("a_b", "x/1", Some("other".into())).unwrap();
        let error = values.set("a b", "big", Some(vec![0; ROOM].into())).unwrap_err();
        assert_eq!(error.text.key, "plugins.values-full");
        values.0.flush();

        let again = Lent(Values::of(folder.path()));
        assert_eq!(again.keys("a b", "x/").unwrap(), ["x/1", "x/2"]);
        assert_eq!(again.get("a b", "x/2").unwrap().unwrap().as_ref(), [0, 255]);
        assert_eq!(again.get("a b", "big").unwrap(), None);
        again.set("a b", "x/2", None).unwrap();
        again.0.flush();
        assert_eq!(Lent(Values::of(folder.path())).keys("a b", "").unwrap(), ["x/1"]);
        assert_eq!(values.get("a_b", "x/1").unwrap().unwrap(), "other");
    }

    #[test]
    fn what_could_not_be_written_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("values");
        let values = Lent(Values::of(&place));
        values.set("p", "k", Some("v".into())).unwrap();
        // No folder can be made where a file is.
        fs::write(&place, "").unwrap();
        assert!(!values.0.flush());
        values.set("p", "l", Some("w".into())).unwrap();
        fs::remove_file(&place).unwrap();
        assert!(values.0.flush());
        assert_eq!(Lent(Values::of(&place)).keys("p", "").unwrap(), ["k", "l"]);
    }

    #[test]
    fn a_damaged_file_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let values = Lent(Values::of(folder.path()));
        let path = values.0.file("p").unwrap();
        fs::write(&path, "{").unwrap();
        assert_eq!(values.set("p", "k", Some("v".into())).unwrap_err().text.key, "plugins.values");
        values.0.flush();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{");
    }
}
