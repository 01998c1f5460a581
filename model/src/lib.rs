//! Wireloom: the flow document, its diff and edits, node descriptors, the admin API's types. Pure; compiles to wasm.
