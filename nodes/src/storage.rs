//! Nodes that keep and find data.
