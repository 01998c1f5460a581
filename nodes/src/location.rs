//! Nodes that know where things are.
