//! The host, as the rest of this crate calls it: the real one in a plugin, the test harness natively. Both have the same
//! functions.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(crate) use component::*;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::*;
