//! Which context stores there are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::Object;
use engine::context::{ContextStore, Contexts, MemoryStore};
use model::text::Catalogue;

use super::context_files::FileStore;
use crate::failure::{Failure, Result};

/// The texts of the context stores.
pub(crate) const TEXTS: Catalogue = &[
    (
        "context.broken",
        "{path} holds no values of a context: {reason}; mend it, or move it away to start without them",
    ),
    (
        "context.unwritten",
        "cannot write {path}: {reason}; its values are kept in memory, and it is tried again",
    ),
    ("context.unremoved", "{path} belongs to nothing any more and cannot be removed: {reason}"),
    (
        "context.store-name",
        "{origin}: {name} cannot be the name of a context store: use letters, digits and `_`",
    ),
    (
        "context.store-kind",
        "{origin}: there is no kind {kind} of context store: use memory or localfilesystem",
    ),
    ("context.store-alias", "{origin}: `default` is {name}, but there is no context store of that name"),
    ("context.store-form", "{origin}: {found} is no context store: write `name=kind`"),
    (
        "context.store-twice",
        "{origin}: there is another context store {name}: give one of the two another name",
    ),
    (
        "context.store-folder",
        "{origin}: the context stores {name} and {other} would write to one folder: give one of them another",
    ),
];

/// One store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreSetting {
    pub(crate) name: String,
    pub(crate) kind: StoreKind,
}

/// Where a store keeps its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    /// In memory.
    Memory,
    /// In this folder, written after this time at the latest.
    Files(PathBuf, Duration),
}

/// The stores, and which of them is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreSettings {
    stores: Vec<StoreSetting>,
    default: String,
}

/// The name that stands for another store.
pub(crate) const DEFAULT: &str = "default";
/// Node-RED's name for the kind of store that is in files, and the name of its folder.
const KIND_FILES: &str = "localfilesystem";
const KIND_MEMORY: &str = "memory";
const FOLDER: &str = "context";

/// A store as it is written in settings.
pub(crate) struct Written {
    pub(crate) name: String,
    /// Its kind, or for `default` the name of another store.
    pub(crate) kind: String,
    /// Its folder, if another one than `context` in the data folder.
    pub(crate) folder: Option<PathBuf>,
    /// How long it may wait with writing.
    pub(crate) interval: Duration,
}

impl StoreSettings {
    /// Reads the setting `context-stores`: `name=kind`, with commas between.
    ///
    /// # Errors
    /// What is wrong, at `origin`.
    pub(crate) fn parse(
        text: &str,
        interval: Duration,
        data: &Path,
        origin: &dyn fmt::Display,
    ) -> Result<Self> {
        let rows = text.split(',').map(str::trim).filter(|row| !row.is_empty());
        let rows = rows.map(|row| {
            let pair = row
                .split_once('=')
                .ok_or_else(|| Failure::key("context.store-form").with("origin", origin).with("found", row));
            pair.map(|(name, kind)| Written {
                name: name.trim().to_owned(),
                kind: kind.trim().to_owned(),
                folder: None,
                interval,
            })
        });
        Self::of(rows.collect::<Result<Vec<_>>>()?, data, origin)
    }

    /// Settings of these stores. Without a `default` the first is it, as in Node-RED.
    ///
    /// # Errors
    /// What is wrong, at `origin`.
    pub(crate) fn of(written: Vec<Written>, data: &Path, origin: &dyn fmt::Display) -> Result<Self> {
        let failure = |key| Failure::key(key).with("origin", origin);
        let mut settings = Self::default();
        let mut alias = None;
        let names: Vec<String> = written.iter().map(|store| store.name.clone()).collect();
        for Written { name, kind, folder, interval } in written {
            if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            {
                return Err(failure("context.store-name").with("name", name));
            }
            let kind = match kind.as_str() {
                // A store may be called like a kind.
                _ if name == DEFAULT && kind != DEFAULT && names.contains(&kind) => {
                    alias = Some(kind);
                    continue;
                }
                KIND_MEMORY => StoreKind::Memory,
                KIND_FILES => StoreKind::Files(folder.unwrap_or_else(|| data.join(FOLDER)), interval),
                _ if name == DEFAULT => {
                    alias = Some(kind);
                    continue;
                }
                _ => return Err(failure("context.store-kind").with("kind", kind)),
            };
            settings.add(StoreSetting { name, kind }, origin)?;
        }
        if let Some(alias) = alias {
            if !settings.stores.iter().any(|store| store.name == alias) {
                return Err(failure("context.store-alias").with("name", alias));
            }
            settings.default = alias;
        } else if settings.stores.iter().any(|store| store.name == DEFAULT) {
            settings.default = DEFAULT.into();
        } else if let Some(first) = settings.stores.first() {
            settings.default = first.name.clone();
        }
        Ok(settings)
    }

    fn add(&mut self, store: StoreSetting, origin: &dyn fmt::Display) -> Result<()> {
        let failure = |key| Failure::key(key).with("origin", origin).with("name", &store.name);
        let folder = |store: &StoreSetting| match &store.kind {
            StoreKind::Files(folder, _) => Some(folder.clone()),
            StoreKind::Memory => None,
        };
        if self.stores.iter().any(|other| other.name == store.name) {
            return Err(failure("context.store-twice"));
        }
        let same =
            self.stores.iter().find(|other| folder(&store).is_some() && folder(other) == folder(&store));
        if let Some(other) = same {
            return Err(failure("context.store-folder").with("other", &other.name));
        }
        self.stores.push(store);
        Ok(())
    }

    /// The stores.
    pub(crate) fn stores(&self) -> &[StoreSetting] {
        &self.stores
    }
}

/// Opens the stores. `seeds` are what the global scope holds from the start.
///
/// # Errors
/// One on disk cannot be read.
pub(crate) fn open(settings: &StoreSettings, seeds: Object) -> Result<Contexts> {
    let open = |store: &StoreSetting| -> Result<(ecow::EcoString, Arc<dyn ContextStore>)> {
        let opened: Arc<dyn ContextStore> = match &store.kind {
            StoreKind::Memory => Arc::<MemoryStore>::default(),
            StoreKind::Files(folder, interval) => Arc::new(FileStore::open(folder, *interval)?),
        };
        Ok((store.name.as_str().into(), opened))
    };
    let stores = settings.stores.iter().map(open).collect::<Result<Vec<_>>>()?;
    Ok(Contexts::of(stores, &settings.default).with_seeds(seeds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StoreSettings> {
        StoreSettings::parse(text, Duration::from_secs(30), Path::new("/data"), &"here")
    }

    #[test]
    fn stores_are_read_with_their_default() {
        let settings = parse("default=disk, fast=memory, disk=localfilesystem").unwrap();
        let disk = StoreKind::Files("/data/context".into(), Duration::from_secs(30));
        let expected = [("fast", StoreKind::Memory), ("disk", disk)]
            .map(|(name, kind)| StoreSetting { name: name.into(), kind });
        assert_eq!((settings.stores(), settings.default.as_str()), (expected.as_slice(), "disk"));
        assert_eq!(parse("a=memory,b=memory").unwrap().default, "a");
        assert_eq!(parse("a=memory,default=memory").unwrap().default, "default");
        for text in ["default=memory,memory=memory", "memory=memory,default=memory"] {
            let settings = parse(text).unwrap();
            assert_eq!((settings.stores().len(), settings.default.as_str()), (1, "memory"), "{text}");
        }
        assert_eq!(
            parse("default=localfilesystem,localfilesystem=memory").unwrap().default,
            "localfilesystem"
        );
        assert_eq!(parse("").unwrap(), StoreSettings::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, words) in [
            ("a", "a is no context store"),
            ("a b=memory", "a b cannot be the name"),
            ("a=redis", "no kind redis"),
            ("default=b,a=memory", "`default` is b"),
            ("a=memory,a=memory", "another context store a"),
            ("a=localfilesystem,b=localfilesystem", "b and a would write to one folder"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with("here: ") && error.contains(words), "{error}");
        }
    }

    /// What every kind of store must do.
    #[test]
    fn the_stores_keep_to_their_contract() {
        use engine::js::path::PropertyPath;
        let folder = tempfile::tempdir().unwrap();
        let settings =
            StoreSettings::parse("fast=memory,disk=localfilesystem", Duration::ZERO, folder.path(), &"");
        let contexts = open(&settings.unwrap(), Object::new()).unwrap();
        let path = |text: &str| PropertyPath::parse(text).unwrap();
        for name in contexts.names() {
            let store = contexts.store(Some(name));
            assert_eq!(store.get("f", &path("a")), None, "{name}");
            store.set("f", &path("a.b"), 1.into()).unwrap();
            store.set("f", &path("c"), "x".into()).unwrap();
            store.set("n:f", &path("a"), 2.into()).unwrap();
            store.set("global", &path("a"), 3.into()).unwrap();
            assert_eq!(store.get("f", &path("a.b")), Some(1.into()), "{name}");
            assert!(store.set("f", &path("c.d"), 1.into()).is_err(), "{name}");
            assert_eq!(store.keys("f"), ["a", "c"], "{name}");
            store.set("f", &path("a"), engine::Value::Undefined).unwrap();
            assert_eq!(store.keys("f"), ["c"], "{name}");
            store.flush();
            store.clean(&|scope| scope == "f");
            assert_eq!(
                (store.get("n:f", &path("a")), store.get("global", &path("a"))),
                (None, Some(3.into())),
                "{name}"
            );
            store.delete("f");
            assert_eq!(store.keys("f").len(), 0, "{name}");
        }
    }
}
