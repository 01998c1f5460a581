//! Nodes that read and write formats.
