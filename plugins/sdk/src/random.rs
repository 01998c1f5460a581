//! Capability: randomness, fit for keys. Ask for it with [`About::random`](crate::About::random).

use crate::host;

/// That many bytes, at most 65,536.
pub fn bytes(length: u32) -> Vec<u8> {
    host::random_bytes(length)
}

/// A number from 0 up to and without 1.
pub fn number() -> f64 {
    host::random_number()
}
