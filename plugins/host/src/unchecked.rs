//! The crate's only unsafe code: taking compiled code from the cache.
#![allow(unsafe_code)]

use wasmtime::Engine;
use wasmtime::component::Component;

/// The component that [`Component::serialize`] wrote.
pub(crate) fn component(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes come out of a folder of the server's own, under the name that they were stored by, and their hash was
    // compared. wasmtime itself refuses what another version or other settings made.
    unsafe { Component::deserialize(engine, compiled) }
}
