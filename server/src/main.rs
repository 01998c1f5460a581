//! Wireloom: the server, binary `wireloom`; the only composition root.

fn main() {}
