//! What the contract says, in Rust: made from `plugins/wit/node.wit`.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::all, reason = "made by a macro")]

use engine::Message;

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin-with-capabilities",
    imports: {
        "wireloom:node/http.fetch": async | trappable,
        "wireloom:node/mqtt": async | trappable,
        default: trappable,
    },
    with: { "wireloom:node/messages.message": crate::bindings::Held },
});

pub(crate) use exports::wireloom::node::node::{Progress, Settings};
pub(crate) use wireloom::node::types::{Failure, Problem};
pub(crate) use wireloom::node::{clock, context, http, kv, messages, mqtt, random, runtime, types};

/// A message that a plugin holds.
pub struct Held {
    pub(crate) message: Message,
    /// The arrival whose work it belongs to.
    pub(crate) arrival: Option<u64>,
    /// Whether it stands for that work.
    pub(crate) is_primary: bool,
    /// Bytes that the plugin added to it.
    pub(crate) added: usize,
}
