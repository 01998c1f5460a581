//! Sandboxed plugin nodes: WebAssembly components that meet `plugins/wit/node.wit`, run by wasmtime.
