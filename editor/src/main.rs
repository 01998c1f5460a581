//! The editor's entry in the browser. Built by `cargo xtask build`.

fn main() {}
