//! `clock`: the time, as fine as granted.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::bindings::clock::Host;
use crate::state::State;

impl Host for State {
    fn now(&mut self) -> wasmtime::Result<f64> {
        self.enter()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(self.coarse(since.as_secs_f64() * 1000.0))
    }

    fn monotonic(&mut self) -> wasmtime::Result<f64> {
        static START: OnceLock<Instant> = OnceLock::new();
        self.enter()?;
        let since = START.get_or_init(Instant::now).elapsed();
        Ok(self.coarse(since.as_secs_f64() * 1000.0))
    }
}

impl State {
    fn coarse(&self, milliseconds: f64) -> f64 {
        let resolution = self.shared.access.clock_resolution_ms;
        (milliseconds / resolution).floor() * resolution
    }
}
