//! Nodes that take messages apart and put them together.
