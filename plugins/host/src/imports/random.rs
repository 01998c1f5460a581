//! `random`: bytes and numbers that nobody can foresee.

use crate::bindings::random::Host;
use crate::fault::Fault;
use crate::state::State;

/// Bytes of one call.
const MOST: u32 = 65_536;

impl Host for State {
    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        self.enter()?;
        if length > MOST {
            return Err(Fault::Random(MOST).into());
        }
        let mut bytes = vec![0; length as usize];
        fill(&mut bytes)?;
        Ok(bytes)
    }

    fn number(&mut self) -> wasmtime::Result<f64> {
        self.enter()?;
        let mut bytes = [0; 8];
        fill(&mut bytes)?;
        // As many digits as a double has: 53 bits.
        Ok((u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

fn fill(bytes: &mut [u8]) -> wasmtime::Result<()> {
    getrandom::fill(bytes).map_err(|error| Fault::Trap(error.to_string()).into())
}
