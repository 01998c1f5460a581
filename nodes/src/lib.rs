//! Wireloom: the built-in nodes.
