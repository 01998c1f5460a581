//! The host: one wasmtime engine for all plugins, made when the first one is loaded.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine};

use crate::cache::Cache;
use crate::error::LoadError;
use crate::plugin::Plugin;
use crate::services::Services;
use crate::state::State;
use crate::ticker::Ticker;
use crate::{check, imports};

/// What a host is made of.
#[derive(Clone, Default)]
pub struct Options {
    /// Where compiled plugins are kept; none to compile at each start. Whoever can write there can run code: it belongs to
    /// the server alone.
    pub cache: Option<PathBuf>,
    /// Limits of every plugin.
    pub limits: Limits,
    /// The far side of the capabilities.
    pub services: Services,
}

/// Limits of a plugin; per node and worker where nothing else is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of a component.
    pub component_bytes: usize,
    /// Bytes of linear memory.
    pub memory_bytes: usize,
    /// Elements of tables.
    pub table_elements: usize,
    /// Time that a call may take; waiting for http and mqtt is not counted.
    pub call_time: Duration,
    /// Time for `describe`, `configure` and `start`, each.
    pub start_time: Duration,
    /// Bytes that a call may hand to the host: what it sets in messages, contexts and requests.
    pub output_bytes: usize,
    /// Messages that a call may emit.
    pub output_messages: usize,
    /// Calls of the host that a call may make.
    pub host_calls: u32,
    /// Log lines of a call that are shown; the rest is counted.
    pub log_lines: u32,
    /// Messages that a plugin may hold at a time: kept ones, and those it made.
    pub held_messages: usize,
    /// Timers that may be set at a time.
    pub timers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 32 << 20,
            memory_bytes: 64 << 20,
            table_elements: 100_000,
            call_time: Duration::from_millis(50),
            start_time: Duration::from_secs(1),
            output_bytes: 16 << 20,
            output_messages: 10_000,
            host_calls: 100_000,
            log_lines: 20,
            held_messages: 10_000,
            timers: 1_000,
        }
    }
}

/// Loads plugins.
pub struct Host {
    options: Options,
    cache: Option<Cache>,
    /// Made when the first plugin is loaded: a server without plugins does not pay for it.
    machine: Mutex<Option<Machine>>,
}

/// What all plugins share.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) ticker: Ticker,
}

impl Host {
    /// A host. Cheap: what plugins need is made when the first one is loaded.
    ///
    /// # Errors
    /// When the cache folder cannot be made.
    pub fn new(options: Options) -> Result<Self, LoadError> {
        let open = |folder: &PathBuf| {
            Cache::open(folder).map_err(|error| {
                LoadError::key("plugin.cache").with("folder", folder.display()).with("reason", error)
            })
        };
        let cache = options.cache.as_ref().map(open).transpose()?;
        Ok(Self { options, cache, machine: Mutex::new(None) })
    }

    /// Checks a component, compiles it or takes it from the cache, and asks it what it is. Blocks, for seconds where the
    /// component is large: call it where that is allowed.
    ///
    /// # Errors
    /// Why this is no plugin that can run here.
    pub fn load(&self, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let limits = &self.options.limits;
        check::form(bytes, limits.component_bytes)?;
        let machine = self.machine()?;
        let sha256 = hex(&Sha256::digest(bytes));
        let component = self.component(&machine.engine, bytes, &sha256)?;
        Plugin::of(&machine, &component, sha256, limits.clone(), self.options.services.clone())
    }

    /// Forgets what was compiled of a component, by the hash of its bytes: when it is removed.
    ///
    /// # Errors
    /// When the cache folder cannot be changed.
    pub fn forget(&self, sha256: &str) -> Result<(), LoadError> {
        let Some(cache) = &self.cache else { return Ok(()) };
        cache.forget(sha256).map_err(|error| self.cache_error(&error))
    }

    /// From the cache, or compiled and put there.
    fn component(&self, engine: &Engine, bytes: &[u8], sha256: &str) -> Result<Component, LoadError> {
        if let Some(component) = self.cache.as_ref().and_then(|cache| cache.get(engine, sha256)) {
            return Ok(component);
        }
        let component = Component::from_binary(engine, bytes)
            .map_err(|error| LoadError::key("plugin.malformed").with("reason", reasons(&error)))?;
        // A foreign component is not worth keeping.
        check::contract(engine, &component)?;
        if let Some(cache) = &self.cache {
            cache.put(engine, sha256, &component).map_err(|error| self.cache_error(&error))?;
        }
        Ok(component)
    }

    fn machine(&self) -> Result<Machine, LoadError> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = &*machine {
            return Ok(machine.clone());
        }
        let made = Machine::new()
            .map_err(|error| LoadError::key("plugin.engine").with("reason", reasons(&error)))?;
        Ok(machine.insert(made).clone())
    }

    fn cache_error(&self, error: &std::io::Error) -> LoadError {
        let folder = self.options.cache.as_ref().map(|folder| folder.display().to_string());
        LoadError::key("plugin.cache").with("folder", folder.unwrap_or_default()).with("reason", error)
    }
}

impl Machine {
    fn new() -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        // Where in the code a plugin trapped is of no use here: nothing is left of its source.
        config.generate_address_map(false);
        config.wasm_backtrace_max_frames(None);
        let engine = Engine::new(&config)?;
        let linker = imports::linker(&engine)?;
        let ticker = Ticker::start(engine.weak())?;
        Ok(Self { engine, linker, ticker })
    }
}

/// All that an error says.
pub(crate) fn reasons(error: &wasmtime::Error) -> String {
    let reasons: Vec<String> = error.chain().map(ToString::to_string).collect();
    reasons.join(": ")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
