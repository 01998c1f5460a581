//! What the contract says, in Rust: made from `plugins/wit/node.wit`.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used, reason = "made by a macro")]

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

/// A message that a plugin holds.
pub struct Held;
