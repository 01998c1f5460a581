//! The host, with real plugins in a real engine.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used)]

mod capabilities;
mod guest;
mod hostile;
mod install;
mod measure;
mod memory;
mod nodes;
mod rig;
mod seeds;
mod siege;

/// The server's, since what stays of an attack in memory is the allocator's to decide.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
