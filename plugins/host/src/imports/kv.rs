//! `kv`: values of the plugin, kept on disk.

use std::sync::Arc;

use bytes::Bytes;
use engine::NodeError;

use crate::bindings::Failure;
use crate::bindings::kv::Host;
use crate::services::Kv;
use crate::state::State;

const LONGEST_KEY: usize = 256;
const LARGEST_VALUE: usize = 64 << 10;

type Answer<T> = wasmtime::Result<Result<T, Failure>>;

impl Host for State {
    fn get(&mut self, key: String) -> Answer<Option<Vec<u8>>> {
        self.enter()?;
        let found = self.kv(&key).and_then(|kv| kv.get(&self.shared.plugin, &key));
        Ok(found.map(|value| value.map(|bytes| bytes.to_vec())).map_err(|error| self.failure(&error)))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Answer<()> {
        self.enter_running("kv.set")?;
        self.charge(key.len() + value.len())?;
        let fits = || match value.len() <= LARGEST_VALUE {
            true => Ok(()),
            false => Err(NodeError::key("plugin.kv-value").with("limit", LARGEST_VALUE)),
        };
        let set = fits()
            .and_then(|()| self.kv(&key))
            .and_then(|kv| kv.set(&self.shared.plugin, &key, Some(Bytes::from(value))));
        Ok(set.map_err(|error| self.failure(&error)))
    }

    fn delete(&mut self, key: String) -> Answer<()> {
        self.enter_running("kv.delete")?;
        let deleted = self.kv(&key).and_then(|kv| kv.set(&self.shared.plugin, &key, None));
        Ok(deleted.map_err(|error| self.failure(&error)))
    }

    fn keys(&mut self, prefix: String) -> Answer<Vec<String>> {
        self.enter()?;
        let keys = self.kv(&prefix).and_then(|kv| kv.keys(&self.shared.plugin, &prefix));
        Ok(keys.map_err(|error| self.failure(&error)))
    }
}

impl State {
    /// The store, if it is there and the key is one that it takes.
    fn kv(&self, key: &str) -> Result<Arc<dyn Kv>, NodeError> {
        if key.len() > LONGEST_KEY {
            return Err(NodeError::key("plugin.kv-key").with("limit", LONGEST_KEY));
        }
        self.shared.services.kv.clone().ok_or_else(|| self.absent("kv"))
    }

    /// The error of a capability whose service this server does not have.
    pub(super) fn absent(&self, capability: &str) -> NodeError {
        NodeError::key("plugin.no-service").with("capability", capability).coded("UNREACHABLE")
    }
}
