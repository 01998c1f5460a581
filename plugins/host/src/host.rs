//! The host: one wasmtime engine for all plugins, made when the first one is loaded.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::LoadError;
use crate::plugin::Plugin;
use crate::services::Services;

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
    #[expect(dead_code, reason = "the bodies follow")]
    options: Options,
}

impl Host {
    /// A host. Cheap: what plugins need is made when the first one is loaded.
    ///
    /// # Errors
    /// When the cache folder cannot be made.
    pub fn new(options: Options) -> Result<Self, LoadError> {
        Ok(Self { options })
    }

    /// Checks a component, compiles it or takes it from the cache, and asks it what it is. Blocks, for seconds where the
    /// component is large: call it where that is allowed.
    ///
    /// # Errors
    /// Why this is no plugin that can run here.
    pub fn load(&self, _bytes: &[u8]) -> Result<Plugin, LoadError> {
        Err(LoadError::key("plugin.engine").with("reason", "this build cannot load plugins yet"))
    }
}
