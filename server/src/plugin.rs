//! Plugins: node types that are WebAssembly components in the data folder.
//!
//! A component `plugins/NAME.wasm` runs when its record in `plugins.json` names its hash and holds the grants that it asks
//! for. One that asks for nothing gets its record by itself; all others wait for an administrator.

mod action;
mod build;
mod command;
mod folder;
mod lent;
mod look;
mod new;
mod offline;
mod records;
mod staged;
mod state;
mod texts;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use engine::node::NodeFactory;
use engine::registry::Registry;
use nodes::network::mqtt::brokers::Brokers;
use plugins::{Capabilities, Host, Limits, LoadError, Options, Plugin};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::failure::{Failure, Result};

pub(crate) use action::{Refusal, call};
pub(crate) use build::TEXTS as BUILD_TEXTS;
pub(crate) use command::{TEXTS as COMMAND_TEXTS, Task, run};
pub(crate) use folder::{announce, node_set, start, tell_state};
use lent::Lent;
pub(crate) use new::TEXTS as NEW_TEXTS;
pub(crate) use offline::{Sources, add as add_to};
pub(crate) use records::{Place, Record};
use staged::Staged;
pub(crate) use state::State;
pub(crate) use texts::TEXTS;
pub(crate) use words::asked;

/// The largest component that is taken.
pub(crate) fn size_limit() -> usize {
    Limits::default().component_bytes
}

/// What a component is called in `Content-Type`.
pub(crate) const MEDIA_TYPE: &str = "application/wasm";

/// Plugins that are called outside of flows at once; more calls are answered with 503.
const CALLS_AT_ONCE: usize = 16;

/// Names that stand for something else in the API's paths.
const RESERVED: [&str; 5] = ["wireloom", "descriptors", "messages", "plugins", "upload"];

/// The plugins of a data folder.
pub(crate) struct Plugins {
    place: Place,
    registry: Arc<Registry>,
    /// What is lent to plugins.
    lent: Lent,
    /// Made when the first plugin is there.
    host: OnceLock<Host>,
    known: RwLock<BTreeMap<String, Entry>>,
    /// Uploads that are not confirmed yet.
    staged: Staged,
    /// One change at a time.
    turn: Mutex<()>,
    /// Calls outside of flows at once.
    calls: Arc<Semaphore>,
}

/// What is known of a plugin.
#[derive(Clone)]
pub(crate) struct Entry {
    /// What its file is; none where that is gone or no plugin.
    pub(crate) plugin: Option<Plugin>,
    /// Its record; none for one that waits for its first approval.
    pub(crate) record: Option<Record>,
    /// How it stands with it.
    pub(crate) state: State,
    /// SHA-256 of its file, in hex.
    pub(crate) sha256: String,
    /// Bytes of its file.
    pub(crate) size: usize,
    /// What of it is in the registry.
    pub(crate) running: Option<Running>,
}

/// What of a plugin is in the registry.
#[derive(Clone, PartialEq)]
pub(crate) struct Running {
    /// The node type.
    pub(crate) type_name: String,
    /// The plugin's version.
    pub(crate) version: String,
    sha256: String,
    grants: Capabilities,
}

/// What became of a plugin.
#[derive(Clone, PartialEq)]
pub(crate) struct Change {
    /// The plugin.
    pub(crate) name: String,
    /// What of it was in the registry, and what is.
    pub(crate) before: Option<Running>,
    pub(crate) now: Option<Running>,
}

/// What is to be installed.
pub(crate) struct Install {
    /// The hash of the file: of an upload, or of one in the folder.
    pub(crate) sha256: String,
    /// What it is granted.
    pub(crate) grants: Capabilities,
    /// Who wants it.
    pub(crate) by: String,
}

impl Plugins {
    /// The plugins of a data folder, which may use these brokers; none is loaded yet.
    pub(crate) fn new(place: Place, registry: Arc<Registry>, brokers: Arc<Brokers>) -> Self {
        let lent = Lent::to(&place, brokers);
        let staged = Staged::of(&place);
        let (host, known, turn) = Default::default();
        Self {
            place,
            registry,
            lent,
            host,
            known,
            staged,
            turn,
            calls: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
        }
    }

    /// The places for calls outside of flows.
    pub(crate) fn calls(&self) -> Arc<Semaphore> {
        self.calls.clone()
    }

    /// Where they are.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// What is known of them, by name.
    pub(crate) fn list(&self) -> BTreeMap<String, Entry> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The plugin that brings a node type.
    pub(crate) fn of_type(&self, type_name: &str) -> Option<(String, Running)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut running = known.iter().filter_map(|(name, entry)| Some((name, entry.running.as_ref()?)));
        let (name, running) = running.find(|(_, running)| running.type_name == type_name)?;
        Some((name.clone(), running.clone()))
    }

    /// The node type of a plugin as it runs, for a call outside of flows.
    pub(crate) fn factory(&self, type_name: &str) -> Option<Arc<dyn NodeFactory>> {
        self.of_type(type_name)?;
        self.registry.get(type_name)
    }

    /// Loads what lies in the folder. Blocks.
    ///
    /// # Errors
    /// Records or folder cannot be read; then nothing is loaded.
    pub(crate) fn load_all(&self) -> Result<Vec<Change>> {
        let mut names = self.place.names()?;
        names.extend(self.place.records()?.into_keys());
        names.extend(self.list().into_keys());
        names.sort_unstable();
        names.dedup();
        let _turn = self.turn();
        names.iter().map(|name| self.look(name)).filter_map(Result::transpose).collect()
    }

    /// Puts in force what file and record of a plugin say now. Blocks.
    ///
    /// # Errors
    /// The records cannot be read.
    pub(crate) fn reload(&self, name: &str) -> Result<Option<Change>> {
        let _turn = self.turn();
        self.look(name)
    }

    /// Checks a file and keeps it until it is confirmed. Blocks.
    ///
    /// # Errors
    /// It is no plugin, or cannot be kept.
    pub(crate) fn stage(&self, bytes: &[u8]) -> Result<Plugin> {
        let plugin = self.host()?.load(bytes)?;
        self.staged.keep(plugin.sha256(), bytes)?;
        Ok(plugin)
    }

    /// Installs or approves a plugin, in place of an earlier one of its type. Gives its name. Blocks.
    ///
    /// # Errors
    /// There is no such file, it is no plugin, its type is taken, or it was not granted what it asks for; then nothing
    /// changed.
    pub(crate) fn install(&self, wanted: Install) -> Result<(String, Option<Change>)> {
        let _turn = self.turn();
        let bytes = self.bytes_of(&wanted.sha256)?;
        let plugin = self.host()?.load(&bytes)?;
        let name = self.name_for(&plugin)?;
        let record = approve(&name, &plugin, wanted.grants, wanted.by)?;
        let locked = self.place.lock()?;
        let is_there = self.list().get(&name).is_some_and(|entry| entry.sha256 == wanted.sha256);
        locked.install(&name, (!is_there).then_some(&bytes[..]), record)?;
        drop(locked);
        self.staged.forget(&wanted.sha256);
        let change = self.look(&name)?;
        Ok((name, change))
    }

    /// Removes a plugin: its file and its record. Blocks.
    ///
    /// # Errors
    /// There is none of this name, or the file cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<Option<Change>> {
        let _turn = self.turn();
        if !self.list().contains_key(name) {
            return Err(Failure::key("plugins.none").with("name", name));
        }
        let locked = self.place.lock()?;
        locked.remove(name)?;
        locked.set(name, None)?;
        drop(locked);
        let change = self.look(name)?;
        if let Some(former) = change.as_ref().and_then(|change| change.before.as_ref()) {
            // What stays in the cache is only disk.
            let _ = self.host()?.forget(&former.sha256);
        }
        Ok(change)
    }

    /// The embedded broker runs here; plugins that were granted topics use it.
    pub(crate) fn broker_at(&self, address: SocketAddr, login: Option<(String, String)>) {
        self.lent.broker_at(address, login);
    }

    /// Writes what plugins keep and is not on disk yet. Blocks.
    pub(crate) fn flush(&self) {
        self.lent.flush();
    }

    /// The name that a plugin has or gets.
    ///
    /// # Errors
    /// Its type is built in, or another plugin has the name.
    fn name_for(&self, plugin: &Plugin) -> Result<String> {
        let type_name = &plugin.descriptor().type_name;
        if self.registry.is_built_in(type_name) {
            return Err(Failure::key("plugins.built-in").with("type", type_name));
        }
        let known = self.list();
        let is_it = |entry: &Entry| {
            let brings = |plugin: &Plugin| plugin.descriptor().type_name == *type_name;
            entry.running.as_ref().is_some_and(|running| running.type_name == *type_name)
                || entry.record.as_ref().is_some_and(|record| record.type_name == *type_name)
                || entry.plugin.as_ref().is_some_and(brings)
        };
        if let Some((name, _)) = known.iter().find(|(_, entry)| is_it(entry)) {
            return Ok(name.clone());
        }
        free_name(type_name, &self.place, |name| known.contains_key(name))
    }

    fn bytes_of(&self, sha256: &str) -> Result<Vec<u8>> {
        if let Some(bytes) = self.staged.get(sha256) {
            return Ok(bytes);
        }
        let missing = || Failure::key("plugins.no-such-file").with("sha256", sha256);
        let known = self.list();
        let (name, _) = known.iter().find(|(_, entry)| entry.sha256 == sha256).ok_or_else(missing)?;
        let path = self.place.file(name);
        let bytes = fs::read(&path).map_err(|error| Failure::file("plugins.unreadable", &path, error))?;
        // It may have been replaced since it was looked at.
        if hash(&bytes) == sha256 { Ok(bytes) } else { Err(missing()) }
    }

    fn host(&self) -> Result<&Host> {
        if let Some(host) = self.host.get() {
            return Ok(host);
        }
        let host = Host::new(options(&self.place, self.lent.services.clone()))?;
        Ok(self.host.get_or_init(|| host))
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How plugins of a data folder are run.
fn options(place: &Place, services: plugins::Services) -> Options {
    Options { cache: Some(place.data().join(CACHE)), services, ..Options::default() }
}

/// Compiled plugins, and uploads that wait; in the data folder, for the server alone.
const CACHE: &str = "plugin-cache";

/// The record of a plugin that somebody approves.
///
/// # Errors
/// It asks for more than it is granted.
fn approve(name: &str, plugin: &Plugin, grants: Capabilities, by: String) -> Result<Record> {
    let missing = plugin.requests().missing_in(&grants);
    if !missing.is_empty() {
        return Err(Failure::key("plugins.not-granted")
            .with("name", name)
            .with("capabilities", listed(&missing)));
    }
    Ok(Record {
        type_name: plugin.descriptor().type_name.clone(),
        version: plugin.version().to_owned(),
        sha256: plugin.sha256().to_owned(),
        grants: words::within(plugin.requests(), grants),
        installed_by: by,
        installed_at: records::now(),
        former: None,
    })
}

/// A name for a plugin of a new type.
///
/// # Errors
/// Another plugin has it.
fn free_name(type_name: &str, place: &Place, is_taken: impl Fn(&str) -> bool) -> Result<String> {
    let name = records::name_for(type_name);
    if RESERVED.contains(&name.as_str()) || !records::is_name(&name) {
        return Err(Failure::key("plugins.name").with("name", type_name));
    }
    if is_taken(&name) || place.file(&name).exists() {
        let path = place.file(&name);
        return Err(Failure::key("plugins.name-taken").with("name", &name).with("path", path.display()));
    }
    Ok(name)
}

fn listed(capabilities: &[plugins::Capability]) -> String {
    capabilities.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ")
}

/// SHA-256 in hex.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self(error.text)
    }
}
