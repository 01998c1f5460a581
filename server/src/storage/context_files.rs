//! A context store in Node-RED's files: `global/global.json`, `<flow>/flow.json`, `<flow>/<node>.json`.
//!
//! Values are read into memory once; a change is written behind, at the latest after the flush interval. Every file
//! is replaced whole, so that it is old or new at any moment.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use ecow::EcoString;
use engine::context::{ContextStore, GLOBAL, MemoryStore};
use engine::js::path::PropertyPath;
use engine::{NodeError, Object, Value};
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::atomic::{self, Access};
use super::context_names::{file_of, scope_of};
use crate::failure::{Failure, Result};

/// The store.
pub(super) struct FileStore {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    values: MemoryStore,
    pending: Mutex<Pending>,
    /// Told when something is to be written, and at the end.
    wake: Condvar,
    /// Held while files are written or removed.
    files: Mutex<()>,
    interval: Duration,
}

#[derive(Default)]
struct Pending {
    /// Scopes that changed since they were written.
    scopes: HashSet<EcoString>,
    is_over: bool,
}

impl FileStore {
    /// Opens the store in `folder`, making it if missing.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read, or a file is broken; it is then left as it is.
    pub(super) fn open(folder: &Path, interval: Duration) -> Result<Self> {
        let values = MemoryStore::default();
        for (scope, path) in files(folder)? {
            load(&values, &scope, &path)?;
        }
        fs::create_dir_all(folder).map_err(|error| Failure::file("storage.unwritable", folder, error))?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            values,
            pending: Mutex::default(),
            wake: Condvar::new(),
            files: Mutex::default(),
            interval,
        });
        let writer = Arc::downgrade(&shared);
        let spawned =
            thread::Builder::new().name("wireloom-context".into()).spawn(move || write_behind(&writer));
        spawned.map_err(|error| Failure::file("storage.unwritable", folder, error))?;
        Ok(Self { shared })
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        lock(&self.shared.pending).is_over = true;
        self.shared.wake.notify_all();
        self.shared.write_pending();
    }
}

impl ContextStore for FileStore {
    fn get(&self, scope: &str, path: &PropertyPath) -> Option<Value> {
        self.shared.values.get(scope, path)
    }

    fn set(&self, scope: &str, path: &PropertyPath, value: Value) -> std::result::Result<(), NodeError> {
        self.shared.values.set(scope, path, value)?;
        let is_new = lock(&self.shared.pending).scopes.insert(scope.into());
        if is_new {
            self.shared.wake.notify_all();
        }
        Ok(())
    }

    fn keys(&self, scope: &str) -> Vec<EcoString> {
        self.shared.values.keys(scope)
    }

    fn delete(&self, scope: &str) {
        let _turn = lock(&self.shared.files);
        self.shared.values.delete(scope);
        self.shared.remove(scope);
    }

    fn clean(&self, is_live: &dyn Fn(&str) -> bool) {
        let _turn = lock(&self.shared.files);
        let gone = self.shared.values.scopes().into_iter().filter(|scope| scope != GLOBAL && !is_live(scope));
        let gone: Vec<EcoString> = gone.collect();
        self.shared.values.clean(is_live);
        gone.iter().for_each(|scope| self.shared.remove(scope));
    }

    fn flush(&self) {
        self.shared.write_pending();
    }
}

impl Shared {
    /// Writes what changed. What cannot be written is tried again with the next change.
    fn write_pending(&self) {
        let _turn = lock(&self.files);
        let scopes = std::mem::take(&mut lock(&self.pending).scopes);
        for scope in scopes {
            if let Err(error) = self.write(&scope) {
                let path = self.folder.join(file_of(&scope));
                tracing::error!("{}", Failure::file("context.unwritten", &path, error));
                lock(&self.pending).scopes.insert(scope);
            }
        }
    }

    fn write(&self, scope: &str) -> io::Result<()> {
        let path = self.folder.join(file_of(scope));
        let mut text = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
        self.values.snapshot(scope).serialize(&mut serializer)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        atomic::write(&path, &text, Access::Usual)
    }

    fn remove(&self, scope: &str) {
        lock(&self.pending).scopes.remove(scope);
        let path = self.folder.join(file_of(scope));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("{}", Failure::file("context.unremoved", &path, error));
            }
            _ => {
                // The folder of a flow goes with its last file; with others in it this fails, as it should.
                let _ = path.parent().map(fs::remove_dir);
            }
        }
    }
}

/// Writes what changed an interval after the first change, until the store is gone.
fn write_behind(store: &Weak<Shared>) {
    while let Some(shared) = store.upgrade() {
        let mut pending = lock(&shared.pending);
        let mut due: Option<Instant> = None;
        loop {
            if pending.is_over {
                return;
            }
            if !pending.scopes.is_empty() && due.is_none() {
                due = Some(Instant::now() + shared.interval);
            }
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            pending = match left {
                None => shared.wake.wait(pending).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(left) => {
                    shared.wake.wait_timeout(pending, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        drop(pending);
        shared.write_pending();
        // A disk that is full is not asked again at once.
        if !lock(&shared.pending).scopes.is_empty() && shared.interval.is_zero() {
            thread::sleep(Duration::from_secs(1));
        }
    }
}

/// The files of a store with the scope that each holds.
fn files(folder: &Path) -> Result<Vec<(EcoString, PathBuf)>> {
    let mut found = Vec::new();
    for flow in entries(folder)? {
        if !flow.is_dir() {
            continue;
        }
        for file in entries(&flow)? {
            let names = (
                flow.file_name().and_then(|name| name.to_str()),
                file.file_name().and_then(|name| name.to_str()),
            );
            if let (Some(flow), Some(name)) = names
                && let Some(scope) = scope_of(flow, name)
            {
                found.push((scope, file));
            }
        }
    }
    Ok(found)
}

/// What is in a folder, but for hidden files; nothing where there is no folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: io::Error| Failure::file("storage.unreadable", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(unreadable)?;
    paths.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    paths.sort();
    Ok(paths)
}

fn load(values: &MemoryStore, scope: &str, path: &Path) -> Result<()> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("storage.unreadable", path, error))?;
    // Node-RED takes an empty file for no values.
    if text.trim().is_empty() {
        return Ok(());
    }
    let broken = |reason: &dyn std::fmt::Display| Failure::file("context.broken", path, reason);
    let object: Object =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| broken(&error))?;
    for (key, value) in object.iter() {
        let set = values.set(scope, &PropertyPath::key(key.clone()), value.clone());
        set.map_err(|error| broken(&Failure::from(error.into_fault().text)))?;
    }
    Ok(())
}

/// A panic of another holder leaves nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Duration = Duration::from_secs(1_000_000);

    fn path(text: &str) -> PropertyPath {
        PropertyPath::parse(text).unwrap()
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_stand_in_the_files_that_node_red_reads() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), NEVER).unwrap();
        store.set("global", &path("a.b"), 1.into()).unwrap();
        store.set("f1", &path("list"), json(r#"[1,{"x":"ü"}]"#)).unwrap();
        store.set("n1:f1", &path("own"), Value::buffer(vec![1, 2])).unwrap();
        store.set("n1:f1", &path("left-out"), Value::Undefined).unwrap();
        assert!(!folder.path().join("global").exists(), "written before the interval is over");
        store.flush();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("global/global.json"), "{\n    \"a\": {\n        \"b\": 1\n    }\n}");
        assert_eq!(json(&read("f1/flow.json")), json(r#"{"list":[1,{"x":"ü"}]}"#));
        assert_eq!(json(&read("f1/n1.json")), json(r#"{"own":{"type":"Buffer","data":[1,2]}}"#));
        store.set("global", &path("late"), true.into()).unwrap();
        drop(store);

        fs::write(folder.path().join("f1/n2.json"), "").unwrap();
        fs::write(folder.path().join("f1/.n3.json.new"), "{").unwrap();
        fs::write(folder.path().join("f1/notes.txt"), "{").unwrap();
        let store = FileStore::open(folder.path(), NEVER).unwrap();
        assert_eq!(store.get("global", &path("a.b")), Some(1.into()));
        assert_eq!(store.get("global", &path("late")), Some(true.into()));
        assert_eq!(store.get("f1", &path("list[1].x")), Some("ü".into()));
        assert_eq!(store.keys("n1:f1"), ["own"]);
    }

    #[test]
    fn a_change_is_written_behind() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), Duration::ZERO).unwrap();
        for at in 0..50 {
            store.set("f1", &path("at"), at.into()).unwrap();
        }
        let file = folder.path().join("f1/flow.json");
        let is_written = || fs::read_to_string(&file).is_ok_and(|text| json(&text) == json(r#"{"at":49}"#));
        let patience = Instant::now() + Duration::from_secs(60);
        while !is_written() {
            assert!(Instant::now() < patience, "not written");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn what_is_gone_is_removed_from_the_disk_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), NEVER).unwrap();
        for scope in ["global", "f1", "n1:f1", "n2:f1", "n3:f2"] {
            store.set(scope, &path("x"), 1.into()).unwrap();
        }
        store.flush();
        store.set("n2:f1", &path("x"), 2.into()).unwrap();
        store.clean(&|scope| matches!(scope, "f1" | "n1:f1"));
        store.flush();
        let left: Vec<_> = files(folder.path()).unwrap().into_iter().map(|(scope, _)| scope).collect();
        assert_eq!(left, ["f1", "n1:f1", "global"]);
        assert!(!folder.path().join("f2").exists());
        store.delete("global");
        assert!(!folder.path().join("global").exists());
    }

    #[test]
    fn a_broken_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("global/global.json");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        for broken in ["{", "[1]"] {
            fs::write(&file, broken).unwrap();
            let error = FileStore::open(folder.path(), NEVER).err().unwrap().to_string();
            assert!(error.contains("global.json"), "{error}");
            assert_eq!(fs::read_to_string(&file).unwrap(), broken);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_could_not_be_written_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), NEVER).unwrap();
        // A file where a folder is to be.
        fs::write(folder.path().join("f1"), "in the way").unwrap();
        store.set("f1", &path("x"), 1.into()).unwrap();
        store.flush();
        fs::remove_file(folder.path().join("f1")).unwrap();
        store.flush();
        assert!(folder.path().join("f1/flow.json").exists());
    }
}
