//! Wireloom: values and messages, graph, cells, delivery, deploy, context. Knows no node, no HTTP, no WASM.
